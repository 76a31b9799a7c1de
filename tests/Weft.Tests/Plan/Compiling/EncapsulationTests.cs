using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Plan.Compiling;

public sealed class EncapsulationTests
{
    private const string Here = "172.16.1.2/24";
    private const string Near = "172.16.1.3/24";
    private const string Far = "172.16.2.2/24";
    private const string Here6 = "fd00:1::2/64";
    private const string Near6 = "fd00:1::3/64";
    private const string Far6 = "fd00:2::2/64";

    [Theory]
    [InlineData(EncapsulationMode.Never, Near, BlockPath.Direct)]
    [InlineData(EncapsulationMode.Never, Far, BlockPath.Underlay)]
    [InlineData(EncapsulationMode.CrossSubnet, Near, BlockPath.Direct)]
    [InlineData(EncapsulationMode.CrossSubnet, Far, BlockPath.Vxlan)]
    [InlineData(EncapsulationMode.Always, Near, BlockPath.Vxlan)]
    [InlineData(EncapsulationMode.Always, Far, BlockPath.Vxlan)]
    public void Packets_are_encapsulated_by_mode_and_subnet(EncapsulationMode mode, string other, BlockPath path)
    {
        Assert.Equal(path, Encapsulation.Between(Pool(mode), Node(Here), Node(other)).Path);

        // The same in IPv6, and by IPIP where the pool says so.
        string other6 = other == Near ? Near6 : Far6;
        PairPath ipv6 = Encapsulation.Between(Pool(mode, "fd65::/48"), Node(null, Here6), Node(null, other6));
        Assert.Equal(new PairPath(path, path == BlockPath.Underlay ? null : IpFamily.Ipv6), ipv6);
        IpPool ipip = Pool(EncapsulationMode.Never) with { IpipMode = mode };
        Assert.Equal(
            path == BlockPath.Vxlan ? BlockPath.Ipip : path, Encapsulation.Between(ipip, Node(Here), Node(other)).Path);
    }

    [Theory]
    [InlineData("10.65.0.0/16", EncapsulationMode.Always, BlockPath.Vxlan, IpFamily.Ipv4)]
    [InlineData("fd65::/48", EncapsulationMode.Always, BlockPath.Vxlan, IpFamily.Ipv6)]
    [InlineData("10.65.0.0/16", EncapsulationMode.CrossSubnet, BlockPath.Direct, IpFamily.Ipv4)]
    [InlineData("fd65::/48", EncapsulationMode.CrossSubnet, BlockPath.Vxlan, IpFamily.Ipv6)]
    public void A_pool_travels_over_its_own_family_where_both_nodes_have_it(
        string cidr, EncapsulationMode mode, BlockPath path, IpFamily over) =>
        Assert.Equal(
            new PairPath(path, over), Encapsulation.Between(Pool(mode, cidr), Node(Here, Here6), Node(Near, Far6)));

    [Fact]
    public void Where_only_the_other_family_is_common_a_pool_travels_over_that_or_not_at_all()
    {
        NodeResource[] pair = [Node(Here, Here6), Node(null, Near6)];
        PairPath across = new(BlockPath.Vxlan, IpFamily.Ipv6);
        Assert.Equal(across, Encapsulation.Between(Pool(EncapsulationMode.CrossSubnet), pair[0], pair[1]));
        Assert.Equal(across, Encapsulation.Between(Pool(EncapsulationMode.Always), pair[0], pair[1]));
        Assert.Equal(PairPath.Underlay, Encapsulation.Between(Pool(EncapsulationMode.Never), pair[0], pair[1]));
        IpPool ipip = Pool(EncapsulationMode.Never) with { IpipMode = EncapsulationMode.Always };
        Assert.Equal(PairPath.Underlay, Encapsulation.Between(ipip, pair[0], pair[1]));
        Assert.Equal(
            new PairPath(BlockPath.Vxlan, IpFamily.Ipv4),
            Encapsulation.Between(Pool(EncapsulationMode.CrossSubnet, "fd65::/48"), Node(Here), Node(Near, Near6)));
        Assert.Equal(PairPath.Underlay, Encapsulation.Between(Pool(EncapsulationMode.Always), Node(Here), Node(null, Near6)));
    }

