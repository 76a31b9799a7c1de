using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Weft.Net;

/// <summary>An IPv6 address as a value of 16 bytes (RFC 4291). No scope: that belongs to an interface.</summary>
/// <param name="Value">The address as a number.</param>
public readonly record struct Ipv6Address(UInt128 Value) : IAddress<Ipv6Address>
{
    /// <inheritdoc/>
    public static int BitLength => 128;

    /// <inheritdoc/>
    public static IpFamily Family => IpFamily.Ipv6;

    /// <summary>The unspecified address, <c>::</c>.</summary>
    public static Ipv6Address Any => default;

    /// <inheritdoc/>
    public bool Bit(int index) => (Value >> (127 - index) & 1) != 0;

    /// <inheritdoc/>
    public Ipv6Address Masked(int length) =>
        new(length == 0 ? 0 : Value & (UInt128.MaxValue << (128 - length)));

    /// <inheritdoc/>
    public int CommonPrefixLength(Ipv6Address other) => (int)UInt128.LeadingZeroCount(Value ^ other.Value);

    /// <inheritdoc/>
    public UInt128 ToUInt128() => Value;

    /// <inheritdoc/>
    public static Ipv6Address FromUInt128(UInt128 value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(Ipv6Address other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    /// <summary>Reads 16 bytes in network order.</summary>
    public static Ipv6Address ReadFrom(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Reads the text forms of RFC 4291, 2.2: groups, <c>::</c> once, dotted decimal at the end.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv6Address address)
    {
        address = default;
        Span<ushort> groups = stackalloc ushort[8];
        int count = 0;
        int gap = -1;
        int at = 0;
        if (text.StartsWith("::"))
        {
            gap = 0;
            at = 2;
        }

        while (at < text.Length)
        {
            ReadOnlySpan<char> rest = text[at..];
            int end = rest.IndexOf(':');
            ReadOnlySpan<char> group = end < 0 ? rest : rest[..end];
            if (group.Contains('.'))
            {
                if (end >= 0 || count > 6 || !Ipv4Address.TryParse(group, out Ipv4Address tail))
                {
                    return false;
                }

                groups[count++] = (ushort)(tail.Value >> 16);
                groups[count++] = (ushort)(tail.Value & 0xFFFF);
                at = text.Length;
                break;
            }

            if (count == 8 || group.IsEmpty || group.Length > 4 || !IsHex(group))
            {
                return false;
            }

            groups[count++] = ushort.Parse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            at += group.Length;
            if (end < 0)
            {
                break;
            }

            at++;
            if (at == text.Length)
            {
                return false; // A single colon at the end.
            }

            if (text[at] == ':')
            {
                if (gap >= 0)
                {
                    return false; // RFC 4291, 2.2: "::" can only appear once.
                }

                gap = count;
                at++;
            }
        }

        if (gap < 0 ? count != 8 : count > 7)
        {
            return false;
        }

        UInt128 value = 0;
        int missing = 8 - count;
        for (int i = 0; i < 8; i++)
        {
            ushort part = gap < 0 || i < gap ? groups[i] : i < gap + missing ? (ushort)0 : groups[i - missing];
            value = (value << 16) | part;
        }

        address = new Ipv6Address(value);
        return true;
    }

    /// <summary>The canonical text of RFC 5952.</summary>
    public override string ToString()
    {
        if (Value >> 32 == 0xFFFF)
        {
            return $"::ffff:{new Ipv4Address((uint)(Value & uint.MaxValue))}"; // RFC 5952, 5.
        }

        Span<ushort> groups = stackalloc ushort[8];
        for (int i = 0; i < 8; i++)
        {
            groups[i] = (ushort)(Value >> (16 * (7 - i)) & 0xFFFF);
        }

        (int gapAt, int gapLength) = LongestZeroRun(groups);
        StringBuilder text = new(39);
        for (int i = 0; i < 8; i++)
        {
            if (i == gapAt)
            {
                text.Append("::");
                i += gapLength - 1;
                continue;
            }

            if (i > 0 && i != gapAt + gapLength)
            {
                text.Append(':');
            }

            text.Append(CultureInfo.InvariantCulture, $"{groups[i]:x}");
        }

        return text.ToString();
    }

    private static bool IsHex(ReadOnlySpan<char> group)
    {
        foreach (char c in group)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }
        }

        return true;
    }

    // RFC 5952, 4.2.2 and 4.2.3: a run of two or more, the longest, the first of equals.
    private static (int At, int Length) LongestZeroRun(ReadOnlySpan<ushort> groups)
    {
        (int At, int Length) best = (-1, 1);
        for (int i = 0; i < groups.Length; i++)
        {
            int length = 0;
            while (i + length < groups.Length && groups[i + length] == 0)
            {
                length++;
            }

            if (length > best.Length)
            {
                best = (i, length);
            }

            i += length;
        }

        return best;
    }
}
