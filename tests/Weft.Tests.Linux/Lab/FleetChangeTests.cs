using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Pools and workloads come and go while packets flow between others.</summary>
public sealed class FleetChangeTests
{
    [Fact]
    public async Task Pools_and_workloads_come_and_go_and_the_others_lose_nothing()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        (string Name, string Address) a = await TwoRacks.FindAsync(lab, "a");
        (string Name, string Address) b = await TwoRacks.FindAsync(lab, "b");
        (string Name, string Address) c = await TwoRacks.FindAsync(lab, "c");
        using UdpFlow plain = new(lab, a, b);
        using UdpFlow tunnelled = new(lab, a, c);
        using UdpFlow back = new(lab, c, b);

        // A second pool; the first gives nothing any more, and who has an address of it keeps it.
        await lab.ApplyAsync(TwoRacks.Pool("default", "cidr: 10.65.0.0/16, vxlanMode: CrossSubnet, disabled: true")
            + "---\n" + TwoRacks.Pool("second", "cidr: 10.66.0.0/24, blockSize: 28, vxlanMode: CrossSubnet"));
        Assert.Equal(["default", "second"], Names(await lab.GetAsync("pools")));
        Assert.DoesNotContain(await BlocksAsync(lab), block => block.Pool == "second");

        // A workload: when the command returns everybody reaches it, and everything says so.
        await lab.ApplyAsync(TwoRacks.Workload("d", "n2"));
        string d = await lab.AddressOfAsync("d");
        Assert.StartsWith("10.66.0.", d, StringComparison.Ordinal);
        (string Cidr, string Pool, string Node) block = Assert.Single(await BlocksAsync(lab), candidate => candidate.Pool == "second");
        Assert.Equal(("10.66.0.0/28", "n2"), (block.Cidr, block.Node));
        Assert.Equal(["a", "b", "c", "d"], Names(await lab.GetAsync("workloads")));
        JsonElement endpoint = (await lab.WeftAsync("get", "workload", "d", "-n", "shop", "-o", "json")).Must().Json;
        Assert.Equal($"{d}/32", endpoint.GetProperty("spec").GetProperty("ipNetworks")[0].GetString());
        await ReachableAsync(lab, "a", d);
        await ReachableAsync(lab, "c", d);
        await ReachableAsync(lab, "d", a.Address);

        // It goes: when the command returns nothing of it is left, and its address is answered for by its node.
        (await lab.WeftAsync("delete", "workload", "d", "-n", "shop", "--wait")).Must();
        Assert.Equal(["a", "b", "c"], Names(await lab.GetAsync("workloads")));
        Assert.False(NetworkNamespace.Exists(lab.NamespaceOf("d")));
        Assert.DoesNotContain($"{d} ", lab.Ip("n2", "route show proto 87"), StringComparison.Ordinal);
        Ran gone = await PingAsync(lab, "a", d);
        Assert.Contains("From 172.16.1.3 icmp_seq=1 Destination", gone.Must(1).Output, StringComparison.Ordinal);

        // The pool goes while it is in use: it stays, and says so, until its last address is free.
        await lab.ApplyAsync(TwoRacks.Workload("d", "n2") + TwoRacks.Workload("e", "n3"));
        d = await lab.AddressOfAsync("d");
        Ran deleted = (await lab.WeftAsync("delete", "pool", "second", "--wait")).Must();
        Assert.Equal("IPPool/second terminating", Assert.Single(deleted.Lines));
        Assert.True(await IsTerminatingAsync(lab));
        await ReachableAsync(lab, "a", d);
        (await lab.WeftAsync("delete", "workload", "e", "-n", "shop", "--wait")).Must();
        await lab.UntilAsync(async () => (await BlocksAsync(lab)).All(left => left.Pool != "second" || left.Node == "n2"), "n3 gives its block back");
        Assert.True(await IsTerminatingAsync(lab));
        await ReachableAsync(lab, "a", d);
        (await lab.WeftAsync("delete", "workload", "d", "-n", "shop", "--wait")).Must();
        await lab.UntilAsync(async () => Names(await lab.GetAsync("pools")).SequenceEqual(["default"]), "the pool is gone");
        Assert.DoesNotContain(await BlocksAsync(lab), left => left.Pool == "second");
        await lab.UntilAsync(
            () => Task.FromResult(((string[])["n1", "n2", "n3"]).All(n => !lab.Ip(n, "route").Contains("10.66.", StringComparison.Ordinal))),
            "no node has a route to it");
        foreach (UdpFlow flow in (UdpFlow[])[plain, tunnelled, back])
        {
            int lost = flow.StopAndCountLost();
            Assert.True(flow.Sent > 100, $"{flow.Label} sent {flow.Sent}");
            Assert.True(lost == 0, $"{flow.Label}: {lost} of {flow.Sent} lost");
        }
    }

    private static async Task<bool> IsTerminatingAsync(RunningLab lab) =>
        (await lab.WeftAsync("get", "pool", "second", "-o", "json")).Must().Json
            .GetProperty("metadata").TryGetProperty("deletionTimestamp", out _);

    private static Task<Ran> PingAsync(RunningLab lab, string from, string to) =>
        lab.LabAsync("exec", from, "--", "ping", "-c", "1", "-W", "5", to);

    private static async Task ReachableAsync(RunningLab lab, string from, string to) => (await PingAsync(lab, from, to)).Must();

    private static IEnumerable<string> Names(JsonElement list) =>
        list.EnumerateArray().Select(item => item.GetProperty("metadata").GetProperty("name").GetString()!);

    private static async Task<IReadOnlyList<(string Cidr, string Pool, string Node)>> BlocksAsync(RunningLab lab) =>
    [
        .. (await lab.GetAsync("blocks")).EnumerateArray().Select(block => block.GetProperty("spec")).Select(spec => (
            spec.GetProperty("cidr").GetString()!,
            spec.GetProperty("pool").GetString()!,
            spec.GetProperty("affinity").GetString()!["host:".Length..])),
    ];
}
