using System;

namespace Weft.Net.Captures;

/// <summary>A packet of a capture, in the bytes that were read: valid until these are overwritten.</summary>
public readonly ref struct CapturedPacket
{
    internal CapturedPacket(
        CaptureInterface source,
        long number,
        long unixNanoseconds,
        bool hasTime,
        ReadOnlySpan<byte> bytes,
        uint length,
        PacketDirection direction,
        ReadOnlySpan<byte> comment)
    {
        Interface = source;
        Number = number;
        UnixNanoseconds = unixNanoseconds;
        HasTime = hasTime;
        Bytes = bytes;
        Length = length;
        Direction = direction;
        Comment = comment;
    }

    /// <summary>Where it was seen.</summary>
    public CaptureInterface Interface { get; }

    /// <summary>Its place in the file, from 1.</summary>
    public long Number { get; }

    /// <summary>When it was seen, in nanoseconds since 1970.</summary>
    public long UnixNanoseconds { get; }

    /// <summary>Whether the capture says when.</summary>
    public bool HasTime { get; }

    /// <summary>What was kept of it, from the header that its interface's link type says.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Its length on the wire; fewer <see cref="Bytes"/> say that it was cut.</summary>
    public uint Length { get; }

    /// <summary>Which way it went.</summary>
    public PacketDirection Direction { get; }

    /// <summary>What somebody noted about it, in UTF-8; empty if nothing.</summary>
    public ReadOnlySpan<byte> Comment { get; }
}
