using System.Collections.Concurrent;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;

namespace Weft.Linux.Sockets;

/// <summary>The one thread of the process that waits for all sockets that .NET's own machinery cannot read, because
/// what is wanted stands in control messages. It only says that a socket is readable; whoever waits for it reads. So
/// nothing is queued here, and a slow reader slows the kernel's queue of its own socket only.</summary>
internal sealed class ReadinessPump
{
    private const int EventsPerWait = 64;

    private readonly SafeFileHandle _epoll;
    private readonly ConcurrentDictionary<ulong, ReadableDescriptor> _watched = new();
    private ulong _lastId;

    private ReadinessPump()
    {
        _epoll = Libc.EpollCreate(Libc.EpollCloseOnExec);
        if (_epoll.IsInvalid)
        {
            LastError.Throw("create an epoll descriptor");
        }

        new Thread(Pump) { IsBackground = true, Name = "readiness" }.Start();
    }

    /// <summary>The process's own.</summary>
    public static ReadinessPump Shared { get; } = new();

    /// <summary>Begins to know a descriptor; nothing is reported before <see cref="Arm"/>.</summary>
    public ulong Add(SafeFileHandle descriptor, ReadableDescriptor watcher)
    {
        ulong id = Interlocked.Increment(ref _lastId);
        _watched[id] = watcher;
        if (!Libc.TryEpollControl(_epoll, Libc.EpollAdd, descriptor, Libc.EpollOneShot, id))
        {
            _watched.TryRemove(id, out _);
            LastError.Throw("watch a socket");
        }

        return id;
    }

    /// <summary>Reports once, as soon as the descriptor is readable or has an error; at once if it already is.</summary>
    public bool Arm(SafeFileHandle descriptor, ulong id) =>
        Libc.TryEpollControl(_epoll, Libc.EpollModify, descriptor, Libc.EpollIn | Libc.EpollOneShot, id);

    /// <summary>Forgets a descriptor; to be called before it is closed.</summary>
    public void Remove(SafeFileHandle descriptor, ulong id)
    {
        if (_watched.TryRemove(id, out _))
        {
            _ = Libc.TryEpollControl(_epoll, Libc.EpollDelete, descriptor, 0, id);
        }
    }

    private void Pump()
    {
        byte[] events = new byte[EventsPerWait * Libc.EpollEventLength];
        while (true)
        {
            int count = Libc.EpollWait(_epoll, events, EventsPerWait, -1);
            for (int i = 0; i < count; i++)
            {
                if (_watched.TryGetValue(Libc.EpollDataAt(events, i), out ReadableDescriptor? watcher))
                {
                    watcher.OnReadable();
                }
            }
        }
    }
}
