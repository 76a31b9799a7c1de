using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Protocol;

namespace Weft.Server.Agents;

/// <summary>What agents last said of themselves. In memory: an agent says it again when it connects.</summary>
internal sealed class AgentRegistry
{
    private readonly ConcurrentDictionary<string, NodeReport> _reports = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when anything here, or a connection, changes after the call.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>The last report of a node's agent, or none.</summary>
    public NodeReport? Find(string node) => _reports.TryGetValue(node, out NodeReport? report) ? report : null;

    /// <summary>Takes a report.</summary>
    public void Remember(string node, NodeReport report)
    {
        _reports[node] = report;
        Pulse();
    }

    /// <summary>Forgets the nodes that these changes deleted: one of the same name would not be the same.</summary>
    public void Follow(IReadOnlyList<ResourceChange> changes)
    {
        foreach (ResourceChange change in changes)
        {
            if (change is { Before: NodeResource deleted, After: null })
            {
                _reports.TryRemove(deleted.Metadata.Name, out _);
            }
        }
    }

    /// <summary>Says that a connection came or went.</summary>
    public void Pulse() => Interlocked.Exchange(
        ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
