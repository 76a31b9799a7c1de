using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Gives a block that was claimed, or an address that was lent, to its node when the other nodes have the way to it:
/// whoever is told that he has an address of it is answered from everywhere, also his first packet.</summary>
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

    private readonly long _started = time.GetTimestamp();

    // What is announced, by its key and the revision that made it.
    private readonly FirstSeen<(ResourceKey, long Revision)> _begun = new(time);

    // Nodes that were waited for in vain, and the revision that they did not have in time: until they have it, nobody waits.
    private readonly Dictionary<string, long> _late = new(StringComparer.Ordinal);
    private (FleetState? Of, List<Announced> All) _underWay = (null, []);

    /// <summary>Goes on until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => new SteadySteps(
        "new blocks are not given to their nodes", StepAsync, () => Task.WhenAny(agents.Changed, keeper.Moved), time, log).RunAsync(cancellation);

    /// <summary>Gives the blocks that are due to their nodes.</summary>
    /// <returns>The time after which to look again at the latest; none if nothing is under way.</returns>
    internal async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        if (!ReferenceEquals(_underWay.Of, state))
        {
            _underWay = (state,
            [
                .. state.BlocksAnnounced.Select(block => new Announced(block, block.Node)),
                .. state.LoansAnnounced.Select(loan => new Announced(loan, loan.Borrower)),
            ]);
            _begun.Keep(_underWay.All.Select(StepOf));
            foreach (string gone in _late.Keys.Where(node => state.FindNode(node) is null).ToList())
            {
                _late.Remove(gone);
            }
        }

        if (_underWay.All.Count == 0)
        {
            return null;
        }

        // Who has the newest has all: of a fleet that is well, nobody is asked for each block.
        List<string> late = [.. overview.Lacking(state, _underWay.All.Max(announced => announced.What.Metadata.ResourceVersion)).Select(node => node.Node)];
        HashSet<ResourceKey> ready = [.. _underWay.All.Where(announced => IsReady(late, announced)).Select(announced => announced.What.Key)];
        if (ready.Count > 0)
        {
            // On the very one that was looked at: one that was changed since is looked at again.
            await keeper.ChangeAsync(newer => Decide(newer, state, ready), cancellation).ConfigureAwait(false);
        }

        return LookAgain;
    }

    private static Decision Decide(FleetState newer, FleetState state, HashSet<ResourceKey> ready)
    {
        Draft draft = new(newer);
        foreach (ResourceKey key in ready)
        {
            if (newer.Find(key) is { } known && ReferenceEquals(known, state.Find(key)))
            {
                draft.Put(known switch
                {
                    IpamBlock block => block with { Announcing = false },
                    AddressLoan loan => loan with { Announcing = false },
                    _ => throw new UnreachableException(),
                });
            }
        }

        return new Decision { Changes = draft.Changes };
    }

    private bool IsReady(List<string> late, Announced announced)
    {
        TimeSpan waited = _begun.AgeOf(StepOf(announced));
        long revision = announced.What.Metadata.ResourceVersion;
        bool waitsForTheUnconnected = time.GetElapsedTime(_started) < ReturningMax;
        IEnumerable<string> lacking = late.Where(node => node != announced.Node && overview.LagOf(node, revision) is { } reason
            && (waitsForTheUnconnected || reason != LagReason.NotConnected));
        if (waited < AnnouncingMax)
        {
            return !lacking.Any(IsWorthWaitingFor);
        }

        foreach (string node in lacking)
        {
            _late.TryAdd(node, revision);
        }

        return true;
    }

    // One node that never comes to an end must not make every new block of the fleet wait.
    private bool IsWorthWaitingFor(string node)
    {
        if (_late.TryGetValue(node, out long missed) && overview.LagOf(node, missed) is null)
        {
            _late.Remove(node);
        }

        return !_late.ContainsKey(node);
    }

    private static (ResourceKey, long) StepOf(Announced announced) => (announced.What.Key, announced.What.Metadata.ResourceVersion);

    // A block or a loan, and the node that gets it.
    private readonly record struct Announced(Resource What, string? Node);
}
