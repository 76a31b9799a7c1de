using System.Collections.Generic;
using Weft.Netlink;

namespace Weft.Linux.Sockets;

/// <summary>The kernel's answer to one request.</summary>
/// <param name="Error">Why it was refused; null if it was done.</param>
/// <param name="Messages">Whole messages, headers included: a dump's entries, or what was asked for.</param>
public sealed record NetlinkReply(KernelError? Error, IReadOnlyList<byte[]> Messages);
