using System;
using System.Text;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink;

/// <summary>Bytes that never change: the key or value of a set, what a comparison compares with, user data. Two are
/// equal if their bytes are.</summary>
public readonly struct NftBytes : IEquatable<NftBytes>
{
    private const int InterfaceNameLength = 16; // IFNAMSIZ
    private const int RegisterLength = 4; // NFT_REG32_SIZE

    private readonly byte[]? _bytes;

    /// <summary>A copy of these bytes.</summary>
    public NftBytes(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.IsEmpty ? null : bytes.ToArray();
    }

    /// <summary>No bytes.</summary>
    public static NftBytes Empty => default;

    /// <summary>How many.</summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>An address in network order.</summary>
    public static NftBytes Of(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteTo(bytes);
        return new NftBytes(bytes[..address.ByteLength]);
    }

    /// <summary>One byte: a protocol, an ICMP type.</summary>
    public static NftBytes OfByte(byte value) => new([value]);

    /// <summary>Two bytes in network order: a port, an Ethernet type.</summary>
    public static NftBytes OfUInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        NetworkOrder.WriteUInt16(bytes, 0, value);
        return new NftBytes(bytes);
    }

    /// <summary>Four bytes in network order.</summary>
    public static NftBytes OfUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        NetworkOrder.WriteUInt32(bytes, 0, value);
        return new NftBytes(bytes);
    }

    /// <summary>Four bytes in host order: a mark, an interface index, a type of address.</summary>
    public static NftBytes OfHostUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        HostOrder.WriteUInt32(bytes, 0, value);
        return new NftBytes(bytes);
    }

    /// <summary>The name of an interface, filled up with zero to 16 bytes.</summary>
    public static NftBytes OfInterface(string name)
    {
        Span<byte> bytes = stackalloc byte[InterfaceNameLength];
        bytes.Clear();
        Invariant.Holds(Encoding.UTF8.GetByteCount(name) < InterfaceNameLength);
        Encoding.UTF8.GetBytes(name, bytes);
        return new NftBytes(bytes);
    }

    /// <summary>The beginning of a name of an interface: as many bytes as it has, for <c>"weft*"</c>.</summary>
    public static NftBytes OfInterfacePrefix(string name) => new(Encoding.UTF8.GetBytes(name));

    /// <summary>A concatenation: each field filled up with zero to a multiple of 4 bytes, as registers are.</summary>
    public static NftBytes Concat(params ReadOnlySpan<NftBytes> fields)
    {
        int length = 0;
        foreach (NftBytes field in fields)
        {
            length += NetlinkPadding.Padded(field.Length);
        }

        byte[] bytes = new byte[length];
        int offset = 0;
        foreach (NftBytes field in fields)
        {
            field.Span.CopyTo(bytes.AsSpan(offset));
            offset += NetlinkPadding.Padded(field.Length);
        }

        Invariant.Holds(length % RegisterLength == 0);
        return new NftBytes(bytes);
    }

    /// <summary>Whether the bytes are the same.</summary>
    public static bool operator ==(NftBytes left, NftBytes right) => left.Equals(right);

    /// <summary>Whether the bytes differ.</summary>
    public static bool operator !=(NftBytes left, NftBytes right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(NftBytes other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NftBytes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)StableHash.Of(Span));

    /// <summary>The bytes as hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(Span);
}
