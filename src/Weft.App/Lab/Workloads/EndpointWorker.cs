using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.Linux;
using Weft.Model.Resources;

namespace Weft.App.Lab.Workloads;

/// <summary>Makes one endpoint real, or undoes it: one worker for each endpoint, so that a dead agent keeps
/// only its own workloads waiting. It knows what is wanted now, not what happened.</summary>
internal sealed class EndpointWorker : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly string _subject;
    private readonly WorkloadMaker _maker;
    private readonly Action _changed;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private readonly Lock _gate = new();
    private WorkloadEndpoint? _wanted;
    private PendingWork? _pending;
    private volatile WorkloadMaker.Made? _made;

    /// <summary>Starts a worker for an endpoint.</summary>
    /// <param name="subject">The endpoint, as <c>namespace/name</c>.</param>
    /// <param name="wanted">The endpoint as the store has it; none if it is gone.</param>
    /// <param name="made">What an earlier runtime made of it.</param>
    /// <param name="maker">What makes and undoes.</param>
    /// <param name="changed">Called when the worker has nothing left to do, or cannot go on for now.</param>
    public EndpointWorker(
        string subject, WorkloadEndpoint? wanted, ConnectedWorkload? made, WorkloadMaker maker, Action changed)
    {
        (_subject, _maker, _changed, _wanted) = (subject, maker, changed, wanted);
        _made = made is null ? null : new WorkloadMaker.Made(made);
        _pending = new PendingWork(subject, "", false);
        _running = Task.Run(RunAsync);
    }

    /// <summary>What is not done yet; none when the endpoint is as wanted.</summary>
    public PendingWork? Pending
    {
        get
        {
            lock (_gate)
            {
                return _pending;
            }
        }
    }

    /// <summary>Whether the workload can talk.</summary>
    public bool IsConnected => Pending is null && _made is { Record.Connected: true };

    /// <summary>Whether there is nothing left of it.</summary>
    public bool IsGone
    {
        get
        {
            lock (_gate)
            {
                return _pending is null && _made is null && _wanted is null;
            }
        }
    }

    /// <summary>The endpoint as the store has it now; none if it is gone.</summary>
    public void Want(WorkloadEndpoint? wanted)
    {
        lock (_gate)
        {
            // What agents write follows from what is made here: if that woke the worker, it would never sleep.
            if (wanted is not null && _wanted is not null && WishOf(wanted).Equals(WishOf(_wanted)))
            {
                return;
            }

            _pending = new PendingWork(_subject, "", false);
            _wanted = wanted;
        }

        Wake();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running;
        if (_made is { } made)
        {
            await made.DisposeAsync();
        }

        _signal.Dispose();
        _closing.Dispose();
    }

    private static WorkloadEndpoint WishOf(WorkloadEndpoint endpoint) => endpoint with
    {
        ContainerId = null,
        IpNetworks = [],
        InterfaceName = null,
        Mac = null,
        Metadata = endpoint.Metadata with { ResourceVersion = 0, Generation = 0 },
    };

    private void Wake()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake, and looks at what is wanted before it sleeps again.
        }
    }

    private async Task RunAsync()
    {
        TimeSpan pause = FirstPause;
        try
        {
            while (true)
            {
                WorkloadEndpoint? wanted = Wanted();
                PendingWork? failure = await TryAsync(wanted);
                if (!TryConclude(wanted, failure, out bool news))
                {
                    continue;
                }

                if (news)
                {
                    _changed();
                }

                // What is said to be final may be mended elsewhere: a pool that was full gets a second one beside it.
                bool woken = await _signal.WaitAsync(PauseAfter(failure, pause), _closing.Token);
                pause = woken ? FirstPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
        catch (OperationCanceledException)
        {
            // The runtime stops; what was made stays.
        }
    }

    private WorkloadEndpoint? Wanted()
    {
        lock (_gate)
        {
            return _wanted;
        }
    }

    // What was tried counts only if it is still what is wanted.
    private bool TryConclude(WorkloadEndpoint? tried, PendingWork? failure, out bool news)
    {
        lock (_gate)
        {
            bool current = ReferenceEquals(tried, _wanted);
            news = current && _pending != failure;
            _pending = current ? failure : _pending;
            return current;
        }
    }

    private static TimeSpan PauseAfter(PendingWork? failure, TimeSpan pause) => failure switch
    {
        null => Timeout.InfiniteTimeSpan,
        { Final: true } => LongestPause,
        _ => pause,
    };

    private async Task<PendingWork?> TryAsync(WorkloadEndpoint? wanted)
    {
        try
        {
            _made = wanted is null || wanted.Metadata.IsTerminating
                ? await _maker.UndoAsync(_made, _closing.Token)
                : await _maker.MakeAsync(wanted, _made, made => _made = made, _closing.Token);
            return null;
        }
        catch (WorkloadFailure failure)
        {
            return new PendingWork(_subject, failure.Message, failure.Final);
        }
        catch (Exception failure) when (
            failure is SocketException or IOException or TimeoutException or LinuxException or CommandFailure)
        {
            return new PendingWork(_subject, failure.Message, false);
        }
    }
}
