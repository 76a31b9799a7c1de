using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Sockets;

/// <summary>A descriptor and a way to await that it is readable. Owns the descriptor. One waiter at a time.</summary>
internal sealed class ReadableDescriptor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ulong _id;
    private TaskCompletionSource<bool>? _waiter;
    private bool _disposed;

    public ReadableDescriptor(SafeFileHandle handle)
    {
        Handle = handle;
        _id = ReadinessPump.Shared.Add(handle, this);
    }

    /// <summary>The descriptor, non-blocking.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Completes with true when there is something to read, and with false when this is disposed.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<bool> waiter;
        lock (_gate)
        {
            if (_disposed)
            {
                return false;
            }

            waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiter = waiter;
            if (!ReadinessPump.Shared.Arm(Handle, _id))
            {
                return false;
            }
        }

        using (cancellation.UnsafeRegister(static (state, token) =>
            ((TaskCompletionSource<bool>)state!).TrySetCanceled(token), waiter))
        {
            return await waiter.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Called by the pump.</summary>
    public void OnReadable()
    {
        lock (_gate)
        {
            _waiter?.TrySetResult(true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _waiter?.TrySetResult(false);
            ReadinessPump.Shared.Remove(Handle, _id);
        }

        Handle.Dispose();
    }
}
