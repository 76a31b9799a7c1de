using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Weft.Net.Captures;

/// <summary>Writes a capture as one section of pcapng, little-endian, with nanoseconds.</summary>
/// <remarks>First the section, then its interfaces, then packets, names and counters in any order. Each call writes one
/// whole block (names: as many as they need), so a file that ends between two calls is complete.</remarks>
/// <param name="output">Where the bytes go; the caller carries them on.</param>
public sealed class PcapNgWriter(IBufferWriter<byte> output)
{
    private const int BlockOverhead = 12; // Type, length, length again.
    private const int BodyAt = 8;
    private const byte Nanoseconds = 9;
    private const byte FilterIsPcapText = 0;
    private const int OptionHeader = 4;

    /// <summary>The longest text that an option carries; longer ones are cut.</summary>
    public const int TextLengthMax = 4096;

    private const int NamesLengthMax = 64 * 1024;

    private int _interfaces;

    /// <summary>Writes the section's header.</summary>
    /// <param name="system">The operating system.</param>
    /// <param name="application">The program that captures.</param>
    public void WriteSection(string system, string application)
    {
        byte[] systemText = Utf8(system);
        byte[] applicationText = Utf8(application);
        int length = 16 + Option(systemText.Length) + Option(applicationText.Length) + OptionHeader;
        Span<byte> body = Begin(BlockType.SectionHeader, length, out Span<byte> block);
        BinaryPrimitives.WriteUInt32LittleEndian(body, 0x1A2B3C4D);
        BinaryPrimitives.WriteUInt16LittleEndian(body[4..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(body[8..], ulong.MaxValue); // The section's length is not said.
        Span<byte> rest = body[16..];
        WriteOption(ref rest, BlockOption.System, systemText);
        WriteOption(ref rest, BlockOption.Application, applicationText);
        End(block);
    }

    /// <summary>Writes an interface's description and says which number it has.</summary>
    /// <param name="described">Its link type, snap length, name and description; the unit of time is always one
    /// nanosecond.</param>
    /// <param name="filter">The filter with which it is captured, as text.</param>
    public int WriteInterface(CaptureInterface described, string? filter = null)
    {
        ArgumentNullException.ThrowIfNull(described);
        byte[] name = Utf8(described.Name);
        byte[] words = Utf8(described.Description);
        byte[] filterText = string.IsNullOrEmpty(filter) ? [] : [FilterIsPcapText, .. Utf8(filter)];
        int length = 8 + Option(name.Length) + Option(words.Length) + Option(1) + Option(filterText.Length) + OptionHeader;
        Span<byte> body = Begin(BlockType.Interface, length, out Span<byte> block);
        BinaryPrimitives.WriteUInt16LittleEndian(body, (ushort)described.LinkType);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], described.SnapLength);
        Span<byte> rest = body[8..];
        WriteOption(ref rest, BlockOption.InterfaceName, name);
        WriteOption(ref rest, BlockOption.InterfaceDescription, words);
        WriteOption(ref rest, BlockOption.TimeResolution, [Nanoseconds]);
        WriteOption(ref rest, BlockOption.Filter, filterText);
        End(block);
        return _interfaces++;
    }

    /// <summary>Writes names for addresses.</summary>
    public void WriteNames(IEnumerable<ResolvedName> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        List<(ResolvedName Name, byte[] Text)> gathered = [];
        int length = 0;
        foreach (ResolvedName name in names)
        {
            byte[] text = Utf8(name.Name);
            int size = Option(name.Address.ByteLength + text.Length + 1);
            if (length + size > NamesLengthMax)
            {
                WriteNames(gathered, length);
                gathered.Clear();
                length = 0;
            }

            gathered.Add((name, text));
            length += size;
        }

        if (gathered.Count > 0)
        {
            WriteNames(gathered, length);
        }
    }

