using System;
using System.Buffers.Binary;
using System.Text;

namespace Weft.Net.Captures;

// A block: its type, its length, its body in multiples of 4 bytes, its length again.
public sealed partial class CaptureReader
{
    private const int BlockTypeAt = 0;
    private const int BlockLengthAt = BlockTypeAt + 4;
    private const int BlockBodyAt = BlockLengthAt + 4;
    private const int BlockOverhead = BlockBodyAt + 4;

    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const int SectionMagicLength = BlockBodyAt + 4;
    private const int SectionFixedLength = 16; // Magic number, major, minor, the section's length.
    private const int InterfaceFixedLength = 8;
    private const int EnhancedFixedLength = 20;
    private const int PacketFixedLength = 20;
    private const int SimpleFixedLength = 4;
    private const int InterfacesMax = 65_536;

    private int _sectionFirst; // The first interface of the current section.

    private RecordStep ReadBlock(ReadOnlySpan<byte> data, scoped ref int length, out CapturedPacket packet)
    {
        packet = default;
        length = SectionMagicLength;
        if (data.Length < BlockBodyAt)
        {
            return RecordStep.NeedMore;
        }

        // The section header's type reads the same both ways; the order of the rest is known only from its magic number.
        bool isSection = BinaryPrimitives.ReadUInt32BigEndian(data) == (uint)BlockType.SectionHeader;
        if (isSection)
        {
            if (data.Length < SectionMagicLength)
            {
                return RecordStep.NeedMore;
            }

            uint magic = BinaryPrimitives.ReadUInt32BigEndian(data[BlockBodyAt..]);
            _isBigEndian = magic == ByteOrderMagic;
            if (!_isBigEndian && BinaryPrimitives.ReverseEndianness(magic) != ByteOrderMagic)
            {
                return Wrong($"a section of pcapng begins with the byte-order magic 1a2b3c4d or 4d3c2b1a, not {magic:x8}");
            }
        }

        BlockType type = (BlockType)ReadUInt32(data, BlockTypeAt);
        uint size = ReadUInt32(data, BlockLengthAt);
        if (size < BlockOverhead || size % 4 != 0)
        {
            return Wrong($"a block of type {(uint)type} cannot be {size} bytes long: at least 12, and a multiple of 4");
        }

        if (!isSection && !IsOurs(type))
        {
            length = 0;
            _skip = size;
            return RecordStep.Passed;
        }

        if (size > RecordLengthMax)
        {
            return Wrong($"a block of type {(uint)type} claims {size} bytes; more than {RecordLengthMax} are not believed");
        }

        length = (int)size;
        if (data.Length < length)
        {
            return RecordStep.NeedMore;
        }

        uint again = ReadUInt32(data, length - 4);
        return again == size
            ? TakeBlock(type, data[BlockBodyAt..(length - 4)], out packet)
            : Wrong($"a block of type {(uint)type} says {size} for its length at its begin and {again} at its end");
    }

    private static bool IsOurs(BlockType type) => type is BlockType.EnhancedPacket or BlockType.SimplePacket
        or BlockType.Packet or BlockType.Interface or BlockType.InterfaceStatistics or BlockType.NameResolution;

    private RecordStep TakeBlock(BlockType type, ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        switch (type)
        {
            case BlockType.EnhancedPacket:
                return TakeEnhanced(body, out packet);
            case BlockType.SimplePacket:
                return TakeSimple(body, out packet);
            case BlockType.Packet:
                return TakeObsolete(body, out packet);
            case BlockType.SectionHeader:
                return TakeSection(body);
            case BlockType.Interface:
                return TakeInterface(body);
            case BlockType.InterfaceStatistics:
                TakeStatistics(body);
                return RecordStep.Passed;
            default:
                TakeNames(body);
                return RecordStep.Passed;
        }
    }

    private RecordStep TakeSection(ReadOnlySpan<byte> body)
    {
        if (body.Length < SectionFixedLength)
        {
            return Wrong($"a section header has 16 bytes at least, not {body.Length}");
        }

        // Version 1.2 was written by some and means the same (section 4.1).
        int major = ReadUInt16(body, 4);
        if (major != 1)
        {
            return Wrong($"pcapng of version {major}.{ReadUInt16(body, 6)}; version 1 is known");
        }

        _sectionFirst = _interfaces.Count;
        _isBegun = true;
        return RecordStep.Passed;
    }

