using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Tests.Linux.Crashes;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>What proves by finding nothing must find what is there; and what churn meets by chance, met on purpose.
/// </summary>
[Collection(nameof(OneAtATime))]
public sealed class ChurnInstrumentTests
{
    // One of a node's first block is its tunnel's; a second block may have been claimed ahead.
    private const int BlockSize = 16;
    private const int AddressesMax = 2 * BlockSize;

    private const string Pool = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/24, blockSize: 28, vxlanMode: CrossSubnet}
        """;

    [Fact]
    public void The_ledger_tells_of_an_address_that_two_have()
    {
        AddressLedger ledger = new();
        LiveContainer first = new("n1", "c1", "c1", "ns1", "weft1", [IpAddress.Parse("10.65.0.1")]);
        ledger.Connected(first);
        ledger.Connected(first);
        Assert.Empty(ledger.Violations);
        ledger.Connected(first with { Node = "n2", Workload = "c2", ContainerId = "c2" });
        Assert.Contains("10.65.0.1 was given to c2 on n2, and c1 on n1 has it", Assert.Single(ledger.Violations), StringComparison.Ordinal);
        ledger.Connected(first with { Addresses = [IpAddress.Parse("10.65.0.2")] });
        Assert.Equal(2, ledger.Violations.Count);

        AddressLedger other = new();
        other.Connected(first);
        other.Leaving(first);
        other.Connected(first with { Workload = "c3", ContainerId = "c3" });
        Assert.Empty(other.Violations);
    }

    [Fact]
    public async Task The_audit_tells_of_what_is_left_and_of_what_is_missing()
    {
        using ChurnFleet fleet = await ChurnFleet.StartAsync(Pool, fakesClock: false);
        AddressLedger ledger = new();
        using ContainerRuntime runtime = new(fleet, new SocketCalls(fleet), ledger, new ChurnTally());
        await runtime.SettleAsync();
        IReadOnlyList<string> faults = [];
        await fleet.UntilAsync(
            async () => (faults = await FleetAudit.FindFaultsAsync(fleet, ledger.Live)).Count == 0, "all agree");

        // Without agents nobody puts it right.
        foreach (FleetDaemon agent in fleet.Agents.Values)
        {
            agent.Kill();
        }

        LiveContainer live = ledger.Live.Single(c => c.Node == "n1");
        fleet.Ip("n1", $"route add 10.65.99.1/32 dev {live.HostInterface} proto 87");
        fleet.Ip("n2", "link add weft0123456789a type veth peer name left");
        Tool.Run("ip", $"-n {live.NamespaceName} addr flush dev eth0");
        faults = await FleetAudit.FindFaultsAsync(fleet, [.. ledger.Live.Where(c => c.Node != "n3")]);
        Assert.Contains(faults, f => f.StartsWith($"the routes of n1: too much [10.65.99.1 {live.HostInterface}]", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("the links of n2: too much [weft0123456789a]", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("the addresses inside echo-n1: too much [], missing", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("the journal of n3: too much [echo-n3", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("the store: too much [n3 echo-n3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_clock_that_daemons_see_can_be_stepped_and_they_go_on()
    {
        using ChurnFleet fleet = await ChurnFleet.StartAsync(Pool, fakesClock: true);
        int number = 0;
        foreach (TimeSpan offset in (TimeSpan[])[TimeSpan.FromHours(1), TimeSpan.FromDays(-2)])
        {
            fleet.Clock!.Set(offset);
            await fleet.UntilAsync(async () =>
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"at{number++}");
                await fleet.ApplyAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}");
                JsonElement born = (await fleet.TryGetAsync("namespaces"))!.Value.EnumerateArray()
                    .Select(n => n.GetProperty("metadata")).Single(m => m.GetProperty("name").GetString() == name);
                TimeSpan ahead = born.GetProperty("creationTimestamp").GetDateTimeOffset() - DateTimeOffset.UtcNow;
                return (ahead - offset).Duration() < TimeSpan.FromMinutes(5);
            }, $"the server's clock is {offset} ahead");
            using TestNamespace inside = new();
            Assert.Null((await AskAsync(fleet, "n1", AgentCommand.Add, inside))?.Fault);
            Assert.Null((await AskAsync(fleet, "n1", AgentCommand.Del, inside))?.Fault);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workload_is_connected_without_the_server_while_its_node_has_an_address(bool hangs)
    {
        using ChurnFleet fleet = await ChurnFleet.StartAsync(Pool, fakesClock: false);
        using TestNamespace first = new();
        Assert.Null((await AskAsync(fleet, "n1", AgentCommand.Add, first))?.Fault);
        if (hangs)
        {
            fleet.Server.Freeze();
        }
        else
        {
            fleet.Server.Kill();
        }

        // Also by an agent that has never met that server.
        for (int i = 0; i < 2; i++)
        {
            using TestNamespace inside = new();
            Assert.Null((await AskAsync(fleet, "n1", AgentCommand.Add, inside))?.Fault);
            Assert.Null((await AskAsync(fleet, "n1", AgentCommand.Del, inside))?.Fault);
            fleet.Agents["n1"].Kill();
            fleet.Agents["n1"].Start();
            await fleet.UntilAsync(
                async () => (await AgentSocket.TryAskAsync(fleet.SocketOf("n1"), new AgentCall { Command = AgentCommand.Status }))?.Status is { Ready: true },
                "the agent is ready without the server");
        }

        // When the last one is taken and a block is needed first, the wait is bounded, and says what for.
        List<TestNamespace> connected = [];
        try
        {
            AgentAnswer? answer = null;
            while (answer?.Fault is null && connected.Count < AddressesMax)
            {
                connected.Add(new TestNamespace());
                answer = await AskAsync(fleet, "n2", AgentCommand.Add, connected[^1]);
            }

            Assert.Equal(11, answer?.Fault?.Code);
            Assert.Contains(hangs ? "a block of pool default" : "the server cannot be reached", answer!.Fault!.Message, StringComparison.Ordinal);
            Assert.InRange(connected.Count, BlockSize, AddressesMax);
        }
        finally
        {
            connected.ForEach(inside => inside.Dispose());
        }
    }

    private static Task<AgentAnswer?> AskAsync(ChurnFleet fleet, string node, AgentCommand command, TestNamespace inside) =>
        new SocketCalls(fleet).AskAsync(
            node,
            new AgentCall
            {
                Command = command,
                Namespace = "shop",
                Workload = inside.Name,
                ContainerId = inside.Name,
                NetworkNamespace = inside.Path,
            },
            CancellationToken.None);
}
