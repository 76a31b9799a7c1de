using System;
using System.Buffers.Binary;
using System.Text;

namespace Weft.Net.Captures;

/// <summary>Walks the options of a pcapng block, or the records of a name resolution block: a code, a length, the value,
/// padded to 4 bytes. Ends at code 0, at the end, or where a length does not fit.</summary>
internal ref struct BlockOptions(ReadOnlySpan<byte> rest, bool isBigEndian)
{
    private const int ValueAt = 4;

    private ReadOnlySpan<byte> _rest = rest;

    /// <summary>What it is.</summary>
    public ushort Code { get; private set; }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Its bytes as text, without the zero that some writers put at its end.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Value.TrimEnd((byte)0));

    /// <summary>Its bytes as a number; the caller has checked that they are 8.</summary>
    public readonly ulong UInt64 => isBigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(Value)
        : BinaryPrimitives.ReadUInt64LittleEndian(Value);

    /// <summary>Goes to the next.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < ValueAt)
        {
            return false;
        }

        Code = ReadUInt16(_rest);
        int length = ReadUInt16(_rest[2..]);
        if (Code == BlockOption.End || length > _rest.Length - ValueAt)
        {
            return false;
        }

        Value = _rest.Slice(ValueAt, length);
        _rest = _rest[Math.Min(_rest.Length, ValueAt + ((length + 3) & ~3))..];
        return true;
    }

    private readonly ushort ReadUInt16(ReadOnlySpan<byte> source) => isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(source)
        : BinaryPrimitives.ReadUInt16LittleEndian(source);
}

/// <summary>The codes of options that are read or written (draft-ietf-opsawg-pcapng, sections 3.5 and 4). Codes above 1
/// mean something else in each kind of block.</summary>
internal static class BlockOption
{
    public const ushort End = 0;
    public const ushort Comment = 1;

    // Section header.
    public const ushort System = 3;
    public const ushort Application = 4;

    // Interface description.
    public const ushort InterfaceName = 2;
    public const ushort InterfaceDescription = 3;
    public const ushort TimeResolution = 9;
    public const ushort Filter = 11;
    public const ushort FrameCheckLength = 13;
    public const ushort TimeOffset = 14;

    // Packet.
    public const ushort PacketFlags = 2;

    // Interface statistics.
    public const ushort StartTime = 2;
    public const ushort EndTime = 3;
    public const ushort Received = 4;
    public const ushort Dropped = 5;
}

/// <summary>The records of a name resolution block.</summary>
internal enum NameRecord : ushort
{
    Ipv4 = 1,
    Ipv6 = 2,
}
