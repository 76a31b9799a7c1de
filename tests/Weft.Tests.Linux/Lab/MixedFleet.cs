using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Weft.Tests.Linux.Lab;

/// <summary>A lab of four nodes in three segments of MTU 1500, 9000 and 1400, a workload on each and two on the first, a
/// router between them and a host outside; and what must be true in it, as checks of the lab file.</summary>
internal sealed class MixedFleet
{
    public const string Spine = "spine";
    public const string Outside = "internet";

    private const int Overhead4 = 50;
    private const int Overhead6 = 70;

    private readonly string _mode;
    private readonly bool _natOutgoing;
    private readonly string[] _pools;
    private readonly Dictionary<string, string> _families;

    /// <summary>A fleet.</summary>
    /// <param name="mode">The pools' vxlanMode.</param>
    /// <param name="pools">The families that have a pool: <c>4</c>, <c>6</c>, or <c>46</c>.</param>
    /// <param name="racks">The families of the underlay's segments, in their order, and of the outside: one word each.</param>
    /// <param name="natOutgoing">The pools' natOutgoing.</param>
    public MixedFleet(string mode, string pools = "46", string racks = "46 46 46 46", bool natOutgoing = false)
    {
        string[] families = racks.Split(' ');
        (_mode, _natOutgoing) = (mode, natOutgoing);
        _pools = [.. pools.Select(family => family.ToString())];
        _families = Racks.Select((rack, i) => (rack.Name, families[i])).Append(("outside", families[^1])).ToDictionary();
    }

    /// <summary>The segments that nodes are on, with their MTU.</summary>
    public static IReadOnlyList<(string Name, int Mtu)> Racks { get; } = [("plain", 1500), ("jumbo", 9000), ("small", 1400)];

    /// <summary>The nodes with their segments.</summary>
    public static IReadOnlyList<(string Name, string Rack)> Nodes { get; } =
        [("n1", "plain"), ("n2", "jumbo"), ("n3", "jumbo"), ("n4", "small")];

    /// <summary>The workloads with their nodes.</summary>
    public static IReadOnlyList<(string Name, string Node)> Workloads { get; } =
        [("w1", "n1"), ("x1", "n1"), ("w2", "n2"), ("w3", "n3"), ("w4", "n4")];

    /// <summary>The families that workloads have.</summary>
    public IReadOnlyList<string> Families => _pools;

    /// <summary>The lab file.</summary>
    /// <param name="checks">Its checks.</param>
    public string Yaml(IEnumerable<string> checks)
    {
        StringBuilder yaml = new("""
            apiVersion: weft.dev/v1
            kind: Lab
            metadata: {name: mixed}
            spec:
              segments:

            """);
        foreach (((string name, int mtu), int i) in Racks.Append(("outside", 1500)).Select((rack, i) => (rack, i + 1)))
        {
            string[] cidrs =
            [
                .. _families[name].Contains('4', StringComparison.Ordinal) ? [$"172.16.{Text(i)}.0/24"] : Array.Empty<string>(),
                .. _families[name].Contains('6', StringComparison.Ordinal) ? [$"\"fd00:{Text(i)}::/64\""] : Array.Empty<string>(),
            ];
            yaml.AppendLine($"    - {{name: {name}, cidrs: [{string.Join(", ", cidrs)}], mtu: {Text(mtu)}}}");
        }

        yaml.AppendLine($"  routers: [{{name: {Spine}, segments: [{string.Join(", ", _families.Keys)}]}}]");
        yaml.AppendLine($"  hosts: [{{name: {Outside}, segment: outside}}]").AppendLine("  nodes:");
        yaml.AppendJoin('\n', Nodes.Select(node => $"    - {{name: {node.Name}, segment: {node.Rack}}}"));
        yaml.AppendLine().AppendLine("  workloads:").AppendJoin('\n', Workloads.Select(workload =>
            $"    - {{name: {workload.Name}, node: {workload.Node}, serve: [{{port: 80}}, {{port: 53, protocol: UDP}}]}}"));
        yaml.AppendLine().AppendLine("  checks:").AppendJoin('\n', checks.Select(check => $"    - {{{check}}}"));
        yaml.AppendLine().AppendLine("---").Append(Pools(_mode, _natOutgoing));
        return yaml.ToString();
    }

