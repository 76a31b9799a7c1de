using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan;
using Weft.Plan.Compiling;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Tests.Node.Allocating;

/// <summary>One store and its whole history: a commit is made on the newest revision, or is a conflict.</summary>
internal sealed class ModelStore
{
    private readonly List<FleetState> _history = [FleetState.Empty];
    private int _identities;

    public FleetState Newest => _history[^1];

    /// <summary>The state at a revision.</summary>
    public FleetState At(long revision) => _history[(int)revision];

    /// <summary>Time and identities of a decision.</summary>
    public Stamp Stamp => new("2026-01-01T00:00:00Z", () => (++_identities).ToString("x", CultureInfo.InvariantCulture));

    /// <summary>Writes changes that were decided on a revision; false, and nothing is written, if that is not the newest.
    /// </summary>
    public bool TryCommit(IReadOnlyList<ResourceChange> changes, long basedOn)
    {
        if (basedOn != Newest.Revision)
        {
            return false;
        }

        long revision = basedOn + 1;
        _history.Add(Newest.With(revision, [.. changes.Select(c => c with { After = Written(c.After, revision) })]));
        return true;
    }

    /// <summary>Somebody puts an older copy in its place.</summary>
    public void Restore(long revision) => _history.RemoveRange((int)revision + 1, _history.Count - (int)revision - 1);

    /// <summary>What an administrator writes.</summary>
    public void Put(params Resource[] resources) => Assert(TryCommit(
        [.. resources.Select(r => new ResourceChange(Newest.Find(r.Key), r))], Newest.Revision));

    private static Resource? Written(Resource? resource, long revision) => resource is null
        ? null
        : resource with { Metadata = resource.Metadata with { ResourceVersion = revision } };

    private static void Assert(bool committed) => Xunit.Assert.True(committed);
}

/// <summary>A server on the store: it decides on what it has seen of it, which may be old.</summary>
internal sealed class ModelServer(ModelStore store)
{
    public FleetState View { get; private set; } = FleetState.Empty;

    /// <summary>It sees more of the store.</summary>
    public void Follow(long revisions) =>
        View = store.At(Math.Min(View.Revision + revisions, store.Newest.Revision));

    /// <summary>It starts anew, on what the store is now.</summary>
    public void Restart() => View = store.Newest;

    /// <summary>As <c>FleetKeeper</c>: decided anew until nobody came between.</summary>
    public (Decision Decision, long Revision) Change(Func<FleetState, Decision> decide)
    {
        while (true)
        {
            Decision decision = decide(View);
            if (decision.Refusal is not null || decision.Changes.Count == 0)
            {
                return (decision, View.Revision);
            }

            bool committed = store.TryCommit(decision.Changes, View.Revision);
            Follow(long.MaxValue / 2);
            if (committed)
            {
                return (decision, View.Revision);
            }
        }
    }

    /// <summary>The plan of a node, as this server knows it.</summary>
    public PlanFrame PlanOf(string node)
    {
        PlanCompiler compiler = new();
        compiler.Apply(View, []);
        return compiler.Compile(node);
    }
}
