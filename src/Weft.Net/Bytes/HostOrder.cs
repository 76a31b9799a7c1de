using System;
using System.Runtime.InteropServices;

namespace Weft.Net.Bytes;

/// <summary>Integers in the order of this machine, at an offset of a span: netlink headers and attributes.</summary>
/// <remarks>The caller has checked the length: these throw past the end, like any slice. No alignment needed.</remarks>
public static class HostOrder
{
    /// <summary>Reads 2 bytes.</summary>
    public static ushort ReadUInt16(ReadOnlySpan<byte> source, int offset = 0) =>
        MemoryMarshal.Read<ushort>(source[offset..]);

    /// <summary>Reads 4 bytes.</summary>
    public static uint ReadUInt32(ReadOnlySpan<byte> source, int offset = 0) =>
        MemoryMarshal.Read<uint>(source[offset..]);

    /// <summary>Reads 4 bytes with a sign.</summary>
    public static int ReadInt32(ReadOnlySpan<byte> source, int offset = 0) =>
        MemoryMarshal.Read<int>(source[offset..]);

    /// <summary>Reads 8 bytes.</summary>
    public static ulong ReadUInt64(ReadOnlySpan<byte> source, int offset = 0) =>
        MemoryMarshal.Read<ulong>(source[offset..]);

    /// <summary>Writes 2 bytes.</summary>
    public static void WriteUInt16(Span<byte> destination, int offset, ushort value) =>
        MemoryMarshal.Write(destination[offset..], in value);

    /// <summary>Writes 4 bytes.</summary>
    public static void WriteUInt32(Span<byte> destination, int offset, uint value) =>
        MemoryMarshal.Write(destination[offset..], in value);

    /// <summary>Writes 4 bytes with a sign.</summary>
    public static void WriteInt32(Span<byte> destination, int offset, int value) =>
        MemoryMarshal.Write(destination[offset..], in value);

    /// <summary>Writes 8 bytes.</summary>
    public static void WriteUInt64(Span<byte> destination, int offset, ulong value) =>
        MemoryMarshal.Write(destination[offset..], in value);
}
