namespace Weft.Linux.Captures;

/// <summary>How much memory a <see cref="PacketRing"/> has, and how long a packet may wait in it.</summary>
public sealed record PacketRingOptions
{
    /// <summary>Bytes of one block: a power of two, and more than the longest packet that is to be seen whole.</summary>
    public int BlockLength { get; init; } = 1 << 20;

    /// <summary>How many blocks.</summary>
    public int BlockCount { get; init; } = 16;

    /// <summary>After how many milliseconds a block that is not full is handed over.</summary>
    public int RetireMs { get; init; } = 20;
}
