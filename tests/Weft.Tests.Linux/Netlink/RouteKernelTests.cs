using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Netlink;

public sealed class RouteKernelTests
{
    private const byte Ours = 87;

    [Theory]
    [InlineData("192.0.2.1/24", AddressFlags.None, AddressScope.Universe)]
    [InlineData("198.51.100.7/32", AddressFlags.NoPrefixRoute, AddressScope.Link)]
    [InlineData("2001:db8::1/64", AddressFlags.NoDad, AddressScope.Universe)]
    [InlineData("fe80::1/64", AddressFlags.NoDad | AddressFlags.NoPrefixRoute, AddressScope.Link)]
    public void An_address_comes_back_as_it_was_meant(string text, AddressFlags flags, AddressScope scope)
    {
        using Fixture net = new();
        InterfaceAddress meant = new()
        {
            Index = net.A,
            Address = IpInterfaceAddress.Parse(text),
            Flags = flags,
            Scope = scope,
            Protocol = Ours,
        };
        net.Blue.Do(AddressRequests.New(meant));
        InterfaceAddress expected = meant with { Flags = flags | AddressFlags.Permanent };
        Assert.Contains(expected, Addresses(net));
        Assert.Equal("EEXIST", net.Blue.Socket.Execute(AddressRequests.New(meant)).Error?.Name);
        net.Blue.Do(AddressRequests.Replace(meant));
        Assert.Contains(expected, Addresses(net));
        net.Blue.Do(AddressRequests.Delete(meant));
        Assert.DoesNotContain(expected, Addresses(net));
    }

    public static TheoryData<Route> Routes =>
    [
        Of("10.1.0.0/24") with { Gateway = IpAddress.Parse("192.0.2.2") },
        Of("10.1.0.0/24") with { Gateway = IpAddress.Parse("192.0.2.2"), Mtu = 1450, PreferredSource = IpAddress.Parse("192.0.2.1") },
        Of("10.1.0.1/32") with { Scope = RouteScope.Link },
        Of("10.1.0.1/32") with { Gateway = IpAddress.Parse("203.0.113.9"), Flags = RouteFlags.OnLink },
        Of("10.1.0.1/32") with { Gateway = IpAddress.Parse("fe80::99") },
        Of("10.1.0.0/16") with { Type = RouteType.Unreachable, OutputInterface = null },
        Of("10.1.0.0/16") with { Type = RouteType.Blackhole, OutputInterface = null },
        Of("0.0.0.0/0") with { Gateway = IpAddress.Parse("192.0.2.2"), Table = 1000 },
        Of("2001:db8:1::/64") with { Gateway = IpAddress.Parse("2001:db8::2") },
        Of("2001:db8:1::/64") with { Gateway = IpAddress.Parse("2001:db8::2"), Mtu = 1430, PreferredSource = IpAddress.Parse("2001:db8::1") },
        Of("2001:db8:1::1/128"),
        Of("2001:db8:1::1/128") with { Gateway = IpAddress.Parse("fe80::99") },
        Of("2001:db8:1::/48") with { Type = RouteType.Unreachable, OutputInterface = null },
        Of("2001:db8:1::/48") with { Type = RouteType.Prohibit, OutputInterface = null },
        Of("::/0") with { Gateway = IpAddress.Parse("2001:db8::2"), Table = 1000 },
    ];

    [Theory]
    [MemberData(nameof(Routes))]
    public void A_route_comes_back_as_it_was_meant_and_goes_when_told(Route pattern)
    {
        using Fixture net = new();
        net.AddAddresses();
        Route meant = pattern with { OutputInterface = pattern.OutputInterface is null ? null : net.A };
        net.Blue.Do(RouteRequests.Add(meant));
        Assert.Equal(meant, Assert.Single(OurRoutes(net, meant.Destination.Family)));
        Assert.Equal("EEXIST", net.Blue.Socket.Execute(RouteRequests.Add(meant)).Error?.Name);
        net.Blue.Do(RouteRequests.Replace(meant));
        Assert.Equal(meant, Assert.Single(OurRoutes(net, meant.Destination.Family)));
        net.Blue.Do(RouteRequests.Delete(meant));
        Assert.Empty(OurRoutes(net, meant.Destination.Family));
    }

    [Theory]
    [InlineData("10.1.0.0/24", "192.0.2.2", "192.0.2.3")]
    [InlineData("2001:db8:1::/64", "2001:db8::2", "2001:db8::3")]
    public void A_route_with_several_ways_comes_back_with_all_of_them(string destination, string one, string two)
    {
        using Fixture net = new();
        net.AddAddresses();
        Route meant = Of(destination) with
        {
            OutputInterface = null,
            NextHops = new RouteNextHops(
            [
                new RouteNextHop(IpAddress.Parse(one), net.A),
                new RouteNextHop(IpAddress.Parse(two), net.A, Weight: 3),
            ]),
        };
        net.Blue.Do(RouteRequests.Replace(meant));
        Assert.Equal(meant, Assert.Single(OurRoutes(net, meant.Destination.Family)));
        net.Blue.Do(RouteRequests.Delete(meant));
        Assert.Empty(OurRoutes(net, meant.Destination.Family));
    }

    [Theory]
    [InlineData("10.1.0.0/24", "192.0.2.2", "192.0.2.3")]
    [InlineData("2001:db8:1::/64", "2001:db8::2", "2001:db8::3")]
    public void Replacing_a_route_moves_it(string destination, string from, string to)
    {
        using Fixture net = new();
        net.AddAddresses();
        Route first = Of(destination) with { OutputInterface = net.A, Gateway = IpAddress.Parse(from) };
        Route second = first with { Gateway = IpAddress.Parse(to) };
        net.Blue.Do(RouteRequests.Replace(first));
        net.Blue.Do(RouteRequests.Replace(second));
        Assert.Equal(second, Assert.Single(OurRoutes(net, first.Destination.Family)));
    }

