using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Files that must survive: <c>unistd.h</c>, <c>sys/file.h</c>.</summary>
internal static partial class Libc
{
    private const int GetDescriptorFlags = 1; // F_GETFD

    public const int LockExclusive = 2; // LOCK_EX
    public const int LockNonBlocking = 4; // LOCK_NB

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Synchronize(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SynchronizeData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint WriteAt(SafeFileHandle file, ReadOnlySpan<byte> buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command);

    /// <summary>Whether a number is an open descriptor.</summary>
    public static bool IsOpen(int descriptor) => Control(descriptor, GetDescriptorFlags) >= 0;
}
