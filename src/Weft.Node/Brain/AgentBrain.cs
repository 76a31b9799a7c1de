using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
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
    private static readonly IpFamily[] Families = [IpFamily.Ipv4, IpFamily.Ipv6];

    private readonly NodePlan _plan = new();
    private readonly SortedDictionary<string, KernelScope> _scopes = new(StringComparer.Ordinal);

    // Those of which something may be to do, or to wait for: an event costs what it touches, not what the node hosts. Whoever
    // takes hold of one wakes it; those that are quiet go to sleep when everything is settled.
    private readonly SortedSet<string> _awake = new(StringComparer.Ordinal);
    private IReadOnlyList<KernelScope>? _awakeNow;

    private readonly SortedDictionary<string, Finding> _findings = new(StringComparer.Ordinal);
    private NodeFacts _facts = new(null);
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

    /// <summary>The whole plan, as it would be put on disk.</summary>
    public PlanFrame PlanSnapshot => _plan.ToSnapshot();

    /// <summary>When <see cref="OnDeadline"/> wants to be called; none when there is nothing to wait for.</summary>
    public Instant? NextDeadline
    {
        get
        {
            Instant? earliest = Earliest(_settleAt, _resyncAt);
            foreach (KernelScope scope in Awake.Where(s => s.InFlight is null))
            {
                earliest = Earliest(earliest, scope.IsDirty ? scope.ReadAt : null);
                earliest = Earliest(earliest, scope.SettleAt > _settledAt ? scope.SettleAt : null);
                earliest = Earliest(earliest, DoubtsAndRefusalsDeadline(scope));
            }

            earliest = Earliest(Earliest(earliest, CallsDeadline), Earliest(PublicationsDeadline, _planRetryAt));
            earliest = Earliest(Earliest(earliest, AddressesDeadline), SilentDeadline);
            earliest = Earliest(Earliest(earliest, Earliest(AuditDeadline, AskedDeadline)), EndingsDeadline);
            return Earliest(Earliest(earliest, OffloadsDeadline), RulesetDeadline);
        }
    }

    // As a rule there are none: asked with every event, that must cost nothing.
    private Instant? DoubtsAndRefusalsDeadline(KernelScope scope)
    {
        Instant? earliest = null;
        if (scope.Doubts.Count > 0)
        {
            earliest = scope.Doubts.Values.Min();
        }

        if (scope.Refusals.Count > 0)
        {
            foreach (Refusal refusal in scope.Refusals.Values.Where(r => r.RetryAt > _settledAt))
            {
                earliest = Earliest(earliest, refusal.RetryAt);
            }
        }

        return earliest;
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
                TakePlan(arrived.Frame, now, actions);
                break;
            case BrainEvent.PlanWritten written:
                PlanIsOnDisk(written, now, actions);
                break;
            case BrainEvent.ServerLost:
                _addresses.ServerLost();
                break; // Nothing here needs the server: it is asked again when it is back.
            case BrainEvent.KernelAnswered answered:
                TakeAnswers(answered, now, actions);
                break;
            case BrainEvent.LinksRemoved removed:
                TakeRemoved(removed, now, actions);
                break;
            case BrainEvent.KernelNoticed noticed:
                TakeNotice(noticed, now, actions);
                break;
            case BrainEvent.RulesetNoticed noticed:
                TakeRulesetNotice(noticed, now);
                break;
            case BrainEvent.RulesetOverrun:
                _elementsUnread = true;
                MarkDirty(Ruleset, now, OverrunDelay);
                break;
            case BrainEvent.RulesetUnheard unheard:
                TakeUnheard(unheard, now, actions);
                break;
            case BrainEvent.KernelOverrun:
                ReadEverything(now, OverrunDelay);
                break;
            case BrainEvent.SysctlAnswered sysctl:
                TakeSysctl(sysctl, actions);
                break;
            case BrainEvent.OffloadProbed probed:
                TakeVerdict(probed, now, actions);
                break;
            case BrainEvent.OffloadSet set:
                TakeOffload(set, actions);
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
                _addresses.TakeRelease(released.Cidr, released.Revision, released.Error, now);
                break;
            case BrainEvent.LoanRequested requested:
                _addresses.TakeLoan(requested.Pool, requested.Wanted, requested.Error, requested.Unreachable, now);
                break;
            case BrainEvent.LoanDecided decided:
                _addresses.TakeLoanDecided(decided.Loan, decided.Error, now);
                break;
            case BrainEvent.Published published:
                TakePublished(published, now);
                break;
            case BrainEvent.NamespacesSeen seen:
                TakeLook(seen, now, actions);
                break;
            case BrainEvent.Asked asked:
                TakeAsked(asked, actions);
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
            ReadEverything(now, TimeSpan.Zero);
        }

        RetryPlanWrite(now, actions);
        UpdateFacts();
        SettleAddresses(now, actions);
        Allocate(now, actions);
        TidyAddresses(now, actions);
        UpdateFacts();
        FollowWaysIn();
        FollowOffloadPeers();
        ConvertTouched();
        UpdateShape();
        ReconcileRuleset(now, actions);
        foreach (KernelScope scope in Awake)
        {
            Reconcile(scope, now, actions);
        }

        TellTurned(actions);
        Detect(actions);
        CheckOffloads(now, actions);
        Audit(now, actions);
        FinishReleases(now, actions);
        FinishCalls(now, actions);
        FinishAskedReleases(now, actions);
        TellEndings(now, actions);
        PublishWorkloads(now, actions);
        Report(UpdateApplied(), now, actions);
        if (_awake.RemoveWhere(path => path.Length > 0 && path != KernelNames.RulesetScope && _scopes[path].IsQuiet) > 0)
        {
            _awakeNow = null;
        }
    }

    // Who looks at one may wake others: a list that is being looked at stays as it is, and there is a new one.
    private IReadOnlyList<KernelScope> Awake => _awakeNow ??= [.. _awake.Select(path => _scopes[path])];

    private void Wake(string path)
    {
        if (_awake.Add(path))
        {
            _awakeNow = null;
        }
    }

    private static Instant? Earliest(Instant? a, Instant? b) => a is { } x && b is { } y ? (x < y ? x : y) : a ?? b;

    private void Start(BrainEvent.Started started, Instant now, List<BrainAction> actions)
    {
        _node = started.Node;
        _addressing = started.Addressing ?? new();
        _isJournalNew = started.Journal.Count == 0;
        foreach (string contradiction in _addresses.Start(started.Node, started.Journal, now))
        {
            Find("Journal", FindingSeverity.Error, contradiction);
            actions.Add(new BrainAction.Note(FindingSeverity.Error, $"address journal: {contradiction}"));
        }

        foreach (Assignment assignment in _book.Workloads)
        {
            _touched.Add(SourceOf(assignment.Record.Id));
            _publishDue.Add(assignment.Record.Id);
        }

        ScopeOf("").ReadAt = now;
        ScopeOf("").SettingsDue.Add(NoDevice);
        Ruleset.ReadAt = now;
        _resyncAt = now.After(ResyncInterval);
        BeginAudits(started.LeakGrace ?? LeakGraceDefault, now);
        if (started.Plan is { } plan)
        {
            TryApplyPlan(plan, now, out IReadOnlyList<string> touched);
            _touched.UnionWith(touched);
            NoteLostJournal(actions);
        }
    }

    private KernelScope ScopeOf(string path)
    {
        if (!_scopes.TryGetValue(path, out KernelScope? scope))
        {
            scope = new KernelScope(path);
            _scopes.Add(path, scope);
        }

        Wake(path);
        return scope;
    }

    private bool TryGetScope(string path, [NotNullWhen(true)] out KernelScope? scope)
    {
        bool found = _scopes.TryGetValue(path, out scope);
        if (found)
        {
            Wake(path);
        }

        return found;
    }

    private SelfEntry? Self => _plan.TryGet(SelfEntry.TheKey, out PlanEntry? entry) ? entry as SelfEntry : null;
}
