using System;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Weft.Net;

/// <summary>An address of either family, for edges: configuration, plans, messages to people.</summary>
/// <remarks>Tables are per family (<see cref="Ipv4Address"/>, <see cref="Ipv6Address"/>). An IPv4-mapped IPv6
/// address stays IPv6. The order is IPv4 first, then by number.</remarks>
[JsonConverter(typeof(IpAddressJsonConverter))]
public readonly record struct IpAddress : IComparable<IpAddress>
{
    private readonly UInt128 _value;

    /// <summary>An IPv4 address.</summary>
    public IpAddress(Ipv4Address address) => (Family, _value) = (IpFamily.Ipv4, address.Value);

    /// <summary>An IPv6 address.</summary>
    public IpAddress(Ipv6Address address) => (Family, _value) = (IpFamily.Ipv6, address.Value);

    /// <summary>The family. The default value of this type has none and is not an address.</summary>
    public IpFamily Family { get; }

    /// <summary>The bits of the family: 32 or 128.</summary>
    public int BitLength => Family == IpFamily.Ipv4 ? 32 : 128;

    /// <summary>Bytes on the wire: 4 or 16.</summary>
    public int ByteLength => BitLength / 8;

    /// <summary>The address as a number.</summary>
    public UInt128 Number => _value;

    /// <summary>The IPv4 address; an invariant that it is one.</summary>
    public Ipv4Address V4
    {
        get
        {
            Invariant.Holds(Family == IpFamily.Ipv4);
            return new Ipv4Address((uint)_value);
        }
    }

    /// <summary>The IPv6 address; an invariant that it is one.</summary>
    public Ipv6Address V6
    {
        get
        {
            Invariant.Holds(Family == IpFamily.Ipv6);
            return new Ipv6Address(_value);
        }
    }

    /// <summary>An address of a family from its number.</summary>
    public static IpAddress FromNumber(IpFamily family, UInt128 number) =>
        family == IpFamily.Ipv4 ? new IpAddress(new Ipv4Address((uint)number)) : new IpAddress(new Ipv6Address(number));

    /// <summary>Reads 4 or 16 bytes in network order; any other length is not an address.</summary>
    public static bool TryReadFrom(ReadOnlySpan<byte> source, out IpAddress address)
    {
        address = source.Length switch
        {
            4 => new IpAddress(Ipv4Address.ReadFrom(source)),
            16 => new IpAddress(Ipv6Address.ReadFrom(source)),
            _ => default,
        };
        return address.Family != 0;
    }

    /// <summary>Writes <see cref="ByteLength"/> bytes in network order.</summary>
    public void WriteTo(Span<byte> destination)
    {
        if (Family == IpFamily.Ipv4)
        {
            V4.WriteTo(destination);
        }
        else
        {
            V6.WriteTo(destination);
        }
    }

    /// <summary>Reads either family's text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpAddress address) =>
        TryParse(text.AsSpan(), out address);

    /// <summary>Reads either family's text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        if (Ipv4Address.TryParse(text, out Ipv4Address v4))
        {
            address = new IpAddress(v4);
            return true;
        }

        bool parsed = Ipv6Address.TryParse(text, out Ipv6Address v6);
        address = parsed ? new IpAddress(v6) : default;
        return parsed;
    }

    /// <summary>Reads text that the program itself wrote; throws <see cref="FormatException"/> otherwise.</summary>
    public static IpAddress Parse(string text) =>
        TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is not an IP address");

    /// <inheritdoc/>
    public int CompareTo(IpAddress other) =>
        Family != other.Family ? ((byte)Family).CompareTo((byte)other.Family) : _value.CompareTo(other._value);

    /// <summary>The family's canonical text.</summary>
    public override string ToString() => Family switch
    {
        IpFamily.Ipv4 => V4.ToString(),
        IpFamily.Ipv6 => V6.ToString(),
        _ => "none",
    };
}
