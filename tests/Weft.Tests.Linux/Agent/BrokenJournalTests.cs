using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>A journal of which nobody knows what the disk holds: a record did not fit, and what was written of it cannot be cut
/// off.</summary>
public sealed class BrokenJournalTests
{
    private const int IoFailure = 5; // CNI specification, "Error".

    [Fact]
    public async Task It_is_written_anew_when_the_disk_lets_it_and_until_then_nothing_follows_from_any_call()
    {
        using SmallDisk disk = new(1);
        using TestNamespace before = new();
        using TestNamespace after = new();
        await using AgentNode node = new("n1", null);
        Directory.CreateSymbolicLink(Path.GetDirectoryName(node.JournalPath)!, disk.Path);
        node.WritePlan(
            AgentNode.Self(node, tunnel: false),
            new PoolEntry { Name = "default", Cidr = IpPrefix.Parse("10.65.0.0/16"), Allocates = true, Tunnels = false, BlockSize = 24 },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.0/24"), Pool = "default" });
        await node.StartAsync();
        WorkloadConnection connected = await node.AddAsync("before", before);

        // Full, and a file that may only grow: what is half written stays.
        disk.Fill();
        Tool.Run("chattr", $"+a {node.JournalPath}");
        try
        {
            AgentAnswer answer = new();
            for (int i = 0; answer.Fault is null && i < 100; i++)
            {
                answer = await node.AskAsync(Call(AgentCommand.Add, "after", after));
                answer = answer.Fault is null ? await node.AskAsync(Call(AgentCommand.Del, "after", after)) : answer;
            }

            Assert.Equal(IoFailure, answer.Fault?.Code);
            string[] lines = await File.ReadAllLinesAsync(node.JournalPath, TestContext.Current.CancellationToken);

            // Room alone does not help.
            disk.Free();
            Assert.Equal(IoFailure, (await node.AskAsync(Call(AgentCommand.Add, "other", after))).Fault?.Code);
            Assert.Equal(lines, await File.ReadAllLinesAsync(node.JournalPath, TestContext.Current.CancellationToken));
        }
        finally
        {
            Tool.Run("chattr", $"-a {node.JournalPath}");
        }

        await node.UntilAsync(async () => (await node.AskAsync(Call(AgentCommand.Add, "after", after))).Fault is null);
        Assert.Single(node.Log, line => line.Contains("the address journal was written anew", StringComparison.Ordinal));
        Assert.All(
            (await File.ReadAllLinesAsync(node.JournalPath, TestContext.Current.CancellationToken)).Skip(1),
            line => Assert.EndsWith("}", line, StringComparison.Ordinal));

        // What it says is what was answered.
        await node.StopAsync();
        await node.StartAsync();
        Assert.Equal(connected.Addresses, (await node.AskAsync(Call(AgentCommand.Check, "before", before))).Connection?.Addresses);
        Assert.Null((await node.AskAsync(Call(AgentCommand.Check, "after", after))).Fault);
        foreach (string workload in (string[])["before", "after"])
        {
            Assert.Null((await node.AskAsync(Call(AgentCommand.Del, workload, before))).Fault);
        }
    }

    [Fact]
    public async Task One_that_somebody_removes_is_there_again_and_says_who_has_which_address()
    {
        using TestNamespace inside = new();
        await using AgentNode node = new("n1", null);
        node.WritePlan(
            AgentNode.Self(node, tunnel: false),
            new PoolEntry { Name = "default", Cidr = IpPrefix.Parse("10.65.0.0/16"), Allocates = true, Tunnels = false, BlockSize = 24 },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.0/24"), Pool = "default" });
        await node.StartAsync();
        WorkloadConnection connected = await node.AddAsync("web", inside);
        File.Delete(node.JournalPath);

        // Whatever happens next: here somebody asks.
        await node.UntilAsync(async () =>
        {
            await node.AskAsync(new AgentCall { Command = AgentCommand.Status });
            return File.Exists(node.JournalPath);
        });
        await node.StopAsync();
        await node.StartAsync();
        Assert.Equal(connected.Addresses, (await node.AskAsync(Call(AgentCommand.Check, "web", inside))).Connection?.Addresses);
        Assert.Null((await node.AskAsync(Call(AgentCommand.Del, "web", inside))).Fault);
    }

    private static AgentCall Call(AgentCommand command, string workload, TestNamespace inside) => new()
    {
        Command = command,
        Namespace = "shop",
        Workload = workload,
        ContainerId = "c1",
        NetworkNamespace = inside.Path,
    };
}
