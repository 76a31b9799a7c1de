using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Model.Lab;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Model.Lab;

public sealed class LabAddressingTests
{
    [Fact]
    public void Members_take_the_first_addresses_in_the_order_of_the_file()
    {
        LabAddressing addressing = LabAddressing.Of(LabFileTests.Bind(LabFileTests.Quickstart).Lab);
        Assert.Equal(
            """
            Router spine eth0 rack1 1500 [172.16.1.1/24, fd00:1::1/64] eth1 rack2 9000 [172.16.2.1/24, fd00:2::1/64] eth2 outside 1500 [203.0.113.1/24]
            Node n1 eth0 rack1 1500 [172.16.1.2/24, fd00:1::2/64] 0.0.0.0/0 via 172.16.1.1 eth0 ::/0 via fd00:1::1 eth0
            Node n2 eth0 rack2 9000 [172.16.2.2/24, fd00:2::2/64] 0.0.0.0/0 via 172.16.2.1 eth0 ::/0 via fd00:2::1 eth0
            Host internet eth0 outside 1500 [203.0.113.2/24] 0.0.0.0/0 via 203.0.113.1 eth0
            """,
            Show(addressing));
        Assert.Equal("172.16.1.2", addressing.Find("n1")!.Addresses.First().ToString());
        Assert.Null(addressing.Find("web"));
    }

    [Fact]
    public void Given_addresses_are_taken_out_with_their_number_in_each_family()
    {
        LabTopology lab = Lab(
            "{name: s, cidrs: [10.0.0.0/24, 'fd00::/64']}",
            "",
            "{name: a, segment: s}, {name: b, segment: s, address: 10.0.0.1}, {name: c, segment: s, address: ['fd00::9', 10.0.0.3]}, "
            + "{name: d, segment: s}, {name: e, segment: s}, {name: f, segment: s, address: 'fd00::ffff:1'}");
        Assert.Equal(
            """
            Node a eth0 s 1500 [10.0.0.2/24, fd00::2/64]
            Node b eth0 s 1500 [10.0.0.1/24, fd00::1/64]
            Node c eth0 s 1500 [10.0.0.3/24, fd00::9/64]
            Node d eth0 s 1500 [10.0.0.4/24, fd00::4/64]
            Node e eth0 s 1500 [10.0.0.5/24, fd00::5/64]
            Node f eth0 s 1500 [10.0.0.6/24, fd00::ffff:1/64]
            """,
            Show(LabAddressing.Of(lab)));
    }

    [Fact]
    public void A_number_given_to_another_in_the_other_family_is_not_shared()
    {
        LabTopology lab = Lab(
            "{name: s, cidrs: [10.0.0.0/24, 'fd00::/64']}",
            "",
            "{name: a, segment: s, address: 10.0.0.5}, {name: b, segment: s, address: 'fd00::5'}");
        Assert.Equal(
            "Node a eth0 s 1500 [10.0.0.5/24, fd00::1/64]\nNode b eth0 s 1500 [10.0.0.2/24, fd00::5/64]", Show(LabAddressing.Of(lab)));
    }

    [Fact]
    public void Point_to_point_segments_have_two_usable_addresses()
    {
        LabTopology lab = Lab("{name: s, cidrs: [10.0.0.0/31, 'fd00::/127']}", "", "{name: a, segment: s}, {name: b, segment: s}");
        Assert.Equal("Node a eth0 s 1500 [10.0.0.0/31, fd00::/127]\nNode b eth0 s 1500 [10.0.0.1/31, fd00::1/127]", Show(LabAddressing.Of(lab)));
    }

