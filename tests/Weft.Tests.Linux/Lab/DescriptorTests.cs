using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Descriptors are scarce where one process hosts many nodes: 20,000 for a process, and no more.</summary>
public sealed class DescriptorTests
{
    private const int DescriptorsMax = 8;
    private const int Few = 2;
    private const int Many = 10;

    [Fact]
    public async Task A_quiet_node_costs_at_most_eight_descriptors_with_the_servers_ends_of_its_connections()
    {
        await using RunningLab few = await RunningLab.StartAsync(Nodes(Few));
        await using RunningLab many = await RunningLab.StartAsync(Nodes(Many));
        int fewPid = await PidAsync(few);
        int manyPid = await PidAsync(many);
        int each = 0;
        await many.UntilAsync(
            () =>
            {
                each = (Descriptors(manyPid) - Descriptors(fewPid)) / (Many - Few);
                return Task.FromResult(each is > 0 and <= DescriptorsMax);
            },
            "idle connections are given back");
        Assert.InRange(each, 1, DescriptorsMax);
    }

    private static int Descriptors(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();

    private static async Task<int> PidAsync(RunningLab lab) =>
        (await lab.StatusAsync()).GetProperty("nodes")[0].GetProperty("agentPid").GetInt32();

    private static string Nodes(int count) => $$"""
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: descriptors}
        spec:
          segments: [{name: rack, cidrs: [172.16.1.0/24]}]
          nodes: [{{string.Join(", ", Enumerable.Range(1, count).Select(n => FormattableString.Invariant($"{{name: n{n}, segment: rack}}")))}}]
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: Always}
        """;
}
