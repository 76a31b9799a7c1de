using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Tests.Linux.Churn;
using Weft.Tests.Linux.Crashes;
using Xunit;

namespace Weft.Tests.Linux.Ipam;

/// <summary>A node is deleted whose agent has given out an address that no server has heard of: nobody else gets it before the agent
/// has proved that it is free, or has been away for the grace.</summary>
public sealed class DeletedNodeTests
{
    // Four blocks of four addresses: each node has one for its tunnel address.
    private const string Pool = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: small}
        spec: {cidr: 10.65.0.0/28, blockSize: 30, vxlanMode: Always}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPAMConfiguration
        metadata: {name: default}
        spec: {strictAffinity: true}
        """;

    [Fact]
    public async Task An_address_that_no_server_has_heard_of_is_nobody_elses_until_its_agent_gives_it_back()
    {
        using ChurnFleet fleet = await ChurnFleet.StartAsync(Pool, fakesClock: false);
        string address = await HideWorkloadAsync(fleet);
        fleet.Server.Start();
        await fleet.UntilAsync(async () => (await fleet.WeftAsync("get", "nodes")).ExitCode == 0, "the server answers");
        Assert.Empty((await fleet.TryGetAsync("workloads"))!.Value.EnumerateArray());
        Assert.Equal(["Node/n1 terminating"], (await fleet.WeftAsync("delete", "node", "n1")).Must().Lines);
        Assert.DoesNotContain(address, await FillAsync(fleet, "n2"));
        Assert.NotEmpty(await BlocksOfAsync(fleet, "n1"));
        Assert.Contains("n1 is being removed and its agent is away", (await fleet.WeftAsync("status")).Output, StringComparison.Ordinal);

        // It comes, and says what it has.
        fleet.Agents["n1"].Start();
        await fleet.UntilAsync(
            async () => (await fleet.WeftAsync("status")).Output.Contains("waits for 1 workloads on it", StringComparison.Ordinal), "the workload is told");
        AgentAnswer refused = await AskAsync(fleet, "n1", Add(fleet, "late"));
        Assert.Contains("Node n1 was deleted, and is being removed", refused.Fault?.Message, StringComparison.Ordinal);
        Assert.Contains("apply it again when it is gone", (await fleet.WeftAsync("apply", "-f", await NodeFileAsync(fleet))).Must(1).Error, StringComparison.Ordinal);
        Assert.Contains(address, fleet.Ip("n1", "route"), StringComparison.Ordinal);

        // With its last workload it goes, and what it had is for others.
        Assert.Null((await AskAsync(fleet, "n1", Del("hidden"))).Fault);
        await fleet.UntilAsync(async () => !await ExistsAsync(fleet, "n1"), "the node goes");
        Assert.Empty(await BlocksOfAsync(fleet, "n1"));
        await fleet.UntilAsync(
            () => Task.FromResult(!fleet.Ip("n1", "route").Contains("10.65.", StringComparison.Ordinal)
                && !fleet.Ip("n1", "link").Contains("vxlan.weft", StringComparison.Ordinal)),
            "nothing leads to the fleet any more");
        await fleet.UntilAsync(
            async () => (await FillAsync(fleet, "n2")).Concat(await FillAsync(fleet, "n3")).Contains(address), "another node gives it out");

        // It is applied again, and is a node like any other.
        await fleet.ApplyAsync(Pool.Replace("small", "more", StringComparison.Ordinal).Replace("10.65.", "10.66.", StringComparison.Ordinal));
        (await fleet.WeftAsync("apply", "-f", await NodeFileAsync(fleet))).Must();
        await fleet.UntilAsync(
            async () => await AgentSocket.TryAskAsync(fleet.SocketOf("n1"), Add(fleet, "again")) is { Fault: null }, "it gives out addresses");
    }

    [Fact]
    public async Task An_agent_that_comes_after_the_grace_uses_nothing_that_others_may_have()
    {
        using ChurnFleet fleet = await ChurnFleet.StartAsync(Pool, fakesClock: false);
        string address = await HideWorkloadAsync(fleet);
        using FleetDaemon server = fleet.ServerOn("impatient", fleet.ServerSocket, "--gone-grace", "2s");
        server.Start();
        await fleet.UntilAsync(async () => (await fleet.WeftAsync("get", "nodes")).ExitCode == 0, "the server answers");
        Assert.Equal(["Node/n1 terminating"], (await fleet.WeftAsync("delete", "node", "n1")).Must().Lines);
        await fleet.UntilAsync(async () => !await ExistsAsync(fleet, "n1"), "it is taken back");
        await fleet.UntilAsync(
            async () => (await FillAsync(fleet, "n2")).Concat(await FillAsync(fleet, "n3")).Contains(address), "another node gives it out");
        Assert.Contains(address, fleet.Ip("n1", "route"), StringComparison.Ordinal);
        fleet.Agents["n1"].Start();
        await fleet.UntilAsync(
            () => Task.FromResult(!fleet.Ip("n1", "route").Contains("10.65.", StringComparison.Ordinal)
                && !fleet.Ip("hidden", "addr").Contains("10.65.", StringComparison.Ordinal)
                && !fleet.Ip("n1", "link").Contains("vxlan.weft", StringComparison.Ordinal)),
            "it uses nothing of it");
        AgentAnswer refused = await AskAsync(fleet, "n1", Add(fleet, "late"));
        Assert.Contains("Node n1 was deleted: apply it again", refused.Fault?.Message, StringComparison.Ordinal);
        Assert.Null((await AskAsync(fleet, "n1", Del("hidden"))).Fault);
    }

    // A workload that was connected while there was no server, by an agent that died before there was one again.
    private static async Task<string> HideWorkloadAsync(ChurnFleet fleet)
    {
        fleet.Server.Stop();
        AgentAnswer answer = await AskAsync(fleet, "n1", Add(fleet, "hidden"));
        Assert.True(answer.Fault is null, answer.Fault?.ToString());
        fleet.Agents["n1"].Kill();
        return answer.Connection!.Addresses[0].Address.ToString();
    }

    // As many workloads as there is room for; answers the addresses of those that got one.
    private static async Task<List<string>> FillAsync(ChurnFleet fleet, string node)
    {
        const int Enough = 12;
        List<string> addresses = [];
        for (int i = 0; i < Enough; i++)
        {
            if (await AskAsync(fleet, node, Add(fleet, $"{node}-{i}")) is { Fault: null } answer)
            {
                addresses.Add(answer.Connection!.Addresses[0].Address.ToString());
            }
        }

        return addresses;
    }

    private static AgentCall Add(ChurnFleet fleet, string workload)
    {
        if (!NetworkNamespace.Exists(fleet.NamespaceOf(workload)))
        {
            Assert.Null(NetworkNamespace.Create(fleet.NamespaceOf(workload), loopbackUp: true));
        }

        return new AgentCall
        {
            Command = AgentCommand.Add,
            Namespace = "shop",
            Workload = workload,
            ContainerId = "c1",
            NetworkNamespace = fleet.PathOf(workload),
            Families = [IpFamily.Ipv4],
        };
    }

    private static AgentCall Del(string workload) =>
        new() { Command = AgentCommand.Del, Namespace = "shop", Workload = workload, ContainerId = "c1" };

    private static async Task<AgentAnswer> AskAsync(ChurnFleet fleet, string node, AgentCall call)
    {
        AgentAnswer? answer = await AgentSocket.TryAskAsync(fleet.SocketOf(node), call);
        Assert.True(answer is not null, fleet.ReadLogs());
        return answer;
    }

    private static async Task<IEnumerable<string>> BlocksOfAsync(ChurnFleet fleet, string node) =>
        (await fleet.TryGetAsync("ipamblocks"))!.Value.EnumerateArray().Select(block => block.GetProperty("spec"))
            .Where(spec => spec.GetProperty("affinity").GetString() == $"host:{node}")
            .Select(spec => spec.GetProperty("cidr").GetString()!)
            .ToList();

    private static async Task<bool> ExistsAsync(ChurnFleet fleet, string node) =>
        (await fleet.TryGetAsync("nodes"))!.Value.EnumerateArray()
            .Any(known => known.GetProperty("metadata").GetProperty("name").GetString() == node);

    private static async Task<string> NodeFileAsync(ChurnFleet fleet)
    {
        string file = System.IO.Path.Combine(fleet.Disk.Path, "n1.yaml");
        await System.IO.File.WriteAllTextAsync(file, """
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n1}
            spec: {bgp: {ipv4Address: 172.16.1.2/24, ipv6Address: "fd00:1::2/64"}}
            """);
        return file;
    }
}
