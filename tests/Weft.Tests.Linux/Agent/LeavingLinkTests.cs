using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>Workloads' links on their way out, in a real kernel.</summary>
public sealed class LeavingLinkTests
{
    private const int Workloads = 100;

    [Fact]
    public async Task A_hundred_disconnected_at_once_leave_nothing_and_can_be_connected_again_at_once()
    {
        await using AgentNode node = await StartedAsync();
        List<TestNamespace> inside = [];
        try
        {
            inside.AddRange(Enumerable.Range(0, Workloads).Select(_ => new TestNamespace()));
            for (int round = 0; round < 2; round++)
            {
                await Task.WhenAll(inside.Select((space, i) => node.AddAsync($"w{i}", space)));
                Assert.Equal(Workloads, LinksOf(node));
                AgentAnswer[] gone = await Task.WhenAll(inside.Select((_, i) => DelAsync(node, i)));
                Assert.All(gone, answer => Assert.Null(answer.Fault));

                // Answered means gone, and not that it will be.
                Assert.Equal(0, LinksOf(node));
                Assert.DoesNotContain("10.65.", Tool.Run("ip", $"-n {node.Namespace.Name} neigh show nud permanent"), StringComparison.Ordinal);
                Assert.Equal(
                    "unreachable 10.65.0.0/24 metric 300",
                    Tool.Run("ip", $"-n {node.Namespace.Name} route show proto 87").Trim());
            }

            Assert.DoesNotContain(node.Log, line => line.Contains("changed by others", StringComparison.Ordinal));
        }
        finally
        {
            inside.ForEach(space => space.Dispose());
        }
    }

    [Fact]
    public async Task Links_of_others_in_the_groups_by_which_ours_go_stay_as_they_are()
    {
        await using AgentNode node = await StartedAsync();
        string ip = $"-n {node.Namespace.Name}";
        for (uint i = 0; i < 16; i++)
        {
            Tool.Run("ip", $"{ip} link add theirs{i} up group {KernelNames.LeavingGroup + i} type bridge");
        }

        string before = Tool.Run("ip", $"{ip} -o link show type bridge");
        List<TestNamespace> inside = [];
        try
        {
            inside.AddRange(Enumerable.Range(0, Workloads).Select(_ => new TestNamespace()));
            await Task.WhenAll(inside.Select((space, i) => node.AddAsync($"w{i}", space)));
            AgentAnswer[] gone = await Task.WhenAll(inside.Select((_, i) => DelAsync(node, i)));
            Assert.All(gone, answer => Assert.Null(answer.Fault));
            Assert.Equal(0, LinksOf(node));
            Assert.Equal(before, Tool.Run("ip", $"{ip} -o link show type bridge"));
        }
        finally
        {
            inside.ForEach(space => space.Dispose());
        }
    }

    [Fact]
    public async Task An_agent_that_ends_while_links_go_leaves_the_rest_to_the_next_one()
    {
        await using AgentNode node = await StartedAsync();
        List<TestNamespace> inside = [];
        try
        {
            inside.AddRange(Enumerable.Range(0, Workloads).Select(_ => new TestNamespace()));
            await Task.WhenAll(inside.Select((space, i) => node.AddAsync($"w{i}", space)));
            Task<AgentAnswer>[] going = [.. inside.Select((_, i) => DelAsync(node, i))];
            await Task.WhenAny(going);
            await node.StopAsync();
            try
            {
                await Task.WhenAll(going);
            }
            catch (Exception abandoned) when (abandoned is IOException or ArgumentNullException or System.Net.Sockets.SocketException
                or System.Text.Json.JsonException)
            {
                // Who has no answer asks again.
            }

            await node.StartAsync();
            AgentAnswer[] gone = await Task.WhenAll(inside.Select((_, i) => DelAsync(node, i)));
            Assert.All(gone, answer => Assert.Null(answer.Fault));
            Assert.Equal(0, LinksOf(node));
        }
        finally
        {
            inside.ForEach(space => space.Dispose());
        }
    }

    private static async Task<AgentNode> StartedAsync()
    {
        AgentNode node = new("n1", null);
        node.WritePlan(
            AgentNode.Self(node, tunnel: false),
            new PoolEntry { Name = "default", Cidr = IpPrefix.Parse("10.65.0.0/16"), Allocates = true, Tunnels = false, BlockSize = 24 },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.0/24"), Pool = "default" });
        await node.StartAsync();
        return node;
    }

    private static Task<AgentAnswer> DelAsync(AgentNode node, int number) => node.AskAsync(new AgentCall
    {
        Command = AgentCommand.Del,
        Namespace = "shop",
        Workload = $"w{number}",
        ContainerId = "c1",
    });

    private static int LinksOf(AgentNode node) =>
        Tool.Run("ip", $"-n {node.Namespace.Name} -o link show type veth").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}
