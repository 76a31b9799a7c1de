using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>The collector: a workload whose network namespace is gone, and its link with it, and whose runtime has not
/// disconnected it, gives its address back when that has been so for some time.</content>
/// <remarks>What is in use has a link or a network namespace; what is about to be has a call under way. Everything else was
/// seen twice, the times that <c>--leak-grace</c> says apart, by one run of the agent: after a start nothing has been seen.
/// </remarks>
public sealed partial class AgentBrain
{
    private static readonly TimeSpan AuditIntervalMin = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<WorkloadId, Suspicion> _leaking = [];
    private readonly SortedDictionary<string, long> _reclaimed = new(StringComparer.Ordinal);
    private TimeSpan _leakGrace = LeakGraceDefault;
    private Instant? _auditAt;
    private Look? _look;
    private long _looks;

    /// <summary>How long a workload that is gone keeps its address, if nobody says otherwise: a host that was started anew has
    /// its runtime by then.</summary>
    public static TimeSpan LeakGraceDefault => TimeSpan.FromMinutes(15);

    /// <summary>How often is looked for workloads that are gone.</summary>
    public static TimeSpan AuditInterval => TimeSpan.FromMinutes(1);

    private Instant? AuditDeadline => CanAudit ? _auditAt : null;

    private bool CanAudit => _look is null && _plan.Revision > 0 && ScopeOf("") is { IsRead: true, InFlight: null };

    // A workload that looks gone, as it was when that was seen first.
    private sealed record Suspicion(WorkloadAssigned Record, Instant Since);

    // A look that the shell has not answered yet, and who is looked for: those without a link.
    private sealed record Look(long Number, IReadOnlyList<WorkloadAssigned> Records);

    private void BeginAudits(TimeSpan grace, Instant now)
    {
        _leakGrace = grace;
        _unproven.UnionWith(_book.Workloads.Where(w => IsOfProcess(w.Record)).Select(w => w.Record.Id));
        _auditAt = _unproven.Count > 0 ? now : now.After(PauseOfAudits);
    }

    private TimeSpan PauseOfAudits =>
        _leakGrace >= AuditInterval ? AuditInterval : _leakGrace > AuditIntervalMin ? _leakGrace : AuditIntervalMin;

    // Only workloads without a link are looked for: with a thousand that are well, this asks nobody anything.
    private void Audit(Instant now, List<BrainAction> actions)
    {
        if (!CanAudit || (_asked.Count == 0 && !(_auditAt <= now)))
        {
            return;
        }

        WorkloadAssigned[] missing = [.. _book.Workloads.Where(w => !w.Releasing && (!HasLink(w.Record.Id) || LacksIdentity(w))).Select(w => w.Record)];
        _look = new Look(++_looks, missing);
        if (missing.Length == 0)
        {
            Conclude(_look, [], now, actions);
            return;
        }

        actions.Add(new BrainAction.LookForNamespaces(_looks, [.. missing.Select(m => m.NetworkNamespace)]));
    }

    private void TakeLook(BrainEvent.NamespacesSeen seen, Instant now, List<BrainAction> actions)
    {
        if (_look is { } look && look.Number == seen.Look && look.Records.Count == seen.Found.Count)
        {
            HashSet<WorkloadId> gone = [.. look.Records.Where((_, i) => seen.Found[i] is null).Select(r => r.Id)];
            gone.UnionWith(JudgeProcesses(look, seen.Found, actions));
            Conclude(look, gone, now, actions);
        }
    }

    private void Conclude(Look look, HashSet<WorkloadId> gone, Instant now, List<BrainAction> actions)
    {
        _look = null;
        _unproven.RemoveWhere(id => HasLink(id) || !_book.TryGet(id, out _));
        Dictionary<WorkloadId, WorkloadAssigned> looked = look.Records.ToDictionary(record => record.Id);
        gone.RemoveWhere(id => IsUsed(id, looked[id]));
        foreach (WorkloadId cleared in _leaking.Keys.Where(id => !gone.Contains(id) || IsKept(id)).ToList())
        {
            _leaking.Remove(cleared);
        }

        foreach (WorkloadAssigned record in look.Records.Where(r => gone.Contains(r.Id) && !IsKept(r.Id)))
        {
            Suspect(record, now, actions);
        }

        // The next look comes when the first of them is due, so that a grace is not stretched by an interval.
        _auditAt = now.After(PauseOfAudits);
        foreach (Suspicion suspicion in _leaking.Values.Where(s => s.Since.After(_leakGrace) > now))
        {
            _auditAt = Earliest(_auditAt, suspicion.Since.After(_leakGrace));
        }

        FindStrayAddresses();
        AnswerAsked(gone, now, actions);
        FindLeaks();
    }

