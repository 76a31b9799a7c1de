using System;
using System.Runtime.InteropServices;

namespace Weft.Linux.Interop;

/// <summary>What a file is: <c>statx</c>, whose layout is the same on every architecture.</summary>
internal static partial class Libc
{
    private const int AtWorkingDirectory = -100; // AT_FDCWD
    private const uint StatxInode = 0x100; // STATX_INO
    private const int StatxLength = 256;
    private const int StatxInodeOffset = 32; // stx_ino
    private const int StatxDeviceMajorOffset = 136; // stx_dev_major, then stx_dev_minor

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);

    /// <summary>The device and inode that a path leads to, also through a link of /proc.</summary>
    public static bool TryGetFileIdentity(string path, out ulong device, out ulong inode)
    {
        Span<byte> status = stackalloc byte[StatxLength];
        device = 0;
        inode = 0;
        if (Statx(AtWorkingDirectory, path, 0, StatxInode, status) != 0)
        {
            return false;
        }

        inode = MemoryMarshal.Read<ulong>(status[StatxInodeOffset..]);
        device = MemoryMarshal.Read<ulong>(status[StatxDeviceMajorOffset..]);
        return true;
    }
}
