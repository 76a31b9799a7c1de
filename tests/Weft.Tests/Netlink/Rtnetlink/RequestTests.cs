using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Netlink.Rtnetlink;

public sealed class RequestTests
{
    private static readonly Gen<IpAddress> GenAddress = Gen.OneOf(
        Gen.UInt.Select(number => new IpAddress(new Ipv4Address(number))),
        Gen.Select(Gen.ULong, Gen.ULong).Select((high, low) => new IpAddress(new Ipv6Address(new UInt128(high, low)))));

    private static readonly Gen<MacAddress> GenMac = Gen.ULong[0, 0xFFFF_FFFF_FFFF].Select(number => new MacAddress(number));

    private static readonly Gen<IpPrefix> GenPrefix = Gen.Select(GenAddress, Gen.Int[0, 32])
        .Select((address, length) => new IpPrefix(address, length * address.BitLength / 32));

    private static readonly Gen<Route> GenRoute = Gen
        .Select(GenPrefix, GenAddress, Gen.UInt[1, uint.MaxValue], Gen.UInt, Gen.Int[1, int.MaxValue], Gen.Byte, Gen.UInt[0, 511])
        .Select((destination, gateway, table, priority, index, protocol, choice) => new Route
        {
            Destination = destination,
            Table = table,
            Priority = priority,
            Protocol = protocol,
            Gateway = (choice & 1) == 0 ? null : gateway,
            OutputInterface = (choice & 2) == 0 ? null : index,
            PreferredSource = (choice & 4) == 0 ? null : gateway,
            Mtu = (choice & 8) == 0 ? null : priority,
            Flags = (choice & 16) == 0 ? RouteFlags.None : RouteFlags.OnLink,
            Scope = (choice & 32) == 0 ? RouteScope.Universe : RouteScope.Link,
            NextHops = (choice & 64) == 0
                ? RouteNextHops.None
                : new RouteNextHops([new RouteNextHop(gateway, index, 256), new RouteNextHop(null, 1)]),
        });

    [Fact]
    public void A_route_means_the_same_after_it_was_written() => GenRoute.Sample(route =>
        Meaning(RouteRequests.Add(route)) is RtnetlinkMessage.RouteChanged changed && changed.Route == route);

    [Fact]
    public void An_ipip_device_means_the_same_after_it_was_written() => Gen
        .Select(Gen.UInt, Gen.Byte, Gen.Bool, Gen.UInt[68, 65535])
        .Sample((local, ttl, df, mtu) =>
        {
            IpipSettings settings = new() { Local = new IpAddress(new Ipv4Address(local | 1)), Ttl = ttl, AlwaysDf = df };
            return Meaning(LinkRequests.NewIpip("ipip.weft", settings, mtu)) is RtnetlinkMessage.LinkChanged made
                && made.Link.Ipip == settings && made.Link is { Kind: "ipip", Name: "ipip.weft" } && made.Link.Mtu == mtu;
        });

    [Fact]
    public void Settings_of_an_interface_mean_the_same_after_they_were_written() => Gen
        .Select(Gen.Bool, Gen.Int[-2, 1000], Gen.Int[-1, 2], Gen.Int[-1, 2], Gen.Int[-1, 2])
        .Sample((isIpv6, index, forwarding, filter, proxy) =>
        {
            InterfaceConfiguration settings = new()
            {
                Family = isIpv6 ? IpFamily.Ipv6 : IpFamily.Ipv4,
                Index = index,
                Forwarding = forwarding < 0 ? null : forwarding,
                ReversePathFilter = filter < 0 ? null : filter,
                ProxyNeighbour = proxy < 0 ? null : proxy,
            };
            return RtnetlinkMessage.TryDecode(settings.ToMessage(), out RtnetlinkMessage? message)
                && message is RtnetlinkMessage.ConfigurationChanged { Deleted: false } told && told.Configuration == settings;
        });

    [Fact]
    public void A_neighbour_means_the_same_after_it_was_written() => Gen
        .Select(GenAddress, GenMac, Gen.Int[1, int.MaxValue], Gen.Byte, Gen.UShort)
        .Select((address, mac, index, protocol, state) => new Neighbour
        {
            Index = index,
            Destination = address,
            LinkLayerAddress = mac,
            Protocol = protocol,
            State = (NeighbourState)state,
        })
        .Sample(neighbour => Meaning(NeighbourRequests.Replace(neighbour))
            is RtnetlinkMessage.NeighbourChanged changed && changed.Neighbour == neighbour);

