namespace Weft.Linux.Captures;

/// <summary>What the kernel counted since a capture began.</summary>
/// <param name="Received">Packets that the filter let through, those that were lost among them.</param>
/// <param name="Dropped">Packets that were lost because the ring was full.</param>
public readonly record struct RingStatistics(long Received, long Dropped);
