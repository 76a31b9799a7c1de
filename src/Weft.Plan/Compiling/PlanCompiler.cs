using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan.Entries;

namespace Weft.Plan.Compiling;

/// <summary>Compiles resources into one plan per node, and tells subscribers what changed.</summary>
/// <remarks>A subscriber costs a state and the keys to ask again, not a copy of its plan: entries are pure functions of
/// states, and states are kept whole (<see cref="FleetState"/>). Not for several threads at once.</remarks>
public sealed class PlanCompiler
{
    private readonly Dictionary<string, Subscriber> _subscribers = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _dirty = new(StringComparer.Ordinal);

    /// <summary>The state that plans are compiled from.</summary>
    public FleetState State { get; private set; } = FleetState.Empty;

    /// <summary>How many entries were computed so far: the cost of all that was asked.</summary>
    public long EntriesComputed { get; private set; }

    /// <summary>Subscribed nodes whose plan may have changed since their last delta, by name.</summary>
    public IReadOnlyCollection<string> Dirty => _dirty;

    /// <summary>Goes on to the state after a commit.</summary>
    /// <param name="after">The state.</param>
    /// <param name="changes">All that is different in it.</param>
    public void Apply(FleetState after, IReadOnlyList<ResourceChange> changes)
    {
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(changes);
        FleetState before = State;
        State = after;
        HashSet<EntryKey> everywhere = [.. Affected.OfCommit(before, after)];
        foreach (ResourceChange change in changes)
        {
            everywhere.UnionWith(Affected.InEveryPlan(before, after, change));
            if (Affected.WholePlanOf(change) is { } node)
            {
                MarkWhole(before, node);
            }

            foreach ((string hosting, EntryKey key) in Affected.InOnePlan(after, change))
            {
                Mark(before, hosting, key);
            }
        }

        foreach (string node in everywhere.Count > 0 ? _subscribers.Keys : Enumerable.Empty<string>())
        {
            foreach (EntryKey key in everywhere)
            {
                Mark(before, node, key);
            }
        }
    }

    /// <summary>The whole plan of a node, from scratch. One without a resource has an empty plan.</summary>
    public PlanFrame Compile(string node) => new()
    {
        Revision = State.Revision,
        Upserts = [.. EntryRules.KeysOf(State, node)
            .Select(key => Derive(State, node, key))
            .OfType<PlanEntry>()
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)],
    };

    /// <summary>From here on, deltas of this node's plan can be taken. Its plan now is <see cref="Compile"/>.</summary>
    public void Subscribe(string node) => _subscribers.TryAdd(node, new Subscriber(State.Revision));

    /// <summary>No more deltas of this node's plan.</summary>
    public void Unsubscribe(string node)
    {
        _subscribers.Remove(node);
        _dirty.Remove(node);
    }

    /// <summary>What changed in a subscribed node's plan since the last delta, or since the subscription.</summary>
    /// <returns>False if nothing did.</returns>
    public bool TryTakeDelta(string node, [NotNullWhen(true)] out PlanFrame? frame)
    {
        frame = null;
        if (!_dirty.Remove(node) || !_subscribers.TryGetValue(node, out Subscriber? subscriber))
        {
            return false;
        }

        FleetState taken = subscriber.Taken;
        SortedDictionary<string, PlanEntry?> changed = new(StringComparer.Ordinal);
        IEnumerable<EntryKey> keys = subscriber.WholePlan
            ? EntryRules.KeysOf(taken, node).Union(EntryRules.KeysOf(State, node))
            : subscriber.Keys;
        foreach (EntryKey key in keys)
        {
            PlanEntry? before = Derive(taken, node, key);
            PlanEntry? after = Derive(State, node, key);
            if (!Equals(before, after))
            {
                changed[EntryRules.TextOf(key)] = after;
            }
        }

        subscriber.Keys.Clear();
        subscriber.WholePlan = false;
        subscriber.Taken = FleetState.Empty;
        if (changed.Count == 0)
        {
            return false;
        }

        frame = new PlanFrame
        {
            Revision = State.Revision,
            Follows = subscriber.Followed,
            Upserts = [.. changed.Values.OfType<PlanEntry>()],
            Removals = [.. changed.Where(entry => entry.Value is null).Select(entry => entry.Key)],
        };
        subscriber.Followed = State.Revision;
        return true;
    }

    private PlanEntry? Derive(FleetState state, string node, EntryKey key)
    {
        EntriesComputed++;
        return EntryRules.Derive(state, node, key);
    }

    private void Mark(FleetState before, string node, EntryKey key)
    {
        if (_subscribers.TryGetValue(node, out Subscriber? subscriber))
        {
            subscriber.Keys.Add(key);
            MarkDirty(before, node, subscriber);
        }
    }

    private void MarkWhole(FleetState before, string node)
    {
        if (_subscribers.TryGetValue(node, out Subscriber? subscriber))
        {
            subscriber.WholePlan = true;
            MarkDirty(before, node, subscriber);
        }
    }

    private void MarkDirty(FleetState before, string node, Subscriber subscriber)
    {
        // A clean plan is the same at every state since its last delta: it needs to hold on to none of them.
        if (_dirty.Add(node))
        {
            subscriber.Taken = before;
        }
    }

    private sealed class Subscriber(long followed)
    {
        public FleetState Taken { get; set; } = FleetState.Empty;

        public long Followed { get; set; } = followed;

        public HashSet<EntryKey> Keys { get; } = [];

        public bool WholePlan { get; set; }
    }
}
