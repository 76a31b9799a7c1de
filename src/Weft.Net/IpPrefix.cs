using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Weft.Net;

/// <summary>A prefix (CIDR) of either family: an address whose host bits are zero, and a length.</summary>
/// <remarks>The order is by address, then shorter first.</remarks>
[JsonConverter(typeof(IpPrefixJsonConverter))]
public readonly record struct IpPrefix : IComparable<IpPrefix>
{
    /// <summary>The prefix of <paramref name="length"/> bits that holds <paramref name="address"/>.</summary>
    public IpPrefix(IpAddress address, int length)
    {
        Invariant.Holds(length >= 0 && length <= address.BitLength);
        Address = address.Family == IpFamily.Ipv4
            ? new IpAddress(address.V4.Masked(length))
            : new IpAddress(address.V6.Masked(length));
        Length = length;
    }

    /// <summary>The first address; its host bits are zero.</summary>
    public IpAddress Address { get; }

    /// <summary>Leading bits that are fixed.</summary>
    public int Length { get; }

    /// <summary>The family.</summary>
    public IpFamily Family => Address.Family;

    /// <summary>Whether this is one address: /32 or /128.</summary>
    public bool IsHost => Length == Address.BitLength;

    /// <summary>How many addresses it holds; 2^128 (::/0) saturates.</summary>
    public UInt128 Count
    {
        get
        {
            int hostBits = Address.BitLength - Length;
            return hostBits == 128 ? UInt128.MaxValue : UInt128.One << hostBits;
        }
    }

    /// <summary>The last address.</summary>
    public IpAddress Last
    {
        get
        {
            int hostBits = Address.BitLength - Length;
            UInt128 hostMask = hostBits == 0 ? 0 : UInt128.MaxValue >> (128 - hostBits);
            return IpAddress.FromNumber(Family, Address.Number | hostMask);
        }
    }

    /// <summary>The prefix of one address.</summary>
    public static IpPrefix Host(IpAddress address) => new(address, address.BitLength);

    /// <summary>The address at <paramref name="index"/>, counted from 0; must lie inside.</summary>
    public IpAddress At(UInt128 index)
    {
        Invariant.Holds(index < Count);
        return IpAddress.FromNumber(Family, Address.Number + index);
    }

    /// <summary>Whether the address lies inside; false for the other family.</summary>
    public bool Contains(IpAddress address) =>
        address.Family == Family && new IpPrefix(address, Length).Address == Address;

    /// <summary>Whether the whole of another prefix lies inside.</summary>
    public bool Contains(IpPrefix other) =>
        other.Family == Family && other.Length >= Length && Contains(other.Address);

    /// <summary>Whether the two share an address.</summary>
    public bool Overlaps(IpPrefix other) => Contains(other) || other.Contains(this);

    /// <summary>Reads <c>address/length</c> whose host bits are zero.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpPrefix prefix)
    {
        bool parsed = IpInterfaceAddress.TryParse(text, out IpInterfaceAddress value)
            && value.Prefix.Address == value.Address;
        prefix = parsed ? value.Prefix : default;
        return parsed;
    }

    /// <summary>Reads text that the program itself wrote; throws <see cref="FormatException"/> otherwise.</summary>
    public static IpPrefix Parse(string text) =>
        TryParse(text, out IpPrefix prefix) ? prefix : throw new FormatException($"'{text}' is not a prefix");

    /// <inheritdoc/>
    public int CompareTo(IpPrefix other)
    {
        int order = Address.CompareTo(other.Address);
        return order != 0 ? order : Length.CompareTo(other.Length);
    }

    /// <summary><c>10.65.0.0/16</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");
}
