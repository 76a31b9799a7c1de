using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Model.Selectors;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Plan.Compiling;

public sealed class FleetFindingsTests
{
    [Fact]
    public void Never_between_subnets_says_what_the_underlay_must_route()
    {
        Finding finding = Assert.Single(Find(
            Pool(EncapsulationMode.Never),
            Node("n1", "172.16.1.2/24"),
            Node("n2", "172.16.1.3/24"),
            Node("n3", "172.16.2.2/24"),
            Block("10.65.0.0/26", "n1"),
            Block("10.65.0.128/26", "n3")));
        Assert.Equal((FindingSeverity.Notice, "IPPool/default"), (finding.Severity, finding.Subject));
        Assert.Equal(
            "n1 and n3 are on different subnets and vxlanMode is Never: the underlay must route 10.65.0.128/26 to 172.16.2.2 "
            + "and 10.65.0.0/26 to 172.16.1.2 (or set vxlanMode: CrossSubnet)",
            finding.Message);
    }

    [Theory]
    [InlineData(EncapsulationMode.CrossSubnet)]
    [InlineData(EncapsulationMode.Always)]
    public void A_pool_that_encapsulates_leaves_nothing_to_the_underlay(EncapsulationMode mode) =>
        Assert.Empty(Find(
            Pool(mode),
            Node("n1", "172.16.1.2/24"),
            Node("n3", "172.16.2.2/24"),
            Block("10.65.0.0/26", "n1"),
            Block("10.65.0.128/26", "n3")));

