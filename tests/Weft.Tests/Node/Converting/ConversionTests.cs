using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Converting;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Tests.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Converting;

/// <summary>What each entry of the plan, and each assignment of the journal, becomes in the kernel.</summary>
public sealed class ConversionTests
{
    private static readonly NodeFacts Facts = new(BrainNode.Self(), new Underlay("eth0", 1500), TunnelIpv4: IpAddress.Parse("10.65.0.1"));

    [Fact]
    public void The_node_itself_becomes_a_tunnel_device_with_its_address()
    {
        KernelObject[] objects = Of(BrainNode.Self(), Facts);
        LinkObject device = Assert.IsType<LinkObject>(objects[0]);
        Assert.Equal(("vxlan.weft", "vxlan", 1450u, "weft n1"), (device.Name, device.LinkKind, device.Mtu, device.Alias));
        Assert.Equal(new TunnelSettings(4096, IpAddress.Parse("172.16.1.1"), 4789), device.Tunnel);
        Assert.Equal(new AddressObject("vxlan.weft", IpInterfaceAddress.Parse("10.65.0.1/32")), objects[1]);
    }

    [Fact]
    public void Without_tunnel_or_underlay_there_is_no_device_and_nothing_that_stands_on_it()
    {
        foreach (NodeFacts facts in (NodeFacts[])
            [Facts with { Self = BrainNode.Self(tunnel: false) }, Facts with { Ipv4 = null }, Facts with { Self = null }])
        {
            Assert.Empty(Of(facts.Self ?? BrainNode.Self(), facts));
            Assert.Empty(Of(BrainNode.Peer(3, IpAddress.Parse("172.16.2.3")), facts));
            Assert.Empty(BrainNode.Remote(3, BlockPath.Vxlan).SelectMany(e => Of(e, facts)));
        }
    }

    [Fact]
    public void An_own_block_becomes_an_unreachable_route()
    {
        RouteObject route = Assert.IsType<RouteObject>(
            Assert.Single(Of(new OwnBlockEntry { Cidr = BrainNode.PoolCidr, Pool = "default" }, Facts)));
        Assert.Equal((RouteType.Unreachable, 300u, ""), (route.Type, route.Metric, route.Device));
    }

