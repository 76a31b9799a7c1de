using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Weft.Net;

/// <summary>A prefix of one family, for tables: an address whose host bits are zero, and a length.</summary>
/// <remarks>The order is by address, then shorter first: a prefix comes right before what it holds.</remarks>
/// <typeparam name="TAddress">The family's address.</typeparam>
public readonly record struct Prefix<TAddress> : IComparable<Prefix<TAddress>>
    where TAddress : struct, IAddress<TAddress>
{
    /// <summary>The prefix of <paramref name="length"/> bits that holds <paramref name="address"/>.</summary>
    public Prefix(TAddress address, int length)
    {
        Invariant.Holds(length >= 0 && length <= TAddress.BitLength);
        Address = address.Masked(length);
        Length = length;
    }

    /// <summary>The first address; its host bits are zero.</summary>
    public TAddress Address { get; }

    /// <summary>Leading bits that are fixed.</summary>
    public int Length { get; }

    /// <summary>The prefix of one address.</summary>
    public static Prefix<TAddress> Host(TAddress address) => new(address, TAddress.BitLength);

    /// <summary>Whether the address lies inside.</summary>
    public bool Contains(TAddress address) => Address.CommonPrefixLength(address) >= Length;

    /// <summary>Whether the whole of another prefix lies inside.</summary>
    public bool Contains(Prefix<TAddress> other) => other.Length >= Length && Contains(other.Address);

    /// <summary>Reads <c>address/length</c> whose host bits are zero.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Prefix<TAddress> prefix)
    {
        bool parsed = IpPrefix.TryParse(text, out IpPrefix either) && either.Family == TAddress.Family;
        prefix = parsed ? Of(either) : default;
        return parsed;
    }

    /// <summary>Reads text that the program itself wrote; throws <see cref="FormatException"/> otherwise.</summary>
    public static Prefix<TAddress> Parse(string text) => TryParse(text, out Prefix<TAddress> prefix)
        ? prefix
        : throw new FormatException($"'{text}' is not a prefix of {TAddress.Family}");

    /// <summary>The same prefix of a type that knows its family; an invariant that it is this one.</summary>
    public static Prefix<TAddress> Of(IpPrefix prefix)
    {
        Invariant.Holds(prefix.Family == TAddress.Family);
        return new Prefix<TAddress>(TAddress.FromUInt128(prefix.Address.Number), prefix.Length);
    }

    /// <summary>The same prefix as a value of either family.</summary>
    public IpPrefix ToIpPrefix() => new(IpAddress.FromNumber(TAddress.Family, Address.ToUInt128()), Length);

    /// <inheritdoc/>
    public int CompareTo(Prefix<TAddress> other)
    {
        int order = Address.CompareTo(other.Address);
        return order != 0 ? order : Length.CompareTo(other.Length);
    }

    /// <summary><c>10.65.0.0/16</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");
}
