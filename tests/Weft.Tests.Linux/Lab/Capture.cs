using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Linux.Sockets;
using Weft.Net.Packets;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>What passes a member's interface, from now on, read with the packet views of Weft itself.</summary>
internal sealed class Capture : IDisposable
{
    private readonly PacketSocket _socket;

    private Capture(PacketSocket socket) => _socket = socket;

    /// <summary>Begins to capture on an interface of a member.</summary>
    public static Capture On(RunningLab lab, string member, string device = "eth0")
    {
        using NetlinkSocket netlink = NetlinkSocket.Open(lab.PathOf(member));
        byte[] answer = Assert.Single(netlink.Execute(LinkRequests.GetByName(device)).Messages);
        Assert.True(RtnetlinkMessage.TryDecode(answer, out RtnetlinkMessage? message));
        int index = Assert.IsType<RtnetlinkMessage.LinkChanged>(message).Link.Index;
        return new Capture(PacketSocket.Open(lab.PathOf(member), index));
    }

    /// <summary>The IP packets since the last call.</summary>
    public IReadOnlyList<SeenPacket> Take()
    {
        List<SeenPacket> seen = [];
        while (_socket.ReceiveNow() is { Count: > 0 } frames)
        {
            seen.AddRange(frames.Select(frame => SeenPacket.Of(frame.Bytes)).OfType<SeenPacket>());
        }

        Assert.Equal(0, _socket.ReadDropped());
        return seen;
    }

    /// <summary>The packets since the last call between two addresses, in either direction.</summary>
    public IReadOnlyList<SeenPacket> Take(string one, string other) =>
        [.. Take().Where(p => (p.Source, p.Destination) == (one, other) || (p.Source, p.Destination) == (other, one))];

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}

/// <summary>An IP packet as it was captured; if it came in a tunnel, the inner one.</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="DontFragment">Whether it must not be fragmented on its way; always so in IPv6.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsFragment">Whether it is a part of a packet.</param>
/// <param name="Outer">What carries it; none if it travels plain.</param>
internal sealed record SeenPacket(
    string Source, string Destination, bool DontFragment, int Length, bool IsFragment, OuterPacket? Outer)
{
    // RFC 8200, 4.5.
    private const IpProtocol FragmentHeader = (IpProtocol)44;

    /// <summary>The packet of a frame; none if it is no IP.</summary>
    public static SeenPacket? Of(ReadOnlySpan<byte> frame)
    {
        if (!EthernetView.TryParse(frame, out EthernetView ethernet))
        {
            return null;
        }

        if (ethernet.Type == EtherType.Ipv4 && Ipv4View.TryParse(ethernet.Payload, out Ipv4View four))
        {
            SeenPacket packet = new(
                four.Source.ToString(),
                four.Destination.ToString(),
                four.DontFragment,
                four.TotalLength,
                four.MoreFragments || four.FragmentOffset > 0,
                null);
            return Opened(packet, four.Protocol, four.Payload);
        }

        if (ethernet.Type == EtherType.Ipv6 && Ipv6View.TryParse(ethernet.Payload, out Ipv6View six))
        {
            SeenPacket packet = new(
                six.Source.ToString(),
                six.Destination.ToString(),
                true,
                Ipv6View.HeaderLength + six.PayloadLength,
                six.NextHeader == FragmentHeader,
                null);
            return Opened(packet, six.NextHeader, six.Payload);
        }

        return null;
    }

    // What a tunnel carries is what was seen; a part of a tunnel's packet is shown as such.
    private static SeenPacket Opened(SeenPacket packet, IpProtocol protocol, ReadOnlySpan<byte> payload) =>
        protocol == IpProtocol.Udp && UdpView.TryParse(payload, out UdpView udp)
            && udp.DestinationPort == VxlanView.Port && VxlanView.TryParse(udp.Payload, out VxlanView vxlan)
            && Of(vxlan.Frame) is { } inner
            ? inner with { Outer = new OuterPacket(packet.Source, packet.Destination, vxlan.Vni.Value, packet.DontFragment) }
            : packet;
}

/// <summary>The packet that carries another one in VXLAN: to UDP port 4789, or it would not have been read as one.</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Vni">The overlay.</param>
/// <param name="DontFragment">Whether it must not be fragmented.</param>
internal sealed record OuterPacket(string Source, string Destination, uint Vni, bool DontFragment);
