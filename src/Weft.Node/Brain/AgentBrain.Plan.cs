using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>The plan: taken over from the server, kept on disk, held on to when the server has forgotten.</content>
public sealed partial class AgentBrain
{
    private static readonly TimeSpan PlanRetry = TimeSpan.FromSeconds(5);

    // Looked at with every event: picked out as the plan changes, so that an event does not cost what the fleet has.
    private readonly SortedDictionary<string, StaticRouteEntry> _staticRoutes = new(StringComparer.Ordinal);
    private Instant? _planRetryAt;
    private bool _isJournalNew;

    private void TakePlan(PlanFrame frame, Instant now, List<BrainAction> actions)
    {
        bool snapshotWithoutUs = frame.Follows is null && !frame.Upserts.Any(e => e is SelfEntry);
        bool deltaWithoutUs = frame.Follows is not null && frame.Removals.Contains(SelfEntry.TheKey);
        if (Self is { } self && (snapshotWithoutUs || deltaWithoutUs))
        {
            // A snapshot that goes on from our plan's history: the node was deleted while nobody listened. A store that was lost
            // begins anew.
            bool isDeleted = deltaWithoutUs || frame.Revision > _plan.Revision || (self.Leaving && frame.Revision == _plan.Revision);
            BeForgotten(frame.Revision, isDeleted, now, actions);
            _reported = snapshotWithoutUs ? null : _reported; // That server may know nothing of us.
            return;
        }

        if (_addresses.IsForgotten && frame.Follows is not null)
        {
            if (!frame.Upserts.Any(e => e is SelfEntry))
            {
                return; // It changes a plan without us, which was not taken over.
            }

            // A plan without us is empty: what makes us known again is the whole of it.
            frame = frame with { Follows = null, Removals = [] };
        }

        long before = _plan.Revision;
        if (Self?.Uid is { } uid && frame.Upserts.OfType<SelfEntry>().FirstOrDefault()?.Uid is { } other && other != uid
            && frame.Revision > before)
        {
            // Deleted and applied again, and this agent has not heard of it in between. (A store that was made anew begins with lower
            // revisions: what it knows nothing of goes on.)
            _addresses.LoseAll(before, _wanted);
            Pass(actions);
        }

        if (!TryApplyPlan(frame, now, out IReadOnlyList<string> touched))
        {
            actions.Add(new BrainAction.Note(FindingSeverity.Notice,
                $"a delta of revision {frame.Revision} follows {frame.Follows} and not {_plan.Revision}: ignored"));
            return;
        }

        _findings.Remove("plan");
        NoteLostJournal(actions);
        _touched.UnionWith(touched);
        _addresses.PlanArrived(isWhole: frame.Follows is null);
        if (frame.Follows is null)
        {
            _reported = null; // A snapshot begins a connection: that server may know nothing of us.
            _appliedRevision = frame.Revision < _appliedRevision ? 0 : _appliedRevision; // Of another history.
        }

        // Also a delta that changes nothing: the next one follows its revision.
        if (frame.Revision != before || frame.Follows is null)
        {
            // On disk before it is in the kernel: a restart must not go back to an older one.
            actions.Add(new BrainAction.WritePlan(_planRetryAt is null ? frame : _plan.ToSnapshot()));
        }
    }

    private void BeForgotten(long revision, bool isDeleted, Instant now, List<BrainAction> actions)
    {
        _addresses.BeForgotten(revision, isDeleted, _wanted);
        Pass(actions);

        // A server that lost its store must not take the network down with it: fail static (ARCHITECTURE, law 4).
        string what = isDeleted
            ? $"node {_node} was deleted: its routes, tunnels and addresses are taken away, as others may have these; apply its Node resource "
                + "to use it again, or stop its agent and run weft agent --cleanup"
            : $"the server does not know node {_node} any more: the last plan stays in force; apply its Node resource";
        Find("plan", FindingSeverity.Error, what, $"Node/{_node}");
        actions.Add(new BrainAction.Note(FindingSeverity.Error, what));
        if (isDeleted)
        {
            PlanFrame withdrawn = WithdrawnPlan.Of(_plan, revision);
            Invariant.Holds(TryApplyPlan(withdrawn, now, out IReadOnlyList<string> touched));
            _touched.UnionWith(touched);
            actions.Add(new BrainAction.WritePlan(withdrawn));
        }
    }

    private void PlanIsOnDisk(BrainEvent.PlanWritten written, Instant now, List<BrainAction> actions)
    {
        if (written.Error is null)
        {
            _findings.Remove("planFile");
            _planRetryAt = null;
            return;
        }

        if (!_findings.ContainsKey("planFile"))
        {
            actions.Add(new BrainAction.Note(FindingSeverity.Error, $"the plan is not on disk: {written.Error}"));
        }

        // The plan is used all the same: a restart would begin with an older one until the server is heard.
        Find("planFile", FindingSeverity.Error, $"the plan of revision {written.Revision} is not on disk: {written.Error}");
        _planRetryAt = now.After(PlanRetry);
    }

    private void RetryPlanWrite(Instant now, List<BrainAction> actions)
    {
        if (_planRetryAt is { } at && at <= now)
        {
            _planRetryAt = null;
            actions.Add(new BrainAction.WritePlan(_plan.ToSnapshot()));
        }
    }

    // Without it nobody knows what runs here. That a disk was replaced, or somebody removed the file, is for people to know.
    private void NoteLostJournal(List<BrainAction> actions)
    {
        if (_isJournalNew && Self is not null)
        {
            _isJournalNew = false;
            List<WorkloadId> lost = [.. _stored.Where(w => w.Value.Addresses.Count > 0).Select(w => w.Key).Order()];
            if (lost.Count > 0)
            {
                actions.Add(new BrainAction.Note(FindingSeverity.Error, FormattableString.Invariant(
                    $"the address journal is empty, and the store has {lost.Count} workloads of this node with addresses, {lost[0]} first: it was lost; ")
                    + "their links are taken away: disconnect them (DEL), and connect them again"));
            }
        }
    }

    private bool TryApplyPlan(PlanFrame frame, Instant now, out IReadOnlyList<string> touched)
    {
        bool applied = _plan.TryApply(frame, out touched);
        FollowStored(touched);
        foreach (string key in touched)
        {
            _plan.TryGet(key, out PlanEntry? entry);
            Follow(_staticRoutes, key, entry);
            _waysInDue |= key.StartsWith(StaticRouteKeys, StringComparison.Ordinal);
        }

        _touched.UnionWith(_addresses.FollowPlan(touched, now).Select(SourceOf));
        return applied;
    }

    private static void Follow<T>(SortedDictionary<string, T> picked, string key, PlanEntry? entry)
        where T : PlanEntry
    {
        if (entry is T value)
        {
            picked[key] = value;
        }
        else
        {
            picked.Remove(key);
        }
    }
}
