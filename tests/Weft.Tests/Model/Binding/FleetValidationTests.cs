using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Model.Binding;

public sealed class FleetValidationTests
{
    [Fact]
    public void A_fleet_without_conflicts_has_none()
    {
        Resource[] fleet = [Pool("a", "10.0.0.0/16"), Pool("b", "10.1.0.0/16"), Node("n1", "172.16.1.2/24"), Node("n2", "172.16.1.3/24"), Endpoint("web", "n1"), Endpoint("db", "n1")];
        Assert.All(fleet, resource => Assert.Empty(FleetValidation.Check(fleet, resource, resource)));
    }

    [Fact]
    public void Pools_do_not_overlap()
    {
        IpPool changed = Pool("b", "10.0.64.0/18");
        Assert.Equal("spec.cidr: 10.0.64.0/18 overlaps with 10.0.0.0/16 of IPPool a", Only([Pool("a", "10.0.0.0/16"), changed], null, changed));
    }

    [Fact]
    public void Overlaps_found_are_those_of_comparing_every_pair() =>
        Gen.Select(Gen.Int[0, 255], Gen.Int[8, 20]).Array[0, 12].Sample(cidrs =>
        {
            IpPool[] pools = [.. cidrs.Select((cidr, i) => Pool($"p{i}", new IpPrefix(
                new IpAddress(new Ipv4Address((uint)cidr.Item1 << 18)), cidr.Item2).ToString()))];
            return pools.All(pool =>
                new FleetIndex(pools).Overlapping(pool).Select(other => other.Metadata.Name).Order().SequenceEqual(pools
                    .Where(other => other != pool && other.Cidr.Overlaps(pool.Cidr))
                    .Select(other => other.Metadata.Name)
                    .Order())
                || new FleetIndex(pools).Overlapping(pool).Count >= 10);
        });

    [Fact]
    public void A_pools_range_and_block_size_cannot_be_changed()
    {
        IpPool changed = Pool("a", "10.0.0.0/17") with { BlockSize = 27 };
        Assert.Equal(
            "spec.cidr: cannot be changed from 10.0.0.0/16: make another pool, and delete this one|"
            + "spec.blockSize: cannot be changed from 26: make another pool, and delete this one",
            Only([changed], Pool("a", "10.0.0.0/16"), changed));
    }

    [Fact]
    public void Two_nodes_have_two_addresses()
    {
        NodeResource changed = Node("n2", "172.16.1.2/16");
        Assert.Equal("spec.bgp.ipv4Address: 172.16.1.2 is the address of Node n1", Only([Node("n1", "172.16.1.2/24"), changed], null, changed));
    }

    [Fact]
    public void A_workload_does_not_move()
    {
        WorkloadEndpoint changed = Endpoint("web", "n2");
        Assert.StartsWith("spec.node: cannot be changed from n1", Only([changed], Endpoint("web", "n1"), changed), System.StringComparison.Ordinal);
    }

    [Fact]
    public void One_interface_of_a_workload_is_one_endpoint()
    {
        WorkloadEndpoint changed = Endpoint("other", "n1") with { Workload = "web" };
        Assert.Equal("metadata.name: interface eth0 of workload web is WorkloadEndpoint web already", Only([Endpoint("web", "n1"), changed], null, changed));
        WorkloadEndpoint second = changed with { Endpoint = "eth1" };
        Assert.Equal("", Only([Endpoint("web", "n1"), second], null, second));
    }

    [Fact]
    public void Changes_that_come_together_are_told_apart_by_their_index()
    {
        IpPool a = Pool("a", "10.0.0.0/16");
        IpPool b = Pool("b", "10.0.0.0/17");
        IReadOnlyList<(int Change, Diagnostic Diagnostic)> problems =
            FleetValidation.CheckAll([a, b], [new ResourceChange(null, a), new ResourceChange(Pool("c", "10.0.0.0/8"), null), new ResourceChange(null, b)]);
        Assert.Equal([0, 2], problems.Select(problem => problem.Change));
    }

