namespace Weft.Net.Decoding.Output;

/// <summary>What a capture knows of a packet beside its bytes.</summary>
/// <param name="Number">Its place, from 1.</param>
/// <param name="UnixNanoseconds">When it was seen; null if nobody knows.</param>
/// <param name="Length">Its bytes on the wire.</param>
/// <param name="Captured">Its bytes that were kept.</param>
public readonly record struct PacketFacts(long Number, long? UnixNanoseconds, long Length, int Captured);
