using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Plan.Compiling;

/// <summary>Pools that leave some of their addresses out of reach.</summary>
public static partial class FleetFindings
{
    private static void AddPool(List<Finding> findings, FleetState state, List<NodeResource> nodes, IpPool pool)
    {
        string subject = $"IPPool/{pool.Metadata.Name}";
        AddBounded(
            findings,
            subject,
            PairsLeftToTheUnderlay(state, pool),
            pair => LeftToTheUnderlay(pool, pair.One, pair.Other));
        AddBounded(
            findings,
            subject,
            nodes.Where(node => AddressIn(pool, node) is not null),
            node => AddressInPool(pool, node));
        if (pool.Cidr.Family == IpFamily.Ipv6 && Encapsulation.Tunnels(pool))
        {
            AddBounded(findings, subject, nodes.Where(node => SmallestInside(node) < NodeResource.UnderlayMtuMinV6), TooSmallForIpv6);
        }
        else if (pool.Ways.Any(way => way.Vxlan != EncapsulationMode.Never) && state.NodesWithOnly(IpFamily.Ipv6) > 0)
        {
            AddBounded(findings, subject, nodes.Where(node => InsideIpv6(node) < NodeResource.UnderlayMtuMinV6), TooSmallForNextHops);
        }
    }

    // Nodes that hold blocks of the pool and reach each other's by no route of ours; each with its first block. Nodes
    // without an address, and pairs with no family in common, are findings of the nodes.
    private static IEnumerable<((NodeResource Node, IpamBlock Block) One, (NodeResource Node, IpamBlock Block) Other)>
        PairsLeftToTheUnderlay(FleetState state, IpPool pool)
    {
        if (pool.Specified.Mode != EncapsulationMode.Never
            && (pool.IpipMode == EncapsulationMode.Never || state.NodesWithOnly(IpFamily.Ipv6) == 0))
        {
            yield break;
        }

        List<(NodeResource Node, IpamBlock Block)> holders = [];
        foreach (IpamBlock block in state.BlocksOfPool(pool.Metadata.Name).DistinctBy(block => block.Affinity))
        {
            if (block.Node is { } name && state.FindNode(name) is { } node)
            {
                holders.Add((node, block));
            }
        }

        holders.Sort((a, b) => string.CompareOrdinal(a.Node.Metadata.Name, b.Node.Metadata.Name));

        // Nodes of one subnet are on one segment: a great rack costs a comparison for each of its pairs.
        IpPrefix?[] subnets = [.. holders.Select(holder => holder.Node.UnderlayAddress(pool.Cidr.Family)?.Prefix)];
        for (int i = 0; i < holders.Count; i++)
        {
            for (int j = i + 1; j < holders.Count; j++)
            {
                if ((subnets[i] is null || subnets[i] != subnets[j])
                    && Encapsulation.Between(pool, holders[i].Node, holders[j].Node).Path == BlockPath.Underlay
                    && Encapsulation.HaveFamilyInCommon(holders[i].Node, holders[j].Node))
                {
                    yield return (holders[i], holders[j]);
                }
            }
        }
    }

    private static Finding LeftToTheUnderlay(
        IpPool pool, (NodeResource Node, IpamBlock Block) one, (NodeResource Node, IpamBlock Block) other)
    {
        string subject = $"IPPool/{pool.Metadata.Name}";
        string names = $"{one.Node.Metadata.Name} and {other.Node.Metadata.Name}";
        string family = pool.Cidr.Family == IpFamily.Ipv4 ? "IPv4" : "IPv6";
        if (one.Node.UnderlayAddress(pool.Cidr.Family) is { } here && other.Node.UnderlayAddress(pool.Cidr.Family) is { } there)
        {
            return new Finding(
                FindingSeverity.Notice,
                subject,
                $"{names} are on different subnets and vxlanMode is Never: the underlay must route {other.Block.Cidr} to {there.Address} and {one.Block.Cidr} to {here.Address} (or set vxlanMode: CrossSubnet)");
        }

        return pool.IpipMode == EncapsulationMode.Never
            ? new Finding(
                FindingSeverity.Error,
                subject,
                $"{names} do not both have an {family} address on the underlay and vxlanMode is Never: nothing reaches {other.Block.Cidr} from {one.Block.Cidr}; set vxlanMode: CrossSubnet, or give both an {family} address")
            : new Finding(
                FindingSeverity.Error,
                subject,
                $"{names} do not both have an IPv4 address on the underlay, and IPIP needs one: nothing reaches {other.Block.Cidr} from {one.Block.Cidr}; set vxlanMode instead of ipipMode, or give both an IPv4 address");
    }

    private static IpAddress? AddressIn(IpPool pool, NodeResource node) =>
        node.UnderlayAddress(pool.Cidr.Family) is { } address && pool.Cidr.Contains(address.Address) ? address.Address : null;

    private static Finding AddressInPool(IpPool pool, NodeResource node) => new(
        FindingSeverity.Error,
        $"IPPool/{pool.Metadata.Name}",
        $"{AddressIn(pool, node)}, the address of {node.Metadata.Name} on the underlay, lies inside {pool.Cidr}: a workload may get it; make another IPPool with a range of its own, and delete this one");

    // What is left inside the largest overhead of the families that the node has.
    private static int? SmallestInside(NodeResource node)
    {
        int? overIpv4 = node.BgpIpv4Address is null ? null : node.UnderlayMtu - Encapsulation.VxlanOverheadIpv4;
        int? overIpv6 = InsideIpv6(node);
        return overIpv4 is { } a && overIpv6 is { } b ? Math.Min(a, b) : overIpv4 ?? overIpv6;
    }

    private static Finding TooSmallForIpv6(NodeResource node) => new(
        FindingSeverity.Error,
        $"Node/{node.Metadata.Name}",
        FormattableString.Invariant(
            $"the MTU of {node.Metadata.Name}'s underlay leaves {SmallestInside(node)} bytes inside VXLAN, and IPv6 needs {NodeResource.UnderlayMtuMinV6} (RFC 8200, 5): raise the interface's MTU"));

    private static int? InsideIpv6(NodeResource node) =>
        node.BgpIpv6Address is null ? null : node.UnderlayMtuV6 - Encapsulation.VxlanOverheadIpv6;

    // Of an IPv4 pool where some node has IPv6 alone.
    private static Finding TooSmallForNextHops(NodeResource node) => new(
        FindingSeverity.Error,
        $"Node/{node.Metadata.Name}",
        FormattableString.Invariant(
            $"the MTU of {node.Metadata.Name}'s IPv6 underlay leaves {InsideIpv6(node)} bytes inside VXLAN over IPv6, and next hops there need {NodeResource.UnderlayMtuMinV6} (RFC 8200, 5), those of IPv4 blocks too: raise the interface's MTU"));
}
