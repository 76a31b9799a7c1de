using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Fleet;

namespace Weft.Server.Changes;

/// <summary>Decides what applying documents changes: all of them, or none and every problem at once.</summary>
internal sealed class ApplyDecision
{
    private readonly IReadOnlyList<DocumentNode> _documents;
    private readonly Stamp _stamp;
    private readonly List<FieldProblem> _problems = [];

    private readonly Func<string, NodeReport?> _reportOf;

    private ApplyDecision(IReadOnlyList<DocumentNode> documents, Stamp stamp, Func<string, NodeReport?> reportOf) =>
        (_documents, _stamp, _reportOf) = (documents, stamp, reportOf);

    /// <summary>Decides.</summary>
    /// <param name="state">The state.</param>
    /// <param name="documents">What is applied.</param>
    /// <param name="stamp">Time and identity of what is new.</param>
    /// <param name="reportOf">What a node's agent said last.</param>
    public static Decision Decide(
        FleetState state, IReadOnlyList<DocumentNode> documents, Stamp stamp, Func<string, NodeReport?> reportOf) =>
        new ApplyDecision(documents, stamp, reportOf).Decide(state);

    private Decision Decide(FleetState state)
    {
        Draft draft = new(state);
        Dictionary<ResourceKey, int> places = [];
        List<(int Document, ResourceKey Key)> applied = [];
        for (int i = 0; i < _documents.Count; i++)
        {
            if (Bind(i) is not { } given)
            {
                continue;
            }

            if (!places.TryAdd(given.Key, i))
            {
                Add(i, "metadata.name", $"{given.Key} is in document {places[given.Key] + 1} already");
                continue;
            }

            if (Merge(i, given, state) is { } merged)
            {
                draft.Put(merged);
                applied.Add((i, merged.Key));
            }
        }

        CheckFleet(draft, places);
        if (_problems.Count > 0)
        {
            return Decision.Refuse(RefusalKind.Invalid, Summary(), [.. _problems.OrderBy(p => p.Document)]);
        }

        return new Decision
        {
            Changes = draft.Changes,
            Results = [.. applied.Select(place => Result(draft, place.Key))],
        };
    }

    private static ApplyResult Result(Draft draft, ResourceKey key)
    {
        Resource? before = draft.Before(key);
        string outcome = before is null ? "created" : before.Equals(draft.Current.Find(key)) ? "unchanged" : "configured";
        return new ApplyResult(key.Kind, key.Namespace, key.Name, outcome);
    }

    private Resource? Bind(int document)
    {
        List<Diagnostic> errors = [];
        Resource? resource = ResourceBinder.Bind(_documents[document], null, errors);
        if (resource is { Kind.ReadOnly: true })
        {
            errors.Add(new Diagnostic("kind", $"{resource.Kind} is written by Weft only: it can be read, not applied"));
        }

        Add(document, errors);
        return errors.Count == 0 ? resource : null;
    }

    private Resource? Merge(int document, Resource given, FleetState state)
    {
        List<Diagnostic> errors = [];
        Resource? stored = state.Find(given.Key);
        Resource kept = AgentFields.Keep(given, stored, state, _reportOf, errors);
        if (kept is IpPool pool)
        {
            kept = PoolTransition.Begin(pool, stored as IpPool, state.BlocksOfPool(pool.Metadata.Name).Count > 0);
        }

        if (stored is null)
        {
            Add(document, errors);
            return kept with { Metadata = _stamp.Born(kept.Metadata) };
        }

        Metadata before = stored.Metadata;
        if (before.IsTerminating)
        {
            errors.Add(new Diagnostic(
                "metadata.name", $"{stored.Key} is being removed since {before.DeletionTimestamp}: apply it again when it is gone"));
        }

        if (given.Metadata.ResourceVersion != 0 && given.Metadata.ResourceVersion != before.ResourceVersion)
        {
            errors.Add(new Diagnostic(
                "metadata.resourceVersion",
                $"{stored.Key} was changed since (it is at {before.ResourceVersion}): get it again, or leave the field out"));
        }

        Add(document, errors);
        bool sameSpecification = (kept with { Metadata = before }).Equals(stored);
        Resource merged = kept with
        {
            Metadata = kept.Metadata with
            {
                Uid = before.Uid,
                ResourceVersion = before.ResourceVersion,
                Generation = before.Generation + (sameSpecification ? 0 : 1),
                CreationTimestamp = before.CreationTimestamp,
                DeletionTimestamp = before.DeletionTimestamp,
            },
        };
        return merged is IpPool written ? PoolTransition.Carry(written, (IpPool)stored) : merged;
    }

    private void CheckFleet(Draft draft, Dictionary<ResourceKey, int> places)
    {
        IReadOnlyList<ResourceChange> changes = draft.Changes;
        if (changes.Count == 0)
        {
            return;
        }

        foreach ((int change, Diagnostic diagnostic) in FleetValidation.CheckAll(draft.Current, changes))
        {
            Add(places[changes[change].After!.Key], diagnostic.Path, diagnostic.Message);
        }
    }

    private string Summary()
    {
        int documents = _problems.Select(p => p.Document).Distinct().Count();
        return _problems.Count == 1
            ? "nothing was applied: 1 problem"
            : FormattableString.Invariant($"nothing was applied: {_problems.Count} problems in {documents} of {_documents.Count} documents");
    }

    private void Add(int document, List<Diagnostic> errors)
    {
        foreach (Diagnostic error in errors)
        {
            Add(document, error.Path, error.Message);
        }
    }

    private void Add(int document, string path, string message) =>
        _problems.Add(new FieldProblem(document, path, message));
}
