using System;
using System.Runtime.InteropServices;

namespace Weft.Netlink;

/// <summary>Integers in the byte order of this host, as netlink headers and most rtnetlink attributes carry them.</summary>
internal static class HostOrder
{
    /// <summary>Reads 2 bytes.</summary>
    public static ushort ReadUInt16(ReadOnlySpan<byte> source) => MemoryMarshal.Read<ushort>(source);

    /// <summary>Reads 4 bytes.</summary>
    public static uint ReadUInt32(ReadOnlySpan<byte> source) => MemoryMarshal.Read<uint>(source);

    /// <summary>Reads 4 bytes, signed.</summary>
    public static int ReadInt32(ReadOnlySpan<byte> source) => MemoryMarshal.Read<int>(source);

    /// <summary>Writes 2 bytes.</summary>
    public static void WriteUInt16(Span<byte> destination, ushort value) => MemoryMarshal.Write(destination, in value);

    /// <summary>Writes 4 bytes.</summary>
    public static void WriteUInt32(Span<byte> destination, uint value) => MemoryMarshal.Write(destination, in value);

    /// <summary>Writes 4 bytes, signed.</summary>
    public static void WriteInt32(Span<byte> destination, int value) => MemoryMarshal.Write(destination, in value);
}
