using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Weft.Net;

/// <summary>An IPv4 address as a value of 4 bytes (RFC 791).</summary>
/// <param name="Value">The address as a number: 10.0.0.1 is 0x0A000001.</param>
public readonly record struct Ipv4Address(uint Value) : IAddress<Ipv4Address>
{
    /// <inheritdoc/>
    public static int BitLength => 32;

    /// <inheritdoc/>
    public static IpFamily Family => IpFamily.Ipv4;

    /// <summary>0.0.0.0.</summary>
    public static Ipv4Address Any => default;

    /// <inheritdoc/>
    public bool Bit(int index) => (Value >> (31 - index) & 1) != 0;

    /// <inheritdoc/>
    public Ipv4Address Masked(int length) => new(length == 0 ? 0 : Value & (uint.MaxValue << (32 - length)));

    /// <inheritdoc/>
    public int CommonPrefixLength(Ipv4Address other) => BitOperations.LeadingZeroCount(Value ^ other.Value);

    /// <inheritdoc/>
    public UInt128 ToUInt128() => Value;

    /// <inheritdoc/>
    public static Ipv4Address FromUInt128(UInt128 value) => new((uint)value);

    /// <inheritdoc/>
    public int CompareTo(Ipv4Address other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt32BigEndian(destination, Value);

    /// <summary>Reads 4 bytes in network order.</summary>
    public static Ipv4Address ReadFrom(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(source));

    /// <summary>Reads dotted decimal: four numbers of 0 to 255, no leading zeros, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ipv4Address address)
    {
        address = default;
        uint value = 0;
        int at = 0;
        for (int part = 0; part < 4; part++)
        {
            int start = at;
            uint number = 0;
            while (at < text.Length && char.IsAsciiDigit(text[at]) && at - start < 3)
            {
                number = (number * 10) + (uint)(text[at] - '0');
                at++;
            }

            // A leading zero reads as octal to some programs and as decimal to others: refused.
            if (at == start || number > 255 || (at - start > 1 && text[start] == '0'))
            {
                return false;
            }

            value = (value << 8) | number;
            if (part < 3)
            {
                if (at >= text.Length || text[at] != '.')
                {
                    return false;
                }

                at++;
            }
        }

        address = new Ipv4Address(value);
        return at == text.Length;
    }

    /// <summary>Dotted decimal.</summary>
    public override string ToString() =>
        $"{Value >> 24}.{Value >> 16 & 0xFF}.{Value >> 8 & 0xFF}.{Value & 0xFF}";
}
