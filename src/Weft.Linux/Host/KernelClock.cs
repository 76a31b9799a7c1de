using System;
using Weft.Linux.Interop;
using Weft.Net.Bytes;

namespace Weft.Linux.Host;

/// <summary>The kernel's clock.</summary>
public static class KernelClock
{
    /// <summary>Whether some program keeps it true (adjtimex(2), STA_UNSYNC); null if the kernel does not say.</summary>
    public static bool? IsSynchronised()
    {
        Span<byte> state = stackalloc byte[Libc.ClockStateLength];
        state.Clear();
        return Libc.AdjustClock(state) < 0
            ? null
            : (HostOrder.ReadInt32(state, Libc.ClockStatusOffset) & Libc.ClockUnsynchronised) == 0;
    }
}