    [Fact]
    public void The_answer_is_the_same_in_both_directions_also_when_masks_differ()
    {
        string?[] ipv4 = [null, Here, Near, Far, "172.16.1.4/16", "172.16.3.1/16", "172.16.1.5/32", "172.16.1.6/25", "172.16.1.200/25"];
        string?[] ipv6 = [null, Here6, Near6, Far6, "fd00:1::4/48", "fd00:1::5/128"];
        EncapsulationMode[] modes = [EncapsulationMode.Never, EncapsulationMode.CrossSubnet, EncapsulationMode.Always];
        NodeResource[] nodes = [.. ipv4.SelectMany(a => ipv6.Select(b => Node(a, b)))];
        IpPool[] pools =
        [
            .. modes.SelectMany(mode => new[]
            {
                Pool(mode), Pool(mode, "fd65::/48"), Pool(EncapsulationMode.Never) with { IpipMode = mode },
            }),
        ];
        foreach (NodeResource one in nodes)
        {
            foreach (NodeResource other in nodes)
            {
                Assert.All(pools, pool =>
                    Assert.Equal(Encapsulation.Between(pool, one, other), Encapsulation.Between(pool, other, one)));
            }
        }
    }

    [Fact]
    public void Masks_differ_when_one_subnet_holds_the_other_node_and_not_the_other_way_round()
    {
        IpInterfaceAddress wide = IpInterfaceAddress.Parse("172.16.2.2/16");
        IpInterfaceAddress narrow = IpInterfaceAddress.Parse(Here);
        Assert.True(Encapsulation.MasksDiffer(wide, narrow));
        Assert.True(Encapsulation.MasksDiffer(narrow, wide));
        Assert.False(Encapsulation.MasksDiffer(narrow, IpInterfaceAddress.Parse(Near)));
        Assert.False(Encapsulation.MasksDiffer(narrow, IpInterfaceAddress.Parse(Far)));
    }

    [Theory]
    [InlineData(1500, 9000, 1450, 1430, 1480)]
    [InlineData(9000, 1500, 1450, 1430, 1480)]
    [InlineData(9000, 9000, 8950, 8930, 8980)]
    [InlineData(null, 9000, 8950, 8930, 8980)]
    [InlineData(1500, null, 1450, 1430, 1480)]
    [InlineData(null, null, null, null, null)]
    public void A_route_has_the_smaller_underlay_MTU_of_the_carrying_family_less_the_overhead(
        int? one, int? other, int? overIpv4, int? overIpv6, int? ipip)
    {
        NodeResource[] ipv4 = [Node(Here) with { UnderlayMtu = one, UnderlayMtuV6 = 1300 }, Node(Far) with { UnderlayMtu = other }];
        NodeResource[] ipv6 = [Node(Here) with { UnderlayMtuV6 = one, UnderlayMtu = 1300 }, Node(Far) with { UnderlayMtuV6 = other }];
        Assert.Equal(overIpv4, Encapsulation.RouteMtu(new PairPath(BlockPath.Vxlan, IpFamily.Ipv4), ipv4[0], ipv4[1]));
        Assert.Equal(overIpv6, Encapsulation.RouteMtu(new PairPath(BlockPath.Vxlan, IpFamily.Ipv6), ipv6[0], ipv6[1]));
        Assert.Equal(ipip, Encapsulation.RouteMtu(new PairPath(BlockPath.Ipip, IpFamily.Ipv4), ipv4[0], ipv4[1]));
        Assert.Null(Encapsulation.RouteMtu(new PairPath(BlockPath.Direct, IpFamily.Ipv4), ipv4[0], ipv4[1]));
        Assert.Null(Encapsulation.RouteMtu(PairPath.Underlay, ipv4[0], ipv4[1]));
    }

