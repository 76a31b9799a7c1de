using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>Turns the difference between the ruleset as it should be and as it is into one transaction: the table, chains
/// and sets, then elements, then the rules that use them; the reverse when taking away.</summary>
internal static class RulesetWriter
{
    /// <summary>How many elements one transaction changes at most. While there are more, no rule is changed: rules come
    /// when what they look up is complete.</summary>
    public const int ElementsMax = 2048;

    private const NftFamily Inet = NftFamily.Inet;
    private const string Table = KernelNames.Table;

    /// <summary>The next transaction; empty if there is nothing to do, or nothing that may be done now.</summary>
    /// <param name="scope">What should be, and what is.</param>
    /// <param name="due">The keys that differ and may be tried, in order.</param>
    /// <param name="isHeld">Whether an element that nobody wants must stay for now.</param>
    public static List<(NetlinkRequest Request, KernelStep Step)> Changes(
        KernelScope scope, IEnumerable<ObjectKey> due, Predicate<ElementObject> isHeld)
    {
        List<ObjectKey> keys = [.. due.Take(ElementsMax + scope.Objects.Pending.TakeWhile(k => k.Kind < ObjectKind.Element).Count() + 1)];
        List<(NetlinkRequest, KernelStep)> steps = [];
        if (keys.Exists(k => NeedsRebirth(scope, k)))
        {
            steps.Add((NftablesRequests.DeleteTable(Inet, Table), new KernelStep(TableObject.TheKey, null)));
            keys = [.. scope.Objects.Desired.Keys.Order()];
            Make(scope, keys, null, steps);
            return steps;
        }

        List<ObjectKey> elements = [.. keys.Where(k => k.Kind == ObjectKind.Element)];
        bool isComplete = elements.Count <= ElementsMax && !IsLacking(scope, keys);
        Make(scope, [.. keys.Where(k => k.Kind < ObjectKind.Rules), .. elements.Take(ElementsMax)], isHeld, steps);
        if (isComplete)
        {
            ReplaceRules(scope, keys, steps);
            RemoveStructure(scope, keys, steps);
        }

        return steps;
    }

    private static bool NeedsRebirth(KernelScope scope, ObjectKey key) =>
        scope.Objects.TryGetDesired(key, out KernelObject? desired) && scope.Objects.TryGetActual(key, out KernelObject? actual)
        && ((RulesetObject)desired).NeedsRebirth((RulesetObject)actual);

    // A chain or set that the kernel refused, and that rules may need: they wait for it.
    private static bool IsLacking(KernelScope scope, List<ObjectKey> due) => scope.Objects.Pending
        .TakeWhile(k => k.Kind < ObjectKind.Rules)
        .Any(k => scope.Objects.TryGetDesired(k, out _) && !due.Contains(k));

    private static void Make(
        KernelScope scope, List<ObjectKey> keys, Predicate<ElementObject>? isHeld, List<(NetlinkRequest, KernelStep)> steps)
    {
        bool anew = isHeld is null;
        foreach (ObjectKey key in keys.Where(k => k.Kind < ObjectKind.Rules))
        {
            if (scope.Objects.TryGetDesired(key, out KernelObject? value))
            {
                steps.Add((RequestFor((RulesetObject)value), new KernelStep(key, value)));
            }
        }

        foreach (ObjectKey key in keys.Where(k => k.Kind == ObjectKind.Element))
        {
            if (!anew && scope.Objects.TryGetActual(key, out KernelObject? there))
            {
                ElementObject before = (ElementObject)there;
                bool replaced = scope.Objects.TryGetDesired(key, out _);
                if (replaced || !isHeld!(before))
                {
                    steps.Add((RequestFor(before, remove: true), new KernelStep(key, null)));
                }
            }

            if (scope.Objects.TryGetDesired(key, out KernelObject? value))
            {
                ElementObject element = (ElementObject)value;
                if (anew || IsThere(scope, keys, SetObject.KeyOf(element.Set)))
                {
                    steps.Add((RequestFor(element, remove: false), new KernelStep(key, element)));
                }
            }
        }

        if (anew)
        {
            ReplaceRules(scope, keys, steps, anew);
        }
    }

    private static bool IsThere(KernelScope scope, List<ObjectKey> made, ObjectKey key) =>
        scope.Objects.TryGetActual(key, out _) || made.Contains(key);

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
            comment: definition.Meaning)),
        _ => throw new UnreachableException(),
    };

    private static NetlinkRequest RequestFor(ElementObject element, bool remove)
    {
        NftSetElement first = new()
        {
            Key = element.Value,
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
        SetField.Ipv6 => NftDataType.Ipv6Address,
        _ => NftDataType.InterfaceName,
    };

    private static void ReplaceRules(
        KernelScope scope, List<ObjectKey> keys, List<(NetlinkRequest, KernelStep)> steps, bool anew = false)
    {
        foreach (ObjectKey key in keys.Where(k => k.Kind == ObjectKind.Rules))
        {
            RulesObject? before = !anew && scope.Objects.TryGetActual(key, out KernelObject? there) ? (RulesObject)there : null;
            RulesObject? after = scope.Objects.TryGetDesired(key, out KernelObject? wanted) ? (RulesObject)wanted : null;
            foreach (NetlinkRequest request in Requests(key.Id, before, after))
            {
                steps.Add((request, new KernelStep(key, after)));
            }
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
            NftRule rule = new()
            {
                Family = Inet,
                Table = Table,
                Chain = chain,
                Expressions = wanted[i].Expressions,
                UserData = NftUserData.OfComment(wanted[i].Comment),
                Position = start > 0 ? before!.Handles[start - 1] : 0,
            };
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
