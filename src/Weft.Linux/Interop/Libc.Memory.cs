using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Memory shared with the kernel: <c>sys/mman.h</c>.</summary>
internal static partial class Libc
{
    public const int ProtectionRead = 0x1; // PROT_READ
    public const int ProtectionWrite = 0x2; // PROT_WRITE
    public const int MapShared = 0x1; // MAP_SHARED

    public const int AdviceDontNeed = 4; // MADV_DONTNEED

    /// <summary>What <see cref="Map"/> returns when it fails: <c>MAP_FAILED</c>.</summary>
    public const nint MapFailed = -1;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(
        nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nuint length, int advice);
}