    [Fact]
    public void A_dump_of_one_protocol_or_table_is_filtered_by_the_kernel()
    {
        using Fixture net = new();
        net.AddAddresses();
        Route ours = Of("10.1.0.0/24") with { OutputInterface = net.A };
        net.Blue.Do(RouteRequests.Add(ours));
        net.Blue.Do(RouteRequests.Add(ours with { Protocol = 86, Table = 77, Priority = 5 }));
        Assert.Single(net.Blue.Do(RouteRequests.Dump(IpFamily.Ipv4, Ours)));
        Assert.Single(net.Blue.Do(RouteRequests.Dump(IpFamily.Ipv4, table: 77)));
        Assert.Empty(net.Blue.Do(RouteRequests.Dump(IpFamily.Ipv4, 55)));
        Assert.True(net.Blue.Do(RouteRequests.Dump(IpFamily.Ipv4)).Count > 2);
    }

    [Fact]
    public void Iproute2_sees_the_route_that_was_meant()
    {
        using Fixture net = new();
        net.AddAddresses();
        net.Blue.Do(RouteRequests.Add(Of("10.1.0.0/24") with
        {
            OutputInterface = net.A,
            Gateway = IpAddress.Parse("192.0.2.2"),
            Mtu = 1450,
            PreferredSource = IpAddress.Parse("192.0.2.1"),
        }));
        JsonElement route = net.Blue.Ip("route show 10.1.0.0/24")[0];
        Assert.Equal("192.0.2.2", route.GetProperty("gateway").GetString());
        Assert.Equal("a", route.GetProperty("dev").GetString());
        Assert.Equal("87", route.GetProperty("protocol").GetString());
        Assert.Equal("192.0.2.1", route.GetProperty("prefsrc").GetString());
        Assert.Equal(Of("10.1.0.0/24").Priority, route.GetProperty("metric").GetUInt32());
        Assert.Equal(1450, route.GetProperty("metrics")[0].GetProperty("mtu").GetInt32());
    }

    [Fact]
    public void A_lookup_answers_with_the_route_that_a_packet_takes()
    {
        using Fixture net = new();
        net.AddAddresses();
        Route route = Assert.Single(net.Blue.Dump<RtnetlinkMessage.RouteChanged>(
            RouteRequests.Lookup(IpAddress.Parse("192.0.2.77")))).Route;
        Assert.Equal((net.A, IpAddress.Parse("192.0.2.1")), (route.OutputInterface, route.PreferredSource));
    }

    public static TheoryData<RoutingRule> Rules =>
    [
        new RoutingRule { Family = IpFamily.Ipv4, Priority = 100, Table = 1000, Source = IpPrefix.Parse("10.0.0.0/8"), Protocol = Ours },
        new RoutingRule { Family = IpFamily.Ipv4, Priority = 101, Table = 77, Mark = 0x01000000, MarkMask = 0x7f000000, Protocol = Ours },
        new RoutingRule { Family = IpFamily.Ipv4, Priority = 102, Action = RuleAction.Unreachable, Destination = IpPrefix.Parse("10.1.2.3/32"), Invert = true },
        new RoutingRule { Family = IpFamily.Ipv6, Priority = 103, Table = 1000, InputInterface = "lo", Protocol = Ours },
        new RoutingRule { Family = IpFamily.Ipv6, Priority = 104, Table = 1000, OutputInterface = "eth0", Destination = IpPrefix.Parse("2001:db8::/32") },
    ];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_comes_back_as_it_was_meant_and_goes_when_told(RoutingRule meant)
    {
        using TestNamespace blue = new();
        int before = RulesOf(blue, meant.Family).Count;
        blue.Do(RuleRequests.New(meant));
        Assert.Contains(meant, RulesOf(blue, meant.Family));
        Assert.Equal("EEXIST", blue.Socket.Execute(RuleRequests.New(meant)).Error?.Name);
        blue.Do(RuleRequests.Delete(meant));
        Assert.Equal(before, RulesOf(blue, meant.Family).Count);
    }

    // The interface is filled in by the test: any number stands for "one".
    private static Route Of(string destination) => new()
    {
        Destination = IpPrefix.Parse(destination),
        Protocol = Ours,
        Priority = 6535,
        OutputInterface = 1,
    };

    private static List<InterfaceAddress> Addresses(Fixture net) =>
        [.. net.Blue.Dump<RtnetlinkMessage.AddressChanged>(AddressRequests.Dump()).Select(a => a.Address)];

    private static List<RoutingRule> RulesOf(TestNamespace blue, IpFamily family) =>
        [.. blue.Dump<RtnetlinkMessage.RuleChanged>(RuleRequests.Dump(family)).Select(r => r.Rule)];

    private static List<Route> OurRoutes(Fixture net, IpFamily family) =>
        [.. net.Blue.Dump<RtnetlinkMessage.RouteChanged>(RouteRequests.Dump(family, Ours)).Select(r => r.Route)];

    private sealed class Fixture : System.IDisposable
    {
        public Fixture()
        {
            Blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
            Blue.Do(LinkRequests.SetByName("b", up: true));
            A = Blue.LinkOf("a").Index;
        }

        public TestNamespace Blue { get; } = new();

        public int A { get; }

        public void AddAddresses()
        {
            foreach (string text in (string[])["192.0.2.1/24", "2001:db8::1/64"])
            {
                Blue.Do(AddressRequests.New(new InterfaceAddress
                {
                    Index = A,
                    Address = IpInterfaceAddress.Parse(text),
                    Flags = AddressFlags.NoDad,
                }));
            }
        }

        public void Dispose() => Blue.Dispose();
    }
}
