using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Fleet;
using Weft.Server.Plans;

namespace Weft.Server.Ipam;

/// <summary>Asks agents about addresses, and compares what they say with the store.</summary>
/// <param name="keeper">The state.</param>
/// <param name="requests">The way to the agents.</param>
/// <param name="time">The clock.</param>
internal sealed class IpamAudit(FleetKeeper keeper, AgentRequests requests, TimeProvider time)
{
    /// <summary>Agents that are asked at once.</summary>
    public const int AskedAtOnce = 64;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(30);

    // What is on its way from a journal to the store, or to a kernel, is there by then; and so are the agents of a server that
    // has just started.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>The comparison. What is not right is looked at a second time a moment later: only what is the same then is
    /// told.</summary>
    public async Task<IpamCheck> CheckAsync(CancellationToken cancellation)
    {
        IpamCheck first = await CompareAsync(cancellation).ConfigureAwait(false);
        if (first.Problems.Count == 0)
        {
            return first;
        }

        await Task.Delay(Settling, time, cancellation).ConfigureAwait(false);
        IpamCheck second = await CompareAsync(cancellation).ConfigureAwait(false);
        HashSet<object> before = [.. first.Problems.Select(IpamComparison.IdentityOf)];
        return second with { Problems = [.. second.Problems.Where(problem => before.Contains(IpamComparison.IdentityOf(problem)))] };
    }

    /// <summary>What is known of one address.</summary>
    public async Task<AddressInfo> FindAsync(IpAddress address, CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        NodeAudit? audit = AddressLookup.NodeToAsk(state, address) is { } node
            ? (await AskAsync(node, cancellation).ConfigureAwait(false)).Audit
            : null;
        return AddressLookup.Of(keeper.State, address, audit);
    }

    /// <summary>Frees a leaked address; answers with the refusal if it is in use.</summary>
    /// <param name="address">The address.</param>
    /// <param name="wait">Whether to answer when the store has it free, too.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<(ReleaseAnswer? Answer, Refusal? Refusal)> ReleaseAsync(
        IpAddress address, bool wait, CancellationToken cancellation)
    {
        FleetState state = keeper.State;

        // A node that the store says uses it knows it, also when the block is another's by now.
        string? node = AddressesInUse.Of(state).Where(stored => stored.Address == address).Select(stored => stored.Node).FirstOrDefault()
            ?? AddressLookup.NodeToAsk(state, address);
        if (node is null)
        {
            return (null, Refuse(RefusalKind.NotFound, AddressLookup.Of(state, address, null).Message));
        }

        AgentOutcome outcome = await requests.AskAsync(
            node, new AgentRequest.ReleaseAddress(address), AnswerLimit, cancellation).ConfigureAwait(false);
        if (wait && outcome is AgentOutcome.Replied { Reply: AgentReply.Released }
            && !await IsForgottenAsync(node, address, cancellation).ConfigureAwait(false))
        {
            return (null, Refuse(RefusalKind.Busy, $"{address} is free on {node}, and its agent has not told the store yet: see weft status"));
        }

        return outcome switch
        {
            AgentOutcome.Replied { Reply: AgentReply.Released released } => (new ReleaseAnswer(address, node, released.Owner), null),
            AgentOutcome.Replied { Reply: AgentReply.Refused refused } => (null, Refuse(RefusalKind.Conflict, refused.Why)),
            AgentOutcome.Away => (null, Refuse(RefusalKind.Conflict,
                $"the agent of {node} is away, and only it can prove that nobody uses {address}: start it, or delete the Node if the host is gone for good")),
            AgentOutcome.Silent silent => (null, Refuse(RefusalKind.Busy, silent.Why)),
            _ => (null, Refuse(RefusalKind.Busy, $"the agent of {node} answered something else")),
        };
    }

    private async Task<bool> IsForgottenAsync(string node, IpAddress address, CancellationToken cancellation)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            Task moved = keeper.Moved;
            if (AddressesInUse.OfNode(keeper.State, node).All(stored => stored.Address != address))
            {
                return true;
            }

            TimeSpan left = PublishLimit - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await Task.WhenAny(moved, Task.Delay(left, time, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static Refusal Refuse(RefusalKind kind, string message) => new(kind, new ServerError(message, []));

    private async Task<IpamCheck> CompareAsync(CancellationToken cancellation)
    {
        ConcurrentDictionary<string, NodeAudit> audits = new(StringComparer.Ordinal);
        ConcurrentDictionary<string, string> away = new(StringComparer.Ordinal);
        List<NodeResource> nodes = [.. keeper.State.Nodes];
        await Parallel.ForEachAsync(
            nodes.Select(node => node.Metadata.Name),
            new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancellation },
            async (node, ending) =>
            {
                (NodeAudit? audit, string why) = await AskAsync(node, ending).ConfigureAwait(false);
                if (audit is not null)
                {
                    audits[node] = audit;
                }
                else
                {
                    away[node] = why;
                }
            }).ConfigureAwait(false);
        return IpamComparison.Of(keeper.State, audits, away);
    }

    private async Task<(NodeAudit? Audit, string Why)> AskAsync(string node, CancellationToken cancellation)
    {
        AgentOutcome outcome = await requests.AskAsync(node, new AgentRequest.Audit(), AnswerLimit, cancellation).ConfigureAwait(false);
        return outcome switch
        {
            AgentOutcome.Replied { Reply: AgentReply.Audited audited } => (audited.Audit, ""),
            AgentOutcome.Replied { Reply: AgentReply.Refused refused } => (null, refused.Why),
            AgentOutcome.Silent silent => (null, silent.Why),
            _ => (null, "it is not connected"),
        };
    }
}
