using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.Server.Plans;

/// <summary>One agent's connection: the frames that it has not taken yet.</summary>
/// <remarks>At <see cref="FramesMax"/> frames the reader is slow: they are dropped, and it gets the whole plan
/// instead. So a stopped agent costs a bounded queue, and misses nothing.</remarks>
internal sealed class PlanStream : IDisposable
{
    /// <summary>Frames that wait for one reader.</summary>
    public const int FramesMax = 64;

    /// <summary>Requests that wait for one reader; one more is not taken.</summary>
    public const int RequestsMax = 64;

    private readonly PlanHub _hub;
    private readonly Queue<PlanFrame> _frames = [];
    private readonly Queue<AgentRequestLine> _requests = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _whole = true;
    private long _base;

    /// <summary>A stream of one node's plan; the first frame is the whole plan.</summary>
    public PlanStream(PlanHub hub, string node)
    {
        _hub = hub;
        Node = node;
    }

    /// <summary>The node.</summary>
    public string Node { get; }

    /// <summary>The next frame, or none when nothing has happened for as long as given, or a request waits.</summary>
    public async Task<PlanFrame?> NextAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            Task grown;
            lock (_hub.Gate)
            {
                if (TryTake() is { } frame)
                {
                    return frame;
                }

                if (_requests.Count > 0)
                {
                    return null;
                }

                grown = _grown.Task;
            }

            try
            {
                await grown.WaitAsync(patience, time, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    /// <summary>The next request to the agent, or none.</summary>
    public AgentRequestLine? TakeRequest()
    {
        lock (_hub.Gate)
        {
            return _requests.TryDequeue(out AgentRequestLine? request) ? request : null;
        }
    }

    /// <summary>Takes a request in. Called under the hub's gate.</summary>
    /// <returns>Whether there was room for it.</returns>
    public bool TryAsk(AgentRequestLine request)
    {
        if (_requests.Count == RequestsMax)
        {
            return false;
        }

        _requests.Enqueue(request);
        Wake();
        return true;
    }

    /// <summary>Takes a delta in. Called under the hub's gate.</summary>
    public void Push(PlanFrame delta)
    {
        if (_whole)
        {
            Wake();
            return;
        }

        if (_frames.Count == FramesMax)
        {
            _frames.Clear();
            _whole = true;
        }
        else
        {
            // Between this stream's last frame and the delta's own base the plan did not change.
            _frames.Enqueue(delta with { Follows = _base });
            _base = delta.Revision;
        }

        Wake();
    }

    /// <inheritdoc/>
    public void Dispose() => _hub.Close(this);

    private PlanFrame? TryTake()
    {
        if (_whole)
        {
            _whole = false;
            PlanFrame snapshot = _hub.Compile(Node);
            _base = snapshot.Revision;
            return snapshot;
        }

        return _frames.TryDequeue(out PlanFrame? frame) ? frame : null;
    }

    private void Wake()
    {
        TaskCompletionSource grown = _grown;
        _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grown.TrySetResult();
    }
}
