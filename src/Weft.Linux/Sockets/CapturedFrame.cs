namespace Weft.Linux.Sockets;

/// <summary>A frame as it went by.</summary>
/// <param name="Bytes">The frame from its link-layer header on.</param>
/// <param name="Length">Its length on the wire, which is more than the bytes if it was cut.</param>
/// <param name="Index">The interface.</param>
/// <param name="IsOutgoing">Whether this host sent it.</param>
/// <param name="UnixNanoseconds">When the kernel saw it; 0 if it did not say.</param>
public sealed record CapturedFrame(byte[] Bytes, int Length, int Index, bool IsOutgoing, long UnixNanoseconds);
