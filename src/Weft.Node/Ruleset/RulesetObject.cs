using System.Collections.Generic;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables.Expressions;
using Weft.Netlink.Nftables.Rules;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>An object of nf_tables in <c>table inet weft</c>.</summary>
internal abstract record RulesetObject : KernelObject
{
    /// <inheritdoc/>
    public override string StandsOn => "";

    /// <summary>Whether what differs can only be had by making the whole table anew.</summary>
    public virtual bool NeedsRebirth(RulesetObject actual) => !Equals(actual);
}

/// <summary>The table.</summary>
/// <param name="Flags">Its flags; none of them is ours (a table may be put to sleep by NFT_TABLE_F_DORMANT).</param>
internal sealed record TableObject(uint Flags) : RulesetObject
{
    public override ObjectKey Key => TheKey;

    public static ObjectKey TheKey { get; } = new(ObjectKind.Table, $"inet {KernelNames.Table}");

    public override bool NeedsRebirth(RulesetObject actual) => false;
}

/// <summary>A chain, without its rules.</summary>
/// <param name="Name">The name.</param>
/// <param name="Hook">Where packets come in; none for a chain that rules jump to.</param>
/// <param name="Drops">Whether what no rule decides is dropped.</param>
internal sealed record ChainObject(string Name, ChainHook? Hook, bool Drops = false) : RulesetObject
{
    public override ObjectKey Key => KeyOf(Name);

    public static ObjectKey KeyOf(string name) => new(ObjectKind.Chain, name);

    public override bool NeedsRebirth(RulesetObject actual) => actual is not ChainObject chain || chain.Hook != Hook;
}

/// <summary>Where a base chain stands in the packet's way.</summary>
/// <param name="Type"><c>filter</c> or <c>nat</c>.</param>
/// <param name="Number">The hook's number (<c>enum nf_inet_hooks</c>).</param>
/// <param name="Priority">Smaller comes first.</param>
internal sealed record ChainHook(string Type, uint Number, int Priority);

/// <summary>A set, without its elements.</summary>
/// <param name="Name">The name.</param>
/// <param name="KeyLength">The length of its key in bytes.</param>
/// <param name="Intervals">Whether its elements are intervals.</param>
/// <param name="DataLength">Of a map the length of what it has for a key, in bytes; else 0.</param>
internal sealed record SetObject(string Name, int KeyLength, bool Intervals, int DataLength = 0) : RulesetObject
{
    public override ObjectKey Key => KeyOf(Name);

    public static ObjectKey KeyOf(string name) => new(ObjectKind.Set, name);
}

/// <summary>An element of a set.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="Value">The key; of an interval its first.</param>
/// <param name="Cause">The resource that it follows from.</param>
internal sealed record ElementObject(string Set, NftBytes Value, string Cause) : RulesetObject
{
    /// <summary>What a map has for the key; none of a set's.</summary>
    public NftBytes? Data { get; init; }

    /// <summary>Of an interval the first key behind it; none if there is none behind, and of single keys.</summary>
    public NftBytes? End { get; init; }

    /// <summary>Whether it is only the end of an interval, whose beginning is gone.</summary>
    public bool IsEnd { get; init; }

    public override ObjectKey Key => new(
        ObjectKind.Element, $"{(IsEnd ? "end " : "")}{SetDefinition.Find(Set)?.TextOf(Value) ?? Value.ToString()} of {Set}");

    public override bool NeedsRebirth(RulesetObject actual) => false;
}

/// <summary>One rule, without what it has counted.</summary>
/// <param name="Expressions">What it does.</param>
/// <param name="Comment">What it is for.</param>
internal sealed record RuleBody(NftList<NftExpression> Expressions, string Comment)
{
    /// <summary>A rule of ours.</summary>
    public RuleBody(string comment, NftRuleBuilder rule)
        : this(rule.Build(), ElementConversion.CommentOf(comment))
    {
    }
}

/// <summary>All rules of a chain, in order.</summary>
internal sealed record RulesObject(string Chain, NftList<RuleBody> Rules) : RulesetObject
{
    /// <summary>The kernel's handles of the rules; none while it has not been read since they were made.</summary>
    public IReadOnlyList<ulong> Handles { get; init; } = [];

    public override ObjectKey Key => KeyOf(Chain);

    /// <summary>What must be there before them: their chain, the chains that they go to and the sets that they ask.</summary>
    public IEnumerable<ObjectKey> Names => Rules.SelectMany(r => r.Expressions).Select(e => e switch
    {
        NftExpression.Decide { Verdict.Chain: { } chain } => ChainObject.KeyOf(chain),
        NftExpression.Lookup lookup => SetObject.KeyOf(lookup.Set),
        _ => ChainObject.KeyOf(Chain),
    });

    public static ObjectKey KeyOf(string chain) => new(ObjectKind.Rules, chain);

    public bool Equals(RulesObject? other) => other is not null && Chain == other.Chain && Rules.Equals(other.Rules);

    public override int GetHashCode() => Rules.Count;

    public override bool NeedsRebirth(RulesetObject actual) => false;

    public override string ToString() => $"rules of {Chain}: {string.Join("; ", Rules.Select(r => r.Comment))}";
}

/// <summary>The guard of a workload's link: a chain at the ingress of the link, called like the link, and all its rules.
/// Some kernels take the chain away with its link, and tell nobody.</summary>
/// <param name="Device">The link.</param>
/// <param name="Rules">The rules, in order; none of a chain that stands elsewhere, or is no chain of ours.</param>
internal sealed record GuardObject(string Device, NftList<RuleBody> Rules) : RulesetObject
{
    public override ObjectKey Key => KeyOf(Device);

    public static ObjectKey KeyOf(string device) => new(ObjectKind.Guard, device);

    public override bool NeedsRebirth(RulesetObject actual) => false;

    public override string ToString() => $"guard of {Device}: {string.Join("; ", Rules.Select(r => r.Comment))}";
}
