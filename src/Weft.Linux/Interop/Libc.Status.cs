using System;
using System.Runtime.InteropServices;

namespace Weft.Linux.Interop;

/// <summary>What a file is: <c>statx</c>, whose layout is the same on every architecture.</summary>
internal static partial class Libc
{
    private const int AtWorkingDirectory = -100; // AT_FDCWD
    private const uint StatxType = 0x1; // STATX_TYPE
    private const uint StatxInode = 0x100; // STATX_INO
    private const int StatxModeOffset = 28; // stx_mode
    private const int ModeTypeMask = 0xF000; // S_IFMT
    private const int ModeSocket = 0xC000; // S_IFSOCK
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

    /// <summary>Whether what a path leads to is a socket; null if it leads nowhere.</summary>
    public static bool? IsSocketAt(string path)
    {
        Span<byte> status = stackalloc byte[StatxLength];
        return Statx(AtWorkingDirectory, path, 0, StatxType, status) != 0
            ? null
            : (MemoryMarshal.Read<ushort>(status[StatxModeOffset..]) & ModeTypeMask) == ModeSocket;
    }
}
