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
internal sealed class PoolTransitions(FleetKeeper keeper, FleetOverview overview, AgentRegistry agents, TimeProvider time)
{
    /// <summary>How long a connected agent that does not report is waited for, before the new way is sent.</summary>
    public static readonly TimeSpan PreparingMax = TimeSpan.FromSeconds(10);

    /// <summary>How long the old way is received for nodes that do not say that they send the new one: their agents may
    /// be dead, and their kernels go on as they were.</summary>
    public static readonly TimeSpan DrainingMax = TimeSpan.FromSeconds(60);

    // When this server first saw a step: by the pool and the revision that made it.
    private readonly Dictionary<(string Pool, long Revision), long> _begun = [];

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                Task reported = agents.Changed;
                Task moved = keeper.Moved;
                TimeSpan? patience = await StepAsync(cancellation).ConfigureAwait(false);
                using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                Task late = Task.Delay(patience ?? Timeout.InfiniteTimeSpan, time, done.Token);
                await Task.WhenAny(reported, moved, late).ConfigureAwait(false);
                await done.CancelAsync().ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    // The time after which to look again at the latest; none if nothing is under way.
    private async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        List<IpPool> underWay = [.. state.Pools.Where(PoolTransition.IsUnderWay)];
        foreach ((string Pool, long Revision) gone in _begun.Keys
            .Where(step => !underWay.Exists(pool => StepOf(pool) == step)).ToList())
        {
            _begun.Remove(gone);
        }

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

        return TimeSpan.FromSeconds(1);
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
        if (!_begun.TryGetValue(StepOf(pool), out long begun))
        {
            begun = time.GetTimestamp();
            _begun.Add(StepOf(pool), begun);
        }

        // A node without an agent cannot prepare; it may well go on sending the old way.
        return time.GetElapsedTime(begun) >= (preparing ? PreparingMax : DrainingMax)
            || overview.HaveApplied(state, pool.Metadata.ResourceVersion, alsoDisconnected: !preparing);
    }

    private static (string Pool, long Revision) StepOf(IpPool pool) => (pool.Metadata.Name, pool.Metadata.ResourceVersion);
}