    // An address whose block is nobody's any more: the store has lost it. (What another node has is told at once.)
    private void FindStrayAddresses()
    {
        IpAddress[] tunnels = [.. Families.Select(_book.TunnelOf).OfType<IpAddress>()];
        IpPrefix[] blocks = [.. OwnBlocks.Select(block => block.Cidr)];
        List<string> stray = [.. _book.Workloads.Where(w => !w.Releasing)
            .SelectMany(w => w.Record.Addresses.Select(address => (Owner: w.Record.Id.ToString(), Address: address)))
            .Concat(tunnels.Select(address => (Owner: _node, Address: address)))
            .Where(held => _addresses.WhyLost(held.Address) is null && !blocks.Any(block => block.Contains(held.Address)))
            .Select(held => $"{held.Address} of {held.Owner}")];
        if (stray.Count == 0)
        {
            _findings.Remove("stray addresses");
            return;
        }

        string more = stray.Count > NotedMax ? $" and {stray.Count - NotedMax} more" : "";
        Find("stray addresses", FindingSeverity.Error, $"{string.Join(", ", stray.Take(NotedMax))}{more}: in no block of this node, so that other "
            + "nodes do not find the way; weft ipam check says whose they are", $"Node/{_node}");
    }

    // Looked at once more: much may have happened since the question.
    private bool IsUsed(WorkloadId id, WorkloadAssigned looked) => !_book.TryGet(id, out Assignment? assignment) || assignment.Releasing
        || !assignment.Record.Equals(looked) || _unwritten.ContainsKey(id) || HasLink(id) || _calls.Any(c => c.Workload == id);

    private bool HasLink(WorkloadId id) =>
        ScopeOf("").Objects.Actual.ContainsKey(LinkObject.KeyOf(KernelNames.HostInterface(id)));

    /// <summary>Whether a resource of an administrator keeps the workload's addresses for it.</summary>
    private bool IsKept(WorkloadId id) => _stored.TryGetValue(id, out WorkloadEntry? entry) && entry is { Declared: true, Terminating: false };

    private string WhatBecomesOf(WorkloadId id) => IsKept(id)
        ? "its address stays its own until its runtime disconnects it"
        : $"its address is free {InWords(_leakGrace)} after that is noticed, if it does not come back";

    private void Suspect(WorkloadAssigned record, Instant now, List<BrainAction> actions)
    {
        WorkloadId id = record.Id;
        if (!_leaking.TryGetValue(id, out Suspicion? suspicion) || !suspicion.Record.Equals(record))
        {
            _leaking[id] = new Suspicion(record, now);
        }
        else if (suspicion.Since.After(_leakGrace) <= now && !(_addresses.JournalBrokenUntil > now))
        {
            Reclaim(record, $"for {InWords(_leakGrace)}", actions);
        }
    }

    private void Reclaim(WorkloadAssigned record, string how, List<BrainAction> actions)
    {
        _leaking.Remove(record.Id);
        actions.Add(new BrainAction.Note(FindingSeverity.Notice, $"{record.Id} is gone {how}, and nobody has disconnected it: "
            + $"{NamesOf(record)} is freed"));
        foreach (IpAddress address in record.Addresses)
        {
            string pool = PoolOf(address);
            _reclaimed[pool] = _reclaimed.GetValueOrDefault(pool) + 1;
        }

        BeginRelease(record.Id, record.ContainerId, actions);
    }

    // One finding for all: after a start of the host there may be as many as the node had workloads.
    private void FindLeaks()
    {
        if (_leaking.Count == 0)
        {
            _findings.Remove("leaks");
            return;
        }

        string named = string.Join(", ", _leaking.Values.Take(NotedMax).Select(s => $"{NamesOf(s.Record)} of {s.Record.Id}"));
        string more = _leaking.Count > NotedMax ? $" and {_leaking.Count - NotedMax} more" : "";
        Find("leaks", FindingSeverity.Notice, $"{named}{more}: the workload is gone, its network namespace and its link, and nobody has disconnected "
            + $"it; freed {InWords(_leakGrace)} after that was seen first, at once with weft ipam release --ip ADDRESS", $"Node/{_node}");
    }

    private string PoolOf(IpAddress address) => Pools.FirstOrDefault(p => p.Cidr.Contains(address))?.Name ?? "";

    private static string NamesOf(WorkloadAssigned record) => string.Join(" and ", record.Addresses);

    private static string InWords(TimeSpan time) => time.TotalMinutes >= 2
        ? FormattableString.Invariant($"{time.TotalMinutes:0.#} min")
        : FormattableString.Invariant($"{time.TotalSeconds:0.#} s");

    /// <summary>Of each pool what looks leaked now, and what was freed since the agent started; none if nothing.</summary>
    private IReadOnlyList<PoolLeaks>? Leaks => _leaking.Count == 0 && _reclaimed.Count == 0 ? null : [.. _leaking.Values
        .SelectMany(s => s.Record.Addresses).Select(PoolOf)
        .GroupBy(pool => pool, StringComparer.Ordinal)
        .Select(pool => new PoolLeaks(pool.Key, pool.Count(), 0))
        .Concat(_reclaimed.Select(pool => new PoolLeaks(pool.Key, 0, pool.Value)))
        .GroupBy(pool => pool.Pool, StringComparer.Ordinal)
        .Select(pool => new PoolLeaks(pool.Key, pool.Sum(p => p.Candidates), pool.Sum(p => p.Reclaimed)))
        .OrderBy(pool => pool.Pool, StringComparer.Ordinal)];
}