    private string Pools(string mode, bool natOutgoing) => string.Join("---\n", _pools.Select(family => TwoRacks.Pool(
        $"pool{family}",
        $"cidr: {(family == "4" ? "10.65.0.0/16" : "\"fd65::/64\"")}, vxlanMode: {mode}, natOutgoing: {(natOutgoing ? "true" : "false")}")));

    /// <summary>Everything reaches everything, and is seen as what it is: workloads each other, nodes all workloads, and
    /// workloads all nodes; with <c>natOutgoing</c> also the outside, which sees their node, as other nodes do.</summary>
    public IEnumerable<string> Reachability()
    {
        foreach ((string from, string fromNode) in Workloads)
        {
            foreach ((string to, string toNode) in Workloads.Where(other => other.Name != from))
            {
                if (!Meet(fromNode, toNode))
                {
                    yield return $"from: {from}, to: {to}, proto: icmp, expect: unreachable";
                    continue;
                }

                yield return $"from: {from}, to: {to}, proto: icmp, expect: reachable, seenAs: {from}";
                yield return $"from: {from}, to: {to}, proto: tcp, port: 80, expect: reachable, seenAs: {from}";
                yield return $"from: {from}, to: {to}, proto: udp, port: 53, expect: reachable, seenAs: {from}";
            }

            foreach ((string node, string _) in Nodes.Where(node => Meet(fromNode, node.Name)))
            {
                yield return $"from: {node}, to: {from}, proto: icmp, expect: reachable";
                yield return $"from: {node}, to: {from}, proto: tcp, port: 80, expect: reachable";
                foreach (string family in _pools.Where(family => Has(node, family) && Has(fromNode, family)))
                {
                    string seenAs = node == fromNode || !_natOutgoing ? from : fromNode;
                    yield return $"from: {from}, to: {node}, proto: icmp, family: IPv{family}, expect: reachable, seenAs: {seenAs}";
                }
            }

            if (_pools.Any(family => Has(fromNode, family) && _families["outside"].Contains(family, StringComparison.Ordinal)))
            {
                yield return _natOutgoing
                    ? $"from: {from}, to: {Outside}, proto: icmp, expect: reachable, seenAs: {fromNode}"
                    : $"from: {from}, to: {Outside}, proto: icmp, expect: unreachable";
            }
        }
    }

    /// <summary>The largest packet of each path passes, and one byte more does not.</summary>
    public IEnumerable<string> Sizes()
    {
        foreach ((string from, string to, string family, int limit) in Limits())
        {
            yield return $"from: {from}, to: {to}, proto: icmp, family: IPv{family}, size: {Text(limit)}, expect: reachable";
            yield return $"from: {from}, to: {to}, proto: icmp, family: IPv{family}, size: {Text(limit + 1)}, expect: unreachable";
        }
    }

    /// <summary>What each path between two workloads carries.</summary>
    public IEnumerable<(string From, string To, string Family, int Limit)> Limits() =>
        from one in Workloads
        from other in Workloads
        where one.Name != other.Name && Meet(one.Node, other.Node)
        from family in _pools
        select (one.Name, other.Name, family, LimitOf(one.Node, other.Node, family));

    /// <summary>A node's MTU.</summary>
    public static int MtuOf(string node) => Racks.Single(rack => rack.Name == RackOf(node)).Mtu;

    private int LimitOf(string one, string other, string family)
    {
        int underlay = Math.Min(MtuOf(one), MtuOf(other));
        bool sameFamily = Has(one, family) && Has(other, family);
        return one == other || (_mode == "CrossSubnet" && sameFamily && RackOf(one) == RackOf(other))
            ? underlay
            : underlay - ((family == "4") == sameFamily ? Overhead4 : Overhead6);
    }

    private bool Meet(string one, string other) =>
        one == other || _families[RackOf(one)].Intersect(_families[RackOf(other)]).Any();

    private bool Has(string node, string family) => _families[RackOf(node)].Contains(family, StringComparison.Ordinal);

    private static string RackOf(string node) => Nodes.Single(candidate => candidate.Name == node).Rack;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
