using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;

namespace Weft.Server.Agents;

/// <summary>Who lends an address: of the nodes whose agents are connected, the one with the most free addresses in a block of
/// the pool.</summary>
internal static class LenderChoice
{
    /// <summary>Nodes that a refusal names; the others are counted.</summary>
    public const int NamesMax = 5;

    /// <summary>The block to ask; none if none can lend, with the reasons.</summary>
    /// <param name="state">The state.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="borrower">Who borrows.</param>
    /// <param name="wanted">The one address that will do; none for any.</param>
    /// <param name="declined">Blocks that had none to lend, or whose nodes did not answer.</param>
    /// <param name="facts">What is known of agents.</param>
    /// <param name="why">What is in the way, by node; empty if there is no other node's block.</param>
    public static IpamBlock? Of(
        FleetState state,
        IpPool pool,
        string borrower,
        IpAddress? wanted,
        IReadOnlyCollection<IpPrefix> declined,
        IAgentFacts facts,
        out string why)
    {
        List<(IpamBlock Block, int? Free, int Pending)> able = [];
        SortedDictionary<string, string> unable = new(StringComparer.Ordinal);
        foreach (IpamBlock block in state.BlocksOfPool(pool.Metadata.Name))
        {
            if (block.Node is not { } lender || lender == borrower || (wanted is { } one && !block.Cidr.Contains(one)))
            {
                continue;
            }

            int pending = state.LoansOfBlock(block.Cidr).Count(loan => loan.Address is null);
            int? free = facts.FreeOf(lender, block.Cidr);
            string? reason = 0 switch
            {
                _ when block.Cidr.IsHost => "its blocks are single addresses",
                _ when state.FindNode(lender) is null or { Metadata.IsTerminating: true } => "it is being removed",
                _ when !facts.IsConnected(lender) => "its agent is not connected",
                _ when block.Announcing => "it does not have the block yet",
                _ when declined.Contains(block.Cidr) || facts.HasDeclined(block.Cidr, wanted) =>
                    wanted is null ? "it has none free, or did not answer" : "it has given it to somebody, or did not answer",
                _ when wanted is null && free - pending <= 0 => "it has none free",
                _ => null,
            };
            if (reason is null)
            {
                able.Add((block, free, pending));
            }
            else
            {
                unable[lender] = reason;
            }
        }

        foreach ((IpamBlock block, _, _) in able)
        {
            unable.Remove(block.Node!);
        }

        string rest = unable.Count > NamesMax ? FormattableString.Invariant($" and {unable.Count - NamesMax} more nodes") : "";
        why = string.Join(", ", unable.Take(NamesMax).Select(node => $"{node.Key}: {node.Value}")) + rest;

        // Who does not say how many it has is asked last.
        return able
            .OrderByDescending(lender => lender.Free is { } free ? free - lender.Pending : 0)
            .ThenBy(lender => lender.Pending)
            .ThenBy(lender => lender.Block.Cidr)
            .Select(lender => lender.Block)
            .FirstOrDefault();
    }
}
