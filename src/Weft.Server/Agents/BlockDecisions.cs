using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Blocks;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Decides which block a node gets, and gives blocks back. The store is what owns this fact.</summary>
internal static class BlockDecisions
{
    /// <summary>The block that answers a claim: the first that the node may not know, else the lowest free one.</summary>
    /// <param name="state">The state.</param>
    /// <param name="node">The node that asks.</param>
    /// <param name="claim">What it asks for.</param>
    /// <param name="facts">What is known of agents.</param>
    /// <param name="stamp">Time and identities.</param>
    /// <param name="block">The block; none if the claim is refused.</param>
    public static Decision Claim(
        FleetState state, string node, BlockClaim claim, IAgentFacts facts, Stamp stamp, out IpPrefix? block)
    {
        block = null;
        if (state.FindNode(node) is not { } itself)
        {
            return Decision.Refuse(RefusalKind.NotFound, $"Node {node} does not exist: apply it first");
        }

        if (state.FindPool(claim.Pool) is not { } pool)
        {
            return Decision.Refuse(RefusalKind.NotFound, $"IPPool {claim.Pool} does not exist");
        }

        if (claim.Wanted is { } wanted)
        {
            return Claim(state, itself, pool, wanted, facts, stamp, out block);
        }

        // In the order in which they were claimed, so that what an agent has seen comes first; it has seen none that is still being
        // announced.
        List<IpamBlock> own = [.. state.BlocksOfNode(node)
            .Where(held => held.Pool == claim.Pool)
            .OrderBy(held => held.Announcing).ThenBy(held => held.Metadata.ResourceVersion).ThenBy(held => held.Cidr)];
        if (claim.Have >= 0 && claim.Have < own.Count)
        {
            block = own[claim.Have].Cidr;
            return new Decision();
        }

        if (WhyNot(state, itself, pool) is { } reason)
        {
            return Decision.Refuse(RefusalKind.Conflict, reason);
        }

        if (facts.WhyNoBlocks(state) is { } why)
        {
            return Decision.Refuse(RefusalKind.NotYet, why);
        }

        // What a store lost that was restored, others' journals still have.
        ImmutableSortedSet<IpPrefix> taken = state.RangesOfPool(claim.Pool).Union(
            facts.Held(state).Where(held => held.Node != node && held.Range.Overlaps(pool.Cidr)).Select(held => held.Range));
        if (!BlockArithmetic.TryNextFree(pool.Cidr, pool.BlockSize, taken, out IpPrefix free))
        {
            return Decision.Refuse(RefusalKind.Conflict, PoolExhausted.Describe(
                claim.Pool, pool.Cidr, pool.BlockSize, state.BlocksOfPool(claim.Pool).Select(b => b.Node ?? b.Affinity)));
        }

        block = free;
        return Give(state, node, claim.Pool, free, stamp);
    }

    // The block that holds an address, for a workload that must have just that one.
    private static Decision Claim(
        FleetState state, NodeResource node, IpPool pool, IpAddress wanted, IAgentFacts facts, Stamp stamp, out IpPrefix? block)
    {
        block = null;
        if (!pool.Cidr.Contains(wanted))
        {
            return Decision.Refuse(RefusalKind.Conflict, $"{wanted} is not in IPPool {pool.Metadata.Name} ({pool.Cidr})");
        }

        IpPrefix holding = new(wanted, pool.BlockSize);
        if (state.FindBlock(holding) is { } held)
        {
            if (held.Node == node.Metadata.Name)
            {
                block = holding;
                return new Decision();
            }

            return Decision.Refuse(
                RefusalKind.Conflict,
                held.IsGivenBack
                    ? $"{wanted} is in block {holding}, which is nobody's until other nodes have given back what they borrow of it: give the workload another address"
                    : $"{wanted} is in block {holding}, which Node {held.Node ?? held.Affinity} has: run the workload there, or give it another address");
        }

        // What the node's journal has is not given anew: a store that lost it learns it again.
        List<string> holders = [.. facts.Held(state).Where(held => held.Range.Overlaps(holding)).Select(held => held.Node)];
        bool isKnown = holders.Contains(node.Metadata.Name);
        if (!isKnown && WhyNot(state, node, pool) is { } reason)
        {
            return Decision.Refuse(RefusalKind.Conflict, reason);
        }

        if (!isKnown && holders.Count > 0)
        {
            return Decision.Refuse(
                RefusalKind.Conflict, $"{wanted} is in block {holding}, of which the agent of Node {holders[0]} says that it uses addresses");
        }

        if (!isKnown && facts.WhyNoBlocks(state) is { } why)
        {
            return Decision.Refuse(RefusalKind.NotYet, why);
        }

        if (!BlockArithmetic.IsFree(holding, state.RangesOfPool(pool.Metadata.Name)))
        {
            return Decision.Refuse(RefusalKind.Conflict, $"block {holding} of {wanted} shares addresses with one of another size");
        }

        block = holding;
        return Give(state, node.Metadata.Name, pool.Metadata.Name, holding, stamp);
    }

