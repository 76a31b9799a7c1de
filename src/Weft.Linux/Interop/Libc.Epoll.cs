using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Weft.Netlink;

namespace Weft.Linux.Interop;

/// <summary>Waiting for many descriptors: <c>sys/epoll.h</c>, <c>poll.h</c>.</summary>
internal static partial class Libc
{
    public const int EpollAdd = 1; // EPOLL_CTL_ADD
    public const int EpollDelete = 2; // EPOLL_CTL_DEL
    public const int EpollModify = 3; // EPOLL_CTL_MOD
    public const uint EpollIn = 0x1; // EPOLLIN
    public const uint EpollOneShot = 1u << 30; // EPOLLONESHOT
    public const int EpollCloseOnExec = 0x80000; // EPOLL_CLOEXEC
    public const short PollIn = 0x1; // POLLIN
    public const int EventCloseOnExec = 0x80000; // EFD_CLOEXEC
    public const int EventNonBlocking = 0x800; // EFD_NONBLOCK

    /// <summary>Bytes of a <c>struct epoll_event</c>: packed on x86-64 only.</summary>
    public static int EpollEventLength => IsPacked ? 12 : 16;

    private static int EpollDataOffset => IsPacked ? 4 : 8;

    private static bool IsPacked => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial SafeFileHandle EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(
        SafeFileHandle epoll, int operation, SafeFileHandle descriptor, ReadOnlySpan<byte> change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(SafeFileHandle epoll, Span<byte> events, int maximum, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint WriteEvent(SafeFileHandle descriptor, in ulong added, nuint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<PollEntry> entries, nuint count, int timeoutMs);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    /// <summary>Adds, changes or removes what is waited for.</summary>
    public static bool TryEpollControl(
        SafeFileHandle epoll, int operation, SafeFileHandle descriptor, uint events, ulong data)
    {
        Span<byte> change = stackalloc byte[16];
        MemoryMarshal.Write(change, in events);
        MemoryMarshal.Write(change[EpollDataOffset..], in data);
        return EpollControl(epoll, operation, descriptor, change) == 0;
    }

    /// <summary>The data of the event at an index of what <see cref="EpollWait"/> filled.</summary>
    public static ulong EpollDataAt(ReadOnlySpan<byte> events, int index) =>
        MemoryMarshal.Read<ulong>(events[((index * EpollEventLength) + EpollDataOffset)..]);

    /// <summary>Waits for one descriptor to become readable; false when the time is over.</summary>
    public static bool PollReadable(SafeFileHandle descriptor, int timeoutMs)
    {
        Span<PollEntry> entry = stackalloc PollEntry[1];
        bool added = false;
        try
        {
            descriptor.DangerousAddRef(ref added);
            entry[0] = new PollEntry { Descriptor = (int)descriptor.DangerousGetHandle(), Events = PollIn };

            // The runtime's own signals end a wait before its time, which says nothing about the descriptor.
            long deadline = Environment.TickCount64 + timeoutMs;
            int ready;
            while ((ready = Poll(entry, 1, timeoutMs)) < 0 && LastError.Number == KernelErrno.EINTR)
            {
                timeoutMs = timeoutMs < 0 ? timeoutMs : (int)Math.Max(0, deadline - Environment.TickCount64);
            }

            return ready > 0;
        }
        finally
        {
            if (added)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Waits so many milliseconds, or without end for -1, for one of two descriptors to become readable; says
    /// whether the first is, or has an error, or the time is over.</summary>
    public static bool PollEither(SafeFileHandle first, SafeFileHandle second, int milliseconds)
    {
        Span<PollEntry> entries = stackalloc PollEntry[2];
        bool isFirstHeld = false;
        bool isSecondHeld = false;
        try
        {
            first.DangerousAddRef(ref isFirstHeld);
            second.DangerousAddRef(ref isSecondHeld);
            entries[0] = new PollEntry { Descriptor = (int)first.DangerousGetHandle(), Events = PollIn };
            entries[1] = new PollEntry { Descriptor = (int)second.DangerousGetHandle(), Events = PollIn };
            int ready;
            do
            {
                ready = Poll(entries, 2, milliseconds);
            }
            while (ready < 0 && LastError.Number == KernelErrno.EINTR);
            return ready == 0 || (ready > 0 && entries[0].Happened != 0);
        }
        finally
        {
            if (isSecondHeld)
            {
                second.DangerousRelease();
            }

            if (isFirstHeld)
            {
                first.DangerousRelease();
            }
        }
    }
}
