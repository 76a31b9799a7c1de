using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Net;

/// <summary>What algorithms generic over the address family need: width, bits, order, text.</summary>
/// <typeparam name="TSelf">The address type itself.</typeparam>
public interface IAddress<TSelf> : IEquatable<TSelf>, IComparable<TSelf>
    where TSelf : struct, IAddress<TSelf>
{
    /// <summary>Bits in an address of this family: 32 or 128.</summary>
    static abstract int BitLength { get; }

    /// <summary>The family.</summary>
    static abstract IpFamily Family { get; }

    /// <summary>The bit at <paramref name="index"/>, counted from the most significant one.</summary>
    bool Bit(int index);

    /// <summary>The address with all bits after the first <paramref name="length"/> cleared.</summary>
    TSelf Masked(int length);

    /// <summary>How many leading bits this address shares with another.</summary>
    int CommonPrefixLength(TSelf other);

    /// <summary>The address as a number, most significant bit first.</summary>
    UInt128 ToUInt128();

    /// <summary>The address of a number; bits above the family's width must be zero.</summary>
    static abstract TSelf FromUInt128(UInt128 value);

    /// <summary>Writes the address in network order.</summary>
    void WriteTo(Span<byte> destination);

    /// <summary>Reads text of this family; false for anything else.</summary>
    static abstract bool TryParse(ReadOnlySpan<char> text, [MaybeNullWhen(false)] out TSelf address);
}
