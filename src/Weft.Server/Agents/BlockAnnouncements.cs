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

/// <summary>Gives a block that was claimed to its node when the other nodes have the way to it: whoever is told that he has
/// an address of it is answered from everywhere, also his first packet.</summary>
/// <param name="keeper">The state.</param>
/// <param name="overview">Who has applied what.</param>
/// <param name="agents">Says when somebody reported.</param>
/// <param name="time">Monotonic time.</param>
/// <param name="log">Takes a line for the operator.</param>
internal sealed class BlockAnnouncements(
    FleetKeeper keeper, FleetOverview overview, AgentRegistry agents, TimeProvider time, Action<string> log)
{
    /// <summary>How long a connected agent that does not say that it has the way is waited for: it hangs, or its kernel
    /// refuses something.</summary>
    public static readonly TimeSpan AnnouncingMax = TimeSpan.FromSeconds(3);

    /// <summary>How long after the start of a server nodes without a connection are waited for: agents that live come back
    /// within a second. Later nobody waits for them: what they do not know yet, they are told first of all.</summary>
    public static readonly TimeSpan ReturningMax = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    // Many report within a moment: one look does for all of them.
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(2);

    private readonly long _started = time.GetTimestamp();

    // When this server first saw a block, by its key and the revision that made it.
    private readonly Dictionary<(ResourceKey Block, long Revision), long> _begun = [];
    private (FleetState? Of, List<IpamBlock> Blocks) _underWay = (null, []);
    private string _told = "";

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                Task reported = agents.Changed;
                Task moved = keeper.Moved;
                TimeSpan? patience = await TryStepAsync(cancellation).ConfigureAwait(false);
                if (patience is { } limit)
                {
                    using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                    await Task.WhenAny(reported, moved, Task.Delay(limit, time, done.Token)).ConfigureAwait(false);
                    await done.CancelAsync().ConfigureAwait(false);
                    await Task.Delay(LookPause, time, cancellation).ConfigureAwait(false);
                }
                else
                {
                    await moved.WaitAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    // Also what a defect of ours throws: the blocks under way would stay so until somebody restarts the server.
    private async Task<TimeSpan?> TryStepAsync(CancellationToken cancellation)
    {
        try
        {
            TimeSpan? patience = await StepAsync(cancellation).ConfigureAwait(false);
            _told = "";
            return patience;
        }
        catch (Exception failed) when (!cancellation.IsCancellationRequested)
        {
            if (_told != failed.Message)
            {
                _told = failed.Message;
                log($"new blocks are not given to their nodes: {failed.Message}; it is tried again every second");
            }

            return LookAgain;
        }
    }

    /// <summary>Gives the blocks that are due to their nodes.</summary>
    /// <returns>The time after which to look again at the latest; none if nothing is under way.</returns>
    internal async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        if (!ReferenceEquals(_underWay.Of, state))
        {
            _underWay = (state, [.. state.Blocks.Where(block => block.Announcing)]);
            HashSet<(ResourceKey, long)> steps = [.. _underWay.Blocks.Select(StepOf)];
            foreach ((ResourceKey, long) gone in _begun.Keys.Where(step => !steps.Contains(step)).ToList())
            {
                _begun.Remove(gone);
            }
        }

        if (_underWay.Blocks.Count == 0)
        {
            return null;
        }

        HashSet<ResourceKey> ready = [.. _underWay.Blocks.Where(block => IsReady(state, block)).Select(block => block.Key)];
        if (ready.Count > 0)
        {
            // On the very block that was looked at: one that was changed since is looked at again.
            await keeper.ChangeAsync(newer => Decide(newer, state, ready), cancellation).ConfigureAwait(false);
        }

        return LookAgain;
    }

    private static Decision Decide(FleetState newer, FleetState state, HashSet<ResourceKey> ready)
    {
        Draft draft = new(newer);
        foreach (ResourceKey key in ready)
        {
            if (newer.Find(key) is IpamBlock block && ReferenceEquals(block, state.Find(key)))
            {
                draft.Put(block with { Announcing = false });
            }
        }

        return new Decision { Changes = draft.Changes };
    }

    private bool IsReady(FleetState state, IpamBlock block)
    {
        if (!_begun.TryGetValue(StepOf(block), out long begun))
        {
            begun = time.GetTimestamp();
            _begun.Add(StepOf(block), begun);
        }

        bool waitsForTheUnconnected = time.GetElapsedTime(_started) < ReturningMax;
        return time.GetElapsedTime(begun) >= AnnouncingMax
            || !overview.Lacking(state, block.Metadata.ResourceVersion)
                .Any(node => node.Node != block.Node && (waitsForTheUnconnected || node.Reason != LagReason.NotConnected));
    }

    private static (ResourceKey, long) StepOf(IpamBlock block) => (block.Key, block.Metadata.ResourceVersion);
}