    [Fact]
    public void A_node_has_one_route_of_a_destination_and_metric()
    {
        StaticRoute first = Route("a", 50);
        StaticRoute second = Route("b", 50);
        Assert.Equal(
            "spec.metric: Node n1 would have 192.0.2.0/24 with metric 50 twice: it is StaticRoute a's; give another metric or nodeSelector, or put the next hops into one route",
            Only([first, second, Node("n1", "172.16.1.2/24")], null, second));
        Assert.Equal("", Only([first, second], null, second));
        Assert.Equal("", Only([first, Route("b", 51), Node("n1", "172.16.1.2/24")], null, Route("b", 51)));
        Assert.Equal("", Only([first, Node("n1", "172.16.1.2/24")], first, first));
    }

    [Fact]
    public void A_namespace_names_pools_as_a_list()
    {
        Assert.Equal(
            """metadata.annotations["cni.projectcalico.org/ipv4pools"]: is not a JSON list of names or CIDRs of pools, such as '["default"]'""",
            Only([], null, Namespace("default")));
        Assert.Equal("", Only([], null, Namespace("[\"default\"]")));

        static NamespaceResource Namespace(string pools) => new()
        {
            Metadata = new Metadata
            {
                Name = "a",
                Annotations = LabelMap.Empty.With(NamespaceResource.Ipv4PoolsAnnotation, pools),
            },
        };
    }

    [Fact]
    public void Only_Weft_writes_blocks()
    {
        Assert.NotNull(FleetValidation.CheckWritable(ResourceKinds.AddressLoan));
        Assert.NotNull(FleetValidation.CheckWritable(ResourceKinds.IpamBlock));
        Assert.Null(FleetValidation.CheckWritable(ResourceKinds.IpPool));
    }

    [Fact]
    public void A_tunnel_device_has_its_link_layer_address_alone_in_its_family()
    {
        NodeResource one = Node("n1", "172.16.1.2/24") with
        {
            VxlanTunnelMacAddr = new MacAddress(0x66_00_00_00_00_01),
            VxlanTunnelMacAddrV6 = new MacAddress(0x66_00_00_00_00_02),
        };
        NodeResource other = Node("n2", "172.16.1.3/24") with { VxlanTunnelMacAddr = one.VxlanTunnelMacAddr };
        Assert.Equal(
            "spec.vxlanTunnelMACAddr: 66:00:00:00:00:01 is the tunnel device's of Node n1", Only([one, other], null, other));
        other = other with { VxlanTunnelMacAddr = one.VxlanTunnelMacAddrV6, VxlanTunnelMacAddrV6 = one.VxlanTunnelMacAddr };
        Assert.Equal("", Only([one, other], null, other));
        other = other with { VxlanTunnelMacAddrV6 = one.VxlanTunnelMacAddrV6 };
        Assert.StartsWith("spec.vxlanTunnelMACAddrV6: ", Only([one, other], null, other), StringComparison.Ordinal);
    }

    private static string Only(IReadOnlyCollection<Resource> after, Resource? before, Resource changed) =>
        string.Join('|', FleetValidation.Check(after, before, changed));

    private static IpPool Pool(string name, string cidr) =>
        new() { Metadata = new Metadata { Name = name }, Cidr = IpPrefix.Parse(cidr) };

    private static NodeResource Node(string name, string address) =>
        new() { Metadata = new Metadata { Name = name }, BgpIpv4Address = IpInterfaceAddress.Parse(address) };

    private static StaticRoute Route(string name, int metric) => new()
    {
        Metadata = new Metadata { Name = name },
        Destination = IpPrefix.Parse("192.0.2.0/24"),
        Type = RouteAction.Blackhole,
        Metric = metric,
    };

    private static WorkloadEndpoint Endpoint(string name, string node) =>
        new() { Metadata = new Metadata { Name = name, Namespace = "shop" }, Node = node, Workload = name };
}
