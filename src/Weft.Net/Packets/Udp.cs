using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>A UDP datagram, checked (RFC 768).</summary>
/// <remarks>
/// <code>
///  0               2               4               6               8
/// +---------------+---------------+---------------+---------------+---------
/// |  source port  |  dest. port   |    length     |   checksum    | payload
/// +---------------+---------------+---------------+---------------+---------
/// </code>
/// </remarks>
public readonly ref struct UdpView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = PayloadAt;

    private const int SourcePortAt = 0;
    private const int DestinationPortAt = SourcePortAt + 2;
    private const int LengthAt = DestinationPortAt + 2;
    private const int ChecksumAt = LengthAt + 2;
    private const int PayloadAt = ChecksumAt + 2;

    private readonly ReadOnlySpan<byte> _datagram;

    private UdpView(ReadOnlySpan<byte> datagram) => _datagram = datagram;

    /// <summary>From which port.</summary>
    public ushort SourcePort => NetworkOrder.ReadUInt16(_datagram, SourcePortAt);

    /// <summary>To which port.</summary>
    public ushort DestinationPort => NetworkOrder.ReadUInt16(_datagram, DestinationPortAt);

    /// <summary>The checksum as it is written; 0 says that there is none, allowed over IPv4 only.</summary>
    public ushort Checksum => NetworkOrder.ReadUInt16(_datagram, ChecksumAt);

    /// <summary>What is behind the header.</summary>
    public ReadOnlySpan<byte> Payload => _datagram[PayloadAt..];

    /// <summary>The header as a value.</summary>
    public UdpHeader Header => new(SourcePort, DestinationPort);

    /// <summary>Whether there is no checksum or it is right, given the partial sum of the packet's pseudo
    /// header.</summary>
    public bool IsChecksumRight(ulong pseudoHeader) =>
        Checksum == 0 || InternetChecksum.Verifies(_datagram, pseudoHeader);

    /// <summary>Accepts a whole datagram; what follows its length is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out UdpView view)
    {
        view = default;
        if (datagram.Length < HeaderLength)
        {
            return false;
        }

        int length = NetworkOrder.ReadUInt16(datagram, LengthAt);
        if (length < HeaderLength || length > datagram.Length)
        {
            return false;
        }

        view = new UdpView(datagram[..length]);
        return true;
    }
}

/// <summary>The header of a UDP datagram, to be written.</summary>
/// <param name="SourcePort">From which port.</param>
/// <param name="DestinationPort">To which port.</param>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort)
{
    /// <summary>Writes header, checksum and payload; false if they do not fit or are over 65,535 bytes.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="payload">What follows the header.</param>
    /// <param name="pseudoHeader">The partial sum of the packet's pseudo header.</param>
    public bool TryWrite(ref SpanWriter writer, ReadOnlySpan<byte> payload, ulong pseudoHeader)
    {
        int start = writer.Position;
        if (payload.Length > ushort.MaxValue - UdpView.HeaderLength
            || writer.Remaining < UdpView.HeaderLength + payload.Length)
        {
            return false;
        }

        _ = writer.TryWriteNetworkUInt16(SourcePort);
        _ = writer.TryWriteNetworkUInt16(DestinationPort);
        _ = writer.TryWriteNetworkUInt16((ushort)(UdpView.HeaderLength + payload.Length));
        _ = writer.TryReserve(sizeof(ushort), out int checksumAt);
        _ = writer.TryWrite(payload);
        ushort checksum = InternetChecksum.Finish(InternetChecksum.Add(pseudoHeader, writer.Written[start..]));

        // RFC 768: a sum of zero goes out as all ones, because zero says "no checksum".
        writer.PatchNetworkUInt16(checksumAt, checksum == 0 ? ushort.MaxValue : checksum);
        return true;
    }
}
