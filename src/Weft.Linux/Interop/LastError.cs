using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Weft.Netlink;

namespace Weft.Linux.Interop;

/// <summary>The error of the last system call of this thread.</summary>
internal static class LastError
{
    /// <summary>Its number.</summary>
    public static int Number => Marshal.GetLastPInvokeError();

    /// <summary>As a value, with what was tried.</summary>
    public static KernelError Of(string what) => new(Number, $"{what}: {KernelErrno.MeaningOf(Number)}");

    /// <summary>As an exception.</summary>
    [DoesNotReturn]
    public static void Throw(string what) => throw new LinuxException(what, new KernelError(Number));
}
