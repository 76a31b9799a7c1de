using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Namespaces and mounts: <c>linux/sched.h</c>, <c>linux/mount.h</c>.</summary>
internal static partial class Libc
{
    public const int CloneNewNamespace = 0x00020000; // CLONE_NEWNS
    public const int CloneNewNetwork = 0x40000000; // CLONE_NEWNET

    public const ulong MountReadOnly = 1; // MS_RDONLY
    public const ulong MountBind = 4096; // MS_BIND
    public const ulong MountRecursive = 16384; // MS_REC
    public const ulong MountSlave = 1 << 19; // MS_SLAVE
    public const ulong MountShared = 1 << 20; // MS_SHARED

    public const int DetachMount = 2; // MNT_DETACH

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    public static partial int SetNamespace(SafeFileHandle descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string? source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);
}
