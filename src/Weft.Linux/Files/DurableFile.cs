using System;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Files;

/// <summary>Files that are either the old or the new, whatever happens to process, kernel or power.</summary>
public static class DurableFile
{
    /// <summary>What the name of the file that is being written ends with. One that is left over from an interruption
    /// is overwritten by the next.</summary>
    public const string PendingSuffix = ".pending";

    private const uint DefaultMode = 0x180; // 0600

    /// <summary>Replaces a file, or makes it: the bytes are on the disk before the name points to them, and the name
    /// is before this returns.</summary>
    public static KernelError? Replace(string path, ReadOnlySpan<byte> bytes, uint mode = DefaultMode)
    {
        string pending = path + PendingSuffix;
        KernelError? error = WriteNew(pending, bytes, mode);
        if (error is null && Libc.Rename(pending, path) != 0)
        {
            error = LastError.Of($"rename {pending}");
        }

        if (error is not null)
        {
            _ = Libc.Unlink(pending);
            return error;
        }

        return SynchronizeDirectory(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
    }

    /// <summary>Makes the names in a directory durable.</summary>
    public static KernelError? SynchronizeDirectory(string path)
    {
        using SafeFileHandle directory = Libc.OpenFile(path, Libc.OpenReadOnly);
        if (directory.IsInvalid)
        {
            return LastError.Of($"open {path}");
        }

        return Libc.Synchronize(directory) == 0 ? null : LastError.Of($"synchronize {path}");
    }

    /// <summary>Removes a file for good; one that is not there is removed already.</summary>
    public static KernelError? Delete(string path)
    {
        if (Libc.Unlink(path) != 0)
        {
            return LastError.Number == KernelErrno.ENOENT ? null : LastError.Of($"remove {path}");
        }

        return SynchronizeDirectory(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
    }

    // A new file, never what somebody has put there: a link could lead anywhere, and an old file is open to whom it was.
    private static KernelError? WriteNew(string path, ReadOnlySpan<byte> bytes, uint mode)
    {
        _ = Libc.Unlink(path);
        using SafeFileHandle file = Libc.OpenFile(
            path, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, mode);
        if (file.IsInvalid)
        {
            return LastError.Of($"create {path}");
        }

        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            nint written = Libc.Write(file, rest, (nuint)rest.Length);
            if (written > 0)
            {
                rest = rest[(int)written..];
            }
            else if (written == 0 || LastError.Number != KernelErrno.EINTR)
            {
                return LastError.Of($"write {path}");
            }
        }

        return Libc.Synchronize(file) == 0 ? null : LastError.Of($"synchronize {path}");
    }
}
