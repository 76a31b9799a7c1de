using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Protocol;
using Weft.Server.Ipam;
using Xunit;

namespace Weft.Tests.Server.Ipam;

public sealed class IpamUsageTests
{
    private readonly IpamFleet _fleet = new();

    [Fact]
    public void Every_address_of_a_pool_is_counted_once()
    {
        _fleet.Put(IpamFleet.Node("n1", "10.65.0.0")).Stored("n1", "web", "10.65.0.1").Stored("n2", "db", "10.65.0.65");
        _fleet.Put(IpamFleet.Loan("10.65.0.5")).Stored("n2", "guest", "10.65.0.5");
        _fleet.Put(new IpReservation
        {
            Metadata = new Metadata { Name = "gateways" },
            ReservedCidrs = [IpPrefix.Parse("10.65.0.0/30"), IpPrefix.Parse("10.65.0.1/32"), IpPrefix.Parse("10.65.0.192/29"), IpPrefix.Parse("192.0.2.0/24")],
        });
        PoolUsage pool = Assert.Single(_fleet.Usage().Pools);
        Assert.Equal(
            (256, 2, 4, 4, 1, 10, 242),
            (pool.Size, pool.Blocks, pool.BlocksMax, pool.InUse, pool.Borrowed, pool.Reserved, pool.Free));
        Assert.Equal(5.47, pool.UsedPercent);
        Assert.Equal(["n1 2 0", "n2 2 1"], pool.Nodes.Select(n => $"{n.Node} {n.InUse} {n.Borrowed}"));
        Assert.Equal(
            ["10.65.0.0/26 1 1 1 2 59", "10.65.0.64/26 1 0 0 0 63"],
            pool.Nodes.SelectMany(n => n.Blocks).Select(b => $"{b.Cidr} {b.Workloads} {b.Tunnels} {b.Lent} {b.Reserved} {b.Free}"));
        Assert.All(pool.Nodes.SelectMany(n => n.Blocks), b => Assert.Equal(b.Size, b.Workloads + b.Tunnels + b.Lent + b.Reserved + b.Free));
        Assert.Equal("10.65.0.5 n1", pool.Nodes.SelectMany(n => n.Borrows).Select(b => $"{b.Address} {b.Lender}").Single());
    }

    [Fact]
    public void What_is_of_the_moment_comes_from_the_reports_and_is_left_out_without_them()
    {
        NodeReport report = new()
        {
            AppliedRevision = 1,
            Ready = true,
            ProcessId = 1,
            Blocks = [new BlockUse(IpPrefix.Parse("10.65.0.0/26"), 1, 0, 0, 0, 7, 56)],
            Leaks = [new PoolLeaks("default", 2, 3)],
        };
        PoolUsage pool = _fleet.Usage(node => node == "n1" ? report : null).Pools.Single();
        Assert.Equal((2, 3L, 7), (pool.Nodes[0].Candidates, pool.Nodes[0].Reclaimed, pool.Nodes[0].Blocks[0].Resting));
        Assert.Equal((null, null, null), (pool.Nodes[1].Candidates, pool.Nodes[1].Reclaimed, pool.Nodes[1].Blocks[0].Resting));
    }

