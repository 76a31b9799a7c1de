using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>The underlay changes under running workloads: its MTU, and a node's address.</summary>
public sealed class UnderlayChangeTests
{
    [Fact]
    public async Task An_MTU_that_changes_is_followed_everywhere_while_connections_go_on()
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        (string, string)[] flows = [("a", "b"), ("a", "c")];
        TcpFlow[] connections = new TcpFlow[flows.Length * 2];
        for (int i = 0; i < connections.Length; i++)
        {
            string family = i % 2 == 0 ? "IPv4" : "IPv6";
            (string from, string to) = flows[i / 2];
            connections[i] = await TcpFlow.StartAsync(
                lab, await DualRacks.FindAsync(lab, from, family), await DualRacks.FindAsync(lab, to, family));
        }

        try
        {
            await MovedAsync(lab, "before", connections);
            foreach (int mtu in (int[])[1400, 9000, 1500])
            {
                // A segment has one MTU: what its members do not agree on is lost between them.
                lab.Ip("n1", FormattableString.Invariant($"link set eth0 mtu {mtu}"));
                lab.Ip("n2", FormattableString.Invariant($"link set eth0 mtu {mtu}"));
                int path = Math.Min(mtu, 1500);
                await lab.UntilAsync(() => Task.FromResult(Followed(lab, mtu, path)), $"all follow {mtu}", seconds: 5);
                await MovedAsync(lab, $"after {mtu}", connections);
            }

            foreach (TcpFlow connection in connections)
            {
                await connection.StopAndCheckAsync();
            }
        }
        finally
        {
            Array.ForEach(connections, connection => connection?.Dispose());
        }
    }

    [Theory]
    [InlineData("IPv4", "ipv4Address", "172.16.1.77/24")]
    [InlineData("IPv6", "ipv6Address", "fd00:1::77/64")]
    public async Task A_node_that_is_renumbered_is_followed_by_all(string family, string field, string address)
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        (string Name, string Address) a = await DualRacks.FindAsync(lab, "a", family);
        (string Name, string Address) b = await DualRacks.FindAsync(lab, "b", family);
        (string Name, string Address) c = await DualRacks.FindAsync(lab, "c", family);
        (string _, string old) = await DualRacks.FindAsync(lab, "n1", family);
        using TcpFlow near = await TcpFlow.StartAsync(lab, a, b);
        using TcpFlow far = await TcpFlow.StartAsync(lab, c, a);
        await MovedAsync(lab, "before", near, far);

        // As an administrator does it: the new address beside the old one, the resource, and the old one goes. The second
        // address stays when the first goes, as on hosts with systemd.
        Tool.Run("ip", $"netns exec {lab.NamespaceOf("n1")} sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1");
        lab.Ip("n1", $"addr add {address} dev eth0{(family == "IPv6" ? " nodad" : "")}");
        JsonElement node = (await lab.GetAsync("nodes")).EnumerateArray()
            .Single(n => n.GetProperty("metadata").GetProperty("name").GetString() == "n1").GetProperty("spec").GetProperty("bgp");
        string other = field == "ipv4Address" ? "ipv6Address" : "ipv4Address";
        await lab.ApplyAsync(
            $$$"""
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n1, labels: {rack: "1"}}
            spec: {bgp: {{{{field}}}: "{{{address}}}", {{{other}}}: "{{{node.GetProperty(other).GetString()}}}"}}
            """);
        lab.Ip("n1", $"addr del {old}/{address.Split('/')[1]} dev eth0");
        lab.Ip("n1", $"{(family == "IPv6" ? "-6 " : "")}route replace default via {(family == "IPv6" ? "fd00:1::1" : "172.16.1.1")}");
        await MovedAsync(lab, "after", near, far);
        await near.StopAndCheckAsync();
        await far.StopAndCheckAsync();
        string bare = address.Split('/')[0];
        Assert.Contains($"via {bare} dev eth0", lab.Ip("n2", $"route get {a.Address}"), StringComparison.Ordinal);
        await lab.UntilAsync(
            async () => (await lab.StatusAsync()).GetProperty("ready").GetBoolean(), "all nodes are ready again");
        using TcpFlow again = await TcpFlow.StartAsync(lab, a, c);
        await again.StopAndCheckAsync();
        using TcpFlow outside = await TcpFlow.StartAsync(lab, a, await DualRacks.FindAsync(lab, "internet", family));
        Assert.Equal(bare, outside.SeenAs);
        await outside.StopAndCheckAsync();
    }

    [Theory]
    [InlineData("IPv4", "172.16.1.77/24", "172.16.1.1")]
    [InlineData("IPv6", "fd00:1::77/64", "fd00:1::1")]
    public async Task Where_nobody_gave_the_address_the_one_that_its_agent_finds_is_followed(string family, string address, string router)
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        await lab.ApplyAsync("""
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n1, labels: {rack: "1"}}
            """);
        await UntilNodeHasAsync(lab, (await DualRacks.FindAsync(lab, "n1", family)).Address);
        (string Name, string Address) a = await DualRacks.FindAsync(lab, "a", family);
        using TcpFlow near = await TcpFlow.StartAsync(lab, a, await DualRacks.FindAsync(lab, "b", family));
        using TcpFlow far = await TcpFlow.StartAsync(lab, await DualRacks.FindAsync(lab, "c", family), a);
        await MovedAsync(lab, "before", near, far);

        (string _, string old) = await DualRacks.FindAsync(lab, "n1", family);
        string ip = family == "IPv6" ? "-6 " : "";
        lab.Ip("n1", $"addr del {old}/{address.Split('/')[1]} dev eth0");
        lab.Ip("n1", $"addr add {address} dev eth0{(family == "IPv6" ? " nodad" : "")}");
        lab.Ip("n1", $"{ip}route replace default via {router}");
        await UntilNodeHasAsync(lab, address.Split('/')[0]);
        await MovedAsync(lab, "after", near, far);
        await near.StopAndCheckAsync();
        await far.StopAndCheckAsync();
        using TcpFlow outside = await TcpFlow.StartAsync(lab, a, await DualRacks.FindAsync(lab, "internet", family));
        Assert.Equal(address.Split('/')[0], outside.SeenAs);
        await outside.StopAndCheckAsync();
    }

    private static Task UntilNodeHasAsync(RunningLab lab, string address) => lab.UntilAsync(
        async () => (await lab.GetAsync("nodes")).EnumerateArray().Any(node =>
            node.GetProperty("metadata").GetProperty("name").GetString() == "n1"
            && node.TryGetProperty("spec", out JsonElement spec) && spec.TryGetProperty("bgp", out JsonElement bgp)
            && bgp.EnumerateObject().Any(field => field.Value.GetString()!.StartsWith($"{address}/", StringComparison.Ordinal))),
        $"the node's address is {address}");

    // The workload's link at both ends, the tunnel devices, and the routes of both nodes.
    private static bool Followed(RunningLab lab, int mtu, int path)
    {
        string host = lab.Ip("n1", "-o link show");
        return MtusOf(host, ": weft").SequenceEqual([mtu])
            && MtusOf(host, ": vxlan.weft").SequenceEqual([mtu - 50])
            && MtusOf(host, ": vxlan6.weft").SequenceEqual([mtu - 70])
            && MtuIn(lab.Ip("a", "-o link show eth0")) == mtu
            && ((string[])["n1", "n3"]).All(node =>
                RoutesCarry(lab, node, "-4", "dev vxlan.weft", path - 50) && RoutesCarry(lab, node, "-6", "dev vxlan6.weft", path - 70));
    }

    private static int[] MtusOf(string links, string name) =>
        [.. links.Split('\n').Where(line => line.Contains(name, StringComparison.Ordinal)).Select(MtuIn)];

    private static bool RoutesCarry(RunningLab lab, string node, string family, string device, int mtu)
    {
        string[] routes = [.. lab.Ip(node, $"{family} route show proto 87").Split('\n')
            .Where(line => line.Contains(device, StringComparison.Ordinal))];
        return routes.Length > 0 && routes.All(line => MtuIn(line) == mtu);
    }

    private static int MtuIn(string line)
    {
        string[] words = line.Split(' ');
        int at = Array.IndexOf(words, "mtu");
        return at < 0 ? 0 : int.Parse(words[at + 1], CultureInfo.InvariantCulture);
    }

    private static async Task MovedAsync(RunningLab lab, string what, params TcpFlow[] flows)
    {
        long[] before = [.. flows.Select(flow => flow.Received)];
        await lab.UntilAsync(
            () => Task.FromResult(flows.Select((flow, i) => flow.Received - before[i]).All(moved => moved > 256 * 1024)),
            $"{what}: the connections carry data in both directions");
    }
}
