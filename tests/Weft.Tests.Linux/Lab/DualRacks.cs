using System;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;

namespace Weft.Tests.Linux.Lab;

/// <summary>Two racks and the outside, dual stack: <c>a</c> on n1 and <c>b</c> on n2 are in one rack, <c>c</c> on n3 in the
/// other; <c>stranger</c> is a host in the first rack, <c>internet</c> one outside, behind a line that carries 1400
/// bytes.</summary>
internal static class DualRacks
{
    public const string Spine = "spine";
    public const int OutsideMtu = 1400;

    /// <summary>The lab file.</summary>
    public static string Yaml(string mode = "CrossSubnet", bool natOutgoing = true) =>
        $$$"""
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: dual}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24, "fd00:1::/64"]}
            - {name: rack2, cidrs: [172.16.2.0/24, "fd00:2::/64"]}
            - {name: outside, cidrs: [203.0.113.0/24, "fd00:f::/64"], mtu: {{{OutsideMtu}}}}
          routers:
            - {name: {{{Spine}}}, segments: [rack1, rack2, outside]}
          nodes:
            - {name: n1, segment: rack1, labels: {rack: "1"}}
            - {name: n2, segment: rack1, labels: {rack: "1"}}
            - {name: n3, segment: rack2, labels: {rack: "2"}}
          hosts:
            - {name: stranger, segment: rack1}
            - {name: internet, segment: outside}
          workloads:
            - {name: a, namespace: shop, node: n1, serve: [{port: 80}]}
            - {name: b, namespace: shop, node: n2, serve: [{port: 80}]}
            - {name: c, namespace: shop, node: n3, serve: [{port: 80}]}
          checks:
            - {from: a, to: b, proto: tcp, expect: reachable, seenAs: a}
            - {from: a, to: c, proto: tcp, expect: reachable, seenAs: a}
            - {from: c, to: b, proto: icmp, expect: reachable, seenAs: c}
            - {from: n1, to: c, proto: tcp, expect: reachable}
        ---
        {{{Pools(mode, natOutgoing)}}}
        """;

    /// <summary>The pools of both families.</summary>
    public static string Pools(string mode, bool natOutgoing = true, string more = "")
    {
        string rest = $"vxlanMode: {mode}, natOutgoing: {(natOutgoing ? "true" : "false")}{more}";
        return TwoRacks.Pool("four", $"cidr: 10.65.0.0/16, {rest}") + "---\n" + TwoRacks.Pool("six", $"cidr: \"fd65::/64\", {rest}");
    }

    /// <summary>A member with its address of a family.</summary>
    public static async Task<(string Name, string Address)> FindAsync(RunningLab lab, string member, string family)
    {
        JsonElement status = await lab.StatusAsync();
        JsonElement found = ((string[])["workloads", "nodes", "hosts"])
            .SelectMany(list => status.GetProperty(list).EnumerateArray())
            .Single(candidate => candidate.GetProperty("name").GetString() == member);
        return (member, found.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()!)
            .First(address => address.Contains(':', StringComparison.Ordinal) == (family == "IPv6")));
    }

    /// <summary>Teaches the router the way to every block, as an underlay that knows them would.</summary>
    public static async Task TeachAsync(RunningLab lab)
    {
        foreach (JsonElement block in (await lab.GetAsync("blocks")).EnumerateArray())
        {
            string cidr = block.GetProperty("spec").GetProperty("cidr").GetString()!;
            string owner = block.GetProperty("spec").GetProperty("affinity").GetString()!["host:".Length..];
            (string _, string via) = await FindAsync(lab, owner, cidr.Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4");
            lab.Ip(Spine, $"route replace {cidr} via {via}");
        }
    }
}
