using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;
using Xunit;
using IpAddress = Weft.Net.IpAddress;

namespace Weft.Tests.Linux.Ruleset;

/// <summary>Packets as nobody sends them who means well: with any source, in any wrapping.</summary>
internal static class RawPackets
{
    private const int LengthMax = 2048;

    /// <summary>A UDP datagram with its IP header.</summary>
    public static byte[] Udp(IpAddress source, IpAddress destination, ushort port, byte[] payload)
    {
        byte[] datagram = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        payload.CopyTo(datagram, 8);
        BinaryPrimitives.WriteUInt16BigEndian(
            datagram.AsSpan(6), Checksum(source, destination, IpProtocol.Udp, datagram));
        return Ip(source, destination, IpProtocol.Udp, datagram);
    }

    /// <summary>An ICMP or ICMPv6 message with its IP header.</summary>
    public static byte[] Icmp(IpAddress source, IpAddress destination, byte type, int length = 40)
    {
        byte[] message = new byte[length];
        message[0] = type;
        IpProtocol protocol = source.Family == IpFamily.Ipv4 ? IpProtocol.Icmpv4 : IpProtocol.Icmpv6;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(source, destination, protocol, message));
        return Ip(source, destination, protocol, message);
    }

    /// <summary>A SYN of TCP that asks for segments of a size (RFC 9293, 3.1), with its IP header.</summary>
    public static byte[] Syn(IpAddress source, IpAddress destination, ushort port, ushort mss)
    {
        byte[] segment = new byte[24];
        BinaryPrimitives.WriteUInt16BigEndian(segment, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), port);
        segment[12] = 6 << 4;
        segment[13] = 0x02;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 64_240);
        segment[20] = 2;
        segment[21] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(22), mss);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), Checksum(source, destination, IpProtocol.Tcp, segment));
        return Ip(source, destination, IpProtocol.Tcp, segment);
    }

    /// <summary>A packet in VXLAN, without the outer headers.</summary>
    public static byte[] Vxlan(MacAddress to, byte[] packet)
    {
        byte[] bytes = new byte[LengthMax];
        SpanWriter writer = new(bytes);
        Assert.True(writer.TryWrite([0x08, 0, 0, 0, 0, 0x10, 0, 0])); // RFC 7348, 5: VNI 4096.
        EthernetHeader frame = new()
        {
            Destination = to,
            Source = new MacAddress(0x02_00_00_00_00_77),
            Type = packet[0] >> 4 == 4 ? EtherType.Ipv4 : EtherType.Ipv6,
        };
        Assert.True(frame.TryWrite(ref writer));
        Assert.True(writer.TryWrite(packet));
        return writer.Written.ToArray();
    }

    /// <summary>Sends a whole packet from a namespace, which only routes it.</summary>
    public static void Send(TestNamespace from, byte[] packet, IpAddress to, string? device = null)
    {
        bool isIpv4 = to.Family == IpFamily.Ipv4;
        using Socket socket = NamespaceSocket.Open(
            from.Path,
            isIpv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
            SocketType.Raw,
            ProtocolType.Raw);
        if (isIpv4)
        {
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            socket.EnableBroadcast = true;
        }

        System.Net.IPAddress address = System.Net.IPAddress.Parse(to.ToString());
        if (device is not null && isIpv4)
        {
            const int SocketLevel = 1;
            const int BindToDevice = 25; // SO_BINDTODEVICE
            socket.SetRawSocketOption(SocketLevel, BindToDevice, System.Text.Encoding.ASCII.GetBytes(device));
        }
        else if (device is not null)
        {
            address.ScopeId = from.LinkOf(device).Index;
        }

        Assert.Equal(packet.Length, socket.SendTo(packet, new IPEndPoint(address, 0)));
    }

    /// <summary>A payload of any protocol with its IP header.</summary>
    public static byte[] Ip(IpAddress source, IpAddress destination, IpProtocol protocol, byte[] payload)
    {
        byte[] bytes = new byte[LengthMax];
        SpanWriter writer = new(bytes);
        Assert.True(source.Family == IpFamily.Ipv4
            ? new Ipv4Header { Source = source.V4, Destination = destination.V4, Protocol = protocol, TimeToLive = 64 }
                .TryWrite(ref writer, payload.Length)
            : new Ipv6Header { Source = source.V6, Destination = destination.V6, NextHeader = protocol, HopLimit = 255 }
                .TryWrite(ref writer, payload.Length));
        Assert.True(writer.TryWrite(payload));
        return writer.Written.ToArray();
    }

    private static ushort Checksum(IpAddress source, IpAddress destination, IpProtocol protocol, byte[] payload)
    {
        byte[] pseudo = new byte[(2 * source.ByteLength) + 8 + payload.Length];
        source.WriteTo(pseudo);
        destination.WriteTo(pseudo.AsSpan(source.ByteLength));
        int at = 2 * source.ByteLength;
        if (protocol == IpProtocol.Icmpv4)
        {
            Array.Clear(pseudo); // RFC 792: no pseudo-header.
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(pseudo.AsSpan(at), (uint)payload.Length);
            pseudo[at + 7] = (byte)protocol;
        }

        payload.CopyTo(pseudo, at + 8);
        uint sum = 0;
        for (int i = 0; i < pseudo.Length; i += 2)
        {
            sum += (uint)((pseudo[i] << 8) | (i + 1 < pseudo.Length ? pseudo[i + 1] : 0));
        }

        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        ushort checksum = unchecked((ushort)~sum);
        return checksum == 0 && protocol == IpProtocol.Udp ? (ushort)0xFFFF : checksum;
    }
}
