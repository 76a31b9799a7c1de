using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Weft.Linux.Processes;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>A daemon of the shipped binary as a process of its own, which a test starts, stops and kills as often as it
/// likes. What it says goes to one file, over all its lives.</summary>
internal sealed class FleetDaemon : IDisposable
{
    private const int LogLinesMax = 80;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);

    private readonly IReadOnlyList<string> _arguments;
    private readonly string _log;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Lock _gate = new();
    private ProcessHandle? _process;
    private long _undisturbedSince = long.MaxValue;

    /// <summary>Describes it; <see cref="Start"/> starts it.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="log">Where its output goes.</param>
    /// <param name="environment">Variables beside those of the test.</param>
    /// <param name="arguments">Its command line.</param>
    public FleetDaemon(string name, string log, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments) =>
        (Name, _log, _environment, _arguments) = (name, log, environment, arguments);

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Since when it runs and nobody has stopped, killed or frozen it, in milliseconds of the monotonic clock; the end
    /// of time while it does not run.</summary>
    public long UndisturbedSince => Volatile.Read(ref _undisturbedSince);

    /// <summary>Whether nobody has stopped it. It may have ended by itself: see <see cref="HasEnded"/>.</summary>
    public bool IsWanted
    {
        get
        {
            lock (_gate)
            {
                return _process is not null;
            }
        }
    }

    /// <summary>Whether it has ended although nobody stopped it.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
            {
                return _process is not null && _process.WaitForExit(TimeSpan.Zero);
            }
        }
    }

    /// <summary>Starts it, if it does not run.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_process is not null)
            {
                return;
            }

            DetachedProcess process = new()
            {
                FileName = ShippedWeft.Path,
                Arguments = _arguments,
                LogPath = _log,
                Environment = _environment,
            };
            Assert.Null(process.Start(out int pid));
            _process = ProcessHandle.Open(pid);
            Volatile.Write(ref _undisturbedSince, Environment.TickCount64);
        }
    }

    /// <summary><c>kill -9</c>; returns when it is dead.</summary>
    public void Kill()
    {
        End(ProcessSignal.Kill);
        Kills++;
    }

    /// <summary>Asks it to stop; returns when it has.</summary>
    public void Stop() => End(ProcessSignal.Terminate);

    /// <summary>Freezes it: its sockets go on to accept, and nothing answers.</summary>
    public void Freeze()
    {
        Volatile.Write(ref _undisturbedSince, long.MaxValue);
        Signal(ProcessSignal.Stop);
    }

    /// <summary>Lets it go on.</summary>
    public void Thaw()
    {
        Signal(ProcessSignal.Continue);
        Volatile.Write(ref _undisturbedSince, Environment.TickCount64);
    }

    /// <summary>Waits until it has ended by itself, and forgets it.</summary>
    public bool WaitForEnd(TimeSpan limit)
    {
        lock (_gate)
        {
            if (_process?.WaitForExit(limit) != true)
            {
                return _process is null;
            }

            _process.Dispose();
            _process = null;
            return true;
        }
    }

    /// <summary>All that it has said.</summary>
    public string ReadLog() => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <summary>The last lines of it.</summary>
    public string ReadEndOfLog() => $"-- {Name}\n{string.Join('\n', ReadLog().Split('\n').TakeLast(LogLinesMax))}";

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsWanted)
        {
            End(ProcessSignal.Kill);
        }
    }

    private void Signal(ProcessSignal signal)
    {
        lock (_gate)
        {
            Assert.Null(_process?.Signal(signal));
        }
    }

    private void End(ProcessSignal signal)
    {
        lock (_gate)
        {
            if (_process is null)
            {
                return;
            }

            Volatile.Write(ref _undisturbedSince, long.MaxValue);
            Assert.Null(_process.Signal(signal));
            Assert.True(_process.WaitForExit(EndLimit), $"{Name} survives {signal}");
            _process.Dispose();
            _process = null;
        }
    }
}
