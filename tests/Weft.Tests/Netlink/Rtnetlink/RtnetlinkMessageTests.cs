using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;
using static Weft.Netlink.Rtnetlink.RtnetlinkMessage;

namespace Weft.Tests.Netlink.Rtnetlink;

public sealed class RtnetlinkMessageTests
{
    private const byte Ours = 87;
    private const int Va = 3; // The index of the veth in the fixture.

    private static readonly MacAddress Mac = MacAddress.Parse("ee:ee:ee:00:00:01");

    /// <summary>What each message of the fixture means.</summary>
    private static readonly Dictionary<string, RtnetlinkMessage> Meanings = new()
    {
        ["ip link add va address ee:ee:ee:00:00:01 mtu 1400 type veth peer name vb address ee:ee:ee:00:00:02"] =
            new LinkChanged(new Link { Index = 0, Name = "va", Address = Mac, Mtu = 1400, Kind = "veth" }, false),
        ["ip link add vxlan.weft mtu 1450 type vxlan id 4096 local 192.0.2.1 dstport 4789 nolearning df inherit"] =
            new LinkChanged(
                new Link
                {
                    Index = 0,
                    Name = "vxlan.weft",
                    Mtu = 1450,
                    Kind = "vxlan",
                    Vxlan = Tunnel with { UdpChecksum = false },
                },
                false),
        ["ip link add vxlan6.weft type vxlan id 5 local 2001:db8::1 dstport 4789 learning ttl 64 udp6zerocsumtx"] =
            new LinkChanged(
                new Link
                {
                    Index = 0,
                    Name = "vxlan6.weft",
                    Kind = "vxlan",
                    Vxlan = Tunnel6 with { UdpChecksum = false },
                },
                false),
        ["ip link add ipip.weft mtu 1480 type ipip local 172.16.1.1 ttl inherit nopmtudisc"] =
            new LinkChanged(
                new Link
                {
                    Index = 0,
                    Name = "ipip.weft",
                    Mtu = 1480,
                    Kind = "ipip",
                    Ipip = new IpipSettings { Local = IpAddress.Parse("172.16.1.1") },
                },
                false),
        ["ip route add 10.1.0.0/24 via inet6 fe80::9 dev va onlink proto 87 metric 200"] = new RouteChanged(
            new Route
            {
                Destination = IpPrefix.Parse("10.1.0.0/24"),
                Gateway = IpAddress.Parse("fe80::9"),
                OutputInterface = 3,
                Flags = RouteFlags.OnLink,
                Priority = 200,
                Protocol = Ours,
            },
            false),
        ["a notice of net.ipv6.conf.va.force_forwarding"] = Told(new() { Family = IpFamily.Ipv6, Index = 3 }),
        ["a notice of net.ipv4.ip_forward in va"] = Told(new() { Family = IpFamily.Ipv4, Index = 3, Forwarding = 1 }),
        ["a notice of net.ipv6.conf.va.proxy_ndp"] = Told(new() { Family = IpFamily.Ipv6, Index = 3, ProxyNeighbour = 1 }),
        ["a notice of net.ipv4.conf.va.rp_filter"] = Told(new() { Family = IpFamily.Ipv4, Index = 3, ReversePathFilter = 2 }),
        ["ip link add br0 type bridge"] =
            new LinkChanged(new Link { Index = 0, Name = "br0", Kind = "bridge" }, false),
        ["ip link set va alias shop/web"] =
            new LinkChanged(new Link { Index = Va, Name = "", Alias = "shop/web" }, false),
        ["ip addr add 192.0.2.1/24 dev va"] = new AddressChanged(Address("192.0.2.1/24"), false),
        ["ip addr add 2001:db8::1/64 dev va nodad"] =
            new AddressChanged(Address("2001:db8::1/64") with { Flags = AddressFlags.NoDad }, false),
        ["ip route add 10.1.0.0/24 via 192.0.2.2 dev va src 192.0.2.1 proto 87 metric 6535 mtu 1450"] =
            new RouteChanged(ByRouter, false),
        ["ip route add 10.2.0.0/16 proto 87 nexthop via 192.0.2.2 dev va weight 1 nexthop via 192.0.2.3 dev va weight 3"] =
            new RouteChanged(TwoWays, false),
        ["ip route add unreachable 10.3.0.0/26 proto 87"] = new RouteChanged(Unreachable, false),
        ["ip route add 10.4.0.1/32 via inet6 fe80::99 dev va proto 87"] = new RouteChanged(OtherFamily, false),
        ["ip -6 route add 2001:db8:1::/64 via 2001:db8::2 dev va proto 87 metric 6535"] =
            new RouteChanged(ByRouter6, false),
        ["ip -6 route add unreachable 2001:db8:2::/122 proto 87"] = new RouteChanged(Unreachable6, false),
        ["ip neigh replace 192.0.2.9 lladdr ee:ee:ee:00:00:09 dev va nud permanent protocol 87"] =
            new NeighbourChanged(Permanent, false),
        ["ip neigh add proxy 169.254.1.1 dev va protocol 87"] =
            new NeighbourChanged(Proxy with { State = NeighbourState.Permanent }, false),
        ["bridge fdb replace ee:ee:ee:00:00:0a dev vxlan.weft dst 192.0.2.2 self permanent"] =
            new FdbChanged(Forwarding with { State = Forwarding.State | NeighbourState.NoArp }, false),
        ["ip rule add from 10.0.0.0/8 fwmark 0x1000000/0x7f000000 table 1000 priority 100 protocol 87"] =
            new RuleChanged(Rule with { Table = 1000 }, false),

        ["a veth"] = new LinkChanged(
            new Link
            {
                Index = Va,
                Name = "va",
                Address = Mac,
                Mtu = 1400,
                Kind = "veth",
                LinkIndex = 2,
                Alias = "shop/web",
                Inet6Mode = Inet6AddressGenerationMode.Eui64,
                Flags = LinkFlags.Up | LinkFlags.Broadcast | LinkFlags.Running | LinkFlags.Multicast | LinkFlags.LowerUp,
            },
            false),
        ["an IPv4 address"] =
            new AddressChanged(Address("192.0.2.1/24") with { Flags = AddressFlags.Permanent }, false),
        ["an IPv6 address"] = new AddressChanged(
            Address("2001:db8::1/64") with { Flags = AddressFlags.Permanent | AddressFlags.NoDad }, false),
        ["a link-local address"] = new AddressChanged(
            Address("fe80::ecee:eeff:fe00:1/64") with
            {
                Flags = AddressFlags.Permanent | AddressFlags.Tentative,
                Scope = AddressScope.Link,
                Protocol = 3, // IFAPROT_KERNEL_LL
            },
            false),
        ["a route by a router"] = new RouteChanged(ByRouter, false),
        ["a route with two ways"] = new RouteChanged(TwoWays, false),
        ["an unreachable route"] = new RouteChanged(Unreachable, false),
        ["a route by a router of the other family"] = new RouteChanged(OtherFamily, false),
        ["an IPv6 route by a router"] = new RouteChanged(ByRouter6, false),
        ["an IPv6 unreachable route"] = new RouteChanged(Unreachable6 with { Priority = 1024 }, false),
        ["a neighbour"] = new NeighbourChanged(Permanent, false),
        ["a proxy neighbour"] = new NeighbourChanged(Proxy, false),
        ["a forwarding entry"] = new FdbChanged(Forwarding, false),
        ["a rule"] = new RuleChanged(Rule, false),
        ["a next hop"] = new NextHopChanged(ByNumber, false),
        ["an IPv6 next hop"] = new NextHopChanged(
            ByNumber with { Id = 5, Protocol = 0, Gateway = IpAddress.Parse("2001:db8::2") }, false),
    };

