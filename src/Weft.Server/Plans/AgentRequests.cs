using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Weft.Plan.Protocol;

namespace Weft.Server.Plans;

/// <summary>Asks agents: a request goes down the connection that an agent keeps for its plan, its answer comes up as a request
/// of the agent's.</summary>
/// <remarks>An agent that is away, or goes away while it is asked, is said so at once; one that is slow, when the time is
/// over. Nothing is kept for an agent that comes later.</remarks>
/// <param name="hub">The connections.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentRequests(PlanHub hub, TimeProvider time)
{
    // Answers to a server that ran before must not be taken for answers to this one.
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Pending> _pending = new(StringComparer.Ordinal);
    private long _last;

    /// <summary>Asks a node's agent.</summary>
    /// <param name="node">The node.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="limit">The longest that its answer may take.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<AgentOutcome> AskAsync(
        string node, AgentRequest request, TimeSpan limit, CancellationToken cancellation)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{_run}-{Interlocked.Increment(ref _last)}");
        Pending pending = new(node);
        lock (_gate)
        {
            _pending.Add(id, pending);
        }

        try
        {
            PlanStream? stream = hub.Ask(node, new AgentRequestLine(id, request), out bool taken);
            if (stream is null)
            {
                return new AgentOutcome.Away();
            }

            if (!taken)
            {
                return new AgentOutcome.Silent($"the agent of {node} has {PlanStream.RequestsMax} requests waiting: try again later");
            }

            lock (_gate)
            {
                pending.Stream = stream;
            }

            if (!hub.IsOpen(stream))
            {
                return new AgentOutcome.Away();
            }

            return await pending.Outcome.Task.WaitAsync(limit, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new AgentOutcome.Silent(string.Create(
                CultureInfo.InvariantCulture, $"the agent of {node} did not answer within {limit.TotalSeconds:0.#} s"));
        }
        finally
        {
            lock (_gate)
            {
                _pending.Remove(id);
            }
        }
    }

    /// <summary>Takes an agent's answer; one that nobody waits for any more is of no use.</summary>
    /// <returns>Whether somebody waited for it.</returns>
    public bool TryAnswer(string node, string id, AgentReply reply)
    {
        lock (_gate)
        {
            return _pending.TryGetValue(id, out Pending? pending) && pending.Node == node
                && pending.Outcome.TrySetResult(new AgentOutcome.Replied(reply));
        }
    }

    /// <summary>A connection has ended: what was asked through it is not answered any more.</summary>
    public void Drop(PlanStream stream)
    {
        lock (_gate)
        {
            foreach (Pending pending in _pending.Values)
            {
                if (pending.Stream == stream)
                {
                    pending.Outcome.TrySetResult(new AgentOutcome.Away());
                }
            }
        }
    }

    private sealed class Pending(string node)
    {
        public string Node { get; } = node;

        public PlanStream? Stream { get; set; }

        public TaskCompletionSource<AgentOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What came of asking an agent. The family is closed.</summary>
internal abstract record AgentOutcome
{
    private AgentOutcome()
    {
    }

    /// <summary>It answered.</summary>
    /// <param name="Reply">The answer.</param>
    public sealed record Replied(AgentReply Reply) : AgentOutcome;

    /// <summary>It is not connected.</summary>
    public sealed record Away : AgentOutcome;

    /// <summary>It is connected, and did not answer.</summary>
    /// <param name="Why">Why that is said, in one line.</param>
    public sealed record Silent(string Why) : AgentOutcome;
}
