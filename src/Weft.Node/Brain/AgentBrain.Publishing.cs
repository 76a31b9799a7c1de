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

    private static readonly string WorkloadKeys = WorkloadEntry.KeyOf("", "")[..^1];

    private long _publication;
    private List<WorkloadPublication>? _publishing;
    private long _publishedRevision;
    private Instant? _publishAt;

    // What was told last of each workload, until the plan shows it; and until when it is not told again.
    private readonly Dictionary<WorkloadId, (WorkloadPublication What, Instant Until)> _published = [];

    // What the plan says of our workloads, by the workload; and those of which plan and journal may differ.
    private readonly Dictionary<WorkloadId, WorkloadEntry> _stored = [];
    private readonly Dictionary<string, WorkloadId> _storedAs = new(StringComparer.Ordinal);
    private readonly SortedSet<WorkloadId> _publishDue = [];

    private Instant? PublicationsDeadline => _publishing is null ? _publishAt : null;

    // A plan at the publication's revision shows what came of it; until then, wait: else it would be sent twice.
    private bool IsPublicationSettled(Instant now) =>
        _plan.Revision >= _publishedRevision || _publishAt is not { } at || at <= now;

    private void PublishWorkloads(Instant now, List<BrainAction> actions)
    {
        if (_publishing is not null || _plan.Revision == 0 || _addresses.IsDeleted || !IsPublicationSettled(now))
        {
            return;
        }

        _publishAt = null;
        List<WorkloadPublication> differing = [.. Differing().Where(d => !IsToldOf(d, now))];
        if (differing.Count > 0)
        {
            _publishing = differing;
            actions.Add(new BrainAction.Publish(++_publication, differing));
        }
    }

    // The server has taken it, and its plan shows something else: telling the same again at once would go on for ever.
    private bool IsToldOf(WorkloadPublication difference, Instant now)
    {
        if (!_published.TryGetValue(IdOf(difference), out (WorkloadPublication What, Instant Until) last)
            || last.Until <= now || last.What != difference)
        {
            return false;
        }

        _publishAt = Earliest(_publishAt, last.Until);
        return true;
    }

    private static WorkloadId IdOf(WorkloadPublication told) => new(told.Namespace, told.Workload, told.Interface);

    // A change of one workload looks at that one, however many there are.
    private void FollowStored(IReadOnlyList<string> touched)
    {
        foreach (string key in touched.Where(k => k.StartsWith(WorkloadKeys, StringComparison.Ordinal)))
        {
            if (_storedAs.Remove(key, out WorkloadId before))
            {
                _stored.Remove(before);
                _publishDue.Add(before);
            }
        }

        foreach (string key in touched)
        {
            if (_plan.TryGet(key, out PlanEntry? entry) && entry is WorkloadEntry workload)
            {
                WorkloadId id = new(workload.Namespace, workload.Workload, workload.Interface);
                _storedAs[key] = id;
                _stored[id] = workload;
                _publishDue.Add(id);
            }
        }
    }

    private List<WorkloadPublication> Differing()
    {
        List<WorkloadPublication> differing = [];
        foreach (WorkloadId id in _publishDue.ToList())
        {
            if (_unwritten.ContainsKey(id))
            {
                continue;
            }

            if (DifferenceOf(id) is { } difference)
            {
                differing.Add(difference);
            }
            else
            {
                _publishDue.Remove(id);
                _published.Remove(id);
            }
        }

        return differing;
    }

    private WorkloadPublication? DifferenceOf(WorkloadId id)
    {
        WorkloadEntry? entry = _stored.GetValueOrDefault(id);
        if (!_book.TryGet(id, out Assignment? assignment))
        {
            return entry is null || (entry.Addresses.Count == 0 && entry.ContainerId.Length == 0)
                ? null
                : new WorkloadPublication { Namespace = id.Namespace, Workload = id.Workload, Interface = id.Interface, Present = false };
        }

        WorkloadAssigned record = _addresses.Ours(assignment).Record;
        if (assignment.Releasing
            || (entry is not null && entry.ContainerId == record.ContainerId && entry.Addresses.SequenceEqual(record.Addresses)))
        {
            return null;
        }

        return new WorkloadPublication
        {
            Namespace = id.Namespace,
            Workload = id.Workload,
            Interface = id.Interface,
            Present = true,
            ContainerId = record.ContainerId,
            Labels = record.Labels,
            Addresses = record.Addresses,
            Mac = KernelNames.MacOf(record),
            HostInterface = KernelNames.HostInterface(id),
        };
    }

    private void TakePublished(BrainEvent.Published published, Instant now)
    {
        if (published.Sequence != _publication)
        {
            return;
        }

        _publishAt = now.After(PublishRetry);
        foreach (WorkloadPublication told in _publishing ?? [])
        {
            _published[IdOf(told)] = (told, now.After(PublishRetry));
        }

        _publishing = null;
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
