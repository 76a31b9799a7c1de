using System;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Weft.Net.Captures;

// The file header: magic number, major and minor version, two words that are not used, snap length, link type.
// A record: seconds, microseconds or nanoseconds, bytes kept, bytes on the wire; the bytes.
public sealed partial class CaptureReader
{
    private const uint MagicMicroseconds = 0xA1B2C3D4;
    private const uint MagicNanoseconds = 0xA1B23C4D;
    private const uint MagicModified = 0xA1B2CD34; // Kuznetzov's: 8 bytes more in each record.

    private const int PcapHeaderLength = LinkTypeAt + 4;
    private const int MajorAt = 4;
    private const int MinorAt = MajorAt + 2;
    private const int SnapLengthAt = MinorAt + 10;
    private const int LinkTypeAt = SnapLengthAt + 4;

    private const int RecordHeaderLength = WireLengthAt + 4;
    private const int FractionAt = 4;
    private const int KeptLengthAt = FractionAt + 4;
    private const int WireLengthAt = KeptLengthAt + 4;
    private const int ModifiedSurplus = 8;
    private const int ModifiedPacketTypeAt = RecordHeaderLength + 6; // After interface and protocol.
    private const byte PacketTypeOutgoing = 4; // PACKET_OUTGOING

    private const int Major = 2;
    private const int MinorMax = 4;
    private const int MinorLengthsSwappedBefore = 3;
    private const int MajorOfDgUx = 543;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private CaptureInterface? _pcapInterface;
    private int _nanosecondsPerFraction;
    private int _recordHeaderLength;
    private LengthOrder _lengthOrder;

    private enum LengthOrder
    {
        KeptFirst,
        WireFirst,
        SmallerIsKept,
    }

    private bool TryTakeMagic(uint magic)
    {
        _isBigEndian = magic is MagicMicroseconds or MagicNanoseconds or MagicModified;
        uint known = _isBigEndian ? magic : BinaryPrimitives.ReverseEndianness(magic);
        _nanosecondsPerFraction = known == MagicNanoseconds ? 1 : 1000;
        _recordHeaderLength = RecordHeaderLength + (known == MagicModified ? ModifiedSurplus : 0);
        return known is MagicMicroseconds or MagicNanoseconds or MagicModified;
    }

    private RecordStep TakePcapHeader(ReadOnlySpan<byte> data)
    {
        int major = ReadUInt16(data, MajorAt);
        int minor = ReadUInt16(data, MinorAt);
        if ((major != Major || minor > MinorMax) && (major, minor) is not (MajorOfDgUx, 0))
        {
            return Fail(CaptureStep.NotACapture, $"pcap of version {major}.{minor}; versions 2.0 to 2.4 are known");
        }

        // libpcap, sf-pcap.c: the two lengths changed places in version 2.3, and files of 2.3 exist with both orders.
        _lengthOrder = major == MajorOfDgUx || minor < MinorLengthsSwappedBefore ? LengthOrder.WireFirst
            : minor == MinorLengthsSwappedBefore ? LengthOrder.SmallerIsKept
            : LengthOrder.KeptFirst;

        // The link type's upper bits: 4 for the length of the frame check sequence in 16-bit words, 1 that says that
        // these are filled in, 1 reserved.
        uint word = ReadUInt32(data, LinkTypeAt);
        bool saysFrameCheck = (word & 0x0400_0000) != 0;
        _pcapInterface = new CaptureInterface
        {
            LinkType = LinkTypeOf(word & 0xFFFF),
            SnapLength = ReadUInt32(data, SnapLengthAt),
            FrameCheckLength = saysFrameCheck ? (int)(word >> 28) * 2 : null,
            TimeResolution = (byte)(_nanosecondsPerFraction == 1 ? 9 : 6),
        };
        _interfaces.Add(_pcapInterface);
        _format = Format.Pcap;
        _isBegun = true;
        return RecordStep.Passed;
    }

    private RecordStep ReadPcapRecord(ReadOnlySpan<byte> data, scoped ref int length, out CapturedPacket packet)
    {
        packet = default;
        length = _recordHeaderLength;
        if (data.Length < length)
        {
            return RecordStep.NeedMore;
        }

        uint kept = ReadUInt32(data, KeptLengthAt);
        uint wire = ReadUInt32(data, WireLengthAt);
        if (_lengthOrder == LengthOrder.WireFirst || (_lengthOrder == LengthOrder.SmallerIsKept && kept > wire))
        {
            (kept, wire) = (wire, kept);
        }

        if (kept > PacketLengthMax)
        {
            return Fail(
                CaptureStep.Malformed,
                $"packet {PacketCount + 1} claims {kept} captured bytes; more than {PacketLengthMax} are not believed");
        }

        length += (int)kept;
        if (data.Length < length)
        {
            return RecordStep.NeedMore;
        }

        long time = (ReadUInt32(data, 0) * NanosecondsPerSecond)
            + ((long)ReadUInt32(data, FractionAt) * _nanosecondsPerFraction);
        PacketDirection direction = _recordHeaderLength == RecordHeaderLength ? PacketDirection.Unknown
            : data[ModifiedPacketTypeAt] == PacketTypeOutgoing ? PacketDirection.Outbound
            : PacketDirection.Inbound;
        packet = new CapturedPacket(
            _pcapInterface ?? throw new UnreachableException(), PacketCount + 1, time, hasTime: true,
            data[_recordHeaderLength..length], wire, direction, comment: default);
        return RecordStep.Packet;
    }

    // The numbers that raw IP had on BSD before the registry gave it one.
    private static LinkType LinkTypeOf(uint number) => number is 12 or 14 ? LinkType.Raw : (LinkType)number;
}
