using System;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>What a pool says is what the nodes do.</summary>
public sealed class PoolTests
{
    private const string Racks =
        """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: pools}
        spec:
          segments: [{name: rack1, cidrs: [172.16.1.0/24]}]
          nodes:
            - {name: n1, segment: rack1, labels: {rack: "1"}}
            - {name: n2, segment: rack1, labels: {rack: "2"}}
        """;

    // Nobody borrows an address of another node.
    private const string StrictAffinity =
        """
        apiVersion: projectcalico.org/v3
        kind: IPAMConfiguration
        metadata: {name: default}
        spec: {strictAffinity: true, autoAllocateBlocks: true}
        """;

    [Fact]
    public async Task A_node_takes_addresses_only_from_enabled_pools_that_select_it_in_blocks_of_their_size()
    {
        await using RunningLab lab = await RunningLab.StartAsync(
            $"{Racks}\n---\n{TwoRacks.Pool("first", "cidr: 10.65.0.0/24, blockSize: 29, nodeSelector: rack == '1'")}"
            + $"---\n{TwoRacks.Pool("second", "cidr: 10.66.0.0/24, blockSize: 30, nodeSelector: rack == '2'")}"
            + $"---\n{TwoRacks.Pool("unused", "cidr: 10.64.0.0/24, disabled: true")}");
        await lab.ApplyAsync(TwoRacks.Workload("a", "n1") + TwoRacks.Workload("b", "n2"));
        Assert.StartsWith("10.65.0.", await lab.AddressOfAsync("a"), StringComparison.Ordinal);
        Assert.StartsWith("10.66.0.", await lab.AddressOfAsync("b"), StringComparison.Ordinal);
        string[] blocks = [.. (await lab.GetAsync("blocks")).EnumerateArray()
            .Select(block => block.GetProperty("spec").GetProperty("cidr").GetString()!.Split('/')[1])];
        Assert.Equal(["29", "30"], blocks);

        // Disabled and no longer selected: nothing new, and what is there stays.
        await lab.ApplyAsync(TwoRacks.Pool("first", "cidr: 10.65.0.0/24, blockSize: 29, disabled: true"));
        Ran refused = await lab.RunAsync(["apply", "--wait", "-f", "-", "--lab", lab.Name], TwoRacks.Workload("late", "n1"));
        Assert.Contains("no enabled IPPool selects node n1", Assert.Single(refused.Must(1).ErrorLines), StringComparison.Ordinal);
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("b"))).Must();

        // What failed is made when there is a way to make it.
        await lab.ApplyAsync(TwoRacks.Pool("first", "cidr: 10.65.0.0/24, blockSize: 29, nodeSelector: has(rack)"));
        await lab.UntilAsync(async () => (await lab.StatusAsync()).GetProperty("ready").GetBoolean(), "the late workload gets its address");
        (await lab.LabAsync("exec", "late", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("b"))).Must();
    }

    [Fact]
    public async Task An_exhausted_pool_is_named_with_its_size_and_with_who_holds_it()
    {
        await using RunningLab lab = await RunningLab.StartAsync(
            $"{Racks}\n---\n{TwoRacks.Pool("tiny", "cidr: 10.65.0.0/30, blockSize: 31")}---\n{StrictAffinity}");
        await lab.ApplyAsync(TwoRacks.Workload("a", "n1") + TwoRacks.Workload("b", "n2") + TwoRacks.Workload("c", "n1"));
        Ran full = await lab.RunAsync(
            ["apply", "--wait", "-f", "-", "--lab", lab.Name], TwoRacks.Workload("d", "n1") + TwoRacks.Workload("e", "n2"));
        string line = Assert.Single(full.Must(1).ErrorLines);
        Assert.Contains(
            "no address for shop/d/eth0: IPPool tiny (10.65.0.0/30) has no free block: all 2 blocks of /31 are taken (n1 1, n2 1); add another IPPool, or remove workloads of this node",
            line,
            StringComparison.Ordinal);
        Assert.DoesNotContain("shop/e", line, StringComparison.Ordinal);
        await lab.UntilAsync(async () => (await lab.AddressesAsync("e")).Length == 1, "n2's own block has room for e");
        Assert.Contains("IPPool tiny (10.65.0.0/30) has no free block", (await lab.WeftAsync("status")).Must().Output, StringComparison.Ordinal);

        // Another workload's trouble is none of theirs: commands that wait for others do not fail.
        (await lab.WeftAsync("delete", "workload", "e", "-n", "shop", "--wait")).Must();

        // The mend that is named works, and nobody has to ask again.
        await lab.ApplyAsync(TwoRacks.Pool("more", "cidr: 10.66.0.0/24"));
        await lab.UntilAsync(async () => (await lab.StatusAsync()).GetProperty("ready").GetBoolean(), "d gets an address of the second pool");
        Assert.StartsWith("10.66.0.", await lab.AddressOfAsync("d"), StringComparison.Ordinal);
        await lab.UntilAsync(
            async () => !(await lab.WeftAsync("status")).Must().Output.Contains("has no free block", StringComparison.Ordinal),
            "the status no longer says that a pool is full");
    }

    [Theory]
    [InlineData("default", "cidr: 10.65.0.0/17", "-:7:14: spec.cidr: cannot be changed from 10.65.0.0/16")]
    [InlineData("default", "cidr: 10.65.0.0/16, blockSize: 27", "-:7:39: spec.blockSize: cannot be changed from 26")]
    [InlineData("other", "cidr: 10.65.9.0/24", "-:7:14: spec.cidr: 10.65.9.0/24 overlaps with 10.65.0.0/16 of IPPool default")]
    [InlineData("other", "cidr: 10.66.0.0/24, disableBGPExport: true", "-:7:46: spec.disableBGPExport: not supported yet")]
    [InlineData("other", "cidr: 10.66.0.0/24, color: red", "-:7:35: spec.color: is not supported")]
    [InlineData("other", "cidr: 10.66.0.0/33", "-:7:14: spec.cidr: '10.66.0.0/33' is not a CIDR")]
    public async Task A_change_that_cannot_be_is_refused_with_its_place_and_nothing_of_the_file_is_done(string name, string spec, string error)
    {
        await using RunningLab lab = await RunningLab.StartAsync($"{Racks}\n---\n{TwoRacks.Pool("default", "cidr: 10.65.0.0/16")}");
        JsonElement before = await lab.GetAsync("pools");
        string file = "{apiVersion: v1, kind: Namespace, metadata: {name: new}}\n---\n# A comment.\n" + TwoRacks.Pool(name, spec);
        Ran refused = await lab.RunAsync(["apply", "--wait", "-f", "-", "--lab", lab.Name], file);
        string line = Assert.Single(refused.Must(1).ErrorLines);
        Assert.Contains(error, line, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
        Assert.Equal(before.GetRawText(), (await lab.GetAsync("pools")).GetRawText());
        Assert.DoesNotContain("new", (await lab.WeftAsync("get", "namespaces", "-o", "name")).Must().Output, StringComparison.Ordinal);
    }
}