    [Fact]
    public void Masks_that_differ_and_nodes_without_an_address_are_errors()
    {
        IReadOnlyList<Finding> findings = Find(Node("n1", "172.16.1.2/24"), Node("n2", "172.16.2.2/16"), Node("n3", null));
        Assert.Equal(["Node/n3", "Node/n2"], findings.Select(f => f.Subject));
        Assert.All(findings, f => Assert.Equal(FindingSeverity.Error, f.Severity));
        Assert.Contains("same prefix length", findings[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overlapping_blocks_are_errors()
    {
        Finding finding = Assert.Single(Find(Block("10.65.0.0/24", "n1"), Block("10.65.0.64/26", "n2")));
        Assert.Equal("IPAMBlock/10.65.0.64/26", finding.Subject);
    }

    [Fact]
    public void Many_of_one_sort_are_counted()
    {
        IReadOnlyList<Finding> findings = Find([.. Enumerable.Range(0, 25).Select(i => Node($"n{i}", null))]);
        Assert.Equal(FleetFindings.EachMax + 1, findings.Count);
        Assert.Equal("and 15 more like these", findings[^1].Message);
    }

    [Fact]
    public void Nodes_with_no_family_in_common_are_errors_and_a_family_that_is_common_carries_all_but_Never()
    {
        NodeResource both = Node("n3", "172.16.1.4/24") with { BgpIpv6Address = IpInterfaceAddress.Parse("fd00::4/64") };
        Finding finding = Assert.Single(Find(Pool(EncapsulationMode.Always), Node("n1", "172.16.1.2/24"), Node6("n2"), both));
        Assert.Equal((FindingSeverity.Error, "Node/n2"), (finding.Severity, finding.Subject));
        Assert.Contains("n1 only IPv4", finding.Message, StringComparison.Ordinal);

        Resource[] pair = [Node6("n2"), both, Block("10.65.0.0/26", "n2"), Block("10.65.0.64/26", "n3")];
        Assert.Empty(Find([Pool(EncapsulationMode.CrossSubnet), .. pair]));
        finding = Assert.Single(Find([Pool(EncapsulationMode.Never), .. pair]));
        Assert.Equal((FindingSeverity.Error, "IPPool/default"), (finding.Severity, finding.Subject));
        Assert.Contains("set vxlanMode: CrossSubnet, or give both an IPv4 address", finding.Message, StringComparison.Ordinal);
        finding = Assert.Single(Find([Pool(EncapsulationMode.Never) with { IpipMode = EncapsulationMode.Always }, .. pair]));
        Assert.Contains("IPIP needs one", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_that_holds_a_nodes_own_address_is_an_error()
    {
        Finding finding = Assert.Single(Find(Pool(EncapsulationMode.Always), Node("n1", "10.65.7.2/24")));
        Assert.Equal((FindingSeverity.Error, "IPPool/default"), (finding.Severity, finding.Subject));
        Assert.StartsWith("10.65.7.2, the address of n1", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_underlay_too_small_for_IPv6_inside_a_tunnel_is_an_error()
    {
        IpPool ipv6 = Pool(EncapsulationMode.CrossSubnet) with { Cidr = IpPrefix.Parse("fd65::/48"), BlockSize = 122 };
        NodeResource node = Node("n1", "172.16.1.2/24");
        Assert.Empty(Find(ipv6, node with { UnderlayMtu = 1330 }));
        Finding finding = Assert.Single(Find(ipv6, node with { UnderlayMtu = 1329 }));
        Assert.Contains("leaves 1279 bytes inside VXLAN, and IPv6 needs 1280", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_are_compared_between_subnets_that_hold_each_other_only_and_in_the_order_of_addresses()
    {
        NodeResource[] nodes =
        [
            Node("a", "172.16.9.1/16"), Node("b", "172.16.1.2/24"), Node("c", "172.16.1.3/32"), Node("d", "172.17.1.3/32"),
            Node("e", "172.16.1.4/16"), Node("f", "10.0.0.1/32"),
        ];
        Assert.Equal(
            ["a>b", "a>c", "e>c", "b>c"],
            Find(nodes).Select(finding => $"{finding.Message[0]}>{finding.Message[finding.Message.IndexOf("believes ", StringComparison.Ordinal) + 9]}"));

        // 5,000 nodes, each a subnet of its own.
        Assert.Empty(Find([.. Enumerable.Range(0, 5_000).Select(i => Node($"n{i}", $"10.{i / 256}.{i % 256}.1/32"))]));
    }

    [Fact]
    public void Nodes_of_one_subnet_with_different_MTUs_are_an_error_where_something_goes_plain()
    {
        NodeResource[] nodes =
        [
            Node("n1", "172.16.1.2/24") with { UnderlayMtu = 9000 }, Node("n2", "172.16.1.3/24") with { UnderlayMtu = 1500 },
            Node("n3", "172.16.1.4/24") with { UnderlayMtu = 9000 }, Node("n4", "172.16.1.5/24"),
            Node("n5", "172.16.2.5/24") with { UnderlayMtu = 1400 },
        ];
        Finding finding = Assert.Single(Find([Pool(EncapsulationMode.CrossSubnet), .. nodes]));
        Assert.Equal((FindingSeverity.Error, "Node/n2"), (finding.Severity, finding.Subject));
        Assert.StartsWith("n2 (MTU 1500) and n1 (MTU 9000) are both on 172.16.1.0/24", finding.Message, StringComparison.Ordinal);
        Assert.Empty(Find([Pool(EncapsulationMode.Always), .. nodes]));
        Assert.Empty(Find([Pool(EncapsulationMode.CrossSubnet), nodes[0], nodes[2], nodes[3], nodes[4]]));
    }

    [Fact]
    public void A_configuration_for_a_node_that_is_not_there_is_told()
    {
        FelixConfiguration felix = new() { Metadata = new Metadata { Name = FelixConfiguration.NameOf("n1") } };
        Assert.Empty(Find(felix, felix with { Metadata = new Metadata { Name = "default" } }, Node("n1", "172.16.1.2/24")));
        Finding finding = Assert.Single(Find(felix, Node("n2", "172.16.1.2/24")));
        Assert.Equal((FindingSeverity.Notice, "FelixConfiguration/node.n1"), (finding.Severity, finding.Subject));
        Assert.Contains("there is no Node n1", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_underlay_too_small_for_next_hops_of_IPv4_pools_over_IPv6_is_an_error()
    {
        NodeResource both = Node("n1", "172.16.1.2/24") with { BgpIpv6Address = IpInterfaceAddress.Parse("fd00::4/64") };
        IpPool pool = Pool(EncapsulationMode.CrossSubnet);
        Assert.Empty(Find(pool, both with { UnderlayMtuV6 = 1350 }, Node6("n2")));
        Assert.Empty(Find(pool, both with { UnderlayMtuV6 = 1349 }));
        Finding finding = Assert.Single(Find(pool, both with { UnderlayMtuV6 = 1349 }, Node6("n2")));
        Assert.Equal((FindingSeverity.Error, "Node/n1"), (finding.Severity, finding.Subject));
        Assert.Contains("leaves 1279 bytes inside VXLAN over IPv6", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.65.3.7/32", 50, "it goes before the route of the workload that has the address")]
    [InlineData("10.65.3.7/32", 400, "keeps it on its own node")]
    [InlineData("10.65.3.0/28", 400, "only workloads of the node itself keep their addresses")]
    [InlineData("10.65.3.0/26", 50, "with its smaller metric it goes before the block's route")]
    [InlineData("10.65.3.0/26", 250, "it takes the block's free addresses")]
    [InlineData("10.65.3.0/26", 400, null)]
    [InlineData("10.65.0.0/20", 50, null)]
    [InlineData("10.0.0.0/8", 50, null)]
    public void A_static_route_inside_a_pool_says_what_wins(string destination, int metric, string? message)
    {
        IReadOnlyList<Finding> findings = Find(
            Pool(EncapsulationMode.Always), Node("n1", "172.16.1.2/24"), Route("r", destination, metric));
        Assert.Equal(message is null ? 0 : 1, findings.Count);
        Assert.All(findings, finding =>
        {
            Assert.Equal((FindingSeverity.Notice, "StaticRoute/r"), (finding.Severity, finding.Subject));
            Assert.Contains(message!, finding.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_static_route_that_a_node_does_not_have_is_told()
    {
        NodeResource other = Node("n2", "172.16.1.3/24");
        other = other with { Metadata = other.Metadata with { Labels = LabelMap.Empty.With("rack", "1") } };
        Assert.True(Selector.TryParse("has(rack)", out Selector? racked, out _));
        StaticRoute first = Route("a", "192.0.2.0/24", 50) with { NodeSelector = racked };
        StaticRoute second = Route("b", "192.0.2.0/24", 50);
        Finding finding = Assert.Single(Find(first, second, Node("n1", "172.16.1.2/24"), other));
        Assert.Equal((FindingSeverity.Error, "StaticRoute/b"), (finding.Severity, finding.Subject));
        Assert.StartsWith("n2 does not have it", finding.Message, StringComparison.Ordinal);
        finding = Assert.Single(Find(first, second, other));
        Assert.Equal((FindingSeverity.Notice, "StaticRoute/b"), (finding.Severity, finding.Subject));
        finding = Assert.Single(Find(first, Node("n1", "172.16.1.2/24")));
        Assert.Contains("its nodeSelector has(rack) selects none", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_that_is_nearly_full_is_told_before_it_is_with_who_holds_what()
    {
        IpPool pool = Pool(EncapsulationMode.Always) with { Cidr = IpPrefix.Parse("10.65.0.0/25"), BlockSize = 29 };
        List<Resource> fleet = [pool, Node("n1", "172.16.1.2/24"), Node("n2", "172.16.1.3/24")];
        for (int block = 0; block < 14; block++)
        {
            fleet.Add(Block($"10.65.0.{8 * block}/29", block < 10 ? "n1" : "n2"));
        }

        Assert.Empty(Find([.. fleet]));
        fleet.Add(Block("10.65.0.112/29", "n2"));
        Finding finding = Assert.Single(Find([.. fleet]));
        Assert.Equal((FindingSeverity.Notice, "IPPool/default"), (finding.Severity, finding.Subject));
        Assert.Equal(
            "default (10.65.0.0/25) is nearly full: 15 of its 16 blocks of /29 are taken (n1 10, n2 5); without a free block nodes borrow single addresses: add another IPPool, or remove workloads",
            finding.Message);
        fleet[0] = pool with { Disabled = true };
        Assert.Empty(Find([.. fleet]));

        // Of the largest pool there can be, this can be asked, too.
        Assert.Empty(Find(Pool(EncapsulationMode.Never) with { Cidr = IpPrefix.Parse("::/0"), BlockSize = 128 }));
    }

    [Fact]
    public void Reservations_that_overlap_or_lie_outside_and_namespaces_that_name_no_pool_are_told()
    {
        IReadOnlyList<Finding> findings = Find(
            Pool(EncapsulationMode.Never),
            new IpReservation { Metadata = new Metadata { Name = "a" }, ReservedCidrs = [IpPrefix.Parse("10.65.0.0/24"), IpPrefix.Parse("10.65.0.0/28")] },
            new IpReservation { Metadata = new Metadata { Name = "b" }, ReservedCidrs = [IpPrefix.Parse("10.65.0.64/26"), IpPrefix.Parse("192.0.2.0/24")] },
            Space("right", "[\"default\",\"10.65.0.0/16\"]"),
            Space("wrong", "[\"defautl\"]"));
        Assert.Equal(
            [
                (FindingSeverity.Notice, "IPReservation/b"), (FindingSeverity.Notice, "IPReservation/b"), (FindingSeverity.Error, "Namespace/wrong"),
            ],
            findings.Select(finding => (finding.Severity, finding.Subject)));
        Assert.StartsWith("10.65.0.64/26 shares addresses with 10.65.0.0/24 of IPReservation a", findings[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("192.0.2.0/24 lies outside all pools", findings[1].Message, StringComparison.Ordinal);
        Assert.Contains("names defautl, and there is no such IPv4 pool", findings[2].Message, StringComparison.Ordinal);

        static NamespaceResource Space(string name, string pools) => new()
        {
            Metadata = new Metadata
            {
                Name = name,
                Annotations = LabelMap.Empty.With(NamespaceResource.Ipv4PoolsAnnotation, pools),
            },
        };
    }

    private static StaticRoute Route(string name, string destination, int metric) => new()
    {
        Metadata = new Metadata { Name = name },
        Destination = IpPrefix.Parse(destination),
        Type = RouteAction.Blackhole,
        Metric = metric,
    };

    private static IReadOnlyList<Finding> Find(params Resource[] resources) => FleetFindings.Of(
        FleetState.Empty.With(1, [.. resources.Select(resource => new ResourceChange(null, resource))]));

    private static IpPool Pool(EncapsulationMode mode) => new()
    {
        Metadata = new Metadata { Name = "default" },
        Cidr = IpPrefix.Parse("10.65.0.0/16"),
        VxlanMode = mode,
    };

    private static NodeResource Node(string name, string? address) => new()
    {
        Metadata = new Metadata { Name = name },
        BgpIpv4Address = address is null ? null : IpInterfaceAddress.Parse(address),
    };

    private static NodeResource Node6(string name) =>
        Node(name, null) with { BgpIpv6Address = IpInterfaceAddress.Parse("fd00::2/64") };

    private static IpamBlock Block(string cidr, string node) => IpamBlock.Of(IpPrefix.Parse(cidr), "default", node);
}
