using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Takes the steps of pools whose encapsulation changes, each when the nodes have the one before.</summary>
/// <param name="keeper">The state.</param>
/// <param name="overview">Who has applied what.</param>
/// <param name="agents">Says when somebody reported.</param>
/// <param name="time">Monotonic time.</param>
/// <param name="log">Takes a line for the operator.</param>
internal sealed class PoolTransitions(
    FleetKeeper keeper, FleetOverview overview, AgentRegistry agents, TimeProvider time, Action<string> log)
{
    /// <summary>How long a node that does not say that it can receive the new way is waited for before that is sent, be
    /// its agent connected or not: after a start of this server nobody is, and all are on their way. One that says that it
    /// cannot is waited for without end.</summary>
    public static readonly TimeSpan PreparingMax = TimeSpan.FromSeconds(10);

    /// <summary>How long the old way is received for nodes that do not say that they send the new one: their agents may
    /// be dead, and their kernels go on as they were.</summary>
    public static readonly TimeSpan DrainingMax = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    // Steps, by the pool and the revision that made each.
    private readonly FirstSeen<(string Pool, long Revision)> _begun = new(time);

    /// <summary>Goes on until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => new SteadySteps(
        "a change of a pool's encapsulation does not go on",
        StepAsync,
        () => Task.WhenAny(agents.Changed, keeper.Moved),
        time,
        log).RunAsync(cancellation);

    /// <summary>Takes the steps that are due.</summary>
    /// <returns>The time after which to look again at the latest; none if nothing is under way.</returns>
    internal async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        List<IpPool> underWay = [.. state.Pools.Where(PoolTransition.IsUnderWay)];
        _begun.Keep(underWay.Select(StepOf));
        if (underWay.Count == 0)
        {
            return null;
        }

        HashSet<ResourceKey> ready = [.. underWay.Where(pool => IsReady(state, pool)).Select(pool => pool.Key)];
        if (ready.Count > 0)
        {
            // On the very state that was looked at: a pool that was changed since is looked at again.
            await keeper.ChangeAsync(newer => Decide(newer, state, ready), cancellation).ConfigureAwait(false);
        }

        return LookAgain;
    }

    private static Decision Decide(FleetState newer, FleetState state, HashSet<ResourceKey> ready)
    {
        Draft draft = new(newer);
        foreach (ResourceKey key in ready)
        {
            if (newer.Find(key) is IpPool pool && ReferenceEquals(pool, state.Find(key)))
            {
                draft.Put(PoolTransition.Next(pool));
            }
        }

        return new Decision { Changes = draft.Changes };
    }

    private bool IsReady(FleetState state, IpPool pool)
    {
        bool preparing = pool.Sending is not null;
        return _begun.AgeOf(StepOf(pool)) >= (preparing ? PreparingMax : DrainingMax)
            ? !overview.LackingStep(state, pool).Any(node => node.Reason == LagReason.LacksIpip)
            : !overview.LackingStep(state, pool).Any();
    }

    private static (string Pool, long Revision) StepOf(IpPool pool) => (pool.Metadata.Name, pool.Metadata.ResourceVersion);
}
