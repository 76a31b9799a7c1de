using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>A container that ends takes its network namespace and its link along, and its runtime says so a moment later:
/// that is no trouble. Somebody is told only if nobody disconnects the workload, and then once.</content>
public sealed partial class AgentBrain
{
    /// <summary>How long a workload whose network namespace is gone may wait for its DEL before somebody is told.</summary>
    public static TimeSpan EndingPause => TimeSpan.FromSeconds(3);

    // Workloads whose links are gone, and what went with them: by others' hands, or with the namespace.
    private readonly SortedDictionary<WorkloadId, LostLink> _lostLinks = [];

    // Workloads whose namespaces are gone.
    private readonly SortedDictionary<WorkloadId, Ending> _endings = [];

    private Instant? EndingsDeadline
    {
        get
        {
            Instant? earliest = null;
            foreach (LostLink lost in _lostLinks.Values)
            {
                earliest = Earliest(earliest, lost.Until);
            }

            foreach (Ending ending in _endings.Values.Where(e => !e.IsTold))
            {
                earliest = Earliest(earliest, ending.Until ?? _settledAt);
            }

            return earliest;
        }
    }

    private sealed record LostLink(WorkloadAssigned Record, IReadOnlyList<ObjectKey> Keys, Instant Until);

    private sealed class Ending(string why)
    {
        public string Why { get; set; } = why;

        public Instant? Until { get; set; }

        public bool IsTold { get; set; }
    }

    // What went with workloads' links is taken out of what others have changed: whether it was them is known later.
    private void SetLostLinksAside(KernelScope host, List<ObjectKey> drifted, Instant now)
    {
        foreach (ObjectKey link in drifted.Where(k => k.Kind == ObjectKind.Link && !host.Objects.TryGetActual(k, out _)).ToList())
        {
            if (host.Peers.TryGetValue(link.Id, out VethPeerObject? peer)
                && _book.In(peer.Scope).FirstOrDefault(w => KernelNames.HostInterface(w.Record.Id) == link.Id) is { } assignment
                && _objectsOf.TryGetValue(SourceOf(assignment.Record.Id), out List<(string Scope, ObjectKey Key)>? objects))
            {
                HashSet<ObjectKey> keys = [.. objects.Where(o => o.Scope.Length == 0).Select(o => o.Key)];
                _lostLinks[assignment.Record.Id] = new LostLink(assignment.Record, [.. drifted.Where(keys.Contains)], now.After(EndingPause));
                drifted.RemoveAll(keys.Contains);
            }
        }
    }

    private void BeginEnding(WorkloadId id, string why)
    {
        if (!_endings.TryGetValue(id, out Ending? ending))
        {
            ending = new Ending(why);
            _endings.Add(id, ending);
        }

        ending.Why = why;
        if (ending.IsTold)
        {
            FindEnding(id, why); // Looked at again, and still so.
        }
    }

    private void FindEnding(WorkloadId id, string why) => Find(
        $"workload {id}", FindingSeverity.Error, $"{id} is not connected: {why}; {WhatBecomesOf(id)}",
        $"WorkloadEndpoint/{id.Namespace}/{id.Workload}");

    private void TellEndings(Instant now, List<BrainAction> actions)
    {
        foreach ((WorkloadId id, LostLink lost) in _lostLinks.ToList())
        {
            bool isEnding = !_book.TryGet(id, out Assignment? assignment) || assignment.Releasing || _detached.ContainsKey(id)
                || !assignment.Record.Equals(lost.Record);
            if (isEnding || HasLink(id) || lost.Until <= now)
            {
                _lostLinks.Remove(id);
                NoteDrift(isEnding ? [] : lost.Keys, "", actions);
            }
        }

        foreach ((WorkloadId id, Ending ending) in _endings.ToList())
        {
            if (!_book.TryGet(id, out Assignment? assignment) || assignment.Releasing || HasLink(id))
            {
                _endings.Remove(id);
            }
            else if (!ending.IsTold && (ending.Until ??= now.After(EndingPause)) <= now)
            {
                if (!_detached.ContainsKey(id))
                {
                    _endings.Remove(id); // It is being connected again.
                    continue;
                }

                ending.IsTold = true;
                FindEnding(id, ending.Why);
                actions.Add(new BrainAction.Note(FindingSeverity.Error, $"{id} is not connected: {ending.Why}"));
            }
        }
    }

    private static void NoteDrift(IReadOnlyList<ObjectKey> drifted, string where, List<BrainAction> actions)
    {
        if (drifted.Count > 0)
        {
            string more = drifted.Count > NotedMax ? $" and {drifted.Count - NotedMax} more" : "";
            actions.Add(new BrainAction.Note(FindingSeverity.Notice,
                $"changed by others{where}, put right: {string.Join(", ", drifted.Take(NotedMax))}{more}"));
        }
    }
}
