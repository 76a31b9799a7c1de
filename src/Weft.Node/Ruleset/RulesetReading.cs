using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>What the kernel said of nf_tables: our table as objects, and what of others' concerns us.</summary>
internal sealed class RulesetReading
{
    private readonly SortedDictionary<string, List<NftRule>> _rules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<NftSetElement>> _elements = new(StringComparer.Ordinal);
    private readonly List<NftChain> _guards = [];
    private readonly SortedDictionary<ObjectKey, KernelObject> _objects = [];

    /// <summary>All chains of the namespace, ours and others'.</summary>
    public List<NftChain> Chains { get; } = [];

    /// <summary>The sets of ours whose elements are worth a look: those that we know.</summary>
    public IEnumerable<string> Sets => _objects.Values.OfType<SetObject>().Select(s => s.Name)
        .Where(n => SetDefinition.Find(n) is not null);

    /// <summary>Whether the elements of sets were asked for, too.</summary>
    public bool HasElements { get; set; }

    /// <summary>The sets of whose elements one came twice: the kernel was rearranging the set meanwhile, and may as well
    /// have left some out.</summary>
    public IReadOnlySet<string> Torn => _elements
        .Where(e => e.Value.DistinctBy(v => (v.Key, v.Flags & NftSetElementFlags.IntervalEnd)).Count() < e.Value.Count)
        .Select(e => e.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>Rules of others' tables.</summary>
    public List<NftRule> ForeignRules { get; } = [];

    /// <summary>Asks for everything of ours but the elements of sets, and for the chains of others.</summary>
    public static IReadOnlyList<NetlinkRequest> StructureRequests() =>
    [
        NftablesRequests.GetTable(NftFamily.Inet, KernelNames.Table),
        NftablesRequests.DumpChains(),
        NftablesRequests.DumpSets(NftFamily.Inet, KernelNames.Table),
        NftablesRequests.DumpRules(NftFamily.Inet, KernelNames.Table),
    ];

    /// <summary>Asks for the elements of sets, and for the rules of tables of others.</summary>
    public static IReadOnlyList<NetlinkRequest> ContentRequests(
        IEnumerable<string> sets, IEnumerable<(NftFamily Family, string Table)> foreign) =>
    [
        .. sets.Select(s => NftablesRequests.DumpElements(NftFamily.Inet, KernelNames.Table, s)),
        .. foreign.Select(f => NftablesRequests.DumpRules(f.Family, f.Table)),
    ];

    /// <summary>Whether a message speaks of our table.</summary>
    public static bool IsOurs(NftablesMessage message) => message switch
    {
        NftablesMessage.TableChanged m => IsOurs(m.Table.Family, m.Table.Name),
        NftablesMessage.ChainChanged m => IsOurs(m.Chain.Family, m.Chain.Table),
        NftablesMessage.RuleChanged m => IsOurs(m.Rule.Family, m.Rule.Table),
        NftablesMessage.SetChanged m => IsOurs(m.Set.Family, m.Set.Table),
        NftablesMessage.ElementsChanged m => IsOurs(m.Elements.Family, m.Elements.Table),
        _ => false,
    };

    /// <summary>Takes an answer over.</summary>
    public void Take(ReadOnlySpan<byte> messages)
    {
        NetlinkMessageReader reader = new(messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (NftablesMessage.TryDecode(view.Bytes, out NftablesMessage? message))
            {
                Take(message);
            }
        }
    }

    /// <summary>Our objects.</summary>
    public SortedDictionary<ObjectKey, KernelObject> ToObjects()
    {
        foreach ((string chain, List<NftRule> rules) in _rules.Where(r => !IsGuard(r.Key)))
        {
            Add(new RulesObject(chain, [.. rules.Select(BodyOf)]) { Handles = [.. rules.Select(r => r.Handle)] });
        }

        foreach (NftChain guard in _guards)
        {
            bool isInPlace = guard is { Policy: NftVerdictCode.Drop, Hook: { Type: NftHook.Filter, Number: NftHookNumber.Ingress } hook }
                && hook.Priority == RulesetWriter.GuardPriority && hook.Devices.Count == 1 && hook.Devices[0] == guard.Name;
            Add(new GuardObject(guard.Name, isInPlace ? [.. _rules.GetValueOrDefault(guard.Name, []).Select(BodyOf)] : []));
        }

        foreach ((string set, List<NftSetElement> elements) in _elements)
        {
            foreach (ElementObject element in OfElements(set, elements))
            {
                Add(element);
            }
        }

        return _objects;
    }

    /// <summary>Whether a chain is somebody else's, on the way of packets through IP: they may track connections by it.</summary>
    public static bool IsFilterOfOthers(NftChain chain) =>
        !IsOurs(chain.Family, chain.Table) && chain.Hook is { Number: <= NftHookNumber.Postrouting }
        && chain.Family is NftFamily.Inet or NftFamily.Ipv4 or NftFamily.Ipv6;

    // The chain of a guard is called like its link, and no other of our chains is called like a link.
    private static bool IsGuard(string chain) => KernelNames.IsOurs(chain);

    private static bool IsOurs(NftFamily family, string table) => family == NftFamily.Inet && table == KernelNames.Table;

    private void Add(RulesetObject value) => _objects[value.Key] = value;

    private void Take(NftablesMessage message)
    {
        bool ours = IsOurs(message);
        switch (message)
        {
            case NftablesMessage.TableChanged m when ours:
                Add(new TableObject((uint)m.Table.Flags));
                break;
            case NftablesMessage.ChainChanged m:
                Chains.Add(m.Chain);
                if (ours && IsGuard(m.Chain.Name))
                {
                    _guards.Add(m.Chain);
                }
                else if (ours)
                {
                    Add(OfChain(m.Chain));
                }

                break;
            case NftablesMessage.SetChanged m when ours:
                Add(new SetObject(m.Set.Name, m.Set.KeyLength, (m.Set.Flags & NftSetFlags.Interval) != 0, m.Set.DataLength));
                break;
            case NftablesMessage.RuleChanged m when ours:
                ListOf(_rules, m.Rule.Chain).Add(m.Rule);
                break;
            case NftablesMessage.RuleChanged m:
                ForeignRules.Add(m.Rule);
                break;
            case NftablesMessage.ElementsChanged m when ours:
                ListOf(_elements, m.Elements.Set).AddRange(m.Elements.Elements);
                break;
            default:
                break;
        }
    }

    private static List<T> ListOf<T>(SortedDictionary<string, List<T>> lists, string name)
    {
        if (!lists.TryGetValue(name, out List<T>? list))
        {
            list = [];
            lists.Add(name, list);
        }

        return list;
    }

    private static ChainObject OfChain(NftChain chain) => new(
        chain.Name,
        chain.Hook is { } hook ? new ChainHook(hook.Type, (uint)hook.Number, hook.Priority) : null,
        chain.Policy == NftVerdictCode.Drop);

    private static RuleBody BodyOf(NftRule rule) =>
        new([.. rule.Expressions.Select(e => e.WithoutState())], rule.Comment ?? "");

    // An interval is its first key, and somewhere behind it the first key that is no longer in it.
    private static IEnumerable<ElementObject> OfElements(string set, List<NftSetElement> elements)
    {
        if (SetDefinition.Find(set) is not { Intervals: true })
        {
            foreach (NftSetElement element in elements)
            {
                yield return new ElementObject(set, element.Key, element.Comment ?? "")
                {
                    Data = element.Data is NftData.Value value ? value.Bytes : null,
                };
            }

            yield break;
        }

        ElementObject? open = null;
        foreach (NftSetElement element in elements.OrderBy(e => e, EndsFirst))
        {
            bool isEnd = (element.Flags & NftSetElementFlags.IntervalEnd) != 0;
            if (!isEnd)
            {
                if (open is not null)
                {
                    yield return open;
                }

                open = new ElementObject(set, element.Key, element.Comment ?? "");
            }
            else if (open is not null)
            {
                yield return open with { End = element.Key };
                open = null;
            }
            else if (element.Key.Span.ContainsAnyExcept((byte)0))
            {
                yield return new ElementObject(set, element.Key, "") { IsEnd = true };
            }
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    private static readonly Comparer<NftSetElement> EndsFirst = Comparer<NftSetElement>.Create((a, b) =>
    {
        int order = a.Key.Span.SequenceCompareTo(b.Key.Span);
        return order != 0 ? order
            : (b.Flags & NftSetElementFlags.IntervalEnd).CompareTo(a.Flags & NftSetElementFlags.IntervalEnd);
    });
}
