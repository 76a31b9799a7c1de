using System;
using System.Runtime.InteropServices;

namespace Weft.Linux.Interop;

/// <summary>The kernel's clock: <c>sys/timex.h</c>.</summary>
internal static partial class Libc
{
    /// <summary>Bytes of <c>struct timex</c> on 64-bit Linux.</summary>
    public const int ClockStateLength = 208;

    /// <summary>Where its status stands; <c>modes</c>, the first field, is 0 to change nothing.</summary>
    public const int ClockStatusOffset = 40;

    /// <summary>STA_UNSYNC: nobody keeps the clock.</summary>
    public const int ClockUnsynchronised = 0x40;

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    public static partial int AdjustClock(Span<byte> state);
}
