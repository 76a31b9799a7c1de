using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Converting;
using Weft.Node.Kernel;
using Weft.Node.Ruleset;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>The table of nf_tables: it is a scope of its own, whose objects are desired, read and put right like links and
/// routes, each change of it a transaction. It is there before what it protects, and goes after it.</content>
public sealed partial class AgentBrain
{
    // The source, beside entries and workloads, of what follows from the shape alone.
    private const string RulesetSource = "ruleset";
    private const string RulesetFinding = "nf_tables";
    private const string ForeignFinding = "forwarding ";
    private const string WholeFinding = "nf_tables transaction";
    private const string UnheardFinding = "nf_tables notices";
    private const int CulpritsMax = 16;

    // A host whose firewall others change all the time must not read it all the time.
    private static readonly TimeSpan ForeignDelay = TimeSpan.FromSeconds(1);

    // Without its table a node is not protected: it is tried again soon.
    private static readonly TimeSpan RulesetRetryMax = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<InnerSet, int> _innerSets = [];
    private RulesetShape? _shape;

    // What the next reading must look at beside the structure; what others' chains say, and whose rules are worth a look.
    private bool _elementsUnread = true;
    private RulesetReading? _reading;
    private HashSet<(NftFamily Family, string Table)> _suspects = [];
    private bool _othersFilter;

    // After a failure of the whole nothing is tried before this; and how many there were, one after another.
    private Instant? _rulesetHeldUntil;
    private int _rulesetFailures;

    private KernelScope Ruleset => ScopeOf(KernelNames.RulesetScope);

    private Instant? RulesetDeadline => Ruleset.InFlight is null && _rulesetHeldUntil > _settledAt ? _rulesetHeldUntil : null;

    private OutgoingNatEntry? OutgoingNat =>
        _plan.TryGet(OutgoingNatEntry.TheKey, out PlanEntry? entry) ? entry as OutgoingNatEntry : null;

    private IEnumerable<KernelObject> RulesetWantedBy(string source)
    {
        if (source == RulesetSource)
        {
            return _shape is { } shape ? RulesetLayout.Of(shape) : [];
        }

        if (_plan.TryGet(source, out PlanEntry? entry))
        {
            return ElementConversion.Of(entry, Self);
        }

        return IdOf(source) is { } id && _book.TryGet(id, out Allocation.Assignment? assignment)
            && !_unwritten.ContainsKey(id) && !_detached.ContainsKey(id)
            && GuardRules.Of(_addresses.Ours(assignment), InterfacesIn(assignment.Record.NetworkNamespace)) is { } guard
            ? [guard]
            : [];
    }

    /// <summary>Counts the sets of inner sources: the rules know those that have elements.</summary>
    private void CountInnerSet(KernelObject? before, KernelObject? after)
    {
        string? left = (before as ElementObject)?.Set;
        string? joined = (after as ElementObject)?.Set;
        if (left == joined)
        {
            return;
        }

        if (left is not null && RulesetNames.InnerOf(left) is { } old && --_innerSets[old] == 0)
        {
            _innerSets.Remove(old);
        }

        if (joined is not null && RulesetNames.InnerOf(joined) is { } set)
        {
            _innerSets[set] = _innerSets.GetValueOrDefault(set) + 1;
        }
    }

    /// <summary>The shape follows the plan and the devices that are there; when it changes, the rules are converted anew.
    /// </summary>
    private void UpdateShape()
    {
        KernelScope host = ScopeOf("");
        if (Self is not { } self)
        {
            return; // What a former run, or a former plan, left goes on protecting.
        }

        TellUntranslated(self);
        RulesetShape shape = RulesetShape.Of(
            self,
            Pools,
            OutgoingNat,
            _innerSets.Keys,
            device => host.Links.ContainsKey(device),
            Ruleset.Objects.Actual.ContainsKey(ChainObject.KeyOf(RulesetNames.Postrouting)),
            _othersFilter);
        if (shape == _shape)
        {
            return;
        }

        _shape = shape;
        _touched.Add(RulesetSource);
        ConvertTouched();
    }

    private void TellUntranslated(SelfEntry self)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            string[] pools = [.. RulesetShape.Untranslated(self, Pools, OutgoingNat).Where(u => u.Family == family).Select(u => u.Pool)];
            string key = $"nat {family}";
            if (pools.Length == 0)
            {
                _findings.Remove(key);
                continue;
            }