    [Fact]
    public void A_forwarding_entry_means_the_same_after_it_was_written() => Gen
        .Select(GenAddress, GenMac, Gen.Int[1, int.MaxValue], Gen.UInt)
        .Select((address, mac, index, vni) => new FdbEntry
        {
            Index = index,
            Address = mac,
            Destination = vni % 3 == 0 ? null : address,
            Vni = vni % 2 == 0 ? null : vni,
            Flags = NeighbourFlags.Self,
            State = NeighbourState.Permanent,
        })
        .Sample(entry => Meaning(FdbRequests.Replace(entry))
            is RtnetlinkMessage.FdbChanged changed && changed.Entry == entry);

    [Fact]
    public void A_next_hop_object_means_the_same_after_it_was_written() => Gen
        .Select(GenAddress, Gen.Int[1, int.MaxValue], Gen.UInt, Gen.Byte)
        .Select((gateway, index, id, protocol) => new NextHop
        {
            Id = id,
            Protocol = protocol,
            OutputInterface = index,
            Gateway = id % 3 == 0 ? null : gateway,
            Flags = id % 2 == 0 ? RouteFlags.OnLink : RouteFlags.None,
        })
        .Sample(hop => Meaning(NextHopRequests.Add(hop)) is RtnetlinkMessage.NextHopChanged changed && changed.NextHop == hop);

    [Fact]
    public void An_address_means_the_same_after_it_was_written() => Gen
        .Select(GenPrefix, Gen.Int[1, int.MaxValue], Gen.UInt, Gen.Byte)
        .Select((prefix, index, flags, protocol) => new InterfaceAddress
        {
            Index = index,
            Address = new IpInterfaceAddress(prefix.Last, prefix.Length),
            Flags = (AddressFlags)flags,
            Protocol = protocol,
        })
        .Sample(address => Meaning(AddressRequests.New(address))
            is RtnetlinkMessage.AddressChanged changed && changed.Address == address);

    [Fact]
    public void A_request_that_changes_something_asks_for_an_acknowledgement_and_a_dump_does_not()
    {
        Neighbour neighbour = new() { Index = 1, Destination = IpAddress.Parse("192.0.2.1") };
        List<NetlinkRequest> changes =
        [
            LinkRequests.NewBridge("br0"),
            LinkRequests.Delete(1),
            NeighbourRequests.Replace(neighbour),
            NeighbourRequests.Delete(neighbour),
            NamespaceIdRequests.Get("/run/netns/blue"),
        ];
        List<NetlinkRequest> dumps =
        [
            LinkRequests.Dump(),
            AddressRequests.Dump(),
            RouteRequests.Dump(IpFamily.Ipv6, 87),
            NeighbourRequests.DumpProxies(IpFamily.Ipv4),
            FdbRequests.Dump(),
            RuleRequests.Dump(IpFamily.Ipv4),
        ];
        Assert.All(changes, request => Assert.True(
            !request.IsDump && request.Header.Flags.HasFlag(NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK)));
        Assert.All(dumps, request => Assert.True(
            request.IsDump && request.Header.Flags == (NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP)));
        Assert.All(changes.Concat(dumps), request => Assert.Equal(0u, request.Header.Sequence));
    }

    [Fact]
    public void A_namespace_stands_in_the_request_as_a_place_and_a_path()
    {
        NetlinkRequest request = LinkRequests.NewVeth("a", new VethPeer("eth0", Namespace: "/run/netns/blue"));
        NamespaceReference reference = Assert.Single(request.References);
        Assert.Equal("/run/netns/blue", reference.Namespace);

        // Length 8 and type IFLA_NET_NS_FD before it, and zero in it.
        Assert.Equal(new byte[] { 8, 0, 28, 0, 0, 0, 0, 0 }, request.Bytes.Span.Slice(reference.Offset - 4, 8).ToArray());
    }

    [Fact]
    public void A_request_says_what_it_is()
    {
        Assert.Equal("RTM_DELLINK (32 bytes)", LinkRequests.Delete(7).ToString());
    }

    private static RtnetlinkMessage? Meaning(NetlinkRequest request) =>
        RtnetlinkMessage.TryDecode(request.Bytes.Span, out RtnetlinkMessage? value) ? value : null;
}
