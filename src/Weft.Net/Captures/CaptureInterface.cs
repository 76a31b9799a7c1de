using System;

namespace Weft.Net.Captures;

/// <summary>Where packets of a capture were seen.</summary>
public sealed record CaptureInterface
{
    private const byte Microseconds = 6;
    private const byte BinaryBit = 0x80;
    private const int NanosecondExponent = 9;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    // The largest power of ten by which an unsigned 64-bit number can be divided and leave anything.
    private const int LastPowerOfTen = 19;

    /// <summary>Its number within its section of the file.</summary>
    public int Index { get; init; }

    /// <summary>What its packets begin with.</summary>
    public required LinkType LinkType { get; init; }

    /// <summary>How many bytes of a packet are kept at most; 0 says no limit.</summary>
    public uint SnapLength { get; init; }

    /// <summary>Its name on the host that captured.</summary>
    public string? Name { get; init; }

    /// <summary>What it is, in words.</summary>
    public string? Description { get; init; }

    /// <summary>How many bytes of a frame check sequence end each packet, if that is said.</summary>
    public int? FrameCheckLength { get; init; }

    /// <summary>The unit of its timestamps as pcapng writes it: a power of ten, or of two with the highest bit set.</summary>
    public byte TimeResolution { get; init; } = Microseconds;

    /// <summary>Seconds to be added to its timestamps.</summary>
    public long TimeOffsetSeconds { get; init; }

    /// <summary>A timestamp in nanoseconds since 1970, cut to whole ones and held within 64 bits.</summary>
    public long UnixNanosecondsOf(ulong ticks)
    {
        if (TimeResolution == Microseconds && TimeOffsetSeconds == 0 && ticks <= (ulong)long.MaxValue / 1000)
        {
            return (long)ticks * 1000;
        }

        Int128 time = (Int128)Scaled(ticks) + ((Int128)TimeOffsetSeconds * NanosecondsPerSecond);
        return (long)Int128.Clamp(time, long.MinValue, long.MaxValue);
    }

    private UInt128 Scaled(ulong ticks)
    {
        int exponent = TimeResolution & ~BinaryBit;
        if ((TimeResolution & BinaryBit) != 0)
        {
            return ((UInt128)ticks * NanosecondsPerSecond) >> exponent;
        }

        if (exponent <= NanosecondExponent)
        {
            return ticks * PowerOfTen(NanosecondExponent - exponent);
        }

        int surplus = exponent - NanosecondExponent;
        return surplus > LastPowerOfTen ? 0 : ticks / PowerOfTen(surplus);
    }

    private static UInt128 PowerOfTen(int exponent)
    {
        UInt128 power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
