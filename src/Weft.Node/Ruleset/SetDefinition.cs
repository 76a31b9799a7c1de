using System.Collections.Generic;
using System.Linq;
using System.Text;
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

    /// <summary>The name of an interface.</summary>
    Interface,
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
    private const int InterfaceLength = 16;

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
            new(RulesetNames.Workloads(family), [SetField.Interface, Of(family)], false, "workloads' own addresses"),
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

    /// <summary>A key in words: <c>weft0123456789a . 10.65.0.1</c>.</summary>
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
            words.Add(field == SetField.Interface
                ? Encoding.UTF8.GetString(key.Span.Slice(offset, length)).TrimEnd('\0')
                : IpAddress.TryReadFrom(key.Span.Slice(offset, length), out IpAddress address) ? address.ToString() : "?");
            offset += length;
        }

        return string.Join(" . ", words);
    }

    /// <summary>The interface that a key begins with; none if the set has no such field.</summary>
    public string? InterfaceOf(NftBytes key) => Fields[0] == SetField.Interface && key.Length == KeyLength
        ? Encoding.UTF8.GetString(key.Span[..InterfaceLength]).TrimEnd('\0')
        : null;

    private static SetField Of(IpFamily family) => family == IpFamily.Ipv4 ? SetField.Ipv4 : SetField.Ipv6;

    private static int LengthOf(SetField field) => field switch
    {
        SetField.Ipv4 => 4,
        _ => InterfaceLength, // An IPv6 address is as long.
    };
}