    private static Decision Give(FleetState state, string node, string pool, IpPrefix free, Stamp stamp)
    {
        IpamBlock claimed = IpamBlock.Of(free, pool, node) with
        {
            Announcing = state.Nodes.Any(other => other.Metadata.Name != node),
        };
        Draft draft = new(state);
        draft.Put(claimed with { Metadata = stamp.Born(claimed.Metadata) });
        return new Decision { Changes = draft.Changes };
    }

    // The limit counts each family for itself: a node of both needs blocks of both.
    private static string? WhyNot(FleetState state, NodeResource node, IpPool pool)
    {
        string name = node.Metadata.Name;
        if (Allocation.WhyNot(pool, node) is { } reason)
        {
            return reason;
        }

        if (state.IpamConfiguration is not { } configuration)
        {
            return null;
        }

        if (!configuration.AutoAllocateBlocks)
        {
            return $"Node {name} gets no block of IPPool {pool.Metadata.Name}: IPAMConfiguration default has autoAllocateBlocks: false; set it to true, or remove workloads of this node";
        }

        int has = state.BlocksOfNode(name).Count(block => block.Cidr.Family == pool.Cidr.Family);
        return configuration.MaxBlocksPerHost > 0 && has >= configuration.MaxBlocksPerHost
            ? FormattableString.Invariant(
                $"Node {name} has {has} blocks, and IPAMConfiguration default has maxBlocksPerHost: {configuration.MaxBlocksPerHost}: raise it, or remove workloads of this node")
            : null;
    }

    /// <summary>Since when a node has a block, or a borrowed address, anew that it wanted to give back before: what arrives so late
    /// was done already. None if it has not.</summary>
    public static long? HasAnewSince(FleetState state, string node, BlockRelease release)
    {
        IpamBlock? block = state.FindBlock(release.Cidr);
        AddressLoan? loan = block is null && release.Cidr.IsHost ? state.FindLoanOf(release.Cidr.Address) : null;
        long? since = block?.Node == node ? block?.Metadata.ResourceVersion
            : loan?.Borrower == node ? loan?.Metadata.ResourceVersion
            : null;
        return since > release.Revision ? since : null;
    }

    /// <summary>Gives a block, or a borrowed address, back; one that is not there is given back already.</summary>
    public static Decision Release(FleetState state, string node, BlockRelease release)
    {
        if (HasAnewSince(state, node, release) is not null)
        {
            return new Decision();
        }

        if (state.FindBlock(release.Cidr) is not { } block)
        {
            return release.Cidr.IsHost && state.FindLoanOf(release.Cidr.Address) is { } loan
                ? GiveBack(state, node, loan)
                : new Decision();
        }

        if (block.IsGivenBack)
        {
            return new Decision();
        }

        if (block.Node != node)
        {
            return Decision.Refuse(RefusalKind.Forbidden, $"block {release.Cidr} belongs to {block.Affinity}, not to {node}");
        }

        // Its journal may have chosen an address for one that has none yet. A node that is being removed leaves those that it has lent.
        bool isLeaving = state.FindNode(node) is { Metadata.IsTerminating: true };
        if (state.LoansOfBlock(release.Cidr) is { Count: > 0 } loans && !(isLeaving && loans.All(loan => loan.Address is not null)))
        {
            return Decision.Refuse(
                RefusalKind.Conflict,
                FormattableString.Invariant($"{loans.Count} addresses of block {release.Cidr} are lent, one of them to Node {loans.First().Borrower}"));
        }

        Draft draft = new(state);
        Departures.GiveBack(draft, block);
        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes };
    }

    private static Decision GiveBack(FleetState state, string node, AddressLoan loan)
    {
        if (loan.Borrower != node)
        {
            return Decision.Refuse(RefusalKind.Forbidden, $"{loan.Address} is lent to Node {loan.Borrower}, not to {node}");
        }

        Draft draft = new(state);
        Departures.End(draft, loan);
        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes };
    }
}
