using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Protocol;

namespace Weft.Plan.Compiling;

/// <summary>Nodes whose addresses do not fit each other's, or the pools.</summary>
public static partial class FleetFindings
{
    private static void AddNodes(List<Finding> findings, FleetState state, List<NodeResource> nodes)
    {
        AddBounded(
            findings, "Node", nodes.Where(node => node.BgpIpv4Address is null && node.BgpIpv6Address is null), WithoutAddress);
        AddBounded(findings, "Node", PairsWithDifferentMasks(nodes, IpFamily.Ipv4), DifferentMasks);
        AddBounded(findings, "Node", PairsWithDifferentMasks(nodes, IpFamily.Ipv6), DifferentMasks);
        AddBounded(findings, "Node", DifferentMtus(state, nodes, IpFamily.Ipv4), DifferentMtu);
        AddBounded(findings, "Node", DifferentMtus(state, nodes, IpFamily.Ipv6), DifferentMtu);
        AddBounded(findings, "Node", WithNothingInCommon(state, nodes), NothingInCommon);
    }

    private static Finding WithoutAddress(NodeResource node) => new(
        FindingSeverity.Error,
        $"Node/{node.Metadata.Name}",
        $"{node.Metadata.Name} has no address on the underlay, so no other node reaches its workloads: set spec.bgp.ipv4Address or ipv6Address, or see whether its agent finds one");

    private static IEnumerable<((NodeResource Node, IpInterfaceAddress Address) Wide, (NodeResource Node, IpInterfaceAddress Address) Narrow)>
        PairsWithDifferentMasks(List<NodeResource> nodes, IpFamily family)
    {
        SortedDictionary<IpPrefix, List<(NodeResource Node, IpInterfaceAddress Address)>> subnets = Subnets(nodes, family);

        // Only subnets of different lengths can disagree, and there are few lengths: each subnet is looked for within
        // those that may hold it, also where every node is a subnet of its own.
        int[] lengths = [.. subnets.Keys.Select(subnet => subnet.Length).Distinct().Order()];
        List<(IpPrefix Wide, IpPrefix Narrow)> pairs = [];
        foreach (IpPrefix narrow in subnets.Keys)
        {
            foreach (IpPrefix wide in lengths.TakeWhile(length => length < narrow.Length).Select(length => new IpPrefix(narrow.Address, length)))
            {
                if (subnets.ContainsKey(wide))
                {
                    pairs.Add((wide, narrow));
                }
            }
        }

        return
            from pair in pairs.Order()
            from one in subnets[pair.Wide]
            where !pair.Narrow.Contains(one.Address.Address)
            from other in subnets[pair.Narrow]
            select (one, other);
    }

    private static SortedDictionary<IpPrefix, List<(NodeResource Node, IpInterfaceAddress Address)>> Subnets(
        List<NodeResource> nodes, IpFamily family)
    {
        SortedDictionary<IpPrefix, List<(NodeResource Node, IpInterfaceAddress Address)>> subnets = [];
        foreach (NodeResource node in nodes)
        {
            if (node.UnderlayAddress(family) is { } address)
            {
                if (!subnets.TryGetValue(address.Prefix, out List<(NodeResource Node, IpInterfaceAddress Address)>? members))
                {
                    members = [];
                    subnets.Add(address.Prefix, members);
                }

                members.Add((node, address));
            }
        }

        return subnets;
    }

    private static Finding DifferentMasks(
        ((NodeResource Node, IpInterfaceAddress Address) Wide, (NodeResource Node, IpInterfaceAddress Address) Narrow) pair) => new(
            FindingSeverity.Error,
            $"Node/{pair.Wide.Node.Metadata.Name}",
            $"{pair.Wide.Node.Metadata.Name} ({pair.Wide.Address}) believes {pair.Narrow.Node.Metadata.Name} ({pair.Narrow.Address}) to be on its subnet, but not the other way round: give both the same prefix length");

    // Between nodes of one segment nothing tells a sender that its packet is too large for the receiver's interface: the
    // receiver's drops it. A route through a tunnel has the smaller MTU; a plain one has its interface's.
    private static IEnumerable<(IpPrefix Subnet, NodeResource Small, NodeResource Large)> DifferentMtus(
        FleetState state, List<NodeResource> nodes, IpFamily family)
    {
        if (!state.Pools.Any(pool => pool.Cidr.Family == family && pool.InForce.Mode != EncapsulationMode.Always))
        {
            yield break;
        }

        foreach ((IpPrefix subnet, List<(NodeResource Node, IpInterfaceAddress Address)> members) in Subnets(nodes, family))
        {
            List<NodeResource> known = [.. members.Select(member => member.Node).Where(node => node.UnderlayMtuOf(family) is not null)];
            if (known.MinBy(node => node.UnderlayMtuOf(family)) is { } small
                && known.MaxBy(node => node.UnderlayMtuOf(family)) is { } large
                && small.UnderlayMtuOf(family) != large.UnderlayMtuOf(family))
            {
                yield return (subnet, small, large);
            }
        }
    }

    private static Finding DifferentMtu((IpPrefix Subnet, NodeResource Small, NodeResource Large) pair)
    {
        (int? small, int? large) = (pair.Small.UnderlayMtuOf(pair.Subnet.Family), pair.Large.UnderlayMtuOf(pair.Subnet.Family));
        return new Finding(
            FindingSeverity.Error,
            $"Node/{pair.Small.Metadata.Name}",
            System.FormattableString.Invariant(
                $"{pair.Small.Metadata.Name} (MTU {small}) and {pair.Large.Metadata.Name} (MTU {large}) are both on {pair.Subnet}: what a node there sends plain with more than {small} bytes is lost in silence; give all interfaces of the segment one MTU"));
    }

    // Nodes with only IPv4 beside nodes with only IPv6: no pool can join them. One finding for each of the fewer.
    private static IEnumerable<(NodeResource Node, NodeResource Other, int Others)> WithNothingInCommon(
        FleetState state, List<NodeResource> nodes)
    {
        (int onlyIpv4, int onlyIpv6) = (state.NodesWithOnly(IpFamily.Ipv4), state.NodesWithOnly(IpFamily.Ipv6));
        if (onlyIpv4 == 0 || onlyIpv6 == 0)
        {
            yield break;
        }

        (IpFamily few, IpFamily many) =
            onlyIpv6 <= onlyIpv4 ? (IpFamily.Ipv6, IpFamily.Ipv4) : (IpFamily.Ipv4, IpFamily.Ipv6);
        NodeResource other = nodes.First(node => HasOnly(node, many));
        foreach (NodeResource node in nodes.Where(node => HasOnly(node, few)))
        {
            yield return (node, other, state.NodesWithOnly(many) - 1);
        }
    }

    private static bool HasOnly(NodeResource node, IpFamily family) =>
        node.UnderlayAddress(family) is not null && node.UnderlayAddress(Encapsulation.OtherThan(family)) is null;

    private static Finding NothingInCommon((NodeResource Node, NodeResource Other, int Others) pair)
    {
        (string has, string lacks) = pair.Node.BgpIpv4Address is null ? ("IPv6", "IPv4") : ("IPv4", "IPv6");
        string rest = pair.Others == 0 ? "" : System.FormattableString.Invariant($" and {pair.Others} more nodes");
        return new Finding(
            FindingSeverity.Error,
            $"Node/{pair.Node.Metadata.Name}",
            $"{pair.Node.Metadata.Name} has only an {has} address on the underlay, {pair.Other.Metadata.Name}{rest} only {lacks}: their workloads cannot reach each other; give one side an address of the other family");
    }
}