    private RecordStep TakeInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < InterfaceFixedLength)
        {
            return Wrong($"an interface's description has 8 bytes at least, not {body.Length}");
        }

        if (_interfaces.Count == InterfacesMax)
        {
            return Wrong($"there are more than {InterfacesMax} interfaces");
        }

        CaptureInterface described = new()
        {
            Index = _interfaces.Count - _sectionFirst,
            LinkType = LinkTypeOf(ReadUInt16(body, 0)),
            SnapLength = ReadUInt32(body, 4),
        };
        BlockOptions options = new(body[InterfaceFixedLength..], _isBigEndian);
        while (options.MoveNext())
        {
            described = options.Code switch
            {
                BlockOption.InterfaceName => described with { Name = options.Text },
                BlockOption.InterfaceDescription => described with { Description = options.Text },
                BlockOption.TimeResolution when options.Value.Length == 1 =>
                    described with { TimeResolution = options.Value[0] },
                BlockOption.FrameCheckLength when options.Value.Length == 1 =>
                    described with { FrameCheckLength = options.Value[0] },
                BlockOption.TimeOffset when options.Value.Length == 8 =>
                    described with { TimeOffsetSeconds = unchecked((long)options.UInt64) },
                _ => described,
            };
        }

        _interfaces.Add(described);
        return RecordStep.Passed;
    }

    private RecordStep TakeEnhanced(ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        return body.Length < EnhancedFixedLength
            ? Wrong($"an enhanced packet block has 20 bytes at least, not {body.Length}")
            : TakePacket(body, ReadUInt32(body, 0), EnhancedFixedLength, out packet);
    }

    // The form before the enhanced packet block: a short number of the interface, and a count of drops.
    private RecordStep TakeObsolete(ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        return body.Length < PacketFixedLength
            ? Wrong($"a packet block has 20 bytes at least, not {body.Length}")
            : TakePacket(body, ReadUInt16(body, 0), PacketFixedLength, out packet);
    }

    // After the interface both forms have the time in two halves, bytes kept, bytes on the wire, the bytes, options.
    private RecordStep TakePacket(ReadOnlySpan<byte> body, uint index, int fixedLength, out CapturedPacket packet)
    {
        packet = default;
        if (index >= _interfaces.Count - _sectionFirst)
        {
            return Wrong($"packet {PacketCount + 1} is of interface {index}, which is not described before it");
        }

        uint kept = ReadUInt32(body, 12);
        ReadOnlySpan<byte> rest = body[fixedLength..];
        if (kept > rest.Length || kept > PacketLengthMax)
        {
            return Wrong($"packet {PacketCount + 1} claims {kept} captured bytes in a block with room for {rest.Length}");
        }

        PacketDirection direction = PacketDirection.Unknown;
        ReadOnlySpan<byte> comment = default;
        int padded = ((int)kept + 3) & ~3;
        if (rest.Length > padded)
        {
            BlockOptions options = new(rest[padded..], _isBigEndian);
            while (options.MoveNext())
            {
                if (options.Code == BlockOption.Comment && comment.IsEmpty)
                {
                    comment = options.Value;
                }
                else if (options.Code == BlockOption.PacketFlags && options.Value.Length == 4)
                {
                    // The two lowest bits: 0 unknown, 1 inbound, 2 outbound (section 4.3.1).
                    uint bits = ReadUInt32(options.Value, 0) & 3;
                    direction = bits == 3 ? PacketDirection.Unknown : (PacketDirection)bits;
                }
            }
        }

        CaptureInterface source = _interfaces[_sectionFirst + (int)index];
        ulong ticks = ((ulong)ReadUInt32(body, 4) << 32) | ReadUInt32(body, 8);
        packet = new CapturedPacket(
            source, PacketCount + 1, source.UnixNanosecondsOf(ticks), hasTime: true, rest[..(int)kept],
            ReadUInt32(body, 16), direction, comment);
        return RecordStep.Packet;
    }

    // Of the section's first interface, without a time; what was kept follows from that interface's snap length.
    private RecordStep TakeSimple(ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        if (body.Length < SimpleFixedLength)
        {
            return Wrong($"a simple packet block has 4 bytes at least, not {body.Length}");
        }

        if (_interfaces.Count == _sectionFirst)
        {
            return Wrong($"packet {PacketCount + 1} is a simple packet in a section without an interface");
        }

        CaptureInterface source = _interfaces[_sectionFirst];
        uint wire = ReadUInt32(body, 0);
        uint kept = source.SnapLength == 0 ? wire : Math.Min(wire, source.SnapLength);
        ReadOnlySpan<byte> rest = body[SimpleFixedLength..];
        if (kept > rest.Length || kept > PacketLengthMax)
        {
            return Wrong($"packet {PacketCount + 1} claims {kept} captured bytes in a block with room for {rest.Length}");
        }

        packet = new CapturedPacket(
            source, PacketCount + 1, 0, hasTime: false, rest[..(int)kept], wire, PacketDirection.Unknown, comment: default);
        return RecordStep.Packet;
    }

    private void TakeStatistics(ReadOnlySpan<byte> body)
    {
        const int FixedLength = 12; // Interface, and the time in two halves.
        if (body.Length < FixedLength || ReadUInt32(body, 0) >= _interfaces.Count - _sectionFirst
            || _statistics.Count == InterfacesMax)
        {
            return;
        }

        InterfaceStatistics counted = new(_interfaces[_sectionFirst + (int)ReadUInt32(body, 0)], null, null);
        BlockOptions options = new(body[FixedLength..], _isBigEndian);
        while (options.MoveNext())
        {
            counted = (options.Code, options.Value.Length) switch
            {
                (BlockOption.Received, 8) => counted with { Received = options.UInt64 },
                (BlockOption.Dropped, 8) => counted with { Dropped = options.UInt64 },
                _ => counted,
            };
        }

        _statistics.Add(counted);
    }

    // Records of type, length, value, padded: an address and the names for it, each ended by a zero.
    private void TakeNames(ReadOnlySpan<byte> body)
    {
        BlockOptions records = new(body, _isBigEndian);
        while (records.MoveNext() && _names.Count < NamesMax)
        {
            int addressLength = (NameRecord)records.Code switch
            {
                NameRecord.Ipv4 => 4,
                NameRecord.Ipv6 => 16,
                _ => 0,
            };
            if (addressLength == 0 || records.Value.Length <= addressLength
                || !IpAddress.TryReadFrom(records.Value[..addressLength], out IpAddress address))
            {
                continue;
            }

            ReadOnlySpan<byte> names = records.Value[addressLength..];
            while (!names.IsEmpty && _names.Count < NamesMax)
            {
                int end = names.IndexOf((byte)0);
                ReadOnlySpan<byte> name = end < 0 ? names : names[..end];
                names = end < 0 ? default : names[(end + 1)..];
                if (!name.IsEmpty)
                {
                    _names.Add(new ResolvedName(address, Encoding.UTF8.GetString(name)));
                }
            }
        }
    }

    private RecordStep Wrong(string message) =>
        Fail(_isBegun ? CaptureStep.Malformed : CaptureStep.NotACapture, message);
}
