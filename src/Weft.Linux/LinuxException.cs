using System;
using Weft.Netlink;

namespace Weft.Linux;

/// <summary>A system call failed where the caller cannot go on without it.</summary>
public sealed class LinuxException : Exception
{
    /// <summary>What was tried, and the kernel's answer.</summary>
    public LinuxException(string what, KernelError error)
        : base($"{what}: {error}")
    {
        Error = error;
    }

    /// <summary>The kernel's answer.</summary>
    public KernelError Error { get; }
}
