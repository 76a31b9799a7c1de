using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Weft.Tests.Linux.Agent;
using Xunit;

namespace Weft.Tests.Linux.Ipam;

/// <summary>The collector of a real agent: real network namespaces go behind its back, and real processes.</summary>
public sealed class CollectorTests
{
    private const int NotAsRecorded = 102;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_namespace_that_is_deleted_behind_the_agents_back_gives_its_address_back_and_others_keep_theirs()
    {
        await using AgentNode node = new("n1", "172.31.1.1/24") { LeakGrace = Grace };
        await using AgentNode other = new("n2", "172.31.1.2/24");
        using TestNamespace stays = new();
        await StartAsync(node, other);
        await node.AddAsync("db", stays);
        using (TestNamespace goes = new())
        {
            await node.AddAsync("web", goes);
        }

        await node.UntilAsync(() => Task.FromResult(node.Log.Any(line => line.Contains("shop/web/eth0 is gone for 1 s", StringComparison.Ordinal))));
        await node.UntilAsync(async () => await CheckAsync(node, "web") == NotAsRecorded);
        Assert.Null((await node.AskAsync(Call("db", AgentCommand.Check))).Fault);
        Assert.DoesNotContain(node.Log, line => line.Contains("shop/db", StringComparison.Ordinal));

        // Nothing of it is left, and the address can be given out.
        Assert.DoesNotContain("10.65.0.1 ", Tool.Run("ip", $"-n {node.Namespace.Name} route"), StringComparison.Ordinal);
        Assert.Single(Tool.Run("ip", $"-n {node.Namespace.Name} -o link").Split('\n'), line => line.Contains(": weft", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_namespace_whose_path_is_gone_and_whose_processes_live_keeps_its_address()
    {
        await using AgentNode node = new("n1", "172.31.1.1/24") { LeakGrace = Grace };
        await using AgentNode other = new("n2", "172.31.1.2/24");
        await StartAsync(node, other);
        TestNamespace lives = new();
        using Process sleeper = Process.Start(new ProcessStartInfo("ip", $"netns exec {lives.Name} sleep 60") { RedirectStandardOutput = true })!;
        try
        {
            await node.UntilAsync(() => Task.FromResult(ExecutesIn(sleeper, lives.Path)));
            await node.AddAsync("web", lives);
            lives.Dispose(); // The path goes; the namespace, and the link in it, live on with the process.
            using TestNamespace goes = new();
            await node.AddAsync("gone", goes);
            goes.Socket.Dispose();
            Tool.Run("ip", $"netns del {goes.Name}");
            await node.UntilAsync(async () => await CheckAsync(node, "gone") == NotAsRecorded);
            Assert.Null((await node.AskAsync(Call("web", AgentCommand.Check))).Fault);
        }
        finally
        {
            sleeper.Kill();
            await sleeper.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_container_that_was_connected_by_its_process_gives_its_address_back_when_the_process_has_ended()
    {
        await using AgentNode node = new("n1", "172.31.1.1/24") { LeakGrace = Grace };
        await using AgentNode other = new("n2", "172.31.1.2/24");
        await StartAsync(node, other);
        using Process container = Process.Start(new ProcessStartInfo("unshare", "-n sleep 60") { RedirectStandardOutput = true })!;
        try
        {
            await node.UntilAsync(() => Task.FromResult(!ExecutesIn(container, "/proc/self/ns/net")));
            AgentAnswer answer = await node.AskAsync(Call("web", AgentCommand.Add) with { NetworkNamespace = $"/proc/{container.Id}/ns/net" });
            Assert.True(answer.Fault is null, answer.Fault?.ToString());
        }
        finally
        {
            container.Kill();
            await container.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await node.UntilAsync(async () => await CheckAsync(node, "web") == NotAsRecorded);
        Assert.Contains(node.Log, line => line.Contains("is freed", StringComparison.Ordinal));
    }

    private static bool ExecutesIn(Process process, string path) =>
        Weft.Linux.Namespaces.NetworkNamespace.Identity($"/proc/{process.Id}/ns/net") is { } its
        && its == Weft.Linux.Namespaces.NetworkNamespace.Identity(path);

    private static async Task<int> CheckAsync(AgentNode node, string workload) =>
        (await node.AskAsync(Call(workload, AgentCommand.Check))).Fault is { Message: var said } fault
        && said.EndsWith("is not connected", StringComparison.Ordinal) ? fault.Code : 0;

    private static AgentCall Call(string workload, AgentCommand command) =>
        new() { Command = command, Namespace = "shop", Workload = workload, ContainerId = "c1" };

    private static async Task StartAsync(AgentNode node, AgentNode other)
    {
        AgentNode.Connect(node, other);
        node.WritePlan(
            AgentNode.Self(node, tunnel: false),
            new PoolEntry { Name = "default", Cidr = IpPrefix.Parse("10.65.0.0/16"), Allocates = true, Tunnels = false, BlockSize = 26 },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.0/26"), Pool = "default" });
        await node.StartAsync();
    }
}
