using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>A recording of the real agent, replayed through a new brain.</summary>
public sealed class AgentReplayTests
{
    /// <summary>Set to a file's name, keeps the recording there: so the one among the fixtures was made.</summary>
    private const string KeepVariable = "WEFT_TEST_KEEP_RECORDING";

    [Fact]
    public async Task A_recording_of_the_agent_replays_to_the_same_actions_byte_for_byte()
    {
        await using AgentNode node = new("n1", "172.31.1.1/24");
        await using AgentNode other = new("n2", "172.31.1.2/24");
        using TestNamespace inside = new();
        AgentNode.Connect(node, other);
        node.WritePlan(
            AgentNode.Self(node, tunnel: true),
            new PoolEntry { Name = "default", Cidr = IpPrefix.Parse("10.65.0.0/16"), Allocates = true, Tunnels = true, BlockSize = 26 },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.0/26"), Pool = "default" },
            new RemoteBlockEntry
            {
                Cidr = IpPrefix.Parse("10.65.0.64/26"),
                Pool = "default",
                Node = "n2",
                Path = BlockPath.Vxlan,
                Via = other.Address.Address,
                OwnerIpv4 = other.Address.Address,
                Mtu = 1450,
            },
            new PeerEntry { Node = "n2", Ipv4 = other.Address.Address, OverIpv4 = true, TunnelMac = AgentNode.MacOf(other) });
        await node.StartAsync();
        await node.AddAsync("web", inside);
        int said = node.Log.Count;
        Tool.Run("ip", $"-n {node.Namespace.Name} route del 10.65.0.64/26");
        await node.UntilAsync(() => Task.FromResult(node.Log.Count > said));
        await node.AskAsync(new AgentCall
        {
            Command = AgentCommand.Del,
            Namespace = "shop",
            Workload = "web",
            ContainerId = "c1",
        });
        await node.StopAsync();

        string[] lines = await File.ReadAllLinesAsync(node.RecordPath, TestContext.Current.CancellationToken);
        Assert.Contains(lines, line => line.Contains("\"sendNetlink\"", StringComparison.Ordinal));
        Assert.Equal(lines, Replay(lines));
        if (Environment.GetEnvironmentVariable(KeepVariable) is { Length: > 0 } path)
        {
            File.Copy(node.RecordPath, path, overwrite: true);
        }
    }

    private static IEnumerable<string> Replay(IEnumerable<string> lines)
    {
        AgentBrain brain = new();
        foreach (string line in lines)
        {
            using JsonDocument step = JsonDocument.Parse(line);
            Instant now = new(step.RootElement.GetProperty("at").GetInt64());
            BrainEvent? happened = step.RootElement.TryGetProperty("event", out JsonElement told)
                ? told.Deserialize(BrainJson.Default.BrainEvent)
                : null;
            List<BrainAction> actions = [];
            if (happened is null)
            {
                brain.OnDeadline(now, actions);
            }
            else
            {
                brain.Handle(happened, now, actions);
            }

            yield return JsonSerializer.Serialize(
                new RecordedStep(now.Nanoseconds, happened, actions), BrainJson.Default.RecordedStep);
        }
    }

    [Fact]
    public async Task A_second_agent_on_one_state_directory_is_refused()
    {
        await using AgentNode node = new("n1", "172.31.1.1/24");
        node.WritePlan(AgentNode.Self(node, tunnel: false));
        using TestNamespace nowhere = new();
        string state = Path.GetDirectoryName(node.JournalPath)!;
        Weft.Agent.AgentOptions options = new()
        {
            Node = "n1",
            NetworkNamespace = nowhere.Path,
            ServerSocket = Path.Combine(state, "no-server"),
            StateDirectory = state,
            SocketPath = Path.Combine(state, "second.sock"),
            Log = _ => { },
        };
        await using (Weft.Agent.AgentHost first = await Weft.Agent.AgentHost.StartAsync(options, TestContext.Current.CancellationToken))
        {
            Weft.Agent.AgentRefusedException refused = await Assert.ThrowsAsync<Weft.Agent.AgentRefusedException>(() =>
                Weft.Agent.AgentHost.StartAsync(options with { SocketPath = options.SocketPath + "2" }, TestContext.Current.CancellationToken));
            Assert.Contains($"another agent uses {state}", refused.Message, StringComparison.Ordinal);
        }

        string tooLong = Path.Combine(state, new string('x', 120));
        await Assert.ThrowsAsync<Weft.Agent.AgentRefusedException>(() =>
            Weft.Agent.AgentHost.StartAsync(options with { SocketPath = tooLong }, TestContext.Current.CancellationToken));
        await (await Weft.Agent.AgentHost.StartAsync(options, TestContext.Current.CancellationToken)).DisposeAsync();
        Assert.Subset(
            new HashSet<string?> { "addresses.journal", "lock", "plan.json", "settings.json" },
            Directory.GetFiles(state).Select(Path.GetFileName).ToHashSet());
    }
}
