using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Plan.Compiling;

/// <summary>What is not right in a fleet that belongs to no single node: a pure function of the state.</summary>
/// <remarks>Each sort of finding is told at most <see cref="EachMax"/> times, then counted, in a stable order.</remarks>
public static class FleetFindings
{
    /// <summary>Findings of one sort, for one subject.</summary>
    public const int EachMax = 10;

    /// <summary>The findings.</summary>
    public static IReadOnlyList<Finding> Of(FleetState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<Finding> findings = [];
        List<NodeResource> nodes = [.. state.Nodes];
        AddBounded(findings, "Node", nodes.Where(node => node.BgpIpv4Address is null), WithoutAddress);
        AddBounded(findings, "Node", PairsWithDifferentMasks(nodes), DifferentMasks);
        AddBounded(findings, "IPAMBlock", OverlappingBlocks(state), Overlap);
        foreach (IpPool pool in state.Pools.Where(pool => pool.VxlanMode == EncapsulationMode.Never))
        {
            AddBounded(
                findings,
                $"IPPool/{pool.Metadata.Name}",
                PairsLeftToTheUnderlay(state, pool),
                pair => LeftToTheUnderlay(pool, pair.One, pair.Other));
        }

        return findings;
    }

    private static Finding WithoutAddress(NodeResource node) => new(
        FindingSeverity.Error,
        $"Node/{node.Metadata.Name}",
        $"{node.Metadata.Name} has no IPv4 address on the underlay, so no other node reaches its workloads: set spec.bgp.ipv4Address");

    private static IEnumerable<(NodeResource Wide, NodeResource Narrow)> PairsWithDifferentMasks(List<NodeResource> nodes)
    {
        // Only subnets of different lengths can disagree, and there are few of them: pairs of subnets, not of nodes.
        List<IGrouping<IpPrefix, NodeResource>> subnets = [.. nodes
            .Where(node => node.BgpIpv4Address is not null)
            .GroupBy(node => node.BgpIpv4Address!.Value.Prefix)
            .OrderBy(subnet => subnet.Key)];
        return
            from wide in subnets
            from narrow in subnets
            where wide.Key.Length < narrow.Key.Length && wide.Key.Contains(narrow.Key)
            from one in wide
            from other in narrow
            where Encapsulation.MasksDiffer(one.BgpIpv4Address!.Value, other.BgpIpv4Address!.Value)
            select (one, other);
    }

    private static Finding DifferentMasks((NodeResource Wide, NodeResource Narrow) pair) => new(
        FindingSeverity.Error,
        $"Node/{pair.Wide.Metadata.Name}",
        $"{pair.Wide.Metadata.Name} ({pair.Wide.BgpIpv4Address}) believes {pair.Narrow.Metadata.Name} ({pair.Narrow.BgpIpv4Address}) to be on its subnet, but not the other way round: give both the same prefix length");

    private static IEnumerable<(IpamBlock First, IpamBlock Second)> OverlappingBlocks(FleetState state)
    {
        IpamBlock? before = null;
        foreach (IpamBlock block in state.Blocks)
        {
            if (before is not null && before.Cidr.Overlaps(block.Cidr))
            {
                yield return (before, block);
            }

            before = before is not null && before.Cidr.Contains(block.Cidr) ? before : block;
        }
    }

    private static Finding Overlap((IpamBlock First, IpamBlock Second) pair) => new(
        FindingSeverity.Error,
        $"IPAMBlock/{pair.Second.Cidr}",
        $"block {pair.Second.Cidr} of {pair.Second.Affinity} overlaps with {pair.First.Cidr} of {pair.First.Affinity}: the same address may be given out twice; empty one of the nodes");

    // Nodes that hold blocks of the pool and reach each other's by no route of ours; each with its first block.
    private static IEnumerable<((NodeResource Node, IpamBlock Block) One, (NodeResource Node, IpamBlock Block) Other)>
        PairsLeftToTheUnderlay(FleetState state, IpPool pool)
    {
        List<(NodeResource Node, IpamBlock Block)> holders = [];
        foreach (IpamBlock block in state.BlocksOfPool(pool.Metadata.Name).DistinctBy(block => block.Affinity))
        {
            if (block.Node is { } name && state.FindNode(name) is { BgpIpv4Address: not null } node)
            {
                holders.Add((node, block));
            }
        }

        holders.Sort((a, b) => string.CompareOrdinal(a.Node.Metadata.Name, b.Node.Metadata.Name));
        for (int i = 0; i < holders.Count; i++)
        {
            IpInterfaceAddress here = holders[i].Node.BgpIpv4Address!.Value;
            for (int j = i + 1; j < holders.Count; j++)
            {
                if (Encapsulation.Between(pool.VxlanMode, here, holders[j].Node.BgpIpv4Address!.Value) == BlockPath.Underlay)
                {
                    yield return (holders[i], holders[j]);
                }
            }
        }
    }

    private static Finding LeftToTheUnderlay(
        IpPool pool, (NodeResource Node, IpamBlock Block) one, (NodeResource Node, IpamBlock Block) other) => new(
            FindingSeverity.Notice,
            $"IPPool/{pool.Metadata.Name}",
            $"{one.Node.Metadata.Name} and {other.Node.Metadata.Name} are on different subnets and vxlanMode is Never: the underlay must route {other.Block.Cidr} to {other.Node.BgpIpv4Address!.Value.Address} and {one.Block.Cidr} to {one.Node.BgpIpv4Address!.Value.Address} (or set vxlanMode: CrossSubnet)");

    private static void AddBounded<T>(
        List<Finding> findings, string subject, IEnumerable<T> cases, Func<T, Finding> describe)
    {
        int count = 0;
        foreach (T one in cases)
        {
            if (count++ < EachMax)
            {
                findings.Add(describe(one));
            }
        }

        if (count > EachMax)
        {
            findings.Add(findings[^1] with
            {
                Subject = subject,
                Message = FormattableString.Invariant($"and {count - EachMax} more like these"),
            });
        }
    }
}
