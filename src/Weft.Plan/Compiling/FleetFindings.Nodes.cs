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
        AddBounded(findings, "Node", WithNothingInCommon(state, nodes), NothingInCommon);
    }

    private static Finding WithoutAddress(NodeResource node) => new(
        FindingSeverity.Error,
        $"Node/{node.Metadata.Name}",
        $"{node.Metadata.Name} has no address on the underlay, so no other node reaches its workloads: set spec.bgp.ipv4Address or ipv6Address, or see whether its agent finds one");

    private static IEnumerable<((NodeResource Node, IpInterfaceAddress Address) Wide, (NodeResource Node, IpInterfaceAddress Address) Narrow)>
        PairsWithDifferentMasks(List<NodeResource> nodes, IpFamily family)
    {
        // Only subnets of different lengths can disagree, and there are few of them: pairs of subnets, not of nodes.
        List<(NodeResource Node, IpInterfaceAddress Address)> addressed = [];
        foreach (NodeResource node in nodes)
        {
            if (node.UnderlayAddress(family) is { } address)
            {
                addressed.Add((node, address));
            }
        }

        List<IGrouping<IpPrefix, (NodeResource Node, IpInterfaceAddress Address)>> subnets =
            [.. addressed.GroupBy(one => one.Address.Prefix).OrderBy(subnet => subnet.Key)];
        return
            from wide in subnets
            from narrow in subnets
            where wide.Key.Length < narrow.Key.Length && wide.Key.Contains(narrow.Key)
            from one in wide
            from other in narrow
            where Encapsulation.MasksDiffer(one.Address, other.Address)
            select (one, other);
    }

    private static Finding DifferentMasks(
        ((NodeResource Node, IpInterfaceAddress Address) Wide, (NodeResource Node, IpInterfaceAddress Address) Narrow) pair) => new(
            FindingSeverity.Error,
            $"Node/{pair.Wide.Node.Metadata.Name}",
            $"{pair.Wide.Node.Metadata.Name} ({pair.Wide.Address}) believes {pair.Narrow.Node.Metadata.Name} ({pair.Narrow.Address}) to be on its subnet, but not the other way round: give both the same prefix length");

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
