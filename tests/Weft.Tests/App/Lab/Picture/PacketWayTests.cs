using System.Linq;
using Weft.App.Lab.Picture;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;
using Xunit;

namespace Weft.Tests.App.Lab.Picture;

public sealed class PacketWayTests
{
    private static readonly byte[] Token = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void The_request_is_known_by_its_token_alone()
    {
        Assert.Equal("10.65.0.2 > 10.65.0.130 ICMP echo request, TTL 64", PacketWay.Describe(Plain(), Token));
        Assert.Null(PacketWay.Describe(Plain(), new byte[32]));
        Assert.Null(PacketWay.Describe([1, 2, 3], Token));
    }

    [Fact]
    public void A_wrapped_request_shows_both_packets()
    {
        byte[] inner = Plain();
        byte[] frame = new byte[2000];
        SpanWriter writer = new(frame);
        Ipv4Address from = Address("172.16.1.2");
        Ipv4Address to = Address("172.16.2.2");
        int udpLength = UdpView.HeaderLength + VxlanView.HeaderLength + inner.Length;
        Assert.True(new EthernetHeader(default, default, EtherType.Ipv4, null).TryWrite(ref writer));
        Assert.True(new Ipv4Header(from, to, IpProtocol.Udp).TryWrite(ref writer, udpLength));
        Assert.True(new UdpHeader(50000, VxlanView.Port).TryWrite(ref writer, Wrapped(inner), new Ipv4Header(from, to, IpProtocol.Udp).PseudoHeader(udpLength)));
        Assert.Equal(
            "172.16.1.2 > 172.16.2.2 VXLAN 4096 [ 10.65.0.2 > 10.65.0.130 ICMP echo request, TTL 64 ]",
            PacketWay.Describe(writer.Written, Token));
    }

    [Fact]
    public void A_request_of_one_family_is_found_in_a_tunnel_of_the_other()
    {
        byte[] inner = Plain();
        byte[] frame = new byte[2000];
        SpanWriter writer = new(frame);
        Ipv6Address from = Ipv6("fd00:1::2");
        Ipv6Address to = Ipv6("fd00:2::2");
        int udpLength = UdpView.HeaderLength + VxlanView.HeaderLength + inner.Length;
        Assert.True(new EthernetHeader(default, default, EtherType.Ipv6, null).TryWrite(ref writer));
        Assert.True(new Ipv6Header(from, to, IpProtocol.Udp).TryWrite(ref writer, udpLength));
        Assert.True(new UdpHeader(50000, VxlanView.Port).TryWrite(
            ref writer, Wrapped(inner), new Ipv6Header(from, to, IpProtocol.Udp).PseudoHeader(udpLength)));
        Assert.Equal(
            "fd00:1::2 > fd00:2::2 VXLAN 4096 [ 10.65.0.2 > 10.65.0.130 ICMP echo request, TTL 64 ]",
            PacketWay.Describe(writer.Written, Token));
    }

    [Fact]
    public void A_request_in_IPIP_shows_both_packets_and_is_known_on_the_tunnel_device_that_has_no_link_layer()
    {
        byte[] inner = Plain()[EthernetView.HeaderLength..];
        byte[] frame = new byte[2000];
        SpanWriter writer = new(frame);
        Assert.True(new EthernetHeader(default, default, EtherType.Ipv4, null).TryWrite(ref writer));
        Assert.True(new Ipv4Header(Address("172.16.1.2"), Address("172.16.2.2"), IpProtocol.Ipv4).TryWrite(ref writer, inner.Length));
        Assert.True(writer.TryWrite(inner));
        Assert.Equal(
            "172.16.1.2 > 172.16.2.2 IPIP [ 10.65.0.2 > 10.65.0.130 ICMP echo request, TTL 64 ]",
            PacketWay.Describe(writer.Written, Token));
        Assert.Equal("10.65.0.2 > 10.65.0.130 ICMP echo request, TTL 64", PacketWay.Describe(inner, Token));
        Assert.Null(PacketWay.Describe(inner, new byte[32]));
    }

    [Fact]
    public void An_IPv6_request_is_known_by_its_token_too()
    {
        byte[] frame = new byte[200];
        SpanWriter writer = new(frame);
        int length = Icmpv6View.HeaderLength + Token.Length;
        Ipv6Header ip = new(Ipv6("fd65::2"), Ipv6("fd65::82"), IpProtocol.Icmpv6);
        Assert.True(new EthernetHeader(default, default, EtherType.Ipv6, null).TryWrite(ref writer));
        Assert.True(ip.TryWrite(ref writer, length));
        Assert.True(Icmpv6Header.EchoRequest(7, 1).TryWrite(ref writer, Token, ip.PseudoHeader(length)));
        Assert.Equal("fd65::2 > fd65::82 ICMPv6 echo request, hop limit 64", PacketWay.Describe(writer.Written, Token));
        Assert.Null(PacketWay.Describe(writer.Written, new byte[32]));
    }

    private static byte[] Wrapped(byte[] inner)
    {
        byte[] vxlan = new byte[VxlanView.HeaderLength + inner.Length];
        SpanWriter inside = new(vxlan);
        Assert.True(new VxlanHeader(new Vni(4096)).TryWrite(ref inside));
        Assert.True(inside.TryWrite(inner));
        return vxlan;
    }

    private static byte[] Plain()
    {
        byte[] frame = new byte[200];
        SpanWriter writer = new(frame);
        Assert.True(new EthernetHeader(default, default, EtherType.Ipv4, null).TryWrite(ref writer));
        Assert.True(new Ipv4Header(Address("10.65.0.2"), Address("10.65.0.130"), IpProtocol.Icmpv4)
            .TryWrite(ref writer, Icmpv4View.HeaderLength + Token.Length));
        Assert.True(Icmpv4Header.EchoRequest(7, 1).TryWrite(ref writer, Token));
        return writer.Written.ToArray();
    }

    private static Ipv4Address Address(string text)
    {
        Assert.True(Ipv4Address.TryParse(text, out Ipv4Address address));
        return address;
    }

    private static Ipv6Address Ipv6(string text)
    {
        Assert.True(Ipv6Address.TryParse(text, out Ipv6Address address));
        return address;
    }
}
