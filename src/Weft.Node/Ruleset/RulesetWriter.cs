using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>Turns the difference between the ruleset as it should be and as it is into one transaction: the table, chains
/// and sets, then elements, then the rules that use them; the reverse when taking away.</summary>
internal static class RulesetWriter
{
    /// <summary>How many elements one transaction changes at most in a table that is there. While there are more, no rule is
    /// changed: rules come when what they look up is complete.</summary>
    public const int ElementsMax = 2048;

    /// <summary>The turn of a guard among others' chains at the ingress of a link: first.</summary>
    public const int GuardPriority = -500;

    private const NftFamily Inet = NftFamily.Inet;
    private const string Table = KernelNames.Table;

    // Without an object that was refused so often the table is made anew, rather than not at all.
    private const int AttemptsMax = 3;

    /// <summary>The next transaction; empty if there is nothing to do, or nothing that may be done now.</summary>
    /// <param name="scope">What should be, and what is.</param>
    /// <param name="due">The keys that differ and may be tried, in order.</param>
    /// <param name="hasLink">Whether a workload's link is there: only then its guard is made, and not taken away.</param>
    public static List<(NetlinkRequest Request, KernelStep Step)> Changes(
        KernelScope scope, IEnumerable<ObjectKey> due, Predicate<string> hasLink)
    {
        List<ObjectKey> keys =
            [.. due.Where(k => k.Kind != ObjectKind.Guard || hasLink(k.Id) == scope.Objects.TryGetDesired(k, out _))];
        List<(NetlinkRequest, KernelStep)> steps = [];
        if (!scope.Objects.TryGetActual(TableObject.TheKey, out KernelObject? table))
        {
            // Nothing can be made without the table, and nothing of it protects before all of it is there.
            if (keys.Contains(TableObject.TheKey))
            {
                MakeAnew(scope, hasLink, 1, steps);
            }
        }
        else if (keys.Exists(k => NeedsRebirth(scope, k)))
        {
            // Somebody may have taken it away a moment ago: then it is made first, and that it goes is no error.
            steps.Add((RequestFor((RulesetObject)table), new KernelStep(TableObject.TheKey, table)));
            steps.Add((NftablesRequests.DeleteTable(Inet, Table), new KernelStep(TableObject.TheKey, null)));
            MakeAnew(scope, hasLink, AttemptsMax, steps);
        }
        else
        {
            Change(scope, keys, steps);
        }

        return steps;
    }

    private static bool NeedsRebirth(KernelScope scope, ObjectKey key) =>
        scope.Objects.TryGetDesired(key, out KernelObject? desired) && scope.Objects.TryGetActual(key, out KernelObject? actual)
        && ((RulesetObject)desired).NeedsRebirth((RulesetObject)actual);

    // All that is wanted, in one transaction, but what was refused so often, and what cannot be without that.
    private static void MakeAnew(
        KernelScope scope, Predicate<string> hasLink, int attempts, List<(NetlinkRequest, KernelStep)> steps)
    {
        HashSet<ObjectKey> without =
        [
            .. scope.Refusals.Where(r => r.Key.Kind != ObjectKind.Table && r.Value.Attempts >= attempts).Select(r => r.Key),
        ];
        foreach (ObjectKey key in scope.Objects.Desired.Keys.Where(k => k.Kind is not ObjectKind.Rules and not ObjectKind.Guard).Order())
        {
            RulesetObject value = (RulesetObject)scope.Objects.Desired[key];
            if (!without.Contains(key) && !(value is ElementObject element && without.Contains(SetObject.KeyOf(element.Set))))
            {
                steps.Add((
                    value is ElementObject member ? RequestFor(member, remove: false) : RequestFor(value),
                    new KernelStep(key, value)));
            }
        }

        foreach (ObjectKey key in scope.Objects.Desired.Keys.Where(k => k.Kind == ObjectKind.Rules).Order())
        {
            RulesObject rules = (RulesObject)scope.Objects.Desired[key];
            if (!without.Contains(key) && !rules.Names.Any(without.Contains))
            {
                Replace(null, rules, key, steps);
            }
        }

        foreach (ObjectKey key in scope.Objects.Desired.Keys.Where(k => k.Kind == ObjectKind.Guard && hasLink(k.Id)).Order())
        {
            GuardObject guard = (GuardObject)scope.Objects.Desired[key];
            if (!without.Contains(key) && !NamedBy(guard.Rules).Any(without.Contains))
            {
                Make(guard, steps);
            }
        }
    }

