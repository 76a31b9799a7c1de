using System.Collections.Generic;
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
    /// <param name="stamp">Time and identities.</param>
    /// <param name="block">The block; none if the claim is refused.</param>
    public static Decision Claim(FleetState state, string node, BlockClaim claim, Stamp stamp, out IpPrefix? block)
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

        // In the order in which they were claimed, so that what an agent has seen comes first.
        List<IpamBlock> own = [.. state.BlocksOfNode(node)
            .Where(held => held.Pool == claim.Pool)
            .OrderBy(held => held.Metadata.ResourceVersion).ThenBy(held => held.Cidr)];
        if (claim.Have >= 0 && claim.Have < own.Count)
        {
            block = own[claim.Have].Cidr;
            return new Decision();
        }

        if (Allocation.WhyNot(pool, itself) is { } reason)
        {
            return Decision.Refuse(RefusalKind.Conflict, reason);
        }

        if (!BlockArithmetic.TryNextFree(pool.Cidr, pool.BlockSize, state.RangesOfPool(claim.Pool), out IpPrefix free))
        {
            return Decision.Refuse(RefusalKind.Conflict, PoolExhausted.Describe(
                claim.Pool, pool.Cidr, pool.BlockSize, state.BlocksOfPool(claim.Pool).Select(b => b.Node ?? b.Affinity)));
        }

        IpamBlock claimed = IpamBlock.Of(free, claim.Pool, node) with
        {
            Announcing = state.Nodes.Any(other => other.Metadata.Name != node),
        };
        Draft draft = new(state);
        draft.Put(claimed with { Metadata = stamp.Born(claimed.Metadata) });
        block = free;
        return new Decision { Changes = draft.Changes };
    }

    /// <summary>Gives a block back; one that is not there is given back already.</summary>
    public static Decision Release(FleetState state, string node, BlockRelease release)
    {
        if (state.FindBlock(release.Cidr) is not { } block)
        {
            return new Decision();
        }

        if (block.Node != node)
        {
            return Decision.Refuse(RefusalKind.Forbidden, $"block {release.Cidr} belongs to {block.Affinity}, not to {node}");
        }

        Draft draft = new(state);
        draft.Remove(block);
        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes };
    }
}
