using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Processes: <c>spawn.h</c>, <c>unistd.h</c>, <c>signal.h</c>, <c>sys/wait.h</c>.</summary>
internal static unsafe partial class Libc
{
    public const short SpawnSetSignalDefault = 0x04; // POSIX_SPAWN_SETSIGDEF
    public const short SpawnSetSignalMask = 0x08; // POSIX_SPAWN_SETSIGMASK
    public const short SpawnSetSession = 0x80; // POSIX_SPAWN_SETSID

    /// <summary>At least the size of posix_spawn_file_actions_t, posix_spawnattr_t (336) and sigset_t (128).</summary>
    public const int SpawnStructureLength = 512;

    public const int WaitForPidfd = 3; // P_PIDFD
    public const int WaitExited = 4; // WEXITED
    public const int WaitNoHang = 1; // WNOHANG
    public const int SignalPipe = 13; // SIGPIPE

    // The same numbers on all architectures: they are newer than the differences.
    private const long PidfdSendSignalCall = 424; // __NR_pidfd_send_signal
    private const long PidfdOpenCall = 434; // __NR_pidfd_open

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    public static partial int Spawn(
        out int pid, byte* file, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnActionsInitialize(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnActionsDestroy(byte* actions);

    [LibraryImport(
        "libc",
        EntryPoint = "posix_spawn_file_actions_addopen",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SpawnActionsAddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static partial int SpawnActionsAddCloseFrom(byte* actions, int descriptor);

    [LibraryImport(
        "libc",
        EntryPoint = "posix_spawn_file_actions_addchdir_np",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SpawnActionsAddChangeDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributesInitialize(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SpawnAttributesSetDefault(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SpawnAttributesSetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int SignalSetFill(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int SignalSetEmpty(byte* signals);

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    public static partial nint SetSignal(int signal, nint action);

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true)]
    public static partial int Execute(byte* file, byte** arguments);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int kind, int id, Span<byte> information, int options);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long first, long second, long third, long fourth);

    /// <summary>A descriptor of a process, or an invalid one.</summary>
    public static SafeFileHandle PidfdOpen(int pid) => new((nint)SystemCall(PidfdOpenCall, pid, 0, 0, 0), true);

    /// <summary>Sends a signal to exactly the process of a descriptor.</summary>
    public static bool PidfdSendSignal(int pidfd, int signal) =>
        SystemCall(PidfdSendSignalCall, pidfd, signal, 0, 0) == 0;
}
