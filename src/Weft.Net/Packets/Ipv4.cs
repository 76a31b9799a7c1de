using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>An IPv4 packet, checked (RFC 791, 3.1).</summary>
/// <remarks>
/// <code>
///  0        4        8                16  19                      31
/// +--------+--------+----------------+---+-------------------------+
/// | 4      | words  | DSCP, ECN      |        total length         |
/// +--------+--------+----------------+---+-------------------------+
/// |         identification           |flg|     fragment offset     |
/// +-----------------+----------------+---+-------------------------+
/// |  time to live   |    protocol    |       header checksum       |
/// +-----------------+----------------+-----------------------------+
/// |                         source address                         |
/// |                      destination address                       |
/// |                  options, up to 40 bytes                       |
/// +----------------------------------------------------------------+
/// </code>
/// </remarks>
public readonly ref struct Ipv4View
{
    /// <summary>Bytes of a header without options.</summary>
    public const int HeaderLengthMin = DestinationAt + 4;

    internal const int TotalLengthAt = TrafficClassAt + 1;
    internal const int ChecksumAt = ProtocolAt + 1;

    private const int VersionAt = 0;
    private const int TrafficClassAt = VersionAt + 1;
    private const int IdentificationAt = TotalLengthAt + 2;
    private const int FragmentAt = IdentificationAt + 2;
    private const int TimeToLiveAt = FragmentAt + 2;
    private const int ProtocolAt = TimeToLiveAt + 1;
    private const int SourceAt = ChecksumAt + 2;
    private const int DestinationAt = SourceAt + 4;

    private readonly ReadOnlySpan<byte> _packet;

    private Ipv4View(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>Bytes of the header with its options: 20 to 60.</summary>
    public int HeaderLength => WordsOf(_packet) * 4;

    /// <summary>Bytes of the packet, as it says itself.</summary>
    public int TotalLength => NetworkOrder.ReadUInt16(_packet, TotalLengthAt);

    /// <summary>DSCP and ECN (RFC 2474, RFC 3168).</summary>
    public byte TrafficClass => _packet[TrafficClassAt];

    /// <summary>What the fragments of one packet have in common.</summary>
    public ushort Identification => NetworkOrder.ReadUInt16(_packet, IdentificationAt);

    /// <summary>Whether routers must not fragment the packet.</summary>
    public bool DontFragment => (NetworkOrder.ReadUInt16(_packet, FragmentAt) & Ipv4Header.DontFragmentBit) != 0;

    /// <summary>Whether fragments follow this one.</summary>
    public bool MoreFragments => (NetworkOrder.ReadUInt16(_packet, FragmentAt) & Ipv4Header.MoreFragmentsBit) != 0;

    /// <summary>Where in the whole packet's payload this fragment begins, in bytes.</summary>
    public int FragmentOffset => (NetworkOrder.ReadUInt16(_packet, FragmentAt) & Ipv4Header.FragmentOffsetBits) * 8;

    /// <summary>Hops that are left.</summary>
    public byte TimeToLive => _packet[TimeToLiveAt];

    /// <summary>What the packet carries.</summary>
    public IpProtocol Protocol => (IpProtocol)_packet[ProtocolAt];

    /// <summary>The header's checksum as it is written.</summary>
    public ushort Checksum => NetworkOrder.ReadUInt16(_packet, ChecksumAt);

    /// <summary>Whether the header's checksum is right. Not a condition to be accepted: offload fills it in late.</summary>
    public bool IsChecksumRight => InternetChecksum.Verifies(_packet[..HeaderLength]);

    /// <summary>From whom.</summary>
    public Ipv4Address Source => Ipv4Address.ReadFrom(_packet[SourceAt..]);

    /// <summary>To whom.</summary>
    public Ipv4Address Destination => Ipv4Address.ReadFrom(_packet[DestinationAt..]);

    /// <summary>The options as bytes; <see cref="OptionList.TryParse"/> reads them.</summary>
    public ReadOnlySpan<byte> Options => _packet[HeaderLengthMin..HeaderLength];

    /// <summary>What is behind the header, without padding of the link.</summary>
    public ReadOnlySpan<byte> Payload => _packet[HeaderLength..];

    /// <summary>Whether bytes of the packet are missing; only after <see cref="TryParseCut"/>.</summary>
    public bool IsCut => _packet.Length < TotalLength;

    /// <summary>The partial sum of the pseudo header for a payload of this packet's length.</summary>
    public ulong PseudoHeader =>
        InternetChecksum.PseudoHeader(Source, Destination, (byte)Protocol, TotalLength - HeaderLength);

    /// <summary>The header as a value, without options.</summary>
    public Ipv4Header Header => new(Source, Destination, Protocol)
    {
        TimeToLive = TimeToLive,
        TrafficClass = TrafficClass,
        Identification = Identification,
        DontFragment = DontFragment,
        MoreFragments = MoreFragments,
        FragmentOffset = FragmentOffset,
    };

    /// <summary>Accepts a whole packet; what follows its total length is padding and not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out Ipv4View view) =>
        TryParseCut(packet, out view) && !view.IsCut;

    /// <summary>Accepts a packet whose header is whole: as quoted by ICMP, or captured with a snap length.</summary>
    public static bool TryParseCut(ReadOnlySpan<byte> packet, out Ipv4View view)
    {
        view = default;
        if (packet.Length < HeaderLengthMin || packet[VersionAt] >> 4 != (int)IpFamily.Ipv4)
        {
            return false;
        }

        int headerLength = WordsOf(packet) * 4;
        int totalLength = NetworkOrder.ReadUInt16(packet, TotalLengthAt);
        if (headerLength < HeaderLengthMin || headerLength > packet.Length || totalLength < headerLength)
        {
            return false;
        }

        view = new Ipv4View(packet[..Math.Min(totalLength, packet.Length)]);
        return true;
    }

    private static int WordsOf(ReadOnlySpan<byte> packet) => packet[VersionAt] & 0xF;
}

/// <summary>The header of an IPv4 packet, to be written.</summary>
/// <param name="Source">From whom.</param>
/// <param name="Destination">To whom.</param>
/// <param name="Protocol">What follows.</param>
public readonly record struct Ipv4Header(Ipv4Address Source, Ipv4Address Destination, IpProtocol Protocol)
{
    internal const ushort DontFragmentBit = 0x4000;
    internal const ushort MoreFragmentsBit = 0x2000;
    internal const ushort FragmentOffsetBits = 0x1FFF;

    private const int OptionsLengthMax = 40;

    /// <summary>Hops that are left; 64 unless said otherwise (IANA, IP parameters).</summary>
    public byte TimeToLive { get; init; } = 64;

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>What the fragments of one packet have in common.</summary>
    public ushort Identification { get; init; }

    /// <summary>Whether routers must not fragment the packet.</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether fragments follow this one.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Where in the whole packet's payload this fragment begins: a multiple of 8.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>The partial sum of the pseudo header for a payload of a length.</summary>
    public ulong PseudoHeader(int payloadLength) =>
        InternetChecksum.PseudoHeader(Source, Destination, (byte)Protocol, payloadLength);

    /// <summary>Writes the header, with its checksum, for a payload that the caller writes next; false if the header
    /// does not fit or the packet is over 65,535 bytes.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="payloadLength">Bytes that will follow.</param>
    /// <param name="options">Options, padded by the caller to a multiple of 4 bytes, 40 at most.</param>
    public bool TryWrite(ref SpanWriter writer, int payloadLength, ReadOnlySpan<byte> options = default)
    {
        Invariant.Holds(options.Length % 4 == 0 && options.Length <= OptionsLengthMax);
        Invariant.Holds(FragmentOffset % 8 == 0 && FragmentOffset / 8 <= FragmentOffsetBits);
        int headerLength = Ipv4View.HeaderLengthMin + options.Length;
        if (writer.Remaining < headerLength || payloadLength > ushort.MaxValue - headerLength)
        {
            return false;
        }

        int start = writer.Position;
        int fragment = (DontFragment ? DontFragmentBit : 0) | (MoreFragments ? MoreFragmentsBit : 0)
            | (FragmentOffset / 8);
        _ = writer.TryWriteByte((byte)((int)IpFamily.Ipv4 << 4 | headerLength / 4));
        _ = writer.TryWriteByte(TrafficClass);
        _ = writer.TryWriteNetworkUInt16((ushort)(headerLength + payloadLength));
        _ = writer.TryWriteNetworkUInt16(Identification);
        _ = writer.TryWriteNetworkUInt16((ushort)fragment);
        _ = writer.TryWriteByte(TimeToLive);
        _ = writer.TryWriteByte((byte)Protocol);
        _ = writer.TryReserve(sizeof(ushort), out int checksumAt);
        _ = writer.TryWriteNetworkUInt32(Source.Value);
        _ = writer.TryWriteNetworkUInt32(Destination.Value);
        _ = writer.TryWrite(options);
        writer.PatchNetworkUInt16(checksumAt, InternetChecksum.Of(writer.Written[start..]));
        return true;
    }
}
