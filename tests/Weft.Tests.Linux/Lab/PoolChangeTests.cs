using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Pools are changed while packets flow in both families, and while a stranger forges tunnel packets: no
/// connection that is still allowed is lost, and nothing forged gets in at any instant.</summary>
public sealed class PoolChangeTests(ITestOutputHelper output)
{
    private static readonly string[] Modes =
        ["Always", "CrossSubnet", "Never", "CrossSubnet", "Always", "Never", "Always", "CrossSubnet"];

    [Fact]
    public async Task Each_change_of_mode_keeps_connections_and_protection()
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        await DualRacks.TeachAsync(lab);
        await using Traffic traffic = await Traffic.StartAsync(lab);
        await traffic.MovedAsync("before");
        string mode = "CrossSubnet";
        foreach (string next in Modes)
        {
            int before = traffic.Lost();
            await lab.ApplyAsync(DualRacks.Pools(next));
            await traffic.MovedAsync($"{mode} to {next}");
            int lost = traffic.Lost() - before;
            output.WriteLine($"{mode} to {next}: {lost} datagrams lost of those sent in the meantime");
            Assert.True(lost == 0, $"{mode} to {next}: {lost} datagrams lost");
            mode = next;
        }

        await traffic.FinishAsync();
    }

    [Fact]
    public async Task Pools_come_and_go_and_are_disabled_and_none_of_it_touches_what_flows()
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        await using Traffic traffic = await Traffic.StartAsync(lab);
        await traffic.MovedAsync("before");
        int before = traffic.Lost();
        await lab.ApplyAsync(TwoRacks.Pool("more", "cidr: 10.70.0.0/16, vxlanMode: Always, natOutgoing: true"));
        await traffic.MovedAsync("a second pool");
        await lab.ApplyAsync(DualRacks.Pools("CrossSubnet", more: ", disabled: true"));
        await lab.ApplyAsync(TwoRacks.Workload("late", "n2") + TwoRacks.Workload("late3", "n3"));
        Assert.StartsWith("10.70.", (await DualRacks.FindAsync(lab, "late", "IPv4")).Address, StringComparison.Ordinal);
        (await lab.LabAsync("exec", "late3", "--", "ping", "-c", "1", "-W", "5", (await DualRacks.FindAsync(lab, "late", "IPv4")).Address)).Must();
        await traffic.MovedAsync("the first pools disabled");
        foreach (bool translated in (bool[])[false, true])
        {
            await lab.ApplyAsync(DualRacks.Pools("CrossSubnet", natOutgoing: translated));
            await traffic.MovedAsync($"natOutgoing {translated}");
        }

        (await lab.WeftAsync("delete", "workload", "late", "late3", "-n", "shop", "--wait")).Must();
        (await lab.WeftAsync("delete", "pool", "more", "--wait")).Must();
        await traffic.MovedAsync("the second pool removed");
        Assert.Equal(before, traffic.Lost());

        // A pool that is in use is only marked: what flows goes on.
        (await lab.WeftAsync("delete", "pool", "four")).Must();
        await traffic.MovedAsync("the first pool terminating");
        Assert.Equal(before, traffic.Lost());
        await traffic.FinishAsync();
    }

    // Connections and numbered datagrams within a rack and between racks in both families, and two forgers.
    private sealed class Traffic : IAsyncDisposable
    {
        private readonly RunningLab _lab;
        private readonly List<TcpFlow> _connections = [];
        private readonly List<UdpFlow> _datagrams = [];
        private readonly List<ForgedTunnel> _forgers = [];

        private Traffic(RunningLab lab) => _lab = lab;

        public static async Task<Traffic> StartAsync(RunningLab lab)
        {
            Traffic traffic = new(lab);
            foreach (string family in (string[])["IPv4", "IPv6"])
            {
                (string, string) a = await DualRacks.FindAsync(lab, "a", family);
                (string, string) b = await DualRacks.FindAsync(lab, "b", family);
                (string Name, string Address) c = await DualRacks.FindAsync(lab, "c", family);
                (string, string) n1 = await DualRacks.FindAsync(lab, "n1", family);
                await ProveAsync(lab, n1, c, a);
                traffic._connections.Add(await TcpFlow.StartAsync(lab, a, b));
                traffic._connections.Add(await TcpFlow.StartAsync(lab, a, c));
                traffic._datagrams.Add(new UdpFlow(lab, a, b));
                traffic._datagrams.Add(new UdpFlow(lab, c, a));
                traffic._forgers.Add(new ForgedTunnel(lab, "stranger", n1, c.Address, a));
            }

            return traffic;
        }

        public int Lost() => _datagrams.Sum(flow => flow.Lost());

        public async Task MovedAsync(string what)
        {
            long[] before = [.. _connections.Select(flow => flow.Received)];
            long[] forged = [.. _forgers.Select(forger => forger.Sent)];
            await _lab.UntilAsync(
                () => Task.FromResult(_connections.Select((flow, i) => flow.Received - before[i]).All(moved => moved > 256 * 1024)),
                $"{what}: the connections carry data in both directions");
            await _lab.UntilAsync(
                () => Task.FromResult(_forgers.Select((forger, i) => forger.Sent - forged[i]).All(sent => sent > 20)),
                $"{what}: the forgers send");
            Assert.All(_forgers, forger => Assert.True(forger.Arrived == 0, $"{what}: {forger.Arrived} of {forger.Sent} forged packets got in"));
        }

        public async Task FinishAsync()
        {
            foreach (TcpFlow connection in _connections)
            {
                await connection.StopAndCheckAsync();
            }

            Assert.All(_forgers, forger => Assert.Equal(0, forger.Arrived));
        }

        public ValueTask DisposeAsync()
        {
            _forgers.ForEach(forger => forger.Dispose());
            _datagrams.ForEach(flow => flow.Dispose());
            _connections.ForEach(flow => flow.Dispose());
            return ValueTask.CompletedTask;
        }

        // The same packet from the node that it claims to be from gets in: what keeps the others out is who they are.
        private static async Task ProveAsync(
            RunningLab lab, (string, string) node, (string Name, string Address) source, (string, string) target)
        {
            using ForgedTunnel right = new(lab, "n3", node, source.Address, target);
            await lab.UntilAsync(() => Task.FromResult(right.Arrived > 0), "what the owner of the address sends arrives");
        }
    }
}
