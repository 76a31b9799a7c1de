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
    private const int CulpritsMax = 16;

    private readonly SortedDictionary<InnerSet, int> _innerSets = [];
    private RulesetShape? _shape;

    // What the next reading must look at beside the structure; what others' chains say, and whose rules are worth a look.
    private bool _elementsUnread = true;
    private RulesetReading? _reading;
    private HashSet<(NftFamily Family, string Table)> _suspects = [];

    private KernelScope Ruleset => ScopeOf(KernelNames.RulesetScope);

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
            ? ElementConversion.Of(assignment)
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
            Ruleset.Objects.Actual.ContainsKey(ChainObject.KeyOf(RulesetNames.Postrouting)));
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

        ForgetRefusals(scope);
        if (scope.Objects.Pending.Count == 0)
        {
            return;
        }

        List<(NetlinkRequest Request, KernelStep Step)> changes = RulesetWriter.Changes(scope, scope.Due(now), IsHeld);
        if (changes.Count > 0)
        {
            SendNftables(scope, true, changes, Reads.Nothing, actions);
        }
    }

    // What a link lets through goes after the link.
    private bool IsHeld(ElementObject element) =>
        element.Guards is { } device && ScopeOf("").Objects is var objects
        && objects.Actual.ContainsKey(LinkObject.KeyOf(device)) && !objects.Desired.ContainsKey(LinkObject.KeyOf(device));

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

    /// <summary>Whether a link of the host may be made: the rules stand, and the elements that it needs are in their sets.
    /// Without them nothing new is connected (ARCHITECTURE, law 4).</summary>
    private bool IsGuarded(ObjectKey link)
    {
        KernelScope scope = Ruleset;
        if (!scope.IsRead || _shape is null || (scope.Objects.Pending.Count > 0 && scope.Objects.Pending.First().Kind < ObjectKind.Element))
        {
            return false;
        }

        return !_askers.TryGetValue(("", link), out List<(string Source, Wanted Wanted)>? askers)
            || askers.TrueForAll(a => !_objectsOf.TryGetValue(a.Source, out List<(string Scope, ObjectKey Key)>? objects)
                || objects.TrueForAll(o => o.Scope != scope.Path || !scope.Objects.IsPending(o.Key)));
    }

    private void TakeRulesetNotice(BrainEvent.RulesetNoticed noticed, Instant now)
    {
        NetlinkMessageReader reader = new(noticed.Messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (!NftablesMessage.TryDecode(view.Bytes, out NftablesMessage? message))
            {
                continue;
            }

            if (RulesetReading.IsOurs(message))
            {
                _elementsUnread |= message is not NftablesMessage.RuleChanged and not NftablesMessage.ChainChanged;
                MarkDirty(Ruleset, now, ReadDelay);
            }
            else if (ConcernsForwarding(message))
            {
                MarkDirty(Ruleset, now, ReadDelay);
            }
        }
    }

    private bool ConcernsForwarding(NftablesMessage message) => message switch
    {
        NftablesMessage.ChainChanged m => m.Chain.Hook is { Number: NftHookNumber.Forward }
            || _suspects.Contains((m.Chain.Family, m.Chain.Table)),
        NftablesMessage.RuleChanged m => _suspects.Contains((m.Rule.Family, m.Rule.Table)),
        NftablesMessage.TableChanged m => _suspects.Contains((m.Table.Family, m.Table.Name)),
        _ => false,
    };

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
            foreach (KernelStep step in batch.Steps)
            {
                TakeRulesetSuccess(scope, step, now);
            }

            return;
        }

        // All or nothing: what was not refused itself is tried again at once, without what was.
        int culprits = 0;
        for (int i = 0; i < batch.Steps.Count && culprits < CulpritsMax; i++)
        {
            if (outcomes[i].Errno is not 0 and not KernelErrno.ECANCELED)
            {
                culprits++;
                RefuseRuleset(scope, batch.Steps[i].Key, outcomes[i], now, actions);
            }
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
        KernelScope scope, ObjectKey key, RequestOutcome outcome, Instant now, List<BrainAction> actions)
    {
        int attempts = scope.Refusals.TryGetValue(key, out Refusal? before) ? before.Attempts + 1 : 1;
        TimeSpan delay = TimeSpan.FromTicks(Math.Min(RetryMax.Ticks, RetryMin.Ticks << Math.Min(attempts - 1, 16)));
        string text = Describe(outcome);
        scope.Refusals[key] = new Refusal(text, attempts, now.After(delay));
        _elementsUnread = true;
        MarkDirty(scope, now, delay);
        if (attempts == 3)
        {
            Find(FindingOf(scope, key), FindingSeverity.Error, $"the kernel refuses {key} in table inet {KernelNames.Table}: {text}", "Kernel");
            actions.Add(new BrainAction.Note(
                FindingSeverity.Error, $"the kernel refuses {key} in table inet {KernelNames.Table}: {text}"));
        }
    }

    private void TakeRulesetReading(
        KernelScope scope, Reads reads, IReadOnlyList<RequestOutcome> outcomes, Instant now, List<BrainAction> actions)
    {
        // ENOENT: there is no such table, or no such set; then nothing of it is there.
        if (outcomes.FirstOrDefault(o => o.Errno is not 0 and not KernelErrno.ENOENT) is { } failed)
        {
            if (!_findings.ContainsKey(RulesetFinding))
            {
                actions.Add(new BrainAction.Note(FindingSeverity.Error, $"nf_tables cannot be read: {Describe(failed)}"));
            }

            Find(RulesetFinding, FindingSeverity.Error, $"nf_tables cannot be read, so no new workload is connected: {Describe(failed)}; "
                + "the kernel needs nf_tables with the family inet (weft doctor says what else it needs)", "Kernel");
            _elementsUnread = true;
            MarkDirty(scope, now, TimeSpan.FromSeconds(1));
            return;
        }

        RulesetReading reading = _reading ?? new RulesetReading();
        foreach (RequestOutcome outcome in outcomes)
        {
            reading.Take(outcome.Messages);
        }

        if (reads == Reads.Ruleset)
        {
            _suspects = [.. reading.Chains.Where(ForeignFilters.IsSuspect).Select(c => (c.Family, c.Table))];
            IReadOnlyList<NetlinkRequest> more = RulesetReading.ContentRequests(
                _elementsUnread ? reading.Sets : [], _suspects.Order());
            if (more.Count > 0)
            {
                SendNftables(scope, false, [.. more.Select(r => (r, default(KernelStep)))], Reads.Elements, actions);
                return;
            }
        }

        ObserveRuleset(scope, reading, actions);
        TellForeignFilters(reading, actions);
    }

    private void ObserveRuleset(KernelScope scope, RulesetReading reading, List<BrainAction> actions)
    {
        _reading = null;
        _findings.Remove(RulesetFinding);
        HashSet<ObjectKey> pendingBefore = [.. scope.Objects.Pending];
        SortedDictionary<ObjectKey, KernelObject> objects = reading.ToObjects();
        if (!_elementsUnread)
        {
            // Not looked at this time: they are what they were, if their set is.
            foreach (KernelObject element in scope.Objects.Actual.Values.Where(v => v is ElementObject e
                && objects.ContainsKey(SetObject.KeyOf(e.Set))))
            {
                objects[element.Key] = element;
            }
        }

        _elementsUnread = false;
        scope.Observe(objects);
        List<ObjectKey> drifted = [.. scope.Objects.Pending.Where(k => !pendingBefore.Contains(k))];
        if (scope.IsRead && drifted.Count > 0)
        {
            // What goes with the table is one event, told once.
            List<ObjectKey> told = drifted[0] == TableObject.TheKey ? [drifted[0]] : [.. drifted.Take(NotedMax)];
            string more = told.Count < drifted.Count && told.Count == NotedMax ? $" and {drifted.Count - NotedMax} more" : "";
            string where = drifted[0] == TableObject.TheKey ? "" : $" of table inet {KernelNames.Table}";
            actions.Add(new BrainAction.Note(FindingSeverity.Notice,
                $"changed by others, put right: {string.Join(", ", told)}{more}{where}"));
        }

        scope.IsRead = true;
    }

    private void TellForeignFilters(RulesetReading reading, List<BrainAction> actions)
    {
        SortedSet<string> keys = new(StringComparer.Ordinal);
        foreach (ForeignFilter filter in ForeignFilters.Find(reading.Chains, reading.ForeignRules))
        {
            string key = $"{ForeignFinding}{filter.Family} {filter.Table} {filter.Chain}";
            keys.Add(key);
            if (!_findings.ContainsKey(key))
            {
                actions.Add(new BrainAction.Note(FindingSeverity.Error, $"{filter.Description}: {filter.Mend}"));
            }

            Find(key, FindingSeverity.Error,
                $"{filter.Description}, and with them what workloads send and get: {filter.Mend}", "Kernel");
        }

        foreach (string gone in _findings.Keys.Where(k => k.StartsWith(ForeignFinding, StringComparison.Ordinal) && !keys.Contains(k)).ToList())
        {
            _findings.Remove(gone);
        }
    }
}
