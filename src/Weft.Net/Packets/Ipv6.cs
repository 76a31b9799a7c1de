using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>An IPv6 packet, its fixed header checked (RFC 8200, 3).</summary>
/// <remarks>
/// <code>
///  0      4               12              16              24      31
/// +------+---------------+----------------------------------------+
/// | 6    | traffic class |              flow label                |
/// +------+---------------+----------------+---------------+-------+
/// |        payload length                 |  next header  |  hops |
/// +---------------------------------------+---------------+-------+
/// |                    source address, 16 bytes                   |
/// |                 destination address, 16 bytes                 |
/// +---------------------------------------------------------------+
/// </code>
/// Extension headers are part of the payload.
/// </remarks>
public readonly ref struct Ipv6View
{
    /// <summary>Bytes of the fixed header.</summary>
    public const int HeaderLength = DestinationAt + 16;

    private const int VersionAt = 0;
    private const int PayloadLengthAt = VersionAt + 4;
    private const int NextHeaderAt = PayloadLengthAt + 2;
    private const int HopLimitAt = NextHeaderAt + 1;
    private const int SourceAt = HopLimitAt + 1;
    private const int DestinationAt = SourceAt + 16;

    private readonly ReadOnlySpan<byte> _packet;

    private Ipv6View(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass => (byte)(NetworkOrder.ReadUInt32(_packet, VersionAt) >> 20 & 0xFF);

    /// <summary>The flow, 20 bits (RFC 6437).</summary>
    public uint FlowLabel => NetworkOrder.ReadUInt32(_packet, VersionAt) & Ipv6Header.FlowLabelMax;

    /// <summary>Bytes behind the fixed header, as the packet says itself.</summary>
    public int PayloadLength => NetworkOrder.ReadUInt16(_packet, PayloadLengthAt);

    /// <summary>What follows: an extension header or the upper layer.</summary>
    public IpProtocol NextHeader => (IpProtocol)_packet[NextHeaderAt];

    /// <summary>Hops that are left.</summary>
    public byte HopLimit => _packet[HopLimitAt];

    /// <summary>From whom.</summary>
    public Ipv6Address Source => Ipv6Address.ReadFrom(_packet[SourceAt..]);

    /// <summary>To whom.</summary>
    public Ipv6Address Destination => Ipv6Address.ReadFrom(_packet[DestinationAt..]);

    /// <summary>What is behind the fixed header, without padding of the link.</summary>
    public ReadOnlySpan<byte> Payload => _packet[HeaderLength..];

    /// <summary>Whether bytes of the packet are missing; only after <see cref="TryParseCut"/>.</summary>
    public bool IsCut => _packet.Length - HeaderLength < PayloadLength;

    /// <summary>The partial sum of the pseudo header, if the payload is the upper layer itself.</summary>
    public ulong PseudoHeader =>
        InternetChecksum.PseudoHeader(Source, Destination, (byte)NextHeader, PayloadLength);

    /// <summary>The header as a value.</summary>
    public Ipv6Header Header => new(Source, Destination, NextHeader)
    {
        HopLimit = HopLimit,
        TrafficClass = TrafficClass,
        FlowLabel = FlowLabel,
    };

    /// <summary>Accepts a whole packet; what follows its length is padding and not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out Ipv6View view) =>
        TryParseCut(packet, out view) && !view.IsCut;

    /// <summary>Accepts a packet whose fixed header is whole: as quoted by ICMP, or captured with a snap length.</summary>
    public static bool TryParseCut(ReadOnlySpan<byte> packet, out Ipv6View view)
    {
        view = default;
        if (packet.Length < HeaderLength || packet[VersionAt] >> 4 != (int)IpFamily.Ipv6)
        {
            return false;
        }

        int length = HeaderLength + NetworkOrder.ReadUInt16(packet, PayloadLengthAt);
        view = new Ipv6View(packet[..Math.Min(length, packet.Length)]);
        return true;
    }
}

/// <summary>The fixed header of an IPv6 packet, to be written.</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="NextHeader">What follows.</param>
public readonly record struct Ipv6Header(Ipv6Address Source, Ipv6Address Destination, IpProtocol NextHeader)
{
    /// <summary>The largest flow label: 20 bits.</summary>
    public const uint FlowLabelMax = 0xF_FFFF;

    /// <summary>Hops that are left; 64 unless said otherwise (IANA, IP parameters).</summary>
    public byte HopLimit { get; init; } = 64;

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>The flow, 20 bits.</summary>
    public uint FlowLabel { get; init; }

    /// <summary>The partial sum of the pseudo header for a payload of a length.</summary>
    public ulong PseudoHeader(int payloadLength) =>
        InternetChecksum.PseudoHeader(Source, Destination, (byte)NextHeader, payloadLength);

    /// <summary>Writes the header for a payload that the caller writes next; false if it does not fit or the payload
    /// is over 65,535 bytes.</summary>
    public bool TryWrite(ref SpanWriter writer, int payloadLength)
    {
        Invariant.Holds(FlowLabel <= FlowLabelMax);
        if (payloadLength > ushort.MaxValue || writer.Remaining < Ipv6View.HeaderLength)
        {
            return false;
        }

        uint first = ((uint)IpFamily.Ipv6 << 28) | ((uint)TrafficClass << 20) | FlowLabel;
        _ = writer.TryWriteNetworkUInt32(first);
        _ = writer.TryWriteNetworkUInt16((ushort)payloadLength);
        _ = writer.TryWriteByte((byte)NextHeader);
        _ = writer.TryWriteByte(HopLimit);
        _ = writer.TryReserve(32, out int at);
        Source.WriteTo(writer.Written[at..]);
        Destination.WriteTo(writer.Written[(at + 16)..]);
        return true;
    }
}
