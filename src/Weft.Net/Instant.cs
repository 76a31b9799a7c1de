using System;

namespace Weft.Net;

/// <summary>A moment of monotonic time: nanoseconds since an origin that only the shell knows.</summary>
/// <remarks>Never a date. Two instants of one process, or of one recording, can be compared and subtracted.</remarks>
/// <param name="Nanoseconds">Nanoseconds since the origin.</param>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    private const long NanosecondsPerTick = 100;

    /// <summary>The instant that lies <paramref name="duration"/> later.</summary>
    public Instant After(TimeSpan duration) => new(Nanoseconds + (duration.Ticks * NanosecondsPerTick));

    /// <summary>How much time lies between <paramref name="earlier"/> and this instant.</summary>
    public TimeSpan Since(Instant earlier) => new((Nanoseconds - earlier.Nanoseconds) / NanosecondsPerTick);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Whether the left instant lies before the right one.</summary>
    public static bool operator <(Instant left, Instant right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Whether the left instant lies after the right one.</summary>
    public static bool operator >(Instant left, Instant right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Whether the left instant lies before the right one or is the same.</summary>
    public static bool operator <=(Instant left, Instant right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Whether the left instant lies after the right one or is the same.</summary>
    public static bool operator >=(Instant left, Instant right) => left.Nanoseconds >= right.Nanoseconds;
}
