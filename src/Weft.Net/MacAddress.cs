using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Weft.Net;

/// <summary>A 48-bit link-layer address (EUI-48, IEEE 802).</summary>
/// <param name="Value">The address as a number; the upper 16 bits are zero.</param>
[JsonConverter(typeof(MacAddressJsonConverter))]
public readonly record struct MacAddress(ulong Value) : IComparable<MacAddress>
{
    /// <summary>Bytes on the wire.</summary>
    public const int ByteLength = 6;

    /// <summary>Whether the group bit is set: multicast or broadcast.</summary>
    public bool IsGroup => (Value >> 40 & 1) != 0;

    /// <summary>Reads 6 bytes.</summary>
    public static MacAddress ReadFrom(ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        foreach (byte b in source[..ByteLength])
        {
            value = (value << 8) | b;
        }

        return new MacAddress(value);
    }

    /// <summary>Writes 6 bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        for (int i = 0; i < ByteLength; i++)
        {
            destination[i] = (byte)(Value >> (8 * (ByteLength - 1 - i)) & 0xFF);
        }
    }

    /// <summary>Reads six pairs of hex digits, all separated by <c>:</c> or all by <c>-</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MacAddress address)
    {
        address = default;
        if (text is null || text.Length != (3 * ByteLength) - 1 || (text[2] != ':' && text[2] != '-'))
        {
            return false;
        }

        ulong value = 0;
        for (int i = 0; i < ByteLength; i++)
        {
            ReadOnlySpan<char> pair = text.AsSpan(3 * i, 2);
            if ((i > 0 && text[(3 * i) - 1] != text[2])
                || !byte.TryParse(pair, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b))
            {
                return false;
            }

            value = (value << 8) | b;
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary>Reads text that the program itself wrote; throws <see cref="FormatException"/> otherwise.</summary>
    public static MacAddress Parse(string text) =>
        TryParse(text, out MacAddress address) ? address : throw new FormatException($"'{text}' is not a MAC address");

    /// <inheritdoc/>
    public int CompareTo(MacAddress other) => Value.CompareTo(other.Value);

    /// <summary>Lower-case pairs with colons.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Value >> 40 & 0xFF:x2}:{Value >> 32 & 0xFF:x2}:{Value >> 24 & 0xFF:x2}:{Value >> 16 & 0xFF:x2}:{Value >> 8 & 0xFF:x2}:{Value & 0xFF:x2}");
}
