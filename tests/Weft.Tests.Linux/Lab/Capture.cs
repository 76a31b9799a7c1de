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

    /// <summary>The IPv4 packets since the last call.</summary>
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

/// <summary>An IPv4 packet as it was captured; if it came in a tunnel, the inner one.</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="DontFragment">Whether it must not be fragmented.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsFragment">Whether it is a part of a packet.</param>
/// <param name="Outer">What carries it; none if it travels plain.</param>
internal sealed record SeenPacket(
    string Source, string Destination, bool DontFragment, int Length, bool IsFragment, OuterPacket? Outer)
{
    /// <summary>The packet of a frame; none if it is no IPv4.</summary>
    public static SeenPacket? Of(ReadOnlySpan<byte> frame)
    {
        if (!TryIpv4(frame, out Ipv4View packet))
        {
            return null;
        }

        return packet.Protocol == IpProtocol.Udp && UdpView.TryParse(packet.Payload, out UdpView udp)
            && udp.DestinationPort == VxlanView.Port && VxlanView.TryParse(udp.Payload, out VxlanView vxlan)
            && TryIpv4(vxlan.Frame, out Ipv4View inner)
            ? Plain(inner) with { Outer = new OuterPacket(packet.Source.ToString(), packet.Destination.ToString(), vxlan.Vni.Value, packet.DontFragment) }
            : Plain(packet);
    }

    private static SeenPacket Plain(Ipv4View packet) => new(
        packet.Source.ToString(),
        packet.Destination.ToString(),
        packet.DontFragment,
        packet.TotalLength,
        packet.MoreFragments || packet.FragmentOffset > 0,
        null);

    private static bool TryIpv4(ReadOnlySpan<byte> frame, out Ipv4View packet)
    {
        packet = default;
        return EthernetView.TryParse(frame, out EthernetView ethernet) && ethernet.Type == EtherType.Ipv4
            && Ipv4View.TryParse(ethernet.Payload, out packet);
    }
}

/// <summary>The packet that carries another one in VXLAN: to UDP port 4789, or it would not have been read as one.</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Vni">The overlay.</param>
/// <param name="DontFragment">Whether it must not be fragmented.</param>
internal sealed record OuterPacket(string Source, string Destination, uint Vni, bool DontFragment);
