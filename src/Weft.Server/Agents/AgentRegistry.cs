using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Protocol;

namespace Weft.Server.Agents;

/// <summary>What agents last said of themselves. In memory: an agent says it again when it connects.</summary>
/// <remarks>What was said before the last connection began is shown, but tells nothing of the kernel any more: the node
/// may have been started anew. Reports of nodes without a resource are kept up to <see cref="StrangersMax"/>; more are not.</remarks>
internal sealed class AgentRegistry
{
    /// <summary>Names without a Node resource that a report is kept of.</summary>
    public const int StrangersMax = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, NodeReport> _reports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<IpPrefix>> _held = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outdated = new(StringComparer.Ordinal);
    private readonly HashSet<string> _strangers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _watched = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when anything here, or a connection, changes after the call.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>The last report of a node's agent, or none.</summary>
    public NodeReport? Find(string node)
    {
        lock (_gate)
        {
            return _reports.GetValueOrDefault(node);
        }
    }

    /// <summary>What a node's agent said since its last connection began, or none.</summary>
    public NodeReport? FindCurrent(string node)
    {
        lock (_gate)
        {
            return _outdated.Contains(node) ? null : _reports.GetValueOrDefault(node);
        }
    }

    /// <summary>The nodes whose journals have addresses that the store gives to nobody, by name, as they said last.</summary>
    public IReadOnlyList<(string Node, IReadOnlyList<IpPrefix> Ranges)> Held
    {
        get
        {
            lock (_gate)
            {
                return _held.Count == 0
                    ? []
                    : [.. _held.OrderBy(held => held.Key, StringComparer.Ordinal).Select(held => (held.Key, held.Value))];
            }
        }
    }

    /// <summary>A connection begins: the agent gets its whole plan, and says then what it has applied.</summary>
    public void Begin(string node)
    {
        lock (_gate)
        {
            if (_reports.ContainsKey(node))
            {
                _outdated.Add(node);
            }

            if (_watched.ContainsKey(node))
            {
                _watched[node] = true;
            }
        }
    }

    /// <summary>From here on, a connection of this node is noticed, also when it ends at once.</summary>
    public void Watch(string node)
    {
        lock (_gate)
        {
            _watched[node] = false;
        }
    }

    /// <summary>No connection of this node is noticed any more.</summary>
    public void Unwatch(string node)
    {
        lock (_gate)
        {
            _watched.Remove(node);
        }
    }

    /// <summary>Whether a connection of a watched node began since <see cref="Watch"/>.</summary>
    public bool HasBegunSince(string node)
    {
        lock (_gate)
        {
            return _watched.GetValueOrDefault(node);
        }
    }

    /// <summary>Takes a report.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="report">What its agent says.</param>
    /// <param name="known">Whether the node has a resource.</param>
    public void Remember(string node, NodeReport report, bool known)
    {
        lock (_gate)
        {
            if (known)
            {
                _strangers.Remove(node);
            }
            else if (!_reports.ContainsKey(node) && _strangers.Count >= StrangersMax)
            {
                return;
            }
            else
            {
                _strangers.Add(node);
            }

            _reports[node] = report;
            _outdated.Remove(node);
            if (report.Held is { Count: > 0 } held)
            {
                _held[node] = held;
            }
            else
            {
                _held.Remove(node);
            }
        }

        Pulse();
    }

    /// <summary>Forgets the nodes that these changes deleted: one of the same name would not be the same.</summary>
    public void Follow(IReadOnlyList<ResourceChange> changes)
    {
        foreach (ResourceChange change in changes)
        {
            if ((change.After ?? change.Before) is not NodeResource node)
            {
                continue;
            }

            lock (_gate)
            {
                _strangers.Remove(node.Metadata.Name);
                if (change.After is null)
                {
                    _reports.Remove(node.Metadata.Name);
                    _held.Remove(node.Metadata.Name);
                    _outdated.Remove(node.Metadata.Name);
                }
            }
        }
    }

    /// <summary>Says that a connection came or went.</summary>
    public void Pulse() => Interlocked.Exchange(
        ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