    [Fact]
    public void Routers_know_every_segment_by_the_shortest_path()
    {
        LabTopology lab = Lab(
            "{name: a, cidrs: [10.0.1.0/24, 'fd00:1::/64']}, {name: b, cidrs: [10.0.2.0/24]}, {name: c, cidrs: [10.0.3.0/24, 'fd00:3::/64']}, {name: d, cidrs: [10.0.4.0/24]}",
            "{name: r1, segments: [a, b]}, {name: r2, segments: [b, c]}, {name: r3, segments: [a, d]}, {name: r4, segments: [d, c]}, {name: r5, segments: [c, a]}",
            "");
        LabAddressing addressing = LabAddressing.Of(lab);
        Assert.Equal("10.0.3.0/24 via 10.0.1.3 eth0|10.0.4.0/24 via 10.0.1.2 eth0|fd00:3::/64 via fd00:1::3 eth0", Routes(addressing, "r1"));
        Assert.Equal("10.0.1.0/24 via 10.0.2.1 eth0|10.0.4.0/24 via 10.0.3.2 eth1|fd00:1::/64 via fd00:3::3 eth1", Routes(addressing, "r2"));
        Assert.Equal("10.0.2.0/24 via 10.0.3.1 eth0|10.0.4.0/24 via 10.0.3.2 eth0", Routes(addressing, "r5"));
    }

    [Fact]
    public void A_segment_that_no_router_reaches_has_no_route()
    {
        LabTopology lab = Lab(
            "{name: a, cidrs: [10.0.1.0/24]}, {name: b, cidrs: [10.0.2.0/24]}", "{name: r, segments: [a]}", "{name: n, segment: b}");
        Assert.Equal("", Routes(LabAddressing.Of(lab), "r"));
        Assert.Equal("", Routes(LabAddressing.Of(lab), "n"));
    }

    [Fact]
    public void Every_address_has_one_owner_and_lies_in_its_segment() =>
        (from length in Gen.Int[26, 30]
         from members in Gen.Int[1, 40]
         from given in Gen.Int[0, 80].Array[0, 6]
         select (length, members, given)).Sample(sample =>
        {
            LabSegment segment = new() { Name = "s", Cidrs = [IpPrefix.Parse($"10.0.0.0/{sample.length}"), IpPrefix.Parse("fd00::/64")] };
            IpAddress[] given = [.. sample.given.Distinct()
                .Select(number => IpAddress.FromNumber(number % 2 == 0 ? IpFamily.Ipv4 : IpFamily.Ipv6, segment.Cidrs[number % 2].Address.Number + (UInt128)(1 + (number / 2))))
                .Where(address => segment.Cidrs.Any(cidr => LabSubnet.IsUsable(cidr, address)))];
            LabTopology lab = new()
            {
                Name = "t",
                Segments = [segment],
                Nodes = [.. Enumerable.Range(0, sample.members).Select(i => new LabNode { Name = $"n{i}", Segment = "s", Addresses = i < given.Length ? [given[i]] : [] })],
            };
            if (LabAddressing.ProblemOf(lab) is not null)
            {
                return sample.members + given.Length >= (1 << (32 - sample.length)) - 2;
            }

            LabAddressing addressing = LabAddressing.Of(lab);
            IpInterfaceAddress[] all = [.. addressing.Members.SelectMany(member => member.Interfaces).SelectMany(link => link.Addresses)];
            return all.Length == 2 * sample.members
                && all.Distinct().Count() == all.Length
                && all.All(address => LabSubnet.IsUsable(address.Prefix, address.Address) && segment.Cidrs.Contains(address.Prefix))
                && addressing.Members.Zip(given).All(pair => pair.First.Addresses.Contains(pair.Second));
        });

    private static LabTopology Lab(string segments, string routers, string nodes) => LabFileTests.Bind(
        $"{{apiVersion: weft.dev/v1, kind: Lab, metadata: {{name: t}}, spec: {{segments: [{segments}], routers: [{routers}], nodes: [{nodes}]}}}}").Lab;

    private static string Routes(LabAddressing addressing, string name) =>
        string.Join('|', addressing.Find(name)!.Routes.Select(route => $"{route.Destination} via {route.Via} {route.Interface}"));

    private static string Show(LabAddressing addressing) => string.Join('\n', addressing.Members.Select(member => string.Join(
        ' ',
        new List<string>([
            $"{member.Role} {member.Name}",
            .. member.Interfaces.Select(link => $"{link.Name} {link.Segment} {link.Mtu} {link.Addresses}"),
            .. member.Routes.Select(route => $"{route.Destination} via {route.Via} {route.Interface}"),
        ]))));
}
