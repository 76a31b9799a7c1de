using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Converting;
using Weft.Node.Kernel;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <summary>The agent's control, without I/O: plan, kernel notices, runtimes' calls and time go in; netlink batches,
/// journal records and answers come out. Same inputs, same outputs, byte for byte.</summary>
/// <remarks>Events only change what is desired or mark what must be looked at; <see cref="OnDeadline"/> then settles
/// everything at once, so a burst of events costs one reconciliation. The order of safety is: journal, then links,
/// addresses, neighbours, routes; the reverse when taking away.</remarks>
public sealed partial class AgentBrain
{
    private readonly NodePlan _plan = new();
    private readonly AddressBook _book = new();
    private readonly SortedDictionary<string, KernelScope> _scopes = new(StringComparer.Ordinal);

    // Which objects each source (an entry of the plan, a workload) asks for; who asks for each object, in the order of
    // names: of several the first counts, whoever came first; and the sources to convert anew.
    private readonly SortedDictionary<string, List<(string Scope, ObjectKey Key)>> _objectsOf =
        new(StringComparer.Ordinal);

    private readonly Dictionary<(string Scope, ObjectKey Key), List<(string Source, Wanted Wanted)>> _askers = [];

    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);

    private readonly SortedDictionary<string, Finding> _findings = new(StringComparer.Ordinal);
    private NodeFacts _facts = new(null, null, null);
    private NodeReport? _reported;
    private long _appliedRevision;
    private Instant? _settleAt;
    private Instant _settledAt;
    private Instant? _resyncAt;
    private string _node = "";

    /// <summary>How often everything is read anew although no notice asked for it.</summary>
    public static TimeSpan ResyncInterval => TimeSpan.FromMinutes(5);

    /// <summary>Whether the kernel holds all that the plan and the journal ask for.</summary>
    public bool IsReady => WaitingFor.Length == 0;

    /// <summary>What readiness waits for, in words; empty when ready.</summary>
    public string WaitingFor => DescribeWaiting();

    /// <summary>The revision of the last plan.</summary>
    public long PlanRevision => _plan.Revision;

    /// <summary>The revision whose plan is in the kernel, all of it.</summary>
    public long AppliedRevision => _appliedRevision;

    /// <summary>When <see cref="OnDeadline"/> wants to be called; none when there is nothing to wait for.</summary>
    public Instant? NextDeadline
    {
        get
        {
            Instant? earliest = Earliest(_settleAt, _resyncAt);
            foreach (KernelScope scope in _scopes.Values.Where(s => s.InFlight is null))
            {
                earliest = Earliest(earliest, scope.IsDirty ? scope.ReadAt : null);
                foreach (Refusal refusal in scope.Refusals.Values.Where(r => r.RetryAt > _settledAt))
                {
                    earliest = Earliest(earliest, refusal.RetryAt);
                }
            }

            earliest = Earliest(Earliest(earliest, CallsDeadline), Earliest(PublicationsDeadline, _planRetryAt));
            return Earliest(Earliest(earliest, _journalBrokenUntil), BlocksDeadline);
        }
    }

    /// <summary>Tells the brain what happened. What follows from it comes out of <see cref="OnDeadline"/>, which is
    /// due at once.</summary>
    public void Handle(BrainEvent happened, Instant now, List<BrainAction> actions)
    {
        ArgumentNullException.ThrowIfNull(happened);
        ArgumentNullException.ThrowIfNull(actions);
        switch (happened)
        {
            case BrainEvent.Started started:
                Start(started, now, actions);
                break;
            case BrainEvent.PlanArrived arrived:
                TakePlan(arrived.Frame, actions);
                break;
            case BrainEvent.PlanWritten written:
                PlanIsOnDisk(written, now, actions);
                break;
            case BrainEvent.ServerLost:
                break; // Nothing here needs the server: it is asked again when it is back.
            case BrainEvent.KernelAnswered answered:
                TakeAnswers(answered, now, actions);
                break;
            case BrainEvent.KernelNoticed noticed:
                TakeNotice(noticed, now);
                break;
            case BrainEvent.KernelOverrun:
                ReadEverything(now);
                break;
            case BrainEvent.SysctlAnswered sysctl:
                TakeSysctl(sysctl, actions);
                break;
            case BrainEvent.Called called:
                TakeCall(called, now, actions);
                break;
            case BrainEvent.JournalWritten written:
                JournalIsOnDisk(written, now, actions);
                break;
            case BrainEvent.BlockClaimed claimed:
                TakeClaim(claimed, now, actions);
                break;
            case BrainEvent.BlockReleased released:
                TakeRelease(released, now);
                break;
            case BrainEvent.Published published:
                TakePublished(published, now);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        _settleAt = now;
    }

    /// <summary>Does what is due.</summary>
    public void OnDeadline(Instant now, List<BrainAction> actions)
    {
        ArgumentNullException.ThrowIfNull(actions);
        _settleAt = null;
        _settledAt = now;
        if (_resyncAt is { } resync && resync <= now)
        {
            ReadEverything(now);
        }

        if (_journalBrokenUntil <= now)
        {
            _journalBrokenUntil = null;
        }

        RetryPlanWrite(now, actions);
        UpdateFacts();
        AllocateTunnel(now, actions);
        Allocate(now, actions);
        ReleaseEmptyBlocks(now, actions);
        ForgetRefusals(now);
        UpdateFacts();
        ConvertTouched();
        foreach (KernelScope scope in _scopes.Values.ToList())
        {
            Reconcile(scope, now, actions);
        }

        FinishReleases(now, actions);
        FinishCalls(now, actions);
        PublishWorkloads(now, actions);
        UpdateApplied();
        Report(actions);
    }

    private static Instant? Earliest(Instant? a, Instant? b) => a is { } x && b is { } y ? (x < y ? x : y) : a ?? b;

    private void Start(BrainEvent.Started started, Instant now, List<BrainAction> actions)
    {
        _node = started.Node;
        foreach (JournalRecord record in started.Journal)
        {
            if (_book.Apply(record) is { } contradiction)
            {
                Find("Journal", FindingSeverity.Error, contradiction);
                actions.Add(new BrainAction.Note(FindingSeverity.Error, $"address journal: {contradiction}"));
            }
        }

        foreach (Assignment assignment in _book.Workloads)
        {
            _touched.Add(SourceOf(assignment.Record.Id));
        }

        ScopeOf("").ReadAt = now;
        _resyncAt = now.After(ResyncInterval);
        if (started.Plan is { } plan)
        {
            TryApplyPlan(plan, out IReadOnlyList<string> touched);
            _touched.UnionWith(touched);
        }
    }

    private KernelScope ScopeOf(string path)
    {
        if (!_scopes.TryGetValue(path, out KernelScope? scope))
        {
            scope = new KernelScope(path);
            _scopes.Add(path, scope);
        }

        return scope;
    }

    private SelfEntry? Self => _plan.TryGet(SelfEntry.TheKey, out PlanEntry? entry) ? entry as SelfEntry : null;

    /// <summary>The node's own facts; when they change, everything is converted anew.</summary>
    private void UpdateFacts()
    {
        IpAddress? tunnel = _tunnelUnwritten ? _facts.Tunnel : _book.Tunnel;
        NodeFacts facts = new(Self, FindUnderlay(), tunnel);
        if (facts == _facts)
        {
            return;
        }

        // While the underlay interface is being renamed or renumbered, what is there stays there.
        if (facts.Underlay is null && _facts.Underlay is not null && facts.Self == _facts.Self)
        {
            facts = facts with { Underlay = _facts.Underlay };
        }

        if (facts != _facts)
        {
            _facts = facts;
            _touched.UnionWith(_plan.Entries.Select(e => e.Key));
            _touched.UnionWith(_book.Workloads.Select(w => SourceOf(w.Record.Id)));
        }
    }

    private Underlay? FindUnderlay()
    {
        KernelScope host = ScopeOf("");
        if (Self?.Ipv4?.Address is not { } address)
        {
            return null;
        }

        foreach ((string device, IpInterfaceAddress held) in host.Addresses.OrderBy(a => a.Device, StringComparer.Ordinal))
        {
            if (held.Address == address && host.Links.TryGetValue(device, out Netlink.Rtnetlink.Link? link))
            {
                _findings.Remove("underlay");
                return new Underlay(device, link.Mtu);
            }
        }

        if (host.IsRead)
        {
            Find("underlay", FindingSeverity.Error, $"no interface of this node has {address}, the address of its "
                + $"Node resource: add it, or correct spec.bgp.ipv4Address", $"Node/{_node}");
        }

        return null;
    }

    private void ConvertTouched()
    {
        foreach (string source in _touched)
        {
            List<Wanted> wanted = [.. WantedBy(source)];
            HashSet<(string, ObjectKey)> kept = [.. wanted.Select(w => (w.Scope, w.Object.Key))];
            foreach ((string scope, ObjectKey key) in _objectsOf.GetValueOrDefault(source) ?? [])
            {
                if (!kept.Contains((scope, key)))
                {
                    Ask(source, scope, key, null);
                }
            }

            foreach (Wanted want in wanted)
            {
                Ask(source, want.Scope, want.Object.Key, want);
            }

            if (wanted.Count == 0)
            {
                _objectsOf.Remove(source);
            }
            else
            {
                _objectsOf[source] = [.. wanted.Select(w => (w.Scope, w.Object.Key))];
            }
        }

        _touched.Clear();
        ForgetEmptyScopes();
    }

    // Two sources may ask for one object: a block changes its owner, two nodes are given one address by mistake.
    private void Ask(string source, string path, ObjectKey key, Wanted? wanted)
    {
        if (!_askers.TryGetValue((path, key), out List<(string Source, Wanted Wanted)>? askers))
        {
            askers = new(1);
            _askers.Add((path, key), askers);
        }

        askers.RemoveAll(a => a.Source == source);
        if (wanted is { } value)
        {
            int at = askers.FindIndex(a => string.CompareOrdinal(a.Source, source) > 0);
            askers.Insert(at < 0 ? askers.Count : at, (source, value));
        }

        KernelScope scope = ScopeOf(path);
        if (askers.Count == 0)
        {
            _askers.Remove((path, key));
            scope.Objects.Desire(key, null);
            return;
        }

        Wanted first = askers[0].Wanted;
        scope.Objects.Desire(key, first.Object);
        if (first.Object is LinkObject link && scope.IsHost)
        {
            scope.SettingsDue.Add(link.Name);
            if (first.Peer is { } peer)
            {
                scope.Peers[link.Name] = peer;
            }
        }
    }

    private IEnumerable<Wanted> WantedBy(string source)
    {
        if (_plan.TryGet(source, out PlanEntry? entry))
        {
            return Conversion.Of(entry, _facts);
        }

        return IdOf(source) is { } id && _book.TryGet(id, out Assignment? assignment)
            && !_unwritten.ContainsKey(id) && !_detached.ContainsKey(id)
            ? Conversion.Of(assignment, _facts)
            : [];
    }

    private void ForgetEmptyScopes()
    {
        HashSet<string> used = [.. _book.Workloads.Where(w => !w.Releasing).Select(w => w.Record.NetworkNamespace)];
        foreach (string path in _scopes.Keys.Where(p => p.Length > 0 && !used.Contains(p)).ToList())
        {
            _scopes.Remove(path);
        }
    }

    private string DescribeWaiting()
    {
        if (_plan.Revision == 0)
        {
            return "the first plan from the server";
        }

        if (_facts.Self is null)
        {
            return $"the Node resource '{_node}'";
        }

        KernelScope? unread = _scopes.Values.FirstOrDefault(s => !s.IsRead && !IsDetachedScope(s.Path));
        if (unread is not null)
        {
            return $"a reading of {(unread.IsHost ? "the kernel" : unread.Path)}";
        }

        if (_facts.Underlay is null)
        {
            return $"an interface with the address {_facts.Address?.ToString() ?? "(none given)"}";
        }

        if (_touched.Count > 0 || _unwritten.Count > 0 || _tunnelUnwritten)
        {
            return "the address journal";
        }

        if (WantsTunnelAddress && _book.Tunnel is null && CanAllocateTunnel)
        {
            return "a tunnel address";
        }

        foreach (KernelScope scope in _scopes.Values.Where(s => s.Objects.Pending.Count > 0))
        {
            ObjectKey key = scope.Objects.Pending.First();
            string why = scope.Refusals.TryGetValue(key, out Refusal? refusal) ? $" ({refusal.Text})" : "";
            return $"{key}{(scope.IsHost ? "" : $" in {scope.Path}")}{why}";
        }

        return "";
    }

    private void UpdateApplied()
    {
        if (IsReady)
        {
            _appliedRevision = _plan.Revision;
        }
    }

    private void Find(string key, FindingSeverity severity, string message, string? subject = null) =>
        _findings[key] = new Finding(severity, subject ?? key, message);

    private void Report(List<BrainAction> actions)
    {
        NodeReport report = new()
        {
            AppliedRevision = _appliedRevision,
            Ready = IsReady,
            ProcessId = 0,
            UnderlayMtu = _facts.Underlay is { } underlay ? (int)underlay.Mtu : null,
            TunnelAddress = _facts.Tunnel,
            Findings = [.. _findings.Values],
        };
        if (_reported is null || !SameReport(_reported, report))
        {
            _reported = report;
            actions.Add(new BrainAction.Report(report));
        }
    }

    private static bool SameReport(NodeReport a, NodeReport b) =>
        a.AppliedRevision == b.AppliedRevision && a.Ready == b.Ready && a.UnderlayMtu == b.UnderlayMtu
        && a.TunnelAddress == b.TunnelAddress && a.Findings.SequenceEqual(b.Findings);
}
