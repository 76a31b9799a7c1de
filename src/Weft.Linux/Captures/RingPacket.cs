using System;

namespace Weft.Linux.Captures;

/// <summary>A packet in the ring: valid until the next is read.</summary>
public readonly ref struct RingPacket
{
    internal RingPacket(
        ReadOnlySpan<byte> bytes, uint length, long unixNanoseconds, bool isOutgoing, bool isChecksumUnfinished)
    {
        Bytes = bytes;
        Length = length;
        UnixNanoseconds = unixNanoseconds;
        IsOutgoing = isOutgoing;
        IsChecksumUnfinished = isChecksumUnfinished;
    }

    /// <summary>What was kept, from the link layer's header on, with the VLAN tag where it was on the wire.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Its length on the wire.</summary>
    public uint Length { get; }

    /// <summary>When the kernel saw it.</summary>
    public long UnixNanoseconds { get; }

    /// <summary>Whether this namespace sent it.</summary>
    public bool IsOutgoing { get; }

    /// <summary>Whether its transport checksum is left to the hardware, which has not seen it yet.</summary>
    public bool IsChecksumUnfinished { get; }
}
