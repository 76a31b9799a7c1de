namespace Weft.Linux.Sockets;

/// <summary>What the kernel said unasked.</summary>
/// <param name="NamespaceId">The number of the namespace it is about, for a socket that listens to all; null for the
/// socket's own.</param>
/// <param name="Messages">Whole netlink messages, one after the other.</param>
/// <param name="IsOverrun">Whether notices before this one were lost, because the reader was too slow: then what the
/// reader knows may be stale, and only a list from the kernel mends it. It has no messages.</param>
public sealed record Notice(int? NamespaceId, byte[] Messages, bool IsOverrun = false);