    [Fact]
    public void A_tunnel_device_has_a_stable_address_of_its_own_in_each_family()
    {
        NodeResource node = new() { Metadata = new Metadata { Name = "n1" } };
        MacAddress address = Encapsulation.TunnelMac(node, IpFamily.Ipv4);
        Assert.Equal(0x66UL, address.Value >> 40);
        Assert.False(address.IsGroup);
        Assert.Equal(address, Encapsulation.TunnelMac(node, IpFamily.Ipv4));
        Assert.NotEqual(address, Encapsulation.TunnelMac(node, IpFamily.Ipv6));
        NodeResource other = new() { Metadata = new Metadata { Name = "n2" } };
        Assert.NotEqual(address, Encapsulation.TunnelMac(other, IpFamily.Ipv4));
        MacAddress given = MacAddress.Parse("02:00:00:00:00:07");
        Assert.Equal(given, Encapsulation.TunnelMac(node with { VxlanTunnelMacAddr = given }, IpFamily.Ipv4));
        Assert.Equal(given, Encapsulation.TunnelMac(node with { VxlanTunnelMacAddrV6 = given }, IpFamily.Ipv6));
    }

    [Theory]
    [InlineData("10.65.0.0/16", Here, Here6, null, true, false)]
    [InlineData("10.65.0.0/16", Here, Here6, Near6, true, true)]
    [InlineData("10.65.0.0/16", null, Here6, null, false, true)]
    [InlineData("10.65.0.0/16", Here, null, Near6, true, false)]
    [InlineData("fd65::/48", Here, Here6, null, false, true)]
    [InlineData("fd65::/48", Here, null, null, true, false)]
    public void A_node_tunnels_over_a_family_if_a_pool_is_of_it_or_some_node_has_no_other(
        string cidr, string? ipv4, string? ipv6, string? onlyIpv6, bool overIpv4, bool overIpv6)
    {
        NodeResource node = Node(ipv4, ipv6);
        Resource[] fleet = onlyIpv6 is null
            ? [Pool(EncapsulationMode.CrossSubnet, cidr), node]
            : [Pool(EncapsulationMode.CrossSubnet, cidr), node, Node(null, onlyIpv6) with { Metadata = new Metadata { Name = "n9" } }];
        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(resource => new ResourceChange(null, resource))]);
        Assert.Equal(overIpv4, Encapsulation.MayTunnelOver(IpFamily.Ipv4, state, node));
        Assert.Equal(overIpv6, Encapsulation.MayTunnelOver(IpFamily.Ipv6, state, node));
    }

    [Fact]
    public void While_a_pool_changes_it_is_sent_the_old_way_and_received_in_all()
    {
        PoolEncapsulation tunnel = new(EncapsulationMode.Always, EncapsulationMode.Never);
        IpPool pool = Pool(EncapsulationMode.Never) with { Sending = tunnel };
        (NodeResource one, NodeResource other) = (Node(Here), Node(Near) with { Metadata = new Metadata { Name = "m" } });
        PairPath vxlan = new(BlockPath.Vxlan, IpFamily.Ipv4);
        Assert.Equal(vxlan, Encapsulation.Between(pool, one, other));
        pool = Pool(EncapsulationMode.Never) with { Receiving = [tunnel] };
        Assert.Equal(new PairPath(BlockPath.Direct, IpFamily.Ipv4), Encapsulation.Between(pool, one, other));
        Assert.True(Encapsulation.AnyBetween([pool], one, other, vxlan));
        Assert.True(Encapsulation.Tunnels(pool));
        Resource[] fleet = [pool, one, other];
        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(resource => new ResourceChange(null, resource))]);
        Assert.True(Encapsulation.MayTunnelOver(IpFamily.Ipv4, state, one));
    }

    private static IpPool Pool(EncapsulationMode mode, string cidr = "10.65.0.0/16") => new()
    {
        Metadata = new Metadata { Name = "p" },
        Cidr = IpPrefix.Parse(cidr),
        VxlanMode = mode,
    };

    private static NodeResource Node(string? ipv4, string? ipv6 = null) => new()
    {
        Metadata = new Metadata { Name = "n" },
        BgpIpv4Address = ipv4 is null ? null : IpInterfaceAddress.Parse(ipv4),
        BgpIpv6Address = ipv6 is null ? null : IpInterfaceAddress.Parse(ipv6),
    };
}
