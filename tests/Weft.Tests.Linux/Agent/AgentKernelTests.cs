using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>An agent that starts from the plan on disk, with no server anywhere: forwarding, repair, restart.</summary>
public sealed class AgentKernelTests
{
    [Theory]
    [InlineData(BlockPath.Direct, "4", "4")]
    [InlineData(BlockPath.Direct, "6", "6")]
    [InlineData(BlockPath.Direct, "46", "46")]
    [InlineData(BlockPath.Vxlan, "4", "4")]
    [InlineData(BlockPath.Vxlan, "6", "6")]
    [InlineData(BlockPath.Vxlan, "46", "46")]
    [InlineData(BlockPath.Vxlan, "4", "46")]
    [InlineData(BlockPath.Vxlan, "6", "46")]
    public async Task Workloads_of_two_nodes_talk_without_a_server(BlockPath path, string underlay, string pools)
    {
        await using AgentPair pair = await AgentPair.StartAsync(path, underlay, pools);
        Assert.Equal(pools.Length, pair.ConnectionA.Addresses.Count);
        Assert.Equal(pools.Length, pair.ConnectionA.Gateways.Count);
        pair.PingBothWays();
    }

    [Fact]
    public async Task A_restarted_agent_rewrites_nothing_that_is_right()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using Weft.Linux.Sockets.NetlinkNotifications notices = Weft.Linux.Sockets.NetlinkNotifications.Open(
            pair.A.Namespace.Path, Weft.Linux.Sockets.NetlinkNotifications.NodeGroups, allNamespaces: true);
        await pair.A.StopAsync();
        await pair.A.StartAsync();
        List<RtnetlinkMessage> heard = [];
        foreach (Weft.Linux.Sockets.Notice notice in notices.ReceiveNow())
        {
            Weft.Netlink.NetlinkMessageReader reader = new(notice.Messages);
            while (reader.TryRead(out Weft.Netlink.NetlinkMessageView view))
            {
                Assert.True(RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message));
                const byte KernelLinkLocal = 3; // IFAPROT_KERNEL_LL
                if (message is not RtnetlinkMessage.LinkChanged and not RtnetlinkMessage.RouteChanged { Route.Protocol: not 87 }
                    and not RtnetlinkMessage.AddressChanged { Address.Protocol: KernelLinkLocal })
                {
                    heard.Add(message); // A carrier that comes late, and what the kernel does on it, is not ours.
                }
            }
        }

        Assert.Empty(heard);
        AgentPair.Ping(pair.InsideA, pair.ConnectionB.Addresses[0].Address);
        AgentAnswer again = await pair.A.AskAsync(pair.AddA);
        Assert.Equal(pair.ConnectionA.Addresses, again.Connection?.Addresses);
    }

    public static TheoryData<string> Damages =>
    [
        "route del 10.65.0.64/26",
        "route replace 10.65.0.64/26 via 172.31.1.77 dev eth0 metric 200",
        "route del unreachable 10.65.0.0/26 metric 300",
        "neigh del 172.31.1.2 dev vxlan.weft",
        "neigh replace 172.31.1.2 lladdr 02:00:00:00:00:99 dev vxlan.weft nud permanent",
        "link del vxlan.weft",
        "link set vxlan.weft down",
        "link set vxlan.weft mtu 1300",
        "link set vxlan.weft address 02:00:00:00:00:98",
        "addr flush dev vxlan.weft",
        $"neigh del proxy 169.254.1.1 dev {KernelNames.HostInterface(new WorkloadId("shop", "wa", "eth0"))}",
        "addr add 192.0.2.9/32 dev vxlan.weft",
        "route add 10.99.0.0/24 dev vxlan.weft proto 87",
        "nexthop flush",
        "nexthop del id 1459617792",
        "nexthop replace id 1459617792 via 172.31.1.77 dev vxlan.weft onlink",
        "nexthop replace id 1459617792 via 172.31.1.77 dev vxlan.weft onlink proto 87",
        "nexthop add id 1459617799 via 172.31.1.77 dev vxlan.weft onlink proto 87",
    ];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task What_others_change_on_the_node_is_right_again_and_reported_once(string damage)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        string before = State(pair.A.Namespace);
        int said = pair.A.Log.Count;
        Tool.Run("ip", $"-n {pair.A.Namespace.Name} {damage}");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        await pair.A.UntilAsync(() => Task.FromResult(State(pair.A.Namespace) == before), 1_000, () =>
            string.Join('\n', State(pair.A.Namespace).Split('\n').Except(before.Split('\n'))));
        AgentPair.Ping(pair.InsideA, pair.ConnectionB.Addresses[0].Address);
        Assert.Single(pair.A.Log.Skip(said));
    }

    [Fact]
    public async Task Routes_that_went_with_the_underlay_interface_are_right_again_when_it_is_back()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Direct);
        string before = State(pair.A.Namespace);
        Tool.Run("ip", $"-n {pair.A.Namespace.Name} link set eth0 down");
        Assert.NotEqual(before, State(pair.A.Namespace));
        Tool.Run("ip", $"-n {pair.A.Namespace.Name} link set eth0 up");
        await pair.A.UntilAsync(() => Task.FromResult(State(pair.A.Namespace) == before), 2_000);
        AgentPair.Ping(pair.InsideA, pair.ConnectionB.Addresses[0].Address);
    }

    [Theory]
    [InlineData("addr flush dev eth0 scope global")]
    [InlineData("route del default")]
    [InlineData("neigh del 169.254.1.1 dev eth0")]
    [InlineData("link set eth0 down")]
    [InlineData("link del eth0")]
    public async Task What_is_changed_inside_a_workload_is_right_again(string damage)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        int said = pair.A.Log.Count;
        Tool.Run("ip", $"-n {pair.InsideA.Name} {damage}");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        await pair.A.UntilAsync(async () =>
            (await pair.A.AskAsync(new AgentCall { Command = AgentCommand.Status })).Status is { Ready: true }, 1_000);
        AgentPair.PingSoon(pair.InsideA, pair.ConnectionB.Addresses[0].Address);
    }

    [Fact]
    public async Task A_forwarding_entry_that_somebody_deletes_is_right_again()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        int said = pair.A.Log.Count;
        Tool.Run("bridge", $"-n {pair.A.Namespace.Name} fdb del {AgentNode.MacOf(pair.B)} dev vxlan.weft dst 172.31.1.2");
        await pair.A.UntilAsync(() => Task.FromResult(pair.A.Log.Count > said), 1_000);
        await pair.A.UntilAsync(() => Task.FromResult(Tool.Run("bridge", $"-n {pair.A.Namespace.Name} fdb show dev vxlan.weft")
            .Contains(AgentNode.MacOf(pair.B).ToString(), System.StringComparison.Ordinal)), 1_000);
    }

    [Fact]
    public async Task A_deleted_workload_leaves_nothing_and_its_address_rests()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Direct);
        Assert.Null((await pair.A.AskAsync(pair.AddA with { Command = AgentCommand.Del })).Fault);
        Assert.DoesNotContain(
            pair.ConnectionA.HostInterface,
            Tool.Run("ip", $"-n {pair.A.Namespace.Name} -o link"),
            System.StringComparison.Ordinal);
        Assert.DoesNotContain(
            pair.ConnectionA.Addresses[0].Address.ToString(),
            Tool.Run("ip", $"-n {pair.A.Namespace.Name} route show table all type unicast"),
            System.StringComparison.Ordinal);
        Assert.Null((await pair.A.AskAsync(pair.AddA with { Command = AgentCommand.Del })).Fault);
        WorkloadConnection next = await pair.A.AddAsync("another", pair.InsideA);
        Assert.NotEqual(pair.ConnectionA.Addresses[0], next.Addresses[0]);
    }

    [Fact]
    public async Task A_workload_whose_namespace_does_not_exist_is_refused_and_its_address_is_free_again()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Direct);
        AgentCall add = pair.AddA with { Workload = "ghost", NetworkNamespace = "/run/netns/weft-t-nowhere" };
        AgentAnswer answer = await pair.A.AskAsync(add);
        Assert.Contains("weft-t-nowhere", answer.Fault?.Message, System.StringComparison.Ordinal);
        await pair.A.UntilAsync(async () => (await File.ReadAllLinesAsync(pair.A.JournalPath, TestContext.Current.CancellationToken))
            .Last(l => l.Contains("ghost", System.StringComparison.Ordinal)).Contains("released", System.StringComparison.Ordinal));
    }

    // Without the words for a carrier: it comes when it comes.
    private static string State(TestNamespace space) => StateWithCarriers(space)
        .Replace("NO-CARRIER,", "", System.StringComparison.Ordinal)
        .Replace(",LOWER_UP", "", System.StringComparison.Ordinal)
        .Replace(",M-DOWN", "", System.StringComparison.Ordinal)
        .Replace(" linkdown", "", System.StringComparison.Ordinal);

    private static string StateWithCarriers(TestNamespace space) =>
        Tool.Run("ip", $"-n {space.Name} -o link show up") is var links
        && Tool.Run("ip", $"-n {space.Name} route show table all") is var routes
        && Tool.Run("ip", $"-n {space.Name} neigh show nud permanent") is var neighbours
        && Tool.Run("ip", $"-n {space.Name} -o -4 addr") is var addresses
            ? string.Join('\n', links.Split('\n').Select(l => l.Split(": ", 2)[^1].Split(" qdisc")[0]).Order())
                + string.Join('\n', AgentPair.WithoutNumbers(routes).Split('\n').Where(l => !l.Contains("fe80", System.StringComparison.Ordinal)
                    && !l.Contains("ff00::", System.StringComparison.Ordinal)).Order())
                + string.Join('\n', neighbours.Split('\n').Order())
                + string.Join('\n', addresses.Split('\n').Select(l => l.Split(": ", 2)[^1]).Order())
            : "";
}