    private static void Change(
        KernelScope scope, List<ObjectKey> keys, List<(NetlinkRequest, KernelStep)> steps)
    {
        HashSet<ObjectKey> made = [];
        foreach (ObjectKey key in keys.Where(k => k.Kind < ObjectKind.Rules))
        {
            if (scope.Objects.TryGetDesired(key, out KernelObject? value))
            {
                made.Add(key);
                steps.Add((RequestFor((RulesetObject)value), new KernelStep(key, value)));
            }
        }

        bool IsThere(ObjectKey key) => made.Contains(key) || scope.Objects.TryGetActual(key, out _);
        if (!ChangeElements(scope, keys, IsThere, steps))
        {
            return;
        }

        // Rules that name what the kernel refused wait for it, and they only.
        HashSet<ObjectKey> replaced = [];
        foreach (ObjectKey key in keys.Where(k => k.Kind == ObjectKind.Rules))
        {
            RulesObject? before = scope.Objects.TryGetActual(key, out KernelObject? there) ? (RulesObject)there : null;
            RulesObject? after = scope.Objects.TryGetDesired(key, out KernelObject? wanted) ? (RulesObject)wanted : null;
            if (after is null || after.Names.All(IsThere))
            {
                replaced.Add(key);
                Replace(before, after, key, steps);
            }
        }

        foreach (ObjectKey key in keys.Where(k => k.Kind == ObjectKind.Guard))
        {
            if (!scope.Objects.TryGetDesired(key, out KernelObject? wanted))
            {
                Remove(key, steps);
            }
            else if (NamedBy(((GuardObject)wanted).Rules).All(IsThere))
            {
                Remove(key, steps);
                Make((GuardObject)wanted, steps);
            }
        }

        HashSet<ObjectKey> named =
        [
            .. scope.Objects.Pending.Where(k => k.Kind == ObjectKind.Rules && !replaced.Contains(k))
                .SelectMany(k => scope.Objects.TryGetActual(k, out KernelObject? stays) ? ((RulesObject)stays).Names : []),
        ];
        RemoveStructure(scope, [.. keys.Where(k => !named.Contains(k))], steps);
    }

    // What goes makes room: an interval cannot come while one that it overlaps is there. Whether that was all.
    private static bool ChangeElements(
        KernelScope scope,
        List<ObjectKey> keys,
        Predicate<ObjectKey> isThere,
        List<(NetlinkRequest, KernelStep)> steps)
    {
        List<(ObjectKey Key, ElementObject? Before, ElementObject? After)> elements = [];
        foreach (ObjectKey key in keys.Where(k => k.Kind == ObjectKind.Element))
        {
            ElementObject? after = scope.Objects.TryGetDesired(key, out KernelObject? wanted) ? (ElementObject)wanted : null;
            ElementObject? before = scope.Objects.TryGetActual(key, out KernelObject? there) ? (ElementObject)there : null;
            bool comes = after is not null && isThere(SetObject.KeyOf(after.Set));
            if (before is not null || comes)
            {
                elements.Add((key, before, comes ? after : null));
            }
        }

        bool isAll = elements.Count <= ElementsMax;
        if (!isAll)
        {
            elements = [.. elements.OrderBy(e => e.After is not null).Take(ElementsMax)];
        }

        foreach ((ObjectKey key, ElementObject? before, _) in elements)
        {
            if (before is not null)
            {
                steps.Add((RequestFor(before, remove: true), new KernelStep(key, null)));
            }
        }

        foreach ((ObjectKey key, _, ElementObject? after) in elements)
        {
            if (after is not null)
            {
                steps.Add((RequestFor(after, remove: false), new KernelStep(key, after)));
            }
        }

        return isAll;
    }

    private static void Make(GuardObject guard, List<(NetlinkRequest, KernelStep)> steps)
    {
        KernelStep step = new(guard.Key, guard);
        steps.Add((NftablesRequests.AddChain(new NftChain
        {
            Family = Inet,
            Table = Table,
            Name = guard.Device,
            Hook = new NftHook(NftHook.Filter, NftHookNumber.Ingress, GuardPriority) { Devices = [guard.Device] },
            Policy = NftVerdictCode.Drop, // What no rule lets through is not let through, whatever became of the rules.
        }), step));
        foreach (RuleBody rule in guard.Rules)
        {
            steps.Add((NftablesRequests.AppendRule(RuleOf(guard.Device, rule)), step));
        }
    }

    // It may have gone with its link, or be there from another one of that name: made it is there in any case, and that it goes
    // is no error.
    private static void Remove(ObjectKey guard, List<(NetlinkRequest, KernelStep)> steps)
    {
        KernelStep step = new(guard, null);
        steps.Add((NftablesRequests.AddChain(new NftChain { Family = Inet, Table = Table, Name = guard.Id }), step));
        steps.Add((NftablesRequests.DeleteChain(Inet, Table, guard.Id), step));
    }

    private static IEnumerable<ObjectKey> NamedBy(IEnumerable<RuleBody> rules) => rules.SelectMany(r => r.Expressions)
        .OfType<NftExpression.Decide>().Select(d => d.Verdict.Chain).OfType<string>().Select(ChainObject.KeyOf);