    public static TheoryData<BlockPath, string?, string?, uint?, bool> Ways => new()
    {
        { BlockPath.Direct, "eth0", "172.16.1.1", null, false },
        { BlockPath.Vxlan, "vxlan.weft", "10.65.0.1", 1450, true },
        { BlockPath.Underlay, null, null, null, false },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_remote_block_becomes_a_route_on_its_way(
        BlockPath path, string? device, string? source, uint? mtu, bool onLink)
    {
        KernelObject[] objects = Of(BrainNode.Remote(3, path)[0], Facts);
        RouteObject? route = objects.OfType<RouteObject>().SingleOrDefault();
        Assert.Equal(device, route?.Device);
        Assert.Equal(source, route?.PreferredSource?.ToString());
        Assert.Equal(mtu, route?.Mtu);
        Assert.Equal(onLink, route?.OnLink ?? false);
        Assert.Equal(device is null, route is null);

        // Many routes share the way over a tunnel device: Linux looks for it by its number, and not one by one.
        Assert.Equal(onLink, route?.ByNextHop ?? false);
        Assert.Equal(
            onLink ? [new NextHopObject("vxlan.weft", IpAddress.Parse("172.16.2.3"))] : [], objects.Where(o => o is not RouteObject));
    }

    [Fact]
    public void A_route_without_an_MTU_names_no_next_hop_object_since_it_would_get_anothers_MTU()
    {
        RemoteBlockEntry block = (RemoteBlockEntry)BrainNode.Remote(3, BlockPath.Vxlan)[0];
        RouteObject route = Assert.IsType<RouteObject>(Assert.Single(Of(block with { Mtu = null }, Facts)));
        Assert.Equal((false, null), (route.ByNextHop, route.Mtu));
    }

    [Fact]
    public void A_peer_becomes_a_neighbour_and_a_forwarding_entry()
    {
        IpAddress underlay = IpAddress.Parse("172.16.2.3");
        MacAddress mac = new(0x66_00_00_00_00_03);
        Assert.Equal(
            [new NeighbourObject("vxlan.weft", underlay, mac), new FdbObject("vxlan.weft", mac, underlay)],
            Of(BrainNode.Peer(3, underlay), Facts));
    }

    [Fact]
    public void A_workload_becomes_both_sides_of_a_link_its_gateway_its_address_and_its_routes()
    {
        WorkloadId id = new("shop", "web", "eth0");
        Assignment assignment = new(new WorkloadAssigned
        {
            Id = id,
            ContainerId = "c1",
            NetworkNamespace = "/n",
            Addresses = [IpAddress.Parse("10.65.0.2")],
        });
        List<Wanted> wanted = [.. Conversion.Of(assignment, Facts)];
        string host = KernelNames.HostInterface(id);
        Assert.Equal(15, host.Length);
        Assert.Equal(
            [
                $"device {host}", $"neighbour 10.65.0.2 dev {host}", $"proxy neighbour 169.254.1.1 dev {host}",
                "route 10.65.0.2/32 metric 100",
            ],
            wanted.Where(w => w.Scope.Length == 0).Select(w => w.Object.Key).Order().Select(k => k.ToString()));
        Assert.Equal(
            [
                "device eth0", "address 10.65.0.2/32 dev eth0", "neighbour 169.254.1.1 dev eth0",
                "route 0.0.0.0/0 metric 0", "route 169.254.1.1/32 metric 0",
            ],
            wanted.Where(w => w.Scope == "/n").Select(w => w.Object.Key).Order().Select(k => k.ToString()));
        Assert.All(wanted.Select(w => w.Object).OfType<LinkObject>(), link => Assert.Equal(1500u, link.Mtu));
        LinkObject outside = wanted.Select(w => w.Object).OfType<LinkObject>().First();
        Assert.Equal("weft shop/web/eth0", outside.Alias); // The cause stands on the object (ARCHITECTURE, law 7).
        assignment.Releasing = true;
        Assert.Empty(Conversion.Of(assignment, Facts));
    }

    [Fact]
    public void Pools_and_what_the_store_says_of_workloads_put_nothing_into_the_kernel()
    {
        Assert.Empty(Of(BrainNode.Pool(), Facts));
        Assert.Empty(Of(
            new WorkloadEntry { Namespace = "a", Name = "b", Workload = "b", Interface = "eth0", ContainerId = "", Addresses = [] }, Facts));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    [InlineData(65536u)]
    public void An_underlay_of_any_mtu_is_converted(uint mtu)
    {
        LinkObject device = (LinkObject)Of(BrainNode.Self(), Facts with { Ipv4 = new Underlay("eth0", mtu) })[0];
        Assert.InRange(device.Mtu, 68u, 65535u);
    }

    [Theory]
    [InlineData(1350u, true)]
    [InlineData(1349u, false)]
    public void An_IPv4_block_is_reached_over_IPv6_only_where_the_device_has_room_for_IPv6(uint mtu, bool reached)
    {
        NodeFacts facts = Facts with
        {
            Self = BrainNode.Self() with { Ipv6 = IpInterfaceAddress.Parse("fd00:1::1/64"), OverIpv6 = true },
            Ipv6 = new Underlay("eth0", mtu),
        };
        RemoteBlockEntry block = new()
        {
            Cidr = IpPrefix.Parse("10.65.7.0/26"),
            Pool = "default",
            Node = "n3",
            Path = BlockPath.Vxlan,
            Via = IpAddress.Parse("fd00:1::3"),
        };
        Assert.Equal(reached, Of(block, facts).Any(wanted => wanted is RouteObject));
    }

    private static KernelObject[] Of(PlanEntry entry, NodeFacts facts) => [.. Conversion.Of(entry, facts).Select(w => w.Object)];
}
