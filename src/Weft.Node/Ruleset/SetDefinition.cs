using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;

namespace Weft.Node.Ruleset;

/// <summary>One field of a set's key.</summary>
internal enum SetField
{
    /// <summary>An IPv4 address.</summary>
    Ipv4,

    /// <summary>An IPv6 address.</summary>
    Ipv6,
}

/// <summary>What a set of ours is: its key, and whether its elements are single keys or intervals. Members are single
/// keys wherever there may be many: a hash set changes at the same cost whatever it holds.</summary>
/// <param name="Name">The name.</param>
/// <param name="Fields">The key's fields, in order.</param>
/// <param name="Intervals">Whether elements are intervals.</param>
/// <param name="Meaning">What is in it, for people.</param>
/// <param name="IsMap">Whether it has a TCP segment's size for each key: two bytes.</param>
internal sealed record SetDefinition(string Name, NftList<SetField> Fields, bool Intervals, string Meaning, bool IsMap = false)
{
    /// <summary>The length in bytes of what a map has for a key; 0 of a set.</summary>
    public int DataLength => IsMap ? sizeof(ushort) : 0;

    /// <summary>The key's length in bytes, as registers hold it.</summary>
    public int KeyLength => Fields.Sum(LengthOf);

    /// <summary>All sets that are there whatever the plan says, in order.</summary>
    public static IReadOnlyList<SetDefinition> Static { get; } =
    [
        .. Families.SelectMany(family => (SetDefinition[])
        [
            new(RulesetNames.Hosts(family), [Of(family)], false, "addresses of all nodes"),
            new(RulesetNames.Nat(family), [Of(family)], true, "pools with natOutgoing"),
            new(RulesetNames.Pools(family), [Of(family)], true, "all pools"),
            new(RulesetNames.Vteps(family), [Of(family)], false, "nodes that may send in tunnels"),
        ]),
    ];

    private static IpFamily[] Families => [IpFamily.Ipv4, IpFamily.Ipv6];

    /// <summary>The set of inner sources.</summary>
    public static SetDefinition Of(InnerSet set) => new(
        RulesetNames.Inner(set), [Of(set.Outer), Of(set.Inner)], false, $"blocks of /{set.Length} that a node may send in a tunnel");

    /// <summary>The map of segment sizes.</summary>
    public static SetDefinition Of(SegmentMap map) => new(
        RulesetNames.Segments(map), [Of(map.Family)], false, $"TCP segments that fit on the way to blocks of /{map.Length}", IsMap: true);

    /// <summary>A set of ours by its name; none if no set of ours has it.</summary>
    public static SetDefinition? Find(string name) =>
        RulesetNames.InnerOf(name) is { } inner ? Of(inner)
        : RulesetNames.SegmentsOf(name) is { } map ? Of(map)
        : Static.FirstOrDefault(s => s.Name == name);

    /// <summary>A key in words: <c>172.16.1.11 . 10.65.0.64</c>.</summary>
    public string TextOf(NftBytes key)
    {
        if (key.Length != KeyLength)
        {
            return key.ToString();
        }

        List<string> words = [];
        int offset = 0;
        foreach (SetField field in Fields)
        {
            int length = LengthOf(field);
            words.Add(IpAddress.TryReadFrom(key.Span.Slice(offset, length), out IpAddress address) ? address.ToString() : "?");
            offset += length;
        }

        return string.Join(" . ", words);
    }

    private static SetField Of(IpFamily family) => family == IpFamily.Ipv4 ? SetField.Ipv4 : SetField.Ipv6;

    private static int LengthOf(SetField field) => field == SetField.Ipv4 ? 4 : 16;
}
