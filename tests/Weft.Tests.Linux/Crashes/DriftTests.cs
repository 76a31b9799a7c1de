using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Weft.Tests.Linux.Agent;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>What somebody deletes or changes by hand, on a node and inside a workload, is right again within a second,
/// and is told once.</summary>
[Collection(nameof(OneAtATime))]
public sealed class DriftTests
{
    private static readonly TimeSpan RightWithin = TimeSpan.FromSeconds(1);

    private const string Topology = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: drift}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24, "fd00:1::/64"]}
            - {name: rack2, cidrs: [172.16.2.0/24, "fd00:2::/64"]}
          routers:
            - {name: spine, segments: [rack1, rack2]}
          nodes:
            - {name: n1, segment: rack1}
            - {name: n2, segment: rack1}
            - {name: n3, segment: rack2}
          workloads:
            - {name: web, namespace: shop, node: n1}
            - {name: db, namespace: shop, node: n2}
            - {name: search, namespace: shop, node: n3, serve: [{port: 9200, protocol: TCP}]}
          checks:
            - {from: web, to: db, proto: icmp, expect: reachable, seenAs: web}
            - {from: web, to: search, proto: tcp, port: 9200, expect: reachable, seenAs: web}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet, natOutgoing: true}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: six}
        spec: {cidr: "fd65::/64", vxlanMode: CrossSubnet, natOutgoing: true}
        """;

    [Fact]
    public async Task What_is_changed_by_hand_is_right_again_within_a_second_and_told_once()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Topology, "--processes");
        string log = Path.Combine(lab.Folder, "logs", "n1.log");
        string before = Snapshot(lab);
        List<string> damages = [.. await DamagesAsync(lab)];
        int told = File.ReadAllLines(log).Length;
        foreach (string damage in damages)
        {
            string[] command = damage.Split(' ', 2);
            Tool.Run(command[0], command[1]);
            Stopwatch watch = Stopwatch.StartNew();
            string now = "";
            TimeSpan right = TimeSpan.Zero;
            await lab.UntilAsync(() =>
            {
                right = watch.Elapsed;
                return Task.FromResult((now = Snapshot(lab)) == before && File.ReadAllLines(log).Length > told);
            }, damage);
            string took = FormattableString.Invariant($"right after {right.TotalMilliseconds:0} ms: {damage}");
            Assert.True(right < RightWithin, took);
            CrashRun.Say(took);
            told++;
        }

        (await lab.LabAsync("check")).Must();
        string[] lines = [.. File.ReadAllLines(log).Skip(told - damages.Count)];
        Assert.True(lines.Length == damages.Count, $"{damages.Count} changes, told:\n{string.Join('\n', lines)}");
        Assert.All(lines, line => Assert.Contains("changed by others", line, StringComparison.Ordinal));
    }

    private static async Task<IEnumerable<string>> DamagesAsync(RunningLab lab)
    {
        string node = lab.NamespaceOf("n1");
        string inside = lab.NamespaceOf("web");
        string web = await lab.AddressOfAsync("web");
        string link = (await lab.StatusAsync()).GetProperty("workloads").EnumerateArray()
            .Single(w => w.GetProperty("name").GetString() == "web").GetProperty("hostInterface").GetString()!;
        string web6 = (await lab.AddressesAsync("web"))[1];
        string plain = RouteThrough(lab, "-4", "dev eth0");
        string tunnel = RouteThrough(lab, "-4", "dev vxlan.weft");
        string plain6 = RouteThrough(lab, "-6", "dev eth0");
        string tunnel6 = RouteThrough(lab, "-6", "dev vxlan6.weft");
        string peer = PeerOf(node, "vxlan.weft");
        string peer6 = PeerOf(node, "vxlan6.weft");
        string nft = $"netns exec {node} nft";
        return
        [
            $"ip -n {node} route del {plain}",
            $"ip -n {node} route del {tunnel}",
            $"ip -n {node} route del {web}",
            $"ip -n {node} neigh del 172.16.2.2 dev vxlan.weft",
            $"ip -n {node} neigh del {web} dev {link}",
            $"bridge -n {node} fdb del {peer} dev vxlan.weft dst 172.16.2.2",
            $"ip -n {node} link set vxlan.weft mtu 1300",
            $"ip -n {node} nexthop flush",
            $"ip -n {node} link del vxlan.weft",
            $"ip -n {node} addr flush dev vxlan.weft",
            $"ip -n {node} link set {link} down",
            $"ip -n {node} link del {link}",
            $"ip -n {node} route add 10.99.0.0/24 dev vxlan.weft proto 87",
            $"ip -n {inside} route del default",
            $"ip -n {inside} addr flush dev eth0 scope global",
            $"ip -n {inside} neigh del 169.254.1.1 dev eth0",
            $"ip -n {inside} link set eth0 down",
            $"ip -n {node} -6 route del {plain6}",
            $"ip -n {node} -6 route del {tunnel6}",
            $"ip -n {node} -6 route del {web6}",
            $"ip -n {node} -6 neigh del {web6} dev {link}",
            $"bridge -n {node} fdb del {peer6} dev vxlan6.weft dst fd00:2::2",
            $"ip -n {node} link del vxlan6.weft",
            $"ip -n {node} -6 route add fd99::/64 dev vxlan6.weft proto 87",
            $"ip -n {inside} -6 route del default",
            $"ip -n {inside} -6 neigh del fe80::1 dev eth0",
            $"ip netns exec {node} sysctl -qw net.ipv4.ip_forward=0",
            $"ip {nft} flush chain inet weft {link}",
            $"ip {nft} delete chain inet weft {link}",
            $"ip {nft} delete rule inet weft {LastRule(lab)}",
            $"ip {nft} flush chain inet weft prerouting",
            $"ip {nft} delete table inet weft",
            $"ip {nft} flush ruleset",
        ];
    }

    private static string RouteThrough(RunningLab lab, string family, string device) => lab.Ip("n1", $"{family} route show proto 87")
        .Split('\n')
        .First(line => line.Contains(device, StringComparison.Ordinal) && line.Contains("via", StringComparison.Ordinal))
        .Split(' ')[0];

    private static string PeerOf(string node, string device) => Tool.Run("bridge", $"-n {node} fdb show dev {device}").Split('\n')
        .First(line => line.Contains("dst", StringComparison.Ordinal)).Split(' ')[0];

    // The last rule of what workloads pass first, as nft names it: chain and handle.
    private static string LastRule(RunningLab lab)
    {
        string chain = Tool.Run("ip", $"netns exec {lab.NamespaceOf("n1")} nft -a list chain inet weft from-workload");
        return $"from-workload handle {Regex.Matches(chain, "# handle ([0-9]+)")[^1].Groups[1].Value}";
    }

    // Without what the kernel numbers anew each time: indexes, and the order that follows from them.
    private static string Snapshot(RunningLab lab) => string.Join(
        '\n',
        from member in (string[])["n1", "web"]
        from text in (string[])
        [
            AgentPair.WithoutNumbers(lab.Ip(member, "-4 route show table all proto 87")),
            lab.Ip(member, "-6 route show table all proto 87"),
            lab.Ip(member, "neigh show nud permanent"),
            lab.Ip(member, "-br addr show"),
            Tool.Run("ip", $"netns exec {lab.NamespaceOf(member)} sysctl net.ipv4.ip_forward"),
            RulesetOf(lab, member),
            lab.Ip(member, "-br link show up"),
            lab.Ip(member, "-o link show"),
            Tool.Run("bridge", $"-n {lab.NamespaceOf(member)} fdb show"),
        ]
        from line in text.Split('\n').Select(WithoutIndexes)
        where line.Length > 0
        orderby line
        select $"{member}: {line}");

    // Each set and chain as one line, its rules in their order; which of them was made first does not matter.
    private static string RulesetOf(RunningLab lab, string member) => string.Join('\n', Tool.Run("ip", $"netns exec {lab.NamespaceOf(member)} nft -s list ruleset")
        .Replace("\n\tset ", "\n\n\tset ", StringComparison.Ordinal).Replace("\n\tchain ", "\n\n\tchain ", StringComparison.Ordinal)
        .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(block => block.Trim('}', '\n', '\t').Replace('\n', '|')));

    private static string WithoutIndexes(string line) =>
        Regex.Replace(Regex.Replace(line, "^[0-9]+: ", ""), "@if[0-9]+", "").Trim();
}
