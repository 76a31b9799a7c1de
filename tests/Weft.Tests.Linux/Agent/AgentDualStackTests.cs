using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>What a node with both families holds in the kernel, and what becomes of it when others change it.</summary>
public sealed class AgentDualStackTests
{
    private static readonly string WorkloadLink = KernelNames.HostInterface(new WorkloadId("shop", "wa", "eth0"));

    public static TheoryData<string> Damages =>
    [
        "-6 route del fd00:65::40/122",
        "-6 route replace fd00:65::40/122 via fd00:1::77 dev eth0 metric 200",
        "-6 route append fd00:65::40/122 via fe80::77 dev eth0 metric 200 proto 87",
        "-6 route del unreachable fd00:65::/122 metric 300",
        $"-6 route del {Workload}/128 dev {WorkloadLink}",
        $"-6 neigh del {Workload} dev {WorkloadLink}",
        $"-6 neigh replace {Workload} lladdr 02:00:00:00:00:99 dev {WorkloadLink} nud permanent",
        $"neigh del proxy fe80::1 dev {WorkloadLink}",
        "neigh del NEXTHOP dev vxlan6.weft",
        "addr flush dev vxlan6.weft",
        "-6 addr add fd00:99::1/128 dev vxlan6.weft",
        "link del vxlan6.weft",
        "link set vxlan6.weft down",
        "link set vxlan6.weft mtu 1300",
        "route del 203.0.113.0/24",
        "route replace 203.0.113.0/24 via 172.31.1.9 dev eth0 metric 150",
        "-6 route del blackhole fd00:dead::/64",
    ];