    /// <summary>Writes a packet. Allocates nothing, unless it has a comment.</summary>
    /// <param name="source">The number of its interface.</param>
    /// <param name="unixNanoseconds">When it was seen; what lies before 1970 is written as 1970.</param>
    /// <param name="bytes">What was kept of it.</param>
    /// <param name="length">Its length on the wire.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="comment">A note about it.</param>
    public void WritePacket(
        int source,
        long unixNanoseconds,
        ReadOnlySpan<byte> bytes,
        uint length,
        PacketDirection direction = PacketDirection.Unknown,
        string? comment = null)
    {
        Invariant.Holds(source >= 0 && source < _interfaces);
        byte[] note = Utf8(comment);
        int options = Option(note.Length) + (direction == PacketDirection.Unknown ? 0 : Option(sizeof(uint)));
        int padded = (bytes.Length + 3) & ~3;
        Span<byte> body = Begin(
            BlockType.EnhancedPacket, 20 + padded + (options == 0 ? 0 : options + OptionHeader), out Span<byte> block);
        ulong ticks = (ulong)Math.Max(0, unixNanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(body, source);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], (uint)(ticks >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], unchecked((uint)ticks));
        BinaryPrimitives.WriteInt32LittleEndian(body[12..], bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(body[16..], length);
        bytes.CopyTo(body[20..]);
        body[(20 + bytes.Length)..(20 + padded)].Clear();
        if (options > 0)
        {
            Span<byte> rest = body[(20 + padded)..];
            WriteOption(ref rest, BlockOption.Comment, note);
            if (direction != PacketDirection.Unknown)
            {
                Span<byte> flags = stackalloc byte[sizeof(uint)];
                BinaryPrimitives.WriteUInt32LittleEndian(flags, (uint)direction);
                WriteOption(ref rest, BlockOption.PacketFlags, flags);
            }

            rest.Clear();
        }

        End(block);
    }

    /// <summary>Writes what was counted on an interface.</summary>
    /// <param name="source">The number of the interface.</param>
    /// <param name="unixNanoseconds">When it was counted.</param>
    /// <param name="received">Packets that came to the capture.</param>
    /// <param name="dropped">Packets that were lost for want of room.</param>
    public void WriteStatistics(int source, long unixNanoseconds, ulong received, ulong dropped)
    {
        Invariant.Holds(source >= 0 && source < _interfaces);
        Span<byte> body = Begin(
            BlockType.InterfaceStatistics, 12 + (2 * Option(sizeof(ulong))) + OptionHeader, out Span<byte> block);
        ulong ticks = (ulong)Math.Max(0, unixNanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(body, source);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], (uint)(ticks >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], unchecked((uint)ticks));
        Span<byte> rest = body[12..];
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, received);
        WriteOption(ref rest, BlockOption.Received, number);
        BinaryPrimitives.WriteUInt64LittleEndian(number, dropped);
        WriteOption(ref rest, BlockOption.Dropped, number);
        End(block);
    }

    private void WriteNames(List<(ResolvedName Name, byte[] Text)> names, int length)
    {
        Span<byte> rest = Begin(BlockType.NameResolution, length + OptionHeader, out Span<byte> block);
        Span<byte> record = stackalloc byte[16 + TextLengthMax + 1];
        foreach ((ResolvedName name, byte[] text) in names)
        {
            int addressLength = name.Address.ByteLength;
            name.Address.WriteTo(record);
            text.CopyTo(record[addressLength..]);
            record[addressLength + text.Length] = 0;
            NameRecord kind = name.Address.Family == IpFamily.Ipv4 ? NameRecord.Ipv4 : NameRecord.Ipv6;
            WriteOption(ref rest, (ushort)kind, record[..(addressLength + text.Length + 1)]);
        }

        End(block);
    }

    // The body comes cleared but for a packet's, which is written whole.
    private Span<byte> Begin(BlockType type, int bodyLength, out Span<byte> block)
    {
        int length = BlockOverhead + bodyLength;
        block = output.GetSpan(length)[..length];
        if (type != BlockType.EnhancedPacket)
        {
            block.Clear();
        }

        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)type);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], length);
        BinaryPrimitives.WriteInt32LittleEndian(block[(length - 4)..], length);
        return block[BodyAt..(length - 4)];
    }

    private void End(Span<byte> block) => output.Advance(block.Length);

    private static int Option(int length) => length == 0 ? 0 : OptionHeader + ((length + 3) & ~3);

    private static void WriteOption(ref Span<byte> rest, ushort code, scoped ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return;
        }

        int length = Option(value.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, code);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], (ushort)value.Length);
        value.CopyTo(rest[OptionHeader..]);
        rest[(OptionHeader + value.Length)..length].Clear();
        rest = rest[length..];
    }

    // Cut between characters: no half of one is written.
    private static byte[] Utf8(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, TextLengthMax);
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return bytes[..length];
    }
}
