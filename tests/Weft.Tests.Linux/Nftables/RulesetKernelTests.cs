using System;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>What we write is what nft prints and what the kernel dumps.</summary>
public sealed class RulesetKernelTests
{
    private const NftFamily Inet = NftFamily.Inet;
    private const string Weft = "weft";

    private static readonly NftTable Table = new()
    {
        Family = Inet,
        Name = Weft,
        UserData = NftUserData.OfComment("made by a test"),
    };

    private static readonly NftSet Workloads = NftSet.Of(
        Inet, Weft, "workloads4", [NftDataType.InterfaceName, NftDataType.Ipv4Address], comment: "who may send what");

    private static readonly NftSet Pools = NftSet.Of(
        Inet, Weft, "pools4", [NftDataType.Ipv4Address], NftSetFlags.Interval, comment: "pools");

    private static readonly NftChain Hooked = new()
    {
        Family = Inet,
        Table = Weft,
        Name = "prerouting",
        Hook = new NftHook(NftHook.Filter, NftHookNumber.Prerouting, NftHook.PriorityRaw),
        UserData = NftUserData.OfComment("first of all"),
    };

    private static readonly NftChain Plain = new() { Family = Inet, Table = Weft, Name = "from-workload" };

    [Fact]
    public void Nft_prints_what_we_wrote_as_people_write_it()
    {
        using TestNamespace blue = new();
        blue.Commit(
        [
            NftablesRequests.AddTable(Table),
            NftablesRequests.AddSet(Workloads),
            NftablesRequests.AddSet(Pools),
            .. NftablesRequests.AddElements(new NftSetElements(Inet, Weft, "workloads4", [Workload("weft01", "10.65.0.1", "WorkloadEndpoint/shop/web")])),
            .. NftablesRequests.AddElements(new NftSetElements(
                Inet, Weft, "pools4", NftSetElement.OfPrefix(IpPrefix.Parse("10.65.0.0/16"), "IPPool/default"))),
            NftablesRequests.AddChain(Plain),
            NftablesRequests.AddChain(Hooked),
            NftablesRequests.AppendRule(Jump("weft*")),
        ]);
        string printed = Nft.Run(blue, "list ruleset");
        Assert.Contains("""
            table inet weft {
            	comment "made by a test"
            	set workloads4 {
            		type ifname . ipv4_addr
            		comment "who may send what"
            		elements = { "weft01" . 10.65.0.1 comment "WorkloadEndpoint/shop/web" }
            	}

            	set pools4 {
            		type ipv4_addr
            		flags interval
            		comment "pools"
            		elements = { 10.65.0.0/16 comment "IPPool/default" }
            	}

            	chain from-workload {
            	}

            	chain prerouting {
            		comment "first of all"
            		type filter hook prerouting priority raw; policy accept;
            		goto from-workload comment "weft*"
            	}
            }
            """, printed, StringComparison.Ordinal);
    }

    private static NftSetElement Workload(string link, string address, string? comment = null) => new()
    {
        Key = NftBytes.Concat(NftBytes.OfInterface(link), NftBytes.Of(IpAddress.Parse(address))),
        UserData = NftUserData.OfComment(comment),
    };

    private static NftRule Jump(string comment) => new()
    {
        Family = Inet,
        Table = Weft,
        Chain = "prerouting",
        Expressions = [new NftExpression.Decide(new NftVerdict(NftVerdictCode.Goto, "from-workload"))],
        UserData = NftUserData.OfComment(comment),
    };
}
