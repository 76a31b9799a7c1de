using System;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Processes;

/// <summary>Signals, by their numbers (<c>asm-generic/signal.h</c>).</summary>
public enum ProcessSignal
{
    /// <summary>SIGKILL.</summary>
    Kill = 9,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,

    /// <summary>SIGCONT.</summary>
    Continue = 18,

    /// <summary>SIGSTOP.</summary>
    Stop = 19,
}

/// <summary>Exactly one process, also when its number is given to another after its end (pidfd). It need not be a
/// child. Owns one descriptor.</summary>
public sealed class ProcessHandle : IDisposable
{
    private const int InformationLength = 128; // siginfo_t

    private readonly SafeFileHandle _pidfd;

    private ProcessHandle(SafeFileHandle pidfd, int pid)
    {
        _pidfd = pidfd;
        Pid = pid;
    }

    /// <summary>Its number.</summary>
    public int Pid { get; }

    /// <summary>The process of a number, and, if given, of a start time (<see cref="ProcessTable.StartTimeOf"/>); null
    /// if there is none.</summary>
    public static ProcessHandle? Open(int pid, ulong? startTime = null)
    {
        SafeFileHandle pidfd = Libc.PidfdOpen(pid);
        if (pidfd.IsInvalid)
        {
            pidfd.Dispose();
            return null;
        }

        // The descriptor came first: if the start time fits now, it is the process of the descriptor.
        if (startTime is ulong wanted && ProcessTable.StartTimeOf(pid) != wanted)
        {
            pidfd.Dispose();
            return null;
        }

        return new ProcessHandle(pidfd, pid);
    }

    /// <summary>Sends a signal; a process that is gone needs none.</summary>
    public KernelError? Signal(ProcessSignal signal)
    {
        bool sent = Libc.PidfdSendSignal((int)_pidfd.DangerousGetHandle(), (int)signal);
        GC.KeepAlive(_pidfd);
        return sent || LastError.Number == KernelErrno.ESRCH
            ? null
            : LastError.Of($"signal {signal} to process {Pid}");
    }

    /// <summary>Waits until it has ended; false if the time is over before. A child is buried as well.</summary>
    public bool WaitForExit(TimeSpan timeout)
    {
        if (!Libc.PollReadable(_pidfd, (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue)))
        {
            return false;
        }

        // ECHILD, if it is somebody else's child, is as good.
        Span<byte> information = stackalloc byte[InformationLength];
        _ = Libc.WaitId(
            Libc.WaitForPidfd,
            (int)_pidfd.DangerousGetHandle(),
            information,
            Libc.WaitExited | Libc.WaitNoHang);
        GC.KeepAlive(_pidfd);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _pidfd.Dispose();
}
