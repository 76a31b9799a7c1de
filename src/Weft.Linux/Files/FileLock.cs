using System;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Files;

/// <summary>Says that this process, and no other, is at work: a lock that the kernel lets go when the process ends,
/// however it ends (<c>flock(2)</c>). Owns one descriptor. The file stays; do not remove it while others may wait for
/// it.</summary>
public sealed class FileLock : IDisposable
{
    private const uint Mode = 0x180; // 0600

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file)
    {
        _file = file;
    }

    /// <summary>Takes the lock, making the file if need be. EAGAIN: somebody has it.</summary>
    public static KernelError? TryAcquire(string path, out FileLock? acquired)
    {
        acquired = null;
        SafeFileHandle file = Libc.OpenFile(path, Libc.OpenReadWrite | Libc.OpenCreate, Mode);
        if (file.IsInvalid)
        {
            return LastError.Of($"open {path}");
        }

        if (Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking) != 0)
        {
            KernelError error = LastError.Number == KernelErrno.EAGAIN
                ? new KernelError(KernelErrno.EAGAIN, $"{path} is locked by another process")
                : LastError.Of($"lock {path}");
            file.Dispose();
            return error;
        }

        acquired = new FileLock(file);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
