using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>The control bits of TCP (RFC 9293, 3.1).</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 1,

    /// <summary>Sequence numbers are being agreed.</summary>
    Syn = 2,

    /// <summary>The connection is aborted.</summary>
    Rst = 4,

    /// <summary>To be handed on without waiting.</summary>
    Psh = 8,

    /// <summary>The acknowledgement number counts.</summary>
    Ack = 16,

    /// <summary>The urgent pointer counts.</summary>
    Urg = 32,

    /// <summary>Congestion was signalled (RFC 3168).</summary>
    Ece = 64,

    /// <summary>The congestion window was reduced (RFC 3168).</summary>
    Cwr = 128,
}

/// <summary>A TCP segment, checked (RFC 9293, 3.1).</summary>
/// <remarks>
/// <code>
///  0                                16                             31
/// +--------------------------------+-------------------------------+
/// |          source port           |        destination port       |
/// +--------------------------------+-------------------------------+
/// |                        sequence number                         |
/// |                     acknowledgement number                     |
/// +-------+-------+----------------+-------------------------------+
/// | words | rsrvd |  control bits  |            window             |
/// +-------+-------+----------------+-------------------------------+
/// |            checksum            |         urgent pointer        |
/// +--------------------------------+-------------------------------+
/// |                    options, up to 40 bytes                     |
/// +----------------------------------------------------------------+
/// </code>
/// </remarks>
public readonly ref struct TcpView
{
    /// <summary>Bytes of a header without options.</summary>
    public const int HeaderLengthMin = UrgentPointerAt + 2;

    private const int SourcePortAt = 0;
    private const int DestinationPortAt = SourcePortAt + 2;
    private const int SequenceAt = DestinationPortAt + 2;
    private const int AcknowledgementAt = SequenceAt + 4;
    private const int DataOffsetAt = AcknowledgementAt + 4;
    private const int FlagsAt = DataOffsetAt + 1;
    private const int WindowAt = FlagsAt + 1;
    private const int ChecksumAt = WindowAt + 2;
    private const int UrgentPointerAt = ChecksumAt + 2;

    private readonly ReadOnlySpan<byte> _segment;

    private TcpView(ReadOnlySpan<byte> segment) => _segment = segment;

    /// <summary>Bytes of the header with its options: 20 to 60.</summary>
    public int HeaderLength => (_segment[DataOffsetAt] >> 4) * 4;

    /// <summary>From which port.</summary>
    public ushort SourcePort => NetworkOrder.ReadUInt16(_segment, SourcePortAt);

    /// <summary>To which port.</summary>
    public ushort DestinationPort => NetworkOrder.ReadUInt16(_segment, DestinationPortAt);

    /// <summary>The number of the first byte of the payload, or of SYN.</summary>
    public uint Sequence => NetworkOrder.ReadUInt32(_segment, SequenceAt);

    /// <summary>The number of the next byte that the sender expects.</summary>
    public uint Acknowledgement => NetworkOrder.ReadUInt32(_segment, AcknowledgementAt);

    /// <summary>The control bits.</summary>
    public TcpFlags Flags => (TcpFlags)_segment[FlagsAt];

    /// <summary>Bytes that the sender would take, before scaling.</summary>
    public ushort Window => NetworkOrder.ReadUInt16(_segment, WindowAt);

    /// <summary>The checksum as it is written.</summary>
    public ushort Checksum => NetworkOrder.ReadUInt16(_segment, ChecksumAt);

    /// <summary>Where urgent data ends, if <see cref="TcpFlags.Urg"/> is set.</summary>
    public ushort UrgentPointer => NetworkOrder.ReadUInt16(_segment, UrgentPointerAt);

    /// <summary>The options as bytes; <see cref="OptionList.TryParse"/> reads them.</summary>
    public ReadOnlySpan<byte> Options => _segment[HeaderLengthMin..HeaderLength];

    /// <summary>What is behind the header.</summary>
    public ReadOnlySpan<byte> Payload => _segment[HeaderLength..];

    /// <summary>The header as a value, without options.</summary>
    public TcpHeader Header => new(SourcePort, DestinationPort, Sequence, Acknowledgement, Flags, Window)
    {
        UrgentPointer = UrgentPointer,
    };

    /// <summary>Whether the checksum is right, given the partial sum of the packet's pseudo header.</summary>
    public bool IsChecksumRight(ulong pseudoHeader) => InternetChecksum.Verifies(_segment, pseudoHeader);

    /// <summary>Accepts a segment whose header, with its options, is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> segment, out TcpView view)
    {
        view = default;
        if (segment.Length < HeaderLengthMin)
        {
            return false;
        }

        int headerLength = (segment[DataOffsetAt] >> 4) * 4;
        if (headerLength < HeaderLengthMin || headerLength > segment.Length)
        {
            return false;
        }

        view = new TcpView(segment);
        return true;
    }
}

/// <summary>The header of a TCP segment, to be written.</summary>
/// <param name="SourcePort">From which port.</param>
/// <param name="DestinationPort">To which port.</param>
/// <param name="Sequence">The number of the first byte of the payload, or of SYN.</param>
/// <param name="Acknowledgement">The number of the next byte that is expected.</param>
/// <param name="Flags">The control bits.</param>
/// <param name="Window">Bytes that would be taken, before scaling.</param>
public readonly record struct TcpHeader(
    ushort SourcePort, ushort DestinationPort, uint Sequence, uint Acknowledgement, TcpFlags Flags, ushort Window)
{
    private const int OptionsLengthMax = 40;

    /// <summary>Where urgent data ends.</summary>
    public ushort UrgentPointer { get; init; }

    /// <summary>Writes header, checksum and payload; false if they do not fit.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="payload">What follows the header.</param>
    /// <param name="pseudoHeader">The partial sum of the packet's pseudo header.</param>
    /// <param name="options">Options, padded by the caller to a multiple of 4 bytes, 40 at most.</param>
    public bool TryWrite(
        ref SpanWriter writer,
        ReadOnlySpan<byte> payload,
        ulong pseudoHeader,
        ReadOnlySpan<byte> options = default)
    {
        Invariant.Holds(options.Length % 4 == 0 && options.Length <= OptionsLengthMax);
        int headerLength = TcpView.HeaderLengthMin + options.Length;
        if (writer.Remaining < headerLength + payload.Length)
        {
            return false;
        }

        int start = writer.Position;
        _ = writer.TryWriteNetworkUInt16(SourcePort);
        _ = writer.TryWriteNetworkUInt16(DestinationPort);
        _ = writer.TryWriteNetworkUInt32(Sequence);
        _ = writer.TryWriteNetworkUInt32(Acknowledgement);
        _ = writer.TryWriteByte((byte)(headerLength / 4 << 4));
        _ = writer.TryWriteByte((byte)Flags);
        _ = writer.TryWriteNetworkUInt16(Window);
        _ = writer.TryReserve(sizeof(ushort), out int checksumAt);
        _ = writer.TryWriteNetworkUInt16(UrgentPointer);
        _ = writer.TryWrite(options);
        _ = writer.TryWrite(payload);
        ulong sum = InternetChecksum.Add(pseudoHeader, writer.Written[start..]);
        writer.PatchNetworkUInt16(checksumAt, InternetChecksum.Finish(sum));
        return true;
    }
}
