using System;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace Weft.Net.Decoding;

/// <summary>UTF-8 text that grows; written by the outputs, taken and cleared by their caller. Once it is large enough,
/// nothing is allocated.</summary>
public sealed class TextBuffer
{
    private const int LongestNumber = 20;
    private const int LongestClock = 15;
    private const int LongestIpv4 = 16; // Four octets, each with a point behind it.
    private const int LongestIpv6 = 39;

    private byte[] _bytes = new byte[1 << 14];

    /// <summary>How many bytes have been written.</summary>
    public int Count { get; private set; }

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    /// <summary>The same, for writing it to a stream.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Count);

    /// <summary>Forgets what has been written.</summary>
    public void Clear() => Count = 0;

    /// <summary>Forgets what was written behind a place.</summary>
    public void CutTo(int count) => Count = Math.Min(Count, count);

    /// <summary>Adds UTF-8. It is made part of its caller, so that a text of known length becomes one or two stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TextBuffer Add(scoped ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Grow(utf8.Length));
        return this;
    }

    /// <summary>Adds text of our own.</summary>
    public TextBuffer Add(string text)
    {
        Span<byte> room = Grow(3 * text.Length);
        Count -= room.Length - Encoding.UTF8.GetBytes(text, room);
        return this;
    }

    /// <summary>Adds one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TextBuffer AddByte(byte value)
    {
        Grow(1)[0] = value;
        return this;
    }

    /// <summary>Adds a byte a number of times.</summary>
    public TextBuffer AddRepeated(byte value, int count)
    {
        Grow(Math.Max(0, count)).Fill(value);
        return this;
    }

    /// <summary>Adds a decimal number.</summary>
    public TextBuffer AddDec(ulong value)
    {
        Span<byte> room = Room(LongestNumber);
        int length;
        if (value < 10)
        {
            room[0] = (byte)('0' + value);
            length = 1;
        }
        else if (value < DecimalDigits.EightMax)
        {
            length = DecimalDigits.Write(room, (uint)value);
        }
        else if (value <= uint.MaxValue)
        {
            uint upper = (uint)value / DecimalDigits.EightMax;
            length = DecimalDigits.Write(room, upper);
            DecimalDigits.WriteEight(room[length..], (uint)value - (upper * DecimalDigits.EightMax));
            length += 8;
        }
        else
        {
            Utf8Formatter.TryFormat(value, room, out length);
        }

        Count += length;
        return this;
    }

    /// <summary>Adds a decimal number of so many digits, with zeros before it.</summary>
    public TextBuffer AddDec(ulong value, int digits)
    {
        Span<byte> room = Grow(digits);
        for (int i = digits - 1; i >= 0; i--)
        {
            ulong rest = value / 10;
            room[i] = (byte)('0' + (value - (rest * 10)));
            value = rest;
        }

        return this;
    }

    /// <summary>Adds a time of day: hours, minutes, seconds with six decimals.</summary>
    /// <param name="second">Seconds since midnight.</param>
    /// <param name="microsecond">Microseconds since that second.</param>
    public TextBuffer AddClock(int second, int microsecond)
    {
        // The last eight digits are seconds and microseconds: moved apart by the point, whose place is in between.
        Span<byte> room = Grow(LongestClock);
        int minute = second / 60;
        int hour = minute / 60;
        DecimalDigits.WriteEight(room[6..], unchecked((uint)(((second - (60 * minute)) * 1_000_000) + microsecond)));
        room.Slice(8, 6).CopyTo(room[9..]);
        room[8] = (byte)'.';
        DecimalDigits.WriteTwo(room, hour);
        room[2] = (byte)':';
        DecimalDigits.WriteTwo(room[3..], minute - (60 * hour));
        room[5] = (byte)':';
        return this;
    }

    /// <summary>Adds a decimal number with its sign.</summary>
    public TextBuffer AddSigned(long value)
    {
        if (value >= 0)
        {
            return AddDec((ulong)value);
        }

        AddByte((byte)'-');
        return AddDec(unchecked((ulong)-value));
    }

    /// <summary>Adds <c>0x</c> and so many digits.</summary>
    public TextBuffer AddHex(ulong value, int digits)
    {
        Add("0x"u8);
        Span<byte> room = Grow(digits);
        for (int i = digits - 1; i >= 0; i--)
        {
            room[i] = "0123456789abcdef"u8[(int)(value & 0xF)];
            value >>= 4;
        }

        return this;
    }

    /// <summary>Adds a byte as two digits.</summary>
    public TextBuffer AddHexByte(byte value)
    {
        Span<byte> room = Grow(2);
        room[0] = "0123456789abcdef"u8[value >> 4];
        room[1] = "0123456789abcdef"u8[value & 0xF];
        return this;
    }

    /// <summary>Adds bytes as pairs of digits.</summary>
    public TextBuffer AddHexBytes(scoped ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, Grow(2 * bytes.Length), out _);
        return this;
    }

    /// <summary>Adds an IPv4 address; the span has at least 4 bytes.</summary>
    public TextBuffer AddIpv4(scoped ReadOnlySpan<byte> address)
    {
        uint octets = BinaryPrimitives.ReadUInt32LittleEndian(address);
        Span<byte> room = Room(LongestIpv4);
        int at = DecimalDigits.WriteOctet(room, (byte)(octets & 0xFF));
        at += DecimalDigits.WriteOctet(room[at..], (byte)(octets >> 8 & 0xFF));
        at += DecimalDigits.WriteOctet(room[at..], (byte)(octets >> 16 & 0xFF));
        at += DecimalDigits.WriteOctet(room[at..], (byte)(octets >> 24));
        Count += at - 1; // Without the last point.
        return this;
    }

    /// <summary>Adds an IPv6 address as RFC 5952 has it; the span has at least 16 bytes.</summary>
    public TextBuffer AddIpv6(scoped ReadOnlySpan<byte> address)
    {
        int gapAt = -1;
        int gapLength = 1; // RFC 5952, 4.2.2: one group of zeros is not shortened.
        for (int i = 0; i < 8;)
        {
            int end = i;
            while (end < 8 && Group(address, end) == 0)
            {
                end++;
            }

            if (end - i > gapLength)
            {
                gapAt = i;
                gapLength = end - i;
            }

            i = end + 1;
        }

        // RFC 5952, 5: an IPv4-mapped address keeps its dotted tail.
        int groups = gapAt == 0 && gapLength == 5 && Group(address, 5) == 0xFFFF ? 6 : 8;
        Span<byte> room = Room(LongestIpv6);
        int at = 0;
        for (int i = 0; i < groups; i++)
        {
            if (i == gapAt)
            {
                room[at++] = (byte)':';
                room[at++] = (byte)':';
                i += gapLength - 1;
                continue;
            }

            if (i > 0 && i != gapAt + gapLength)
            {
                room[at++] = (byte)':';
            }

            at += WriteGroup(room[at..], Group(address, i));
        }

        Count += at;
        if (groups == 6)
        {
            AddByte((byte)':').AddIpv4(address[12..]);
        }

        return this;
    }

    /// <summary>Adds a link-layer address with colons.</summary>
    public TextBuffer AddMac(scoped ReadOnlySpan<byte> address)
    {
        for (int i = 0; i < address.Length; i++)
        {
            if (i > 0)
            {
                AddByte((byte)':');
            }

            AddHexByte(address[i]);
        }

        return this;
    }

    /// <summary>Adds bytes that are said to be text: what cannot be printed is escaped.</summary>
    public TextBuffer AddPrintable(scoped ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            switch (value)
            {
                case (byte)'\n':
                    Add("\\n"u8);
                    break;
                case (byte)'\r':
                    Add("\\r"u8);
                    break;
                case (byte)'\t':
                    Add("\\t"u8);
                    break;
                case >= 0x20 and < 0x7F:
                    AddByte(value);
                    break;
                default:
                    Add("\\x"u8).AddHexByte(value);
                    break;
            }
        }

        return this;
    }

    /// <summary>Adds UTF-8 as the inside of a JSON string; bytes that are no UTF-8 become U+FFFD.</summary>
    public TextBuffer AddJson(scoped ReadOnlySpan<byte> utf8)
    {
        int at = 0;
        while (at < utf8.Length)
        {
            byte value = utf8[at];
            if (value >= 0x80)
            {
                System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(utf8[at..], out _, out int length);
                Add(status == System.Buffers.OperationStatus.Done ? utf8.Slice(at, length) : "\ufffd"u8);
                at += length;
                continue;
            }

            switch (value)
            {
                case (byte)'"':
                    Add("\\\""u8);
                    break;
                case (byte)'\\':
                    Add("\\\\"u8);
                    break;
                case (byte)'\n':
                    Add("\\n"u8);
                    break;
                case (byte)'\r':
                    Add("\\r"u8);
                    break;
                case (byte)'\t':
                    Add("\\t"u8);
                    break;
                case < 0x20 or 0x7F:
                    Add("\\u00"u8).AddHexByte(value);
                    break;
                default:
                    AddByte(value);
                    break;
            }

            at++;
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Written);

    private static ushort Group(ReadOnlySpan<byte> address, int index) =>
        BinaryPrimitives.ReadUInt16BigEndian(address[(2 * index)..]);

    private static int WriteGroup(Span<byte> room, ushort group)
    {
        int digits = group > 0xFFF ? 4 : group > 0xFF ? 3 : group > 0xF ? 2 : 1;
        for (int i = digits - 1; i >= 0; i--)
        {
            room[i] = "0123456789abcdef"u8[group & 0xF];
            group >>= 4;
        }

        return digits;
    }

    // Room behind what has been written; it belongs to it when it has been counted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Room(int count)
    {
        if (unchecked(_bytes.Length - Count) < count)
        {
            Enlarge(count);
        }

        return _bytes.AsSpan(Count, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Grow(int count)
    {
        Span<byte> room = Room(count);
        Count = unchecked(Count + count);
        return room;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Enlarge(int count) => Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Count + count));
}
