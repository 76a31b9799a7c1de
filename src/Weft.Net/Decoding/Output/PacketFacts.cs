using System.Collections.Generic;
using Weft.Net.Captures;

namespace Weft.Net.Decoding.Output;

/// <summary>What a capture knows of a packet beside its bytes.</summary>
/// <param name="Number">Its place, from 1.</param>
/// <param name="UnixNanoseconds">When it was seen; null if nobody knows.</param>
/// <param name="Length">Its bytes on the wire.</param>
/// <param name="Captured">Its bytes that were kept.</param>
public readonly record struct PacketFacts(long Number, long? UnixNanoseconds, long Length, int Captured)
{
    /// <summary>The interface on which it was seen; null if nobody knows.</summary>
    public string? Interface { get; init; }

    /// <summary>Which way it went, seen from there.</summary>
    public PacketDirection Direction { get; init; }

    /// <summary>From whom to whom it goes, and then the packets in it; null or empty if nobody is known by name.</summary>
    public IReadOnlyList<PacketWay>? Ways { get; init; }
}