    private static VxlanSettings Tunnel => new()
    {
        Vni = 4096,
        Local = IpAddress.Parse("192.0.2.1"),
        Df = VxlanDf.Inherit,
    };

    private static VxlanSettings Tunnel6 => new()
    {
        Vni = 5,
        Local = IpAddress.Parse("2001:db8::1"),
        Learning = true,
        Ttl = 64,
        UdpZeroChecksum6Transmit = true,
    };

    private static NextHop ByNumber => new()
    {
        Id = 1_459_617_793,
        Protocol = Ours,
        OutputInterface = Va,
        Gateway = IpAddress.Parse("192.0.2.2"),
        Flags = RouteFlags.OnLink,
    };

    private static Route ByRouter => new()
    {
        Destination = IpPrefix.Parse("10.1.0.0/24"),
        Gateway = IpAddress.Parse("192.0.2.2"),
        OutputInterface = Va,
        PreferredSource = IpAddress.Parse("192.0.2.1"),
        Protocol = Ours,
        Priority = 6535,
        Mtu = 1450,
    };

    private static Route TwoWays => new()
    {
        Destination = IpPrefix.Parse("10.2.0.0/16"),
        Protocol = Ours,
        NextHops = new RouteNextHops(
        [
            new RouteNextHop(IpAddress.Parse("192.0.2.2"), Va),
            new RouteNextHop(IpAddress.Parse("192.0.2.3"), Va, Weight: 3),
        ]),
    };

    private static Route Unreachable => new()
    {
        Destination = IpPrefix.Parse("10.3.0.0/26"),
        Type = RouteType.Unreachable,
        Protocol = Ours,
    };

    private static Route OtherFamily => new()
    {
        Destination = IpPrefix.Parse("10.4.0.1/32"),
        Gateway = IpAddress.Parse("fe80::99"),
        OutputInterface = Va,
        Protocol = Ours,
    };