            string field = family == IpFamily.Ipv4 ? "ipv4Address" : "ipv6Address";
            Find(key, FindingSeverity.Error, $"natOutgoing of pool {string.Join(", ", pools)} does nothing here: the node has no "
                + $"{(family == IpFamily.Ipv4 ? "IPv4" : "IPv6")} address to leave with; give it one, and say so in spec.bgp.{field}",
                $"Node/{_node}");
        }
    }

    private void ReconcileRuleset(Instant now, List<BrainAction> actions)
    {
        KernelScope scope = Ruleset;
        if (scope.InFlight is not null)
        {
            return;
        }

        if (scope.IsDirty && (scope.ReadAt is not { } at || at <= now))
        {
            scope.IsDirty = false;
            scope.ReadAt = null;
            _reading = new RulesetReading();
            SendNftables(scope, false, [.. RulesetReading.StructureRequests().Select(r => (r, default(KernelStep)))], Reads.Ruleset, actions);
            return;
        }

        // Which tunnel devices there are must be known before their protection is touched.
        if (!scope.IsRead || _shape is null || Self is null || !ScopeOf("").IsRead)
        {
            return;
        }

        if (_rulesetHeldUntil > now)
        {
            return;
        }

        if (_rulesetFailures == 0)
        {
            ForgetRefusals(scope); // Else what stands may yet be refused when all is made anew.
        }

        if (scope.Objects.Pending.Count == 0)
        {
            return;
        }

        List<(NetlinkRequest Request, KernelStep Step)> changes = RulesetWriter.Changes(scope, scope.Due(now), ScopeOf("").HasLink);
        if (changes.Count > 0)
        {
            SendNftables(scope, true, changes, Reads.Nothing, actions);
        }
    }

    private void SendNftables(
        KernelScope scope,
        bool isTransaction,
        List<(NetlinkRequest Request, KernelStep Step)> requests,
        Reads reads,
        List<BrainAction> actions)
    {
        scope.InFlight = new KernelBatch(++_batch, [.. requests.Select(r => r.Step)], reads);
        actions.Add(new BrainAction.SendNftables(_batch, isTransaction, [.. requests.Select(r => r.Request)]));
    }

    /// <summary>Whether the rules stand that all links need. Without them nothing new is connected (ARCHITECTURE, law 4).
    /// </summary>
    private bool RulesStand => Ruleset is { IsRead: true, Objects: { } rules } && _shape is not null
        && !(rules.Pending.Count > 0 && rules.Pending.First().Kind < ObjectKind.Element);

    /// <summary>Whether a link of the host may be made. A tunnel is up at once, so what is asked of its packets is there before;
    /// at the ingress of a workload's link it can only be put when that is there, and not up.</summary>
    private bool MayBeBorn(LinkObject link) => KernelNames.IsTunnel(link.Name) ? IsGuarded(link.Key) : RulesStand;

    // A workload's link that is down goes up, and has routes, when its guard stands.
    private bool WaitsForGuard(KernelScope scope, ObjectKey key) =>
        scope.IsHost
        && (scope.Objects.TryGetDesired(key, out KernelObject? value) || scope.Objects.TryGetActual(key, out value))
        && KernelScope.IsWorkloadLink(value.StandsOn) && LinkObject.KeyOf(value.StandsOn) is var link
        && scope.Objects.TryGetActual(link, out KernelObject? there) && there is LinkObject { Up: false }
        && scope.Objects.TryGetDesired(link, out _) && !IsGuarded(link);

    /// <summary>Whether a link of the host may go up: what is asked of its packets stands.</summary>
    private bool IsGuarded(ObjectKey link)
    {
        KernelScope scope = Ruleset;
        if (!RulesStand)
        {
            return false;
        }

        return !_askers.TryGetValue(("", link), out List<(string Source, Wanted Wanted)>? askers)
            || askers.TrueForAll(a => !_objectsOf.TryGetValue(a.Source, out List<(string Scope, ObjectKey Key)>? objects)
                || objects.TrueForAll(o => o.Scope != scope.Path || !scope.Objects.IsPending(o.Key)));
    }

    private void TakeRulesetAnswers(
        KernelScope scope, KernelBatch batch, IReadOnlyList<RequestOutcome> outcomes, Instant now, List<BrainAction> actions)
    {
        if (batch.Reads != Reads.Nothing)
        {
            TakeRulesetReading(scope, batch.Reads, outcomes, now, actions);
            return;
        }

        if (outcomes.All(o => o.Errno == 0))
        {
            _rulesetFailures = 0;
            _rulesetHeldUntil = null;
            _findings.Remove(WholeFinding);
            foreach (KernelStep step in batch.Steps)
            {
                TakeRulesetSuccess(scope, step, now);
            }

            return;
        }

        RequestOutcome first = outcomes.First(o => o.Errno is not 0 and not KernelErrno.ECANCELED);
        bool isWhole = IsOfTheWhole(outcomes);
        if (isWhole || batch.Steps.Any(s => s.Key.Kind == ObjectKind.Table && s.After is null))
        {
            HoldRuleset(scope, first, now, actions);
        }

        if (isWhole)
        {
            return;
        }

        // All or nothing: what was not refused itself is tried again at once, without what was. What lacks a chain or a set
        // that was refused is not at fault.
        bool lacks = batch.Steps.Where((s, i) => s.Key.Kind < ObjectKind.Rules && IsRefused(outcomes[i])).Any();
        int culprits = 0;
        for (int i = 0; i < batch.Steps.Count; i++)
        {
            KernelStep step = batch.Steps[i];
            if (IsRefused(outcomes[i])
                && !(lacks && step.Key.Kind >= ObjectKind.Rules && outcomes[i].Errno == KernelErrno.ENOENT))
            {
                RefuseRuleset(scope, step.Key, outcomes[i], ++culprits <= CulpritsMax, now, actions);
            }
        }
    }

    private static bool IsRefused(RequestOutcome outcome) => outcome.Errno is not 0 and not KernelErrno.ECANCELED;

    // What no single object can be blamed for: it is the error of each request alike.
    private static bool IsOfTheWhole(IReadOnlyList<RequestOutcome> outcomes)
    {
        int errno = outcomes[0].Errno;
        return errno is not 0 and not KernelErrno.ECANCELED && outcomes.All(o => o.Errno == errno)
            && (outcomes.Count > CulpritsMax || errno is KernelErrno.ENOMEM or KernelErrno.EMFILE or KernelErrno.ENFILE
                or KernelErrno.ETIMEDOUT or KernelErrno.ENOBUFS or KernelErrno.EPERM or KernelErrno.EACCES
                or KernelErrno.ERESTART or KernelErrno.EMSGSIZE or KernelErrno.EAGAIN);
    }

    // One delay for all of the ruleset. Links and routes of what is connected are worked on meanwhile.
    private void HoldRuleset(KernelScope scope, RequestOutcome outcome, Instant now, List<BrainAction> actions)
    {
        _rulesetFailures++;
        TimeSpan delay = TimeSpan.FromTicks(
            Math.Min(RulesetRetryMax.Ticks, RetryMin.Ticks << Math.Min(_rulesetFailures - 1, 16)));
        _rulesetHeldUntil = now.After(delay);
        _elementsUnread = true;
        MarkDirty(scope, now, delay);
        string text = $"table inet {KernelNames.Table} cannot be changed: {Describe(outcome)}";
        if (_rulesetFailures == 3)
        {
            actions.Add(new BrainAction.Note(FindingSeverity.Error, text));
        }

        if (_rulesetFailures >= 3)
        {
            Find(WholeFinding, FindingSeverity.Error, text, "Kernel");
        }
    }

    private void TakeRulesetSuccess(KernelScope scope, KernelStep step, Instant now)
    {
        scope.Refusals.Remove(step.Key);
        _findings.Remove(FindingOf(scope, step.Key));
        if (step.Key.Kind == ObjectKind.Table && step.After is null)
        {
            scope.Observe(new Dictionary<ObjectKey, KernelObject>());
            return;
        }

        scope.Objects.Observe(step.Key, step.After);
        if (step.After is RulesObject)
        {
            MarkDirty(scope, now, TimeSpan.Zero); // Only the kernel knows the rules' handles.
        }
    }

    private void RefuseRuleset(
        KernelScope scope, ObjectKey key, RequestOutcome outcome, bool told, Instant now, List<BrainAction> actions)
    {
        int attempts = scope.Refusals.TryGetValue(key, out Refusal? before) ? before.Attempts + 1 : 1;
        TimeSpan delay = TimeSpan.FromTicks(Math.Min(RetryMax.Ticks, RetryMin.Ticks << Math.Min(attempts - 1, 16)));
        string text = Describe(outcome);
        scope.Refusals[key] = new Refusal(text, attempts, now.After(delay));
        _elementsUnread = true;
        MarkDirty(scope, now, delay);
        if (told && attempts == 3)
        {
            Find(FindingOf(scope, key), FindingSeverity.Error, $"the kernel refuses {key} in table inet {KernelNames.Table}: {text}", "Kernel");
            actions.Add(new BrainAction.Note(
                FindingSeverity.Error, $"the kernel refuses {key} in table inet {KernelNames.Table}: {text}"));
        }
    }
}