    private static NftRule RuleOf(string chain, RuleBody rule) => new()
    {
        Family = Inet,
        Table = Table,
        Chain = chain,
        Expressions = rule.Expressions,
        UserData = NftUserData.OfComment(rule.Comment),
    };

    private static NetlinkRequest RequestFor(RulesetObject value) => value switch
    {
        TableObject table => NftablesRequests.AddTable(new NftTable
        {
            Family = Inet,
            Name = Table,
            Flags = (NftTableFlags)table.Flags,
            UserData = NftUserData.OfComment("weft: kept as it is by the agent of this node"),
        }),
        ChainObject chain => NftablesRequests.AddChain(new NftChain
        {
            Family = Inet,
            Table = Table,
            Name = chain.Name,
            Hook = chain.Hook is { } hook ? new NftHook(hook.Type, (NftHookNumber)hook.Number, hook.Priority) : null,
            Policy = chain.Drops ? NftVerdictCode.Drop : NftVerdictCode.Accept,
        }),
        SetObject set when SetDefinition.Find(set.Name) is { } definition => NftablesRequests.AddSet(NftSet.Of(
            Inet,
            Table,
            set.Name,
            [.. definition.Fields.Select(TypeOf)],
            definition.Intervals ? NftSetFlags.Interval : NftSetFlags.None,
            definition.IsMap ? NftDataType.Port : null, // 16 bits in network order: it shows a size as a number.
            definition.Meaning)),
        _ => throw new UnreachableException(),
    };

    private static NetlinkRequest RequestFor(ElementObject element, bool remove)
    {
        NftSetElement first = new()
        {
            Key = element.Value,
            Data = element.Data is { } data ? NftData.Of(data) : null,
            Flags = element.IsEnd ? NftSetElementFlags.IntervalEnd : NftSetElementFlags.None,
            UserData = remove ? default : NftUserData.OfComment(element.Cause),
        };
        NftSetElements elements = new(Inet, Table, element.Set, element.End is { } end
            ? [first, new NftSetElement { Key = end, Flags = NftSetElementFlags.IntervalEnd }]
            : [first]);
        return (remove ? NftablesRequests.DeleteElements(elements) : NftablesRequests.AddElements(elements))[0];
    }

    private static NftDataType TypeOf(SetField field) => field switch
    {
        SetField.Ipv4 => NftDataType.Ipv4Address,
        _ => NftDataType.Ipv6Address,
    };

    private static void Replace(
        RulesObject? before, RulesObject? after, ObjectKey key, List<(NetlinkRequest, KernelStep)> steps)
    {
        foreach (NetlinkRequest request in Requests(key.Id, before, after))
        {
            steps.Add((request, new KernelStep(key, after)));
        }
    }

    // Rules that stay at the beginning and at the end of a chain are left alone: they go on counting.
    private static IEnumerable<NetlinkRequest> Requests(string chain, RulesObject? before, RulesObject? after)
    {
        NftList<RuleBody> wanted = after?.Rules ?? [];
        NftList<RuleBody> there = before?.Rules ?? [];
        if (before is not null && before.Handles.Count != there.Count)
        {
            yield return NftablesRequests.FlushRules(Inet, Table, chain);
            there = [];
        }

        int start = 0;
        while (start < there.Count && start < wanted.Count && there[start].Equals(wanted[start]))
        {
            start++;
        }

        int end = 0;
        while (end < there.Count - start && end < wanted.Count - start && there[^(end + 1)].Equals(wanted[^(end + 1)]))
        {
            end++;
        }

        for (int i = start; i < there.Count - end; i++)
        {
            yield return NftablesRequests.DeleteRule(Inet, Table, chain, before!.Handles[i]);
        }

        // Each behind the last rule that stays, or at the beginning: so the last one comes first.
        for (int i = wanted.Count - end - 1; i >= start; i--)
        {
            NftRule rule = RuleOf(chain, wanted[i]) with { Position = start > 0 ? before!.Handles[start - 1] : 0 };
            yield return start > 0 ? NftablesRequests.AppendRule(rule) : NftablesRequests.InsertRule(rule);
        }
    }

    private static void RemoveStructure(KernelScope scope, List<ObjectKey> keys, List<(NetlinkRequest, KernelStep)> steps)
    {
        foreach (ObjectKey key in keys.Where(k => k.Kind is ObjectKind.Set or ObjectKind.Chain or ObjectKind.Table).OrderDescending())
        {
            if (scope.Objects.TryGetDesired(key, out _) || !scope.Objects.TryGetActual(key, out _))
            {
                continue;
            }

            NetlinkRequest request = key.Kind switch
            {
                ObjectKind.Set => NftablesRequests.DeleteSet(Inet, Table, key.Id),
                ObjectKind.Chain => NftablesRequests.DeleteChain(Inet, Table, key.Id),
                _ => NftablesRequests.DeleteTable(Inet, Table),
            };
            steps.Add((request, new KernelStep(key, null)));
        }
    }
}
