using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>Random plans, one after another, to a live agent: after each the kernel holds what the plan means, and a new
/// agent, which reads everything, finds nothing to do.</summary>
public sealed class RandomPlanTests(ITestOutputHelper output)
{
    private const int Steps = 40;

    // The bound of one seed; what is not done then is left out, and said.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(12);

    // More seeds where there is time: WEFT_PLAN_SEEDS says how many.
    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("WEFT_PLAN_SEEDS"), out int seeds) ? seeds : 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task After_any_plan_the_kernel_holds_what_was_meant_and_a_new_agent_has_nothing_to_do(int seed)
    {
        await using AgentNode a = new("a", "172.31.1.1/24", "fd00:1::1/64");
        await using AgentNode b = new("b", "172.31.1.2/24", "fd00:1::2/64");
        AgentNode.Connect(a, b);
        using TestNamespace first = new();
        using TestNamespace second = new();
        TestNamespace[] insides = [first, second];
        bool[] connected = [false, false];
        await using PlanServer server = new(a.ServerPath);
        RandomPlan plan = new(a, seed);
        plan.Begin();
        Tell(server, plan);
        await a.StartAsync();
        Stopwatch watch = Stopwatch.StartNew();
        int step = 0;
        for (; step < Steps && watch.Elapsed < Limit; step++)
        {
            for (int i = plan.Below(6); i >= 0; i--)
            {
                plan.Change();
            }

            // Several at once: the agent may meet the next one half-way.
            Tell(server, plan);
            if (plan.OnceIn(3))
            {
                continue;
            }

            int which = plan.Below(2);
            if (plan.OnceIn(3) && !connected[which])
            {
                await a.AddAsync($"w{which}", insides[which]);
                connected[which] = true;
            }
            else if (plan.OnceIn(3) && connected[which])
            {
                await a.AskAsync(new AgentCall
                {
                    Command = AgentCommand.Del,
                    Namespace = "shop",
                    Workload = $"w{which}",
                    ContainerId = "c1",
                });
                connected[which] = false;
            }

            await AppliedAsync(a, server, $"seed {seed}, step {step}");
            Assert.Equal(Meant(server.Entries), Held(a.Namespace));
            await RestartAsync(a, server, $"seed {seed}, step {step}");
        }

        output.WriteLine($"seed {seed}: {step} plans");
        string[] blamed = [.. a.Log.Where(line => line.Contains("changed by others", StringComparison.Ordinal))];
        Assert.True(blamed.Length == 0, string.Join('\n', blamed));
    }

    private static void Tell(PlanServer server, RandomPlan plan)
    {
        HashSet<string> keys = [.. plan.Entries.Select(entry => entry.Key)];
        server.Change(
            plan.Entries.Except(server.Entries).ToList(),
            server.Entries.Select(entry => entry.Key).Where(key => !keys.Contains(key)).ToList(),
            whole: plan.OnceIn(4));
    }

    private static Task AppliedAsync(AgentNode node, PlanServer server, string where) => node.UntilAsync(
        async () => (await node.AskAsync(new AgentCall { Command = AgentCommand.Status })).Status is { Ready: true } status
            && status.AppliedRevision == server.Revision,
        describe: () => $"{where}: revision {server.Revision}");

    // Everything is read anew, and nothing is written: neither by rtnetlink nor to the table.
    private static async Task RestartAsync(AgentNode node, PlanServer server, string where)
    {
        await node.StopAsync();
        string before = Tool.Run("ip", $"-n {node.Namespace.Name} -o addr");
        using NetlinkNotifications notices = NetlinkNotifications.Open(
            node.Namespace.Path, NetlinkNotifications.NodeGroups, allNamespaces: true);
        using NetlinkNotifications ruleset = NetlinkNotifications.Open(node.Namespace.Path, [NetfilterGroup.NFNLGRP_NFTABLES]);
        await node.StartAsync();
        await AppliedAsync(node, server, where);
        List<RtnetlinkMessage> heard = [];
        foreach (Notice notice in notices.ReceiveNow())
        {
            NetlinkMessageReader reader = new(notice.Messages);
            while (reader.TryRead(out NetlinkMessageView view))
            {
                // A carrier that comes late, and what the kernel does on it, is not ours; nor is it ours that the kernel
                // tells of an address again when its link is up, or learns a neighbour that spoke of itself.
                if (RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message)
                    && message is not RtnetlinkMessage.LinkChanged and not RtnetlinkMessage.RouteChanged { Route.Protocol: not KernelNames.Protocol }
                    && message is not RtnetlinkMessage.AddressChanged { Address.Protocol: not KernelNames.Protocol }
                        and not RtnetlinkMessage.NeighbourChanged { Neighbour.Protocol: not KernelNames.Protocol }
                    && !(message is RtnetlinkMessage.AddressChanged { Deleted: false } known
                        && before.Contains($" {known.Address.Address} ", StringComparison.Ordinal)))
                {
                    heard.Add(message);
                }
            }
        }

        Assert.True(heard.Count == 0, $"{where}: {string.Join('\n', heard)}");
        Assert.True(ruleset.ReceiveNow().Count == 0, $"{where}: the new agent changed the table");
    }

    // What the plan says of blocks, routes and peers, in the kernel's terms: nothing here is taken from the brain.
    private static List<string> Meant(IReadOnlyCollection<PlanEntry> plan)
    {
        SelfEntry self = plan.OfType<SelfEntry>().Single();
        bool Has(IpFamily family) => family == IpFamily.Ipv4
            ? self is { OverIpv4: true, Ipv4: not null }
            : self is { OverIpv6: true, Ipv6: not null };
        IEnumerable<string> lines = plan.SelectMany(entry => entry switch
        {
            OwnBlockEntry own => [$"{own.Cidr} 300 unreachable"],
            RemoteBlockEntry { Path: BlockPath.Vxlan, Via: { } via } remote when Has(via.Family) =>
                [$"{remote.Cidr} 200 unicast {KernelNames.VxlanOver(via.Family)}"],
            RemoteBlockEntry { Path: BlockPath.Direct, Via: { Family: var family } via } remote
                when (family == IpFamily.Ipv4 ? self.Ipv4 : self.Ipv6) is not null =>
                [$"{remote.Cidr} 200 unicast eth0 {via}"],
            StaticRouteEntry route => [string.Join(' ', (string[])[
                $"{route.Destination} {route.Metric} {route.Type.ToString().ToLowerInvariant()}",
                .. route.NextHops.Count == 1
                    ? (IEnumerable<string>)[$"eth0 {route.NextHops[0].Address}"]
                    : route.NextHops.Select(h => $"{h.Address}*{h.Weight}").Order()])],
            PeerEntry peer =>
            [
                .. peer is { OverIpv4: true, Ipv4: { } ipv4 } && Has(IpFamily.Ipv4) ? [$"{peer.TunnelMac} {ipv4}"] : (string[])[],
                .. peer is { OverIpv6: true, Ipv6: { } ipv6 } && Has(IpFamily.Ipv6) ? [$"{peer.TunnelMacV6} {ipv6}"] : (string[])[],
            ],
            _ => (string[])[],
        });
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static List<string> Held(TestNamespace space)
    {
        List<string> lines = [];
        foreach (string family in (string[])["-4", "-6"])
        {
            foreach (JsonElement route in space.Ip($"{family} route show proto {KernelNames.Protocol}").EnumerateArray())
            {
                int metric = route.GetProperty("metric").GetInt32();
                if (metric != 100)
                {
                    lines.Add(Describe(route, metric));
                }
            }
        }

        foreach (string device in (string[])[KernelNames.TunnelDevice, KernelNames.TunnelDeviceV6])
        {
            if (Tool.Run("ip", $"-n {space.Name} -br link show type vxlan").Contains(device, StringComparison.Ordinal))
            {
                using JsonDocument entries = JsonDocument.Parse(Tool.Run("bridge", $"-n {space.Name} -j fdb show dev {device}"));
                lines.AddRange(entries.RootElement.EnumerateArray().Where(e => e.TryGetProperty("dst", out _))
                    .Select(e => $"{e.GetProperty("mac").GetString()} {e.GetProperty("dst").GetString()}"));
            }
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static string Describe(JsonElement route, int metric)
    {
        string type = route.GetProperty("type").GetString()!;
        string line = string.Create(CultureInfo.InvariantCulture, $"{route.GetProperty("dst").GetString()} {metric} {type}");
        if (type != "unicast")
        {
            return line;
        }

        if (route.TryGetProperty("nexthops", out JsonElement hops))
        {
            return $"{line} {string.Join(' ', hops.EnumerateArray().Select(h => $"{h.GetProperty("gateway").GetString()}*{h.GetProperty("weight").GetInt32()}").Order())}";
        }

        string device = route.GetProperty("dev").GetString()!;
        return device == "eth0" ? $"{line} eth0 {route.GetProperty("gateway").GetString()}" : $"{line} {device}";
    }
}
