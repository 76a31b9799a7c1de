using System;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;

namespace Weft.Linux.Captures;

/// <summary>Ends the waiting of threads that read rings, now and from now on (<c>eventfd(2)</c>). Owns one descriptor.</summary>
public sealed class RingStop : IDisposable
{
    /// <summary>Nothing is ended yet.</summary>
    public RingStop()
    {
        Handle = Libc.EventDescriptor(0, Libc.EventCloseOnExec | Libc.EventNonBlocking);
        if (Handle.IsInvalid)
        {
            LastError.Throw("make an event descriptor");
        }
    }

    internal SafeFileHandle Handle { get; }

    /// <summary>Ends all waiting.</summary>
    public void End() => _ = Libc.WriteEvent(Handle, 1, sizeof(ulong));

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
