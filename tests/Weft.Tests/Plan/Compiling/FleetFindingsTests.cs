using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Plan.Compiling;

public sealed class FleetFindingsTests
{
    [Fact]
    public void Never_between_subnets_says_what_the_underlay_must_route()
    {
        Finding finding = Assert.Single(Find(
            Pool(EncapsulationMode.Never),
            Node("n1", "172.16.1.2/24"),
            Node("n2", "172.16.1.3/24"),
            Node("n3", "172.16.2.2/24"),
            Block("10.65.0.0/26", "n1"),
            Block("10.65.0.128/26", "n3")));
        Assert.Equal((FindingSeverity.Notice, "IPPool/default"), (finding.Severity, finding.Subject));
        Assert.Equal(
            "n1 and n3 are on different subnets and vxlanMode is Never: the underlay must route 10.65.0.128/26 to 172.16.2.2 "
            + "and 10.65.0.0/26 to 172.16.1.2 (or set vxlanMode: CrossSubnet)",
            finding.Message);
    }

    [Theory]
    [InlineData(EncapsulationMode.CrossSubnet)]
    [InlineData(EncapsulationMode.Always)]
    public void A_pool_that_encapsulates_leaves_nothing_to_the_underlay(EncapsulationMode mode) =>
        Assert.Empty(Find(
            Pool(mode),
            Node("n1", "172.16.1.2/24"),
            Node("n3", "172.16.2.2/24"),
            Block("10.65.0.0/26", "n1"),
            Block("10.65.0.128/26", "n3")));

    [Fact]
    public void Masks_that_differ_and_nodes_without_an_address_are_errors()
    {
        IReadOnlyList<Finding> findings = Find(Node("n1", "172.16.1.2/24"), Node("n2", "172.16.2.2/16"), Node("n3", null));
        Assert.Equal(["Node/n3", "Node/n2"], findings.Select(f => f.Subject));
        Assert.All(findings, f => Assert.Equal(FindingSeverity.Error, f.Severity));
        Assert.Contains("same prefix length", findings[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overlapping_blocks_are_errors()
    {
        Finding finding = Assert.Single(Find(Block("10.65.0.0/24", "n1"), Block("10.65.0.64/26", "n2")));
        Assert.Equal("IPAMBlock/10.65.0.64/26", finding.Subject);
    }

    [Fact]
    public void Many_of_one_sort_are_counted()
    {
        IReadOnlyList<Finding> findings = Find([.. Enumerable.Range(0, 25).Select(i => Node($"n{i}", null))]);
        Assert.Equal(FleetFindings.EachMax + 1, findings.Count);
        Assert.Equal("and 15 more like these", findings[^1].Message);
    }

    private static IReadOnlyList<Finding> Find(params Resource[] resources) => FleetFindings.Of(
        FleetState.Empty.With(1, [.. resources.Select(resource => new ResourceChange(null, resource))]));

    private static IpPool Pool(EncapsulationMode mode) => new()
    {
        Metadata = new Metadata { Name = "default" },
        Cidr = IpPrefix.Parse("10.65.0.0/16"),
        VxlanMode = mode,
    };

    private static NodeResource Node(string name, string? address) => new()
    {
        Metadata = new Metadata { Name = name },
        BgpIpv4Address = address is null ? null : IpInterfaceAddress.Parse(address),
    };

    private static IpamBlock Block(string cidr, string node) => IpamBlock.Of(IpPrefix.Parse(cidr), "default", node);
}