    private static Route ByRouter6 => new()
    {
        Destination = IpPrefix.Parse("2001:db8:1::/64"),
        Gateway = IpAddress.Parse("2001:db8::2"),
        OutputInterface = Va,
        Protocol = Ours,
        Priority = 6535,
    };

    private static Route Unreachable6 => Unreachable with { Destination = IpPrefix.Parse("2001:db8:2::/122") };

    private static Neighbour Permanent => new()
    {
        Index = Va,
        Destination = IpAddress.Parse("192.0.2.9"),
        LinkLayerAddress = MacAddress.Parse("ee:ee:ee:00:00:09"),
        State = NeighbourState.Permanent,
        Protocol = Ours,
    };

    private static Neighbour Proxy => new()
    {
        Index = Va,
        Destination = IpAddress.Parse("169.254.1.1"),
        Flags = NeighbourFlags.Proxy,
        Protocol = Ours,
    };

    private static FdbEntry Forwarding => new()
    {
        Index = 4,
        Address = MacAddress.Parse("ee:ee:ee:00:00:0a"),
        Destination = IpAddress.Parse("192.0.2.2"),
        State = NeighbourState.Permanent | NeighbourState.NoArp,
        Flags = NeighbourFlags.Self,
    };

    private static RoutingRule Rule => new()
    {
        Family = IpFamily.Ipv4,
        Priority = 100,
        Table = 1000,
        Source = IpPrefix.Parse("10.0.0.0/8"),
        Mark = 0x01000000,
        MarkMask = 0x7f000000,
        Protocol = Ours,
    };

    private static ConfigurationChanged Told(InterfaceConfiguration settings) => new(settings, false);

    public static TheoryData<string> Titles => [.. RtnetlinkFixture.Messages.Keys];

    [Theory]
    [MemberData(nameof(Titles))]
    public void Bytes_of_iproute2_and_of_the_kernel_mean_what_they_should(string title)
    {
        Assert.True(RtnetlinkMessage.TryDecode(RtnetlinkFixture.Messages[title], out RtnetlinkMessage? found));
        if (Meanings.TryGetValue(title, out RtnetlinkMessage? meaning))
        {
            Assert.Equal(meaning, found);
        }
    }

    [Theory]
    [InlineData("a vxlan device")]
    [InlineData("a vxlan device over IPv6")]
    public void A_vxlan_device_in_a_dump_has_its_settings(string title)
    {
        Assert.True(RtnetlinkMessage.TryDecode(RtnetlinkFixture.Messages[title], out RtnetlinkMessage? found));
        Assert.Equal(title == "a vxlan device" ? Tunnel : Tunnel6, Assert.IsType<LinkChanged>(found).Link.Vxlan);
    }

    [Fact]
    public void Every_meaning_has_its_bytes()
    {
        Assert.Empty(Meanings.Keys.Except(RtnetlinkFixture.Messages.Keys));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Every_truncation_is_an_answer(string title)
    {
        byte[] message = RtnetlinkFixture.Messages[title];
        ushort type = (ushort)(message[4] | (message[5] << 8));
        for (int length = 0; length < message.Length; length++)
        {
            Assert.False(RtnetlinkMessage.TryDecode(message.AsSpan(0, length), out _));
            if (length >= NetlinkHeader.ByteLength)
            {
                // Cut at the end of an attribute, a payload may be whole again: then it means something.
                bool decoded = RtnetlinkMessage.TryDecode(
                    type, message.AsSpan(NetlinkHeader.ByteLength..length), out RtnetlinkMessage? value);
                Assert.Equal(decoded, value is not null);
            }
        }
    }

    [Fact]
    public void A_million_mutations_are_answers()
    {
        Random random = new(20261122);
        byte[][] messages = [.. RtnetlinkFixture.Messages.Values];
        int decoded = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            byte[] message = messages[i % messages.Length].AsSpan().ToArray();
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                message[random.Next(NetlinkHeader.ByteLength, message.Length)] = (byte)random.Next(256);
            }

            decoded += RtnetlinkMessage.TryDecode(message, out _) ? 1 : 0;
        }

        Assert.InRange(decoded, 1, 999_999);
    }

    [Fact]
    public void A_notice_of_an_end_says_so_and_a_type_that_is_not_modelled_is_other()
    {
        byte[] payload = RtnetlinkFixture.Messages["a neighbour"][NetlinkHeader.ByteLength..];
        Assert.True(RtnetlinkMessage.TryDecode((ushort)RtnetlinkType.RTM_DELNEIGH, payload, out RtnetlinkMessage? gone));
        Assert.Equal(new NeighbourChanged(Permanent, true), gone);
        Assert.True(RtnetlinkMessage.TryDecode(120, payload, out RtnetlinkMessage? other));
        Assert.Equal(new Other(120), other);
    }

    private static InterfaceAddress Address(string text) =>
        new() { Index = Va, Address = IpInterfaceAddress.Parse(text) };
}
