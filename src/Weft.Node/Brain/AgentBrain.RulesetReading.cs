using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Kernel;
using Weft.Node.Ruleset;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>What nf_tables holds: a notice only marks it to be read again; the reading says what of ours is there, and what of
/// others stands in our way. Elements are read only when they may have changed: there may be many.</content>
public sealed partial class AgentBrain
{
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
                MarkDirty(Ruleset, now, ForeignDelay);
            }
        }
    }

    private bool ConcernsForwarding(NftablesMessage message) => message switch
    {
        NftablesMessage.ChainChanged m => m.Chain.Hook is { Number: NftHookNumber.Forward }
            || (!_othersFilter && RulesetReading.IsFilterOfOthers(m.Chain)) || _suspects.Contains((m.Chain.Family, m.Chain.Table)),
        NftablesMessage.RuleChanged m => _suspects.Contains((m.Rule.Family, m.Rule.Table)),
        NftablesMessage.TableChanged m => _suspects.Contains((m.Table.Family, m.Table.Name)),
        _ => false,
    };

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
            _othersFilter = reading.Chains.Exists(RulesetReading.IsFilterOfOthers);
            _suspects = [.. reading.Chains.Where(ForeignFilters.IsSuspect).Select(c => (c.Family, c.Table))];
            reading.HasElements = _elementsUnread;
            _elementsUnread = false;
            IReadOnlyList<NetlinkRequest> more = RulesetReading.ContentRequests(
                reading.HasElements ? reading.Sets : [], _suspects.Order());
            if (more.Count > 0)
            {
                SendNftables(scope, false, [.. more.Select(r => (r, default(KernelStep)))], Reads.Elements, actions);
                return;
            }
        }

        ObserveRuleset(scope, reading, now, actions);
        TellForeignFilters(reading, actions);
    }

    private void ObserveRuleset(KernelScope scope, RulesetReading reading, Instant now, List<BrainAction> actions)
    {
        _reading = null;
        _findings.Remove(RulesetFinding);
        HashSet<ObjectKey> pendingBefore = [.. scope.Objects.Pending];
        IReadOnlySet<string> torn = reading.Torn;
        if (torn.Count > 0)
        {
            _elementsUnread = true;
            MarkDirty(scope, now, RetryMin);
        }

        if (ObserveAllBut(scope, reading, torn))
        {
            scope.Refusals.Remove(TableObject.TheKey); // What refused it was another table.
        }

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

        scope.IsRead |= torn.Count == 0;
    }

    // Of elements that were not asked for, and of torn sets, what is known stays, if their set is there. Returns whether the
    // table has vanished.
    private static bool ObserveAllBut(KernelScope scope, RulesetReading reading, IReadOnlySet<string> torn)
    {
        SortedDictionary<ObjectKey, KernelObject> objects = reading.ToObjects();
        HashSet<string> sets = [.. objects.Values.OfType<SetObject>().Select(s => s.Name)];
        bool hadTable = scope.Objects.TryGetActual(TableObject.TheKey, out _);
        List<ObjectKey> gone = [];
        foreach ((ObjectKey key, KernelObject value) in scope.Objects.Actual)
        {
            bool stays = value is ElementObject element
                ? sets.Contains(element.Set)
                    && (!reading.HasElements || torn.Contains(element.Set) || objects.ContainsKey(key))
                : objects.ContainsKey(key);
            if (!stays)
            {
                gone.Add(key);
            }
        }

        foreach (ObjectKey key in gone)
        {
            scope.Objects.Observe(key, null);
        }

        foreach ((ObjectKey key, KernelObject value) in objects)
        {
            if (value is not ElementObject element || !torn.Contains(element.Set))
            {
                scope.Objects.Observe(key, value);
            }
        }

        return hadTable && !objects.ContainsKey(TableObject.TheKey);
    }

    /// <summary>Changes of nf_tables are not heard: they are looked for with each try to listen.</summary>
    private void TakeUnheard(BrainEvent.RulesetUnheard unheard, Instant now, List<BrainAction> actions)
    {
        _elementsUnread = true;
        MarkDirty(Ruleset, now, ReadDelay);
        if (unheard.Error is not { } error)
        {
            _findings.Remove(UnheardFinding);
            return;
        }

        string text = $"changes of nf_tables by others are not heard, and found late: {error}";
        if (!_findings.ContainsKey(UnheardFinding))
        {
            actions.Add(new BrainAction.Note(FindingSeverity.Error, text));
        }

        Find(UnheardFinding, FindingSeverity.Error, text, "Kernel");
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
