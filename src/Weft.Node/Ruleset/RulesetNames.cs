using System;
using System.Globalization;
using Weft.Net;

namespace Weft.Node.Ruleset;

/// <summary>The names of our chains and sets in <c>table inet weft</c>: what people see who run <c>nft list table inet weft</c>.
/// </summary>
internal static class RulesetNames
{
    /// <summary>Host sides of workloads' links, and all that calls itself like one.</summary>
    public const string WorkloadLinks = "weft*";

    public const string Prerouting = "prerouting";
    public const string Input = "input";
    public const string Output = "output";
    public const string Postrouting = "postrouting";
    public const string FromWorkload = "from-workload";
    public const string ForeignSource = "foreign-source";
    public const string FittingSegments = "fitting-segments";
    public const string NeighbourDiscovery = "neighbour-discovery";
    public const string VxlanOver4 = "vxlan-over4";
    public const string VxlanOver6 = "vxlan-over6";
    public const string Ipip = "ipip";

    /// <summary>All pools' prefixes.</summary>
    public static string Pools(IpFamily family) => $"pools{Digit(family)}";

    /// <summary>The prefixes of pools with <c>natOutgoing</c>.</summary>
    public static string Nat(IpFamily family) => $"nat{Digit(family)}";

    /// <summary>Addresses of all nodes, this one too.</summary>
    public static string Hosts(IpFamily family) => $"hosts{Digit(family)}";

    /// <summary>Addresses that other nodes send their tunnels' packets from.</summary>
    public static string Vteps(IpFamily family) => $"vteps{Digit(family)}";

    /// <summary>Which node may send which blocks' addresses inside a tunnel: the blocks of one length.</summary>
    public static string Inner(InnerSet set) => string.Create(
        CultureInfo.InvariantCulture, $"inner{Digit(set.Inner)}-over{Digit(set.Outer)}-{set.Length}");

    /// <summary>Reads <see cref="Inner"/> back.</summary>
    public static InnerSet? InnerOf(string name)
    {
        foreach (IpFamily outer in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            foreach (IpFamily inner in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
            {
                string start = $"inner{Digit(inner)}-over{Digit(outer)}-";
                int lengthMax = inner == IpFamily.Ipv4 ? 32 : 128;
                if (name.StartsWith(start, StringComparison.Ordinal)
                    && int.TryParse(name.AsSpan(start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                    && length <= lengthMax)
                {
                    return new InnerSet(outer, inner, length);
                }
            }
        }

        return null;
    }

    /// <summary>The TCP segments that fit on the way to blocks of one length.</summary>
    public static string Segments(SegmentMap map) =>
        string.Create(CultureInfo.InvariantCulture, $"segments{Digit(map.Family)}-{map.Length}");

    /// <summary>Reads <see cref="Segments"/> back.</summary>
    public static SegmentMap? SegmentsOf(string name)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            string start = $"segments{Digit(family)}-";
            if (name.StartsWith(start, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                && length <= (family == IpFamily.Ipv4 ? 32 : 128))
            {
                return new SegmentMap(family, length);
            }
        }

        return null;
    }

    private static char Digit(IpFamily family) => family == IpFamily.Ipv4 ? '4' : '6';
}

/// <summary>One map of segment sizes: the blocks' family and length.</summary>
/// <param name="Family">The family of the blocks.</param>
/// <param name="Length">The blocks' prefix length.</param>
internal readonly record struct SegmentMap(IpFamily Family, int Length);

/// <summary>One set of inner sources: the tunnel's family, the blocks' family and their length.</summary>
/// <param name="Outer">The family of the addresses that nodes send tunnels' packets from.</param>
/// <param name="Inner">The family of the blocks.</param>
/// <param name="Length">The blocks' prefix length.</param>
internal readonly record struct InnerSet(IpFamily Outer, IpFamily Inner, int Length) : IComparable<InnerSet>
{
    /// <inheritdoc/>
    public int CompareTo(InnerSet other) =>
        (Outer, Inner, Length).CompareTo((other.Outer, other.Inner, other.Length));
}
