using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Calls into glibc. Numbers are those of the 64-bit Linux ABIs that .NET supports (x86-64 and arm64 share
/// them).</summary>
internal static partial class Libc
{
    public const int OpenReadOnly = 0; // O_RDONLY
    public const int OpenWriteOnly = 0x1; // O_WRONLY
    public const int OpenReadWrite = 0x2; // O_RDWR
    public const int OpenCreate = 0x40; // O_CREAT
    public const int OpenExclusive = 0x80; // O_EXCL
    public const int OpenTruncate = 0x200; // O_TRUNC
    public const int OpenAppend = 0x400; // O_APPEND
    public const int OpenCloseOnExec = 0x80000; // O_CLOEXEC

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, Span<byte> buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, uint mode);

    /// <summary>Opens a file; the handle is closed on exec.</summary>
    public static SafeFileHandle OpenFile(string path, int flags, uint mode = 0) =>
        Open(path, flags | OpenCloseOnExec, mode);
}
