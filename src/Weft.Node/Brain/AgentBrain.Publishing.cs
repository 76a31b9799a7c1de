using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>The store follows the journal: what the plan says of our workloads is compared with the journal, and
/// the difference is told to the server (ARCHITECTURE, law 8).</content>
public sealed partial class AgentBrain
{
    private static readonly TimeSpan PublishRetry = TimeSpan.FromSeconds(2);

    private long _publication;
    private List<WorkloadPublication>? _publishing;
    private long _publishedRevision;
    private Instant? _publishAt;

    private Instant? PublicationsDeadline => _publishing is null ? _publishAt : null;

    // A plan at the publication's revision shows what came of it; until then, wait: else it would be sent twice.
    private bool IsPublicationSettled(Instant now) =>
        _plan.Revision >= _publishedRevision || _publishAt is not { } at || at <= now;

    private void PublishWorkloads(Instant now, List<BrainAction> actions)
    {
        if (_publishing is not null || _plan.Revision == 0 || !IsPublicationSettled(now))
        {
            return;
        }

        List<WorkloadPublication> differing = [.. Differing()];
        _publishAt = null;
        if (differing.Count > 0)
        {
            _publishing = differing;
            actions.Add(new BrainAction.Publish(++_publication, differing));
        }
    }

    private IEnumerable<WorkloadPublication> Differing()
    {
        Dictionary<WorkloadId, WorkloadEntry> stored = [];
        foreach (WorkloadEntry entry in _plan.OfSort<WorkloadEntry>())
        {
            stored[new WorkloadId(entry.Namespace, entry.Workload, entry.Interface)] = entry;
        }

        foreach (Assignment assignment in _book.Workloads.Where(w => !w.Releasing))
        {
            WorkloadAssigned record = assignment.Record;
            bool known = stored.TryGetValue(record.Id, out WorkloadEntry? entry);
            if (_unwritten.ContainsKey(record.Id)
                || (known && entry!.ContainerId == record.ContainerId && entry.Addresses.SequenceEqual(record.Addresses)))
            {
                continue;
            }

            yield return new WorkloadPublication
            {
                Namespace = record.Id.Namespace,
                Workload = record.Id.Workload,
                Interface = record.Id.Interface,
                Present = true,
                ContainerId = record.ContainerId,
                Labels = record.Labels,
                Addresses = record.Addresses,
                Mac = KernelNames.WorkloadMac(record.Id),
                HostInterface = KernelNames.HostInterface(record.Id),
            };
        }

        foreach ((WorkloadId id, WorkloadEntry entry) in stored.OrderBy(s => s.Key))
        {
            if (!_book.TryGet(id, out _) && (entry.Addresses.Count > 0 || entry.ContainerId.Length > 0))
            {
                yield return new WorkloadPublication
                {
                    Namespace = id.Namespace,
                    Workload = id.Workload,
                    Interface = id.Interface,
                    Present = false,
                };
            }
        }
    }

    private void TakePublished(BrainEvent.Published published, Instant now)
    {
        if (published.Sequence != _publication)
        {
            return;
        }

        _publishing = null;
        _publishAt = now.After(PublishRetry);
        _publishedRevision = published.Error is null ? published.Revision : long.MaxValue;
        if (published.Error is null)
        {
            _findings.Remove("publish");
        }
        else
        {
            Find("publish", FindingSeverity.Notice, $"the server has not taken this node's workloads: {published.Error}");
        }
    }
}
