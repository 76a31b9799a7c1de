using System;
using System.Buffers.Binary;

namespace Weft.Net.Bytes;

/// <summary>Integers in network order (most significant byte first), at an offset of a span.</summary>
/// <remarks>The caller has checked the length: these throw past the end, like any slice.</remarks>
public static class NetworkOrder
{
    /// <summary>Reads 2 bytes.</summary>
    public static ushort ReadUInt16(ReadOnlySpan<byte> source, int offset = 0) =>
        BinaryPrimitives.ReadUInt16BigEndian(source[offset..]);

    /// <summary>Reads 3 bytes: VNIs and MPLS labels.</summary>
    public static uint ReadUInt24(ReadOnlySpan<byte> source, int offset = 0)
    {
        ReadOnlySpan<byte> bytes = source.Slice(offset, 3);
        return ((uint)bytes[0] << 16) | ((uint)bytes[1] << 8) | bytes[2];
    }

    /// <summary>Reads 4 bytes.</summary>
    public static uint ReadUInt32(ReadOnlySpan<byte> source, int offset = 0) =>
        BinaryPrimitives.ReadUInt32BigEndian(source[offset..]);

    /// <summary>Reads 8 bytes.</summary>
    public static ulong ReadUInt64(ReadOnlySpan<byte> source, int offset = 0) =>
        BinaryPrimitives.ReadUInt64BigEndian(source[offset..]);

    /// <summary>Writes 2 bytes.</summary>
    public static void WriteUInt16(Span<byte> destination, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16BigEndian(destination[offset..], value);

    /// <summary>Writes 3 bytes; an invariant that the value fits.</summary>
    public static void WriteUInt24(Span<byte> destination, int offset, uint value)
    {
        Invariant.Holds(value <= 0xFF_FFFF);
        Span<byte> bytes = destination.Slice(offset, 3);
        bytes[0] = (byte)(value >> 16);
        bytes[1] = (byte)(value >> 8 & 0xFF);
        bytes[2] = (byte)(value & 0xFF);
    }

    /// <summary>Writes 4 bytes.</summary>
    public static void WriteUInt32(Span<byte> destination, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(destination[offset..], value);

    /// <summary>Writes 8 bytes.</summary>
    public static void WriteUInt64(Span<byte> destination, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64BigEndian(destination[offset..], value);
}
