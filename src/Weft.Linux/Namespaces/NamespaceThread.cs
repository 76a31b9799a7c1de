using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;

namespace Weft.Linux.Namespaces;

/// <summary>The one thread of the process that enters network namespaces: it runs a piece of work in one and returns
/// to its own. What is opened there (sockets, files under <c>/proc/sys/net</c>) stays bound to that namespace and is
/// used from any thread. Work must not await. Callers wait until it is done.</summary>
public sealed class NamespaceThread
{
    // Each caller waits for its work, so there are never more pieces than calling threads.
    private readonly Queue<Action> _work = [];
    private readonly Thread _thread;

    private NamespaceThread()
    {
        _thread = new Thread(Pump) { IsBackground = true, Name = "namespaces" };
        _thread.Start();
    }

    /// <summary>The process's own.</summary>
    public static NamespaceThread Shared { get; } = new();

    /// <summary>Runs <paramref name="work"/> in the namespace at <paramref name="path"/>; null or empty is the
    /// process's own. Throws what the work throws, and <see cref="LinuxException"/> if the namespace cannot be
    /// entered.</summary>
    public T Run<T>(string? path, Func<T> work)
    {
        if (Thread.CurrentThread == _thread)
        {
            // Work that opens a second namespace from within the first one.
            return Inside(path, work);
        }

        T result = default!;
        ExceptionDispatchInfo? failure = null;
        using ManualResetEventSlim done = new();
        Enqueue(() =>
        {
            try
            {
                result = Inside(path, work);
            }
            catch (Exception e)
            {
                // Whatever it is, it belongs to the caller: it is thrown again there.
                failure = ExceptionDispatchInfo.Capture(e);
            }

            done.Set();
        });
        done.Wait();
        failure?.Throw();
        return result;
    }

    /// <summary>Runs work that has no result.</summary>
    public void Run(string? path, Action work) => Run(path, () =>
    {
        work();
        return true;
    });

    /// <summary>Runs work in a namespace that is new, and nobody's but the thread's while the work runs.</summary>
    internal T RunInNew<T>(Func<T> work) => Run(null, () =>
    {
        using SafeFileHandle before = OpenCurrent();
        if (Libc.Unshare(Libc.CloneNewNetwork) != 0)
        {
            LastError.Throw("a new network namespace");
        }

        return WorkThenReturn(work, before);
    });

    private static T Inside<T>(string? path, Func<T> work)
    {
        if (string.IsNullOrEmpty(path))
        {
            return work();
        }

        using SafeFileHandle before = OpenCurrent();
        using SafeFileHandle target = NetworkNamespace.Open(path);
        Enter(target, path);
        return WorkThenReturn(work, before);
    }

    private static T WorkThenReturn<T>(Func<T> work, SafeFileHandle before)
    {
        try
        {
            return work();
        }
        finally
        {
            Enter(before, "that the thread came from");
        }
    }

    private static SafeFileHandle OpenCurrent()
    {
        SafeFileHandle handle = Libc.OpenFile("/proc/thread-self/ns/net", Libc.OpenReadOnly);
        if (handle.IsInvalid)
        {
            LastError.Throw("/proc/thread-self/ns/net");
        }

        return handle;
    }

    private void Pump()
    {
        while (true)
        {
            Dequeue()();
        }
    }

    private void Enqueue(Action work)
    {
        lock (_work)
        {
            _work.Enqueue(work);
            Monitor.Pulse(_work);
        }
    }

    private Action Dequeue()
    {
        lock (_work)
        {
            while (_work.Count == 0)
            {
                Monitor.Wait(_work);
            }

            return _work.Dequeue();
        }
    }

    private static void Enter(SafeFileHandle descriptor, string path)
    {
        if (Libc.SetNamespace(descriptor, Libc.CloneNewNetwork) != 0)
        {
            LastError.Throw($"enter network namespace {path}");
        }
    }
}