    [Theory]
    [InlineData("10.65.0.1", AddressStanding.Workload, "10.65.0.1 is used by workload shop/web/eth0 on Node n1 since 2026-01-02T03:04:05Z, in n1's block 10.65.0.0/26 of IPPool default")]
    [InlineData("10.65.0.0", AddressStanding.Tunnel, "10.65.0.0 is the tunnel address of Node n1, in n1's block 10.65.0.0/26 of IPPool default")]
    [InlineData("10.65.0.5", AddressStanding.Lent, "10.65.0.5 is lent to Node n2, which has given it to nobody, borrowed from n1's block 10.65.0.0/26 of IPPool default")]
    [InlineData("10.65.0.9", AddressStanding.Free, "10.65.0.9 is nobody's: the next workload of n1 may get it, in n1's block 10.65.0.0/26 of IPPool default")]
    [InlineData("10.65.0.8", AddressStanding.Reserved, "10.65.0.8 is nobody's: IPReservation gateways keeps it, in n1's block 10.65.0.0/26 of IPPool default")]
    [InlineData("10.65.0.7", AddressStanding.Resting, "10.65.0.7 is nobody's: it was released, and rests for 12 s more, in n1's block 10.65.0.0/26 of IPPool default")]
    [InlineData("10.65.0.200", AddressStanding.NoBlock, "10.65.0.200 is nobody's: no node has its block, in IPPool default, in no block")]
    [InlineData("172.16.1.2", AddressStanding.Node, "172.16.1.2 is Node n3's own address on its underlay, in no IPPool")]
    [InlineData("192.0.2.1", AddressStanding.NoPool, "192.0.2.1 is nobody's: no IPPool holds it")]
    public void Of_an_address_is_said_whose_it_is_or_why_nobodys(string address, AddressStanding standing, string message)
    {
        _fleet.Put(
            IpamFleet.Node("n1", "10.65.0.0"),
            IpamFleet.Loan("10.65.0.5"),
            IpamFleet.Node("n3") with { BgpIpv4Address = IpInterfaceAddress.Parse("172.16.1.2/24") },
            new IpReservation { Metadata = new Metadata { Name = "gateways" }, ReservedCidrs = [IpPrefix.Parse("10.65.0.8/32")] });
        _fleet.Agreed("n1", "web", "10.65.0.1").Journalled("n1", "n1", "10.65.0.0", use: AddressUse.Tunnel);
        _fleet.Audits["n1"] = _fleet.Audits["n1"] with { Resting = [new RestingAddress(IpAddress.Parse("10.65.0.7"), 12)] };
        string? asked = AddressLookup.NodeToAsk(_fleet.State, IpAddress.Parse(address));
        AddressInfo info = AddressLookup.Of(_fleet.State, IpAddress.Parse(address), asked is null ? null : _fleet.Audits[asked]);
        Assert.Equal((standing, message), (info.Standing, info.Message));
    }

    [Fact]
    public void Of_a_node_that_is_away_the_store_says_whose_an_address_is()
    {
        _fleet.Stored("n1", "web", "10.65.0.1");
        AddressInfo info = AddressLookup.Of(_fleet.State, IpAddress.Parse("10.65.0.1"), null);
        Assert.Equal((AddressStanding.Workload, "n1", "shop/web/eth0", "c1"), (info.Standing, info.Node, info.Owner, info.ContainerId));
    }

    [Fact]
    public void A_workload_that_its_journal_does_not_know_has_no_address_whatever_the_store_says()
    {
        _fleet.Stored("n1", "web", "10.65.0.1");
        Assert.Equal(AddressStanding.Free, AddressLookup.Of(_fleet.State, IpAddress.Parse("10.65.0.1"), _fleet.Audits["n1"]).Standing);
    }

    [Fact]
    public void Ranges_that_hold_each_other_are_counted_once_and_found_by_their_addresses()
    {
        _fleet.Put(
            new IpReservation { Metadata = new Metadata { Name = "a" }, ReservedCidrs = [IpPrefix.Parse("10.65.0.0/28"), IpPrefix.Parse("10.65.0.64/30")] },
            new IpReservation { Metadata = new Metadata { Name = "b" }, ReservedCidrs = [IpPrefix.Parse("10.65.0.4/30"), IpPrefix.Parse("fd00::/64")] });
        ReservedRanges ranges = new(_fleet.State);
        Assert.Equal(20, ranges.CountIn(IpPrefix.Parse("10.65.0.0/24")));
        Assert.Equal(4, ranges.CountIn(IpPrefix.Parse("10.65.0.4/30")));
        Assert.Equal(0, ranges.CountIn(IpPrefix.Parse("10.65.0.16/28")));
        Assert.Equal(16, ranges.CountIn(IpPrefix.Parse("10.65.0.0/28")));
        Assert.Equal(16, ranges.CountIn(IpPrefix.Parse("10.65.0.0/26")));
        Assert.Equal(4, ranges.CountIn(IpPrefix.Parse("10.65.0.64/26")));
        Assert.Equal(20, ranges.CountIn(IpPrefix.Parse("0.0.0.0/0")));
        Assert.Equal(1, ranges.CountIn(IpPrefix.Parse("fd00::1/128")));
        string?[] expected = ["a", "a", null, "a", null, "b", null];
        string[] asked = ["10.65.0.0", "10.65.0.5", "10.65.0.16", "10.65.0.67", "10.65.0.68", "fd00::1", "fd01::1"];
        Assert.Equal(expected, asked.Select(text => ranges.Find(IpAddress.Parse(text))));
    }
}
