using System;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>A node without a block borrows an address, which is reached from everywhere, also from its lender; and gives it
/// back.</summary>
public sealed class LoanTests
{
    private const string Racks =
        """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: loans}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24]}
            - {name: rack2, cidrs: [172.16.2.0/24]}
            - {name: outside, cidrs: [203.0.113.0/24]}
          routers:
            - {name: spine, segments: [rack1, rack2, outside]}
          nodes:
            - {name: n1, segment: rack1}
            - {name: n2, segment: rack2}
            - {name: n3, segment: rack1}
          hosts:
            - {name: internet, segment: outside}
        """;

    [Theory]
    [InlineData("CrossSubnet")]
    [InlineData("Always")]
    public async Task A_borrowed_address_is_reached_from_everywhere_and_goes_back_to_its_lender(string mode)
    {
        await using RunningLab lab = await RunningLab.StartAsync(
            $"{Racks}\n---\n{TwoRacks.Pool("small", $"cidr: 10.65.0.0/29, blockSize: 30, vxlanMode: {mode}, natOutgoing: true, allowedUses: [Workload]")}");
        await lab.ApplyAsync(TwoRacks.Workload("a", "n1") + TwoRacks.Workload("c", "n3"));
        await lab.ApplyAsync(TwoRacks.Workload("b", "n2"));
        string lender = (await lab.GetAsync("addressloans")).EnumerateArray().Single().GetProperty("spec").GetProperty("lender").GetString()!;
        string borrowed = await lab.AddressOfAsync("b");
        foreach (string from in (string[])["a", "c"])
        {
            (await lab.LabAsync("exec", from, "--", "ping", "-c", "1", "-W", "5", borrowed)).Must();
            (await lab.LabAsync("exec", "b", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync(from))).Must();
        }

        (await lab.LabAsync("exec", lender, "--", "ping", "-c", "1", "-W", "5", borrowed)).Must();

        // To the outside it goes as its node; from there, a router that knows the exact route finds it.
        (await lab.LabAsync("exec", "b", "--", "ping", "-c", "1", "-W", "5", "203.0.113.2")).Must();
        lab.Ip("spine", $"route add {borrowed}/32 via 172.16.2.2");
        (await lab.LabAsync("exec", "internet", "--", "ping", "-c", "1", "-W", "5", borrowed)).Must();

        // A restart of both in the midst of it changes nothing.
        (await lab.LabAsync("restart", lender)).Must();
        (await lab.LabAsync("restart", "n2")).Must();
        (await lab.LabAsync("exec", "b", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("a"))).Must();

        (await lab.WeftAsync("delete", "workload", "b", "-n", "shop", "--wait")).Must();
        await lab.UntilAsync(async () => (await lab.GetAsync("addressloans")).GetArrayLength() == 0, "the address is given back");
        await lab.UntilAsync(
            () => Task.FromResult(!((string[])["n1", "n2", "n3"]).Any(n => lab.Ip(n, "route").Contains(borrowed + " ", StringComparison.Ordinal))),
            "no node has a route to it");
    }

    [Fact]
    public async Task Blocks_of_one_address_work_and_each_is_reached()
    {
        await using RunningLab lab = await RunningLab.StartAsync(
            $"{Racks}\n---\n{TwoRacks.Pool("hosts", "cidr: 10.65.0.0/28, blockSize: 32, vxlanMode: CrossSubnet")}");
        await lab.ApplyAsync(TwoRacks.Workload("a", "n1") + TwoRacks.Workload("b", "n2") + TwoRacks.Workload("d", "n1"));
        string[] addresses = [await lab.AddressOfAsync("a"), await lab.AddressOfAsync("b"), await lab.AddressOfAsync("d")];
        Assert.Equal(3, addresses.Distinct().Count());
        foreach (string address in addresses)
        {
            (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", address)).Must();
            (await lab.LabAsync("exec", "b", "--", "ping", "-c", "1", "-W", "5", address)).Must();
        }
    }
}
