using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.Json;
using Weft.Plan.Entries;

namespace Weft.Plan;

/// <summary>All that one node must know, at one revision of the store: entries in the order of their keys.</summary>
/// <remarks>Neutral: it knows neither netlink nor DNS messages. The node's brain converts it.</remarks>
public sealed class NodePlan
{
    private readonly SortedDictionary<string, PlanEntry> _entries = new(StringComparer.Ordinal);

    // The same entries to be found: one of many is asked for with every event, and the way down a tree costs what the fleet has.
    private readonly Dictionary<string, PlanEntry> _byKey = new(StringComparer.Ordinal);

    // The same entries by their sort: to ask for a node's few pools must not cost what the fleet has.
    private readonly Dictionary<Type, SortedDictionary<string, PlanEntry>> _bySort = [];

    /// <summary>The revision that this plan was compiled at; 0 before the first one.</summary>
    public long Revision { get; private set; }

    /// <summary>The entries, in the order of their keys.</summary>
    public IReadOnlyCollection<PlanEntry> Entries => _entries.Values;

    /// <summary>The entries of one sort, in the order of their keys.</summary>
    public IEnumerable<TEntry> OfSort<TEntry>()
        where TEntry : PlanEntry =>
        _bySort.TryGetValue(typeof(TEntry), out SortedDictionary<string, PlanEntry>? entries) ? entries.Values.Cast<TEntry>() : [];

    /// <summary>The entry under a key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out PlanEntry? entry) => _byKey.TryGetValue(key, out entry);

    /// <summary>Takes a frame over. A snapshot replaces everything; a delta must follow this very revision.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="touched">Keys whose entries are new, changed or gone, in order.</param>
    /// <returns>False, and nothing is changed, for a delta that follows another revision.</returns>
    public bool TryApply(PlanFrame frame, out IReadOnlyList<string> touched)
    {
        SortedSet<string> keys = new(StringComparer.Ordinal);
        touched = [];
        if (frame.Follows is { } follows && follows != Revision)
        {
            return false;
        }

        foreach (string key in frame.Follows is null ? NotIn(frame.Upserts) : frame.Removals)
        {
            if (Remove(key))
            {
                keys.Add(key);
            }
        }

        foreach (PlanEntry entry in frame.Upserts)
        {
            string key = entry.Key;
            PlanEntry? before = _byKey.GetValueOrDefault(key);
            if (before is not null && before.Equals(entry))
            {
                continue;
            }

            if (before is not null && before.GetType() != entry.GetType())
            {
                Remove(key);
            }

            Set(key, entry);
            keys.Add(key);
        }

        Revision = frame.Revision;
        touched = [.. keys];
        return true;
    }

    /// <summary>The whole plan as a frame.</summary>
    public PlanFrame ToSnapshot() => new() { Revision = Revision, Upserts = [.. _entries.Values] };

    /// <summary>The snapshot as UTF-8 JSON: what the agent keeps on disk.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(ToSnapshot(), PlanJson.Default.PlanFrame);

    private List<string> NotIn(IReadOnlyList<PlanEntry> upserts)
    {
        HashSet<string> keys = new(upserts.Select(e => e.Key), StringComparer.Ordinal);
        return [.. _entries.Keys.Where(k => !keys.Contains(k))];
    }

    private void Set(string key, PlanEntry entry)
    {
        _byKey[key] = entry;
        _entries[key] = entry;
        if (!_bySort.TryGetValue(entry.GetType(), out SortedDictionary<string, PlanEntry>? entries))
        {
            entries = new(StringComparer.Ordinal);
            _bySort.Add(entry.GetType(), entries);
        }

        entries[key] = entry;
    }

    private bool Remove(string key)
    {
        if (!_byKey.Remove(key, out PlanEntry? entry))
        {
            return false;
        }

        _entries.Remove(key);
        _bySort[entry.GetType()].Remove(key);
        return true;
    }
}

/// <summary>A plan, or what changed in it since a revision.</summary>
/// <remarks>Generated readers of JSON set an init-only property that a sender left out to null, whatever its
/// initialiser: so here, and in the Protocol room, null is taken as empty.</remarks>
public sealed record PlanFrame
{
    /// <summary>The revision that the plan has with this frame applied.</summary>
    public required long Revision { get; init; }

    /// <summary>The revision that this delta must be applied to; none for a snapshot.</summary>
    public long? Follows { get; init; }

    /// <summary>Entries that are new or changed, in the order of their keys; all of them in a snapshot.</summary>
    public IReadOnlyList<PlanEntry> Upserts { get; init => field = value ?? []; } = [];

    /// <summary>Keys of entries that are gone, in order.</summary>
    public IReadOnlyList<string> Removals { get; init => field = value ?? []; } = [];

    /// <summary>Reads a frame from JSON; the error says what is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out PlanFrame? frame, out string error)
    {
        frame = null;
        error = "";
        try
        {
            frame = JsonSerializer.Deserialize(json, PlanJson.Default.PlanFrame);
            error = frame switch
            {
                null => "the plan is null",
                { Upserts: null } or { Removals: null } => "the plan has null where a list belongs",
                _ when frame.Upserts.Any(e => e is null) || frame.Removals.Any(r => r is null) => "the plan has a null entry",
                _ when frame.Upserts.DistinctBy(e => e.Key).Count() != frame.Upserts.Count => "the plan has an entry twice",
                _ => "",
            };
            frame = error.Length == 0 ? frame : null;
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            error = malformed.Message;
        }

        return frame is not null;
    }
}