    // The first address of the block is the node's own.
    private static string Workload => "fd00:65::1";

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task What_others_change_on_the_node_is_right_again_and_reported_once(string damage)
    {
        await using AgentPair pair = await StartAsync();
        Assert.Equal(Workload, pair.ConnectionA.Addresses[1].Address.ToString());
        string before = State(pair.A.Namespace);
        int said = pair.A.Log.Count;
        string nextHop = pair.A.Namespace.Ip("-6 route show fd00:65::40/122")[0].GetProperty("gateway").GetString()!;
        Tool.Run("ip", $"-n {pair.A.Namespace.Name} {damage.Replace("NEXTHOP", nextHop, StringComparison.Ordinal)}");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        await pair.A.UntilAsync(() => Task.FromResult(State(pair.A.Namespace) == before), 1_000, () =>
            string.Join('\n', State(pair.A.Namespace).Split('\n').Except(before.Split('\n'))) + "\nand not\n"
            + string.Join('\n', before.Split('\n').Except(State(pair.A.Namespace).Split('\n'))));
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[1].Address);
        Assert.Single(pair.A.Log.Skip(said));
    }

    [Fact]
    public async Task A_forwarding_entry_over_IPv6_that_somebody_deletes_is_right_again()
    {
        await using AgentPair pair = await StartAsync();
        int said = pair.A.Log.Count;
        Tool.Run("bridge", $"-n {pair.A.Namespace.Name} fdb del {AgentNode.MacV6Of(pair.B)} dev vxlan6.weft dst fd00:1::2");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        await pair.A.UntilAsync(() => Task.FromResult(Tool.Run("bridge", $"-n {pair.A.Namespace.Name} fdb show dev vxlan6.weft")
            .Contains(AgentNode.MacV6Of(pair.B).ToString(), StringComparison.Ordinal)), 1_000);
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward=0", "ipv4/ip_forward")]
    [InlineData("net.ipv6.conf.eth0.force_forwarding=0", "ipv6/conf/eth0/force_forwarding")]
    [InlineData("net.ipv6.conf.vxlan6/weft.force_forwarding=0", "ipv6/conf/vxlan6.weft/force_forwarding")]
    [InlineData("net.ipv4.conf.vxlan/weft.rp_filter=1", "ipv4/conf/vxlan.weft/rp_filter")]
    public async Task A_setting_that_somebody_turns_is_right_again_and_reported_once(string setting, string told)
    {
        await using AgentPair pair = await StartAsync();
        int said = pair.A.Log.Count;
        Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} sysctl -qw {setting}");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        pair.PingBothWays();
        Assert.Contains(told, Assert.Single(pair.A.Log.Skip(said)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_turns_strict_everywhere_has_loose_tunnels_and_nobody_is_blamed()
    {
        await using AgentPair pair = await StartAsync();
        int said = pair.A.Log.Count;
        await pair.A.UntilAsync(() => Task.FromResult(Tunnel() == "0"), 1_000, Tunnel);
        Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} sysctl -qw net.ipv4.conf.all.rp_filter=1");
        await pair.A.UntilAsync(() => Task.FromResult(Tunnel() == "2"), 1_000, Tunnel);
        pair.PingBothWays();
        Assert.Empty(pair.A.Log.Skip(said));

        string Tunnel() => Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} sysctl -n net.ipv4.conf.vxlan/weft.rp_filter").Trim();
    }

    [Fact]
    public async Task Forwarding_that_is_turned_off_everywhere_is_right_again_on_each_interface()
    {
        await using AgentPair pair = await StartAsync();
        int said = pair.A.Log.Count;
        Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=0");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        await pair.A.UntilAsync(() => Task.FromResult(Tool.Run("ip",
            $"netns exec {pair.A.Namespace.Name} sysctl -n net.ipv6.conf.eth0.force_forwarding net.ipv6.conf.{WorkloadLink}.forwarding "
            + "net.ipv6.conf.vxlan6/weft.force_forwarding").Trim() == "1\n1\n1"), 1_000);
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[1].Address);
    }

    [Fact]
    public async Task The_host_stays_no_router_on_its_own_interface()
    {
        await using AgentPair pair = await StartAsync();
        Assert.Equal("0\n1", Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} sysctl -n net.ipv6.conf.eth0.forwarding net.ipv6.conf.eth0.accept_ra").Trim());
        Assert.Equal("0", Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} sysctl -n net.ipv6.conf.all.forwarding").Trim());
    }

    [Fact]
    public async Task A_workload_that_lost_its_gateways_address_finds_it_by_asking()
    {
        await using AgentPair pair = await StartAsync();

        // The agent is away: only what the kernel holds can answer.
        // For IPv4 the host answers only if it has a route to the gateway's address: a default route, as hosts have.
        await pair.A.StopAsync();
        Tool.Run("ip", $"-n {pair.A.Namespace.Name} route add default via 172.31.1.2");
        Tool.Run("ip", $"-n {pair.InsideA.Name} -6 neigh del fe80::1 dev eth0");
        Tool.Run("ip", $"-n {pair.InsideA.Name} neigh del 169.254.1.1 dev eth0");
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[1].Address);
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[0].Address);
    }

    [Fact]
    public async Task A_workload_waits_for_no_duplicates_and_has_one_link_local_address()
    {
        await using AgentPair pair = await StartAsync();
        JsonElement[] addresses = [.. pair.InsideA.Ip("-6 addr show dev eth0")[0].GetProperty("addr_info").EnumerateArray()];
        Assert.Equal(2, addresses.Length);
        Assert.All(addresses, a => Assert.False(a.TryGetProperty("tentative", out _)));
        Assert.Equal(
            ["global", "link"], addresses.Select(a => a.GetProperty("scope").GetString()).Order());
        JsonElement host = pair.A.Namespace.Ip($"-6 addr show dev {WorkloadLink}");
        Assert.DoesNotContain("addr_info\":[{", host.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runtime_that_turned_IPv6_off_in_the_namespace_is_no_hindrance()
    {
        await using AgentPair pair = await StartAsync();
        using TestNamespace inside = new();
        Tool.Run("ip", $"netns exec {inside.Name} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        WorkloadConnection connection = await pair.A.AddAsync("late", inside);
        Assert.Equal(2, connection.Addresses.Count);
        AgentPair.PingSoon(inside, pair.ConnectionB.Addresses[1].Address);
    }

    [Fact]
    public async Task Packets_over_IPv6_carry_checksums_and_need_none()
    {
        await using AgentPair pair = await StartAsync();
        JsonElement data = pair.A.Namespace.Ip("link show dev vxlan6.weft")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.False(data.GetProperty("udp_zero_csum6_tx").GetBoolean());
        Assert.True(data.GetProperty("udp_zero_csum6_rx").GetBoolean());
        Assert.Equal(1430, pair.A.Namespace.Ip("link show dev vxlan6.weft")[0].GetProperty("mtu").GetInt32());
    }

    [Fact]
    public async Task The_underlays_MTU_is_followed_in_running_workloads_and_on_every_tunnel_device()
    {
        await using AgentPair pair = await StartAsync();
        Tool.Run("ip", $"-n {pair.A.Namespace.Name} link set eth0 mtu 1400");
        await pair.A.UntilAsync(() => Task.FromResult(
            pair.InsideA.LinkOf("eth0").Mtu == 1400 && pair.A.Namespace.LinkOf("vxlan.weft").Mtu == 1350
            && pair.A.Namespace.LinkOf("vxlan6.weft").Mtu == 1330), 2_000);
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[1].Address);
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[0].Address);
    }

    [Fact]
    public async Task A_declared_route_shares_flows_over_its_next_hops()
    {
        await using AgentPair pair = await StartAsync();
        JsonElement hops = pair.A.Namespace.Ip("route show 203.0.113.0/24 proto 87")[0].GetProperty("nexthops");
        Assert.Equal(
            ["172.31.1.2 1", "172.31.1.3 3"],
            hops.EnumerateArray().Select(h => $"{h.GetProperty("gateway").GetString()} {h.GetProperty("weight").GetInt32()}"));
        JsonElement hops6 = pair.A.Namespace.Ip("-6 route show fd00:ec::/64 proto 87")[0].GetProperty("nexthops");
        Assert.Equal(2, hops6.GetArrayLength());

        // Nothing is found to do when all is well: also not by a new agent.
        int said = pair.A.Log.Count;
        await pair.A.StopAsync();
        await pair.A.StartAsync();
        Assert.DoesNotContain(pair.A.Log.Skip(said), l => l.Contains("changed by others", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_method_would_choose_is_told_and_not_followed_while_the_host_has_the_address()
    {
        await using AgentPair pair = await StartAsync();
        string name = pair.A.Namespace.Name;
        foreach (string command in (string[])
        [
            "link add eth1 type veth peer name eth1peer", "link set eth1peer up", "link set eth1 up",
            "addr add 198.51.100.7/24 dev eth1", "addr add fd00:51::7/64 dev eth1 nodad",
            "route add default via 198.51.100.1", "-6 route add default via fd00:51::1",
        ])
        {
            Tool.Run("ip", $"-n {name} {command}");
        }

        await pair.A.UntilAsync(async () => await ReportedAsync(pair.A) is { } report
            && report.Contains("would choose 198.51.100.7/24 on eth1", StringComparison.Ordinal)
            && report.Contains("would choose fd00:51::7/64 on eth1", StringComparison.Ordinal)
            && report.Contains("\"detectedIpv4\":\"172.31.1.1/24\"", StringComparison.Ordinal), 2_000);
        Tool.Run("ip", $"-n {name} addr del 172.31.1.1/24 dev eth0");
        await pair.A.UntilAsync(async () => await ReportedAsync(pair.A) is { } report
            && report.Contains("\"detectedIpv4\":\"198.51.100.7/24\"", StringComparison.Ordinal), 2_000);
        Assert.Contains(pair.A.Log, l => l.Contains("no 172.31.1.1 any more", StringComparison.Ordinal));

        // The kernel took the routes away whose source was that address: they are there again, with another.
        AgentPair.PingSoon(pair.A.Namespace, pair.ConnectionA.Addresses[0].Address);
    }

    private static async Task<string?> ReportedAsync(AgentNode node)
    {
        using StreamReader reader = new(new FileStream(node.RecordPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string all = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        return all.Split('\n').LastOrDefault(l => l.Contains("\"report\"", StringComparison.Ordinal));
    }

    private static Task<AgentPair> StartAsync() => AgentPair.StartAsync(
        BlockPath.Vxlan,
        "46",
        "46",
        Declared("ecmp", "203.0.113.0/24", StaticRouteType.Unicast, Hop("172.31.1.2", 1), Hop("172.31.1.3", 3)),
        Declared("ecmp6", "fd00:ec::/64", StaticRouteType.Unicast, Hop("fd00:1::2", 1), Hop("fd00:1::3", 1)),
        Declared("dead", "fd00:dead::/64", StaticRouteType.Blackhole),
        Declared("closed", "198.51.100.0/24", StaticRouteType.Prohibit));

    private static StaticNextHop Hop(string address, int weight) => new(IpAddress.Parse(address), null, weight);

    private static StaticRouteEntry Declared(
        string name, string destination, StaticRouteType type, params StaticNextHop[] hops) => new()
        {
            Name = name,
            Destination = IpPrefix.Parse(destination),
            Type = type,
            Metric = 150,
            NextHops = hops,
        };

    private static string State(TestNamespace space) => string.Join('\n', ((string[])
    [
        .. Tool.Run("ip", $"-n {space.Name} -o link show").Split('\n').Where(l => l.Contains("weft", StringComparison.Ordinal))
            .Select(l => l.Split(": ", 2)[^1].Split(" qdisc")[0]),
        .. Tool.Run("ip", $"-n {space.Name} route show proto 87").Split('\n').Select(AgentPair.WithoutNumbers),
        .. Tool.Run("ip", $"-n {space.Name} -6 route show proto 87").Split('\n'),
        .. Tool.Run("ip", $"-n {space.Name} route show 203.0.113.0/24").Split('\n'),
        .. Tool.Run("ip", $"-n {space.Name} -6 route show fd00:65::40/122").Split('\n'),
        .. Tool.Run("ip", $"-n {space.Name} neigh show nud permanent").Split('\n'),
        .. Tool.Run("ip", $"-n {space.Name} neigh show proxy").Split('\n'),
        .. Tool.Run("ip", $"-n {space.Name} -o addr").Split('\n').Where(l => l.Contains("weft", StringComparison.Ordinal))
            .Select(l => l.Split(": ", 2)[^1]),
    ]).Select(l => l.Replace("NO-CARRIER,", "", StringComparison.Ordinal).Replace(",LOWER_UP", "", StringComparison.Ordinal)
        .Replace(",M-DOWN", "", StringComparison.Ordinal).Replace(" linkdown", "", StringComparison.Ordinal).Trim())
        .Order(StringComparer.Ordinal));
}
