using System;
using Weft.Model.Resources;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Model.Binding;

/// <summary>Each kind's fields, defaults and rules: the table of its CRD.</summary>
public sealed class KindTests
{
    private const string Head = "apiVersion: projectcalico.org/v3\n";

    [Fact]
    public void A_pool_has_Calicos_defaults()
    {
        IpPool pool = Pool("cidr: 10.65.0.0/16");
        Assert.Equal(IpPrefix.Parse("10.65.0.0/16"), pool.Cidr);
        Assert.Equal(26, pool.BlockSize);
        Assert.Equal(EncapsulationMode.Never, pool.VxlanMode);
        Assert.True(pool.NodeSelector.IsAll);
        Assert.False(pool.Disabled);
    }

    [Fact]
    public void A_pools_fields_are_read()
    {
        IpPool pool = Pool("cidr: 10.0.0.0/20, blockSize: 20, vxlanMode: CrossSubnet, nodeSelector: has(rack), disabled: true");
        Assert.Equal(20, pool.BlockSize);
        Assert.Equal(EncapsulationMode.CrossSubnet, pool.VxlanMode);
        Assert.Equal("has(rack)", pool.NodeSelector.Text);
        Assert.True(pool.Disabled);
    }

    [Fact]
    public void An_IPv6_pool_has_blocks_of_64_addresses_too()
    {
        IpPool pool = Pool("cidr: 'fd65::/48', vxlanMode: Always, natOutgoing: true");
        Assert.Equal((IpPrefix.Parse("fd65::/48"), 122), (pool.Cidr, pool.BlockSize));
        Assert.True(pool.NatOutgoing);
        Assert.Equal(116, Pool("cidr: 'fd65::/116', blockSize: 116").BlockSize);
        Assert.Equal(128, Pool("cidr: 'fd65::1/128', blockSize: 128").BlockSize);
    }

    [Fact]
    public void A_pool_may_be_encapsulated_by_IPIP()
    {
        IpPool pool = Pool("cidr: 10.0.0.0/20, ipipMode: CrossSubnet, vxlanMode: Never");
        Assert.Equal((EncapsulationMode.CrossSubnet, EncapsulationMode.Never), (pool.IpipMode, pool.VxlanMode));
    }

    [Fact]
    public void A_pool_says_what_it_is_for()
    {
        IpPool pool = Pool("cidr: 10.65.0.0/16, allowedUses: [Tunnel], assignmentMode: Manual");
        Assert.Equal((PoolUses.Tunnel, AssignmentMode.Manual), (pool.AllowedUses, pool.AssignmentMode));
        Assert.Null(pool.NamespaceSelector);
        Assert.Equal(PoolUses.All, Pool("cidr: 10.65.0.0/16, allowedUses: []").AllowedUses);

        // One for some namespaces is not for tunnels, unless its selector is for all of them.
        pool = Pool("cidr: 10.65.0.0/16, namespaceSelector: tenant == 'a'");
        Assert.Equal((PoolUses.Workload, "tenant == 'a'"), (pool.AllowedUses, pool.NamespaceSelector!.Text));
        pool = Pool("cidr: 10.65.0.0/16, namespaceSelector: all(), allowedUses: [Tunnel, Workload]");
        Assert.Equal((PoolUses.All, null), (pool.AllowedUses, pool.NamespaceSelector));
    }

    [Fact]
    public void A_reservations_ranges_are_read() =>
        Assert.Equal(
            [IpPrefix.Parse("10.65.0.0/28"), IpPrefix.Parse("fd65::/64")],
            Bound.To<IpReservation>(
                $"{Head}kind: IPReservation\nmetadata: {{name: r}}\nspec: {{reservedCIDRs: [10.65.0.0/28, 'fd65::/64']}}")
                .ReservedCidrs);

    [Theory]
    [InlineData("reservedCIDRs: [10.65.0.1/28]", "spec.reservedCIDRs: 10.65.0.1/28 has bits beyond its length: write 10.65.0.0/28")]
    [InlineData("reservedCIDRs: [10.65.0.0/28, 10.65.0.0/28]", "spec.reservedCIDRs: 10.65.0.0/28 is there twice")]
    [InlineData("reservedCIDRs: [10.65.9.9]", "spec.reservedCIDRs[0]: '10.65.9.9' is not a CIDR such as 10.65.0.0/28")]
    [InlineData("reservedCIDRs: [pool]", "spec.reservedCIDRs[0]: 'pool' is not a CIDR such as 10.65.0.0/28")]
    [InlineData("reservedCIDRs: 10.65.0.0/28", "spec.reservedCIDRs: must be a list, not a text")]
    [InlineData("reservedCidrs: []", "spec.reservedCidrs: is not supported; did you mean 'reservedCIDRs'?")]
    public void A_wrong_reservation_says_why(string spec, string error) =>
        Assert.Contains(error, Bound.Errors($"{Head}kind: IPReservation\nmetadata: {{name: r}}\nspec: {{{spec}}}"), StringComparison.Ordinal);

    [Fact]
    public void The_configuration_of_addresses_has_Calicos_defaults_and_fields()
    {
        IpamConfiguration configuration = Addresses("");
        Assert.Equal(
            (false, true, 0, 0),
            (configuration.StrictAffinity, configuration.AutoAllocateBlocks, configuration.MaxBlocksPerHost, configuration.IpCooldownSeconds));
        configuration = Addresses("strictAffinity: true, autoAllocateBlocks: false, maxBlocksPerHost: 3, ipCooldownSeconds: 1200");
        Assert.Equal(
            (true, false, 3, 1200),
            (configuration.StrictAffinity, configuration.AutoAllocateBlocks, configuration.MaxBlocksPerHost, configuration.IpCooldownSeconds));
        Assert.Equal(Addresses(""), Addresses("kubeVirtVMAddressPersistence: Disabled"));
    }

    [Theory]
    [InlineData("default", "autoAllocateBlocks: false", "spec.autoAllocateBlocks: can be false only with strictAffinity: true")]
    [InlineData("default", "strictAffinity: false, maxBlocksPerHost: 20", "spec.maxBlocksPerHost: can be more than 0 only with strictAffinity: true")]
    [InlineData("default", "ipCooldownSeconds: 1201", "spec.ipCooldownSeconds: 1201 is not between 0 and 1200")]
    [InlineData("default", "ipCooldownSeconds: -1", "spec.ipCooldownSeconds: -1 is not between 0 and 1200")]
    [InlineData("default", "strictAffinity: true, maxBlocksPerHost: 1000001", "spec.maxBlocksPerHost: 1000001 is not between 0 and 1000000")]
    [InlineData("default", "kubeVirtVMAddressPersistence: Enabled", "spec.kubeVirtVMAddressPersistence: not supported yet")]
    [InlineData("other", "", "metadata.name: 'other' configures nothing: write default")]
    public void A_wrong_configuration_of_addresses_says_why(string name, string spec, string error) =>
        Assert.Contains(error, Bound.Errors($"{Head}kind: IPAMConfiguration\nmetadata: {{name: {name}}}\nspec: {{{spec}}}"), StringComparison.Ordinal);

    [Fact]
    public void A_loans_fields_are_read()
    {
        AddressLoan loan = Bound.To<AddressLoan>(
            "apiVersion: weft.dev/v1\nkind: AddressLoan\nmetadata: {name: loan-1}\nspec: {pool: p, block: 10.65.0.0/26, "
            + "lender: n1, borrower: n2, address: 10.65.0.9, announcing: true, declined: [10.65.0.64/26]}");
        Assert.Equal(("p", "n1", "n2"), (loan.Pool, loan.Lender, loan.Borrower));
        Assert.Equal((IpPrefix.Parse("10.65.0.0/26"), IpAddress.Parse("10.65.0.9")), (loan.Block, loan.Address));
        Assert.Equal((null, [IpPrefix.Parse("10.65.0.64/26")]), (loan.Wanted, loan.Declined));
        Assert.True(loan.Announcing);
    }

    [Fact]
    public void A_namespace_names_its_pools_in_annotations()
    {
        NamespaceResource space = Bound.To<NamespaceResource>(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {cni.projectcalico.org/ipv4pools: '[\"p\",\"10.65.0.0/16\"]', "
            + "cni.projectcalico.org/ipv6pools: 'p'}}");
        Assert.Equal(["p", "10.65.0.0/16"], space.PoolsOf(IpFamily.Ipv4));
        Assert.Empty(space.PoolsOf(IpFamily.Ipv6));
        Assert.False(NamespaceResource.TryParsePools("[1]", out _));
        Assert.False(NamespaceResource.TryParsePools("[\"\"]", out _));
    }

    [Fact]
    public void Fields_that_say_their_default_change_nothing() =>
        Assert.Equal(
            Pool("cidr: 10.65.0.0/16"),
            Pool("cidr: 10.65.0.0/16, natOutgoing: false, ipipMode: Never, disableBGPExport: false, assignmentMode: Automatic, "
                + "allowedUses: [Workload, Tunnel], namespaceSelector: '', nodeSelector: '', disabled: null"));

    [Theory]
    [InlineData("cidr: 10.65.0.0", "spec.cidr: '10.65.0.0' is not a CIDR such as 10.65.0.0/16")]
    [InlineData("cidr: 10.65.0.0/33", "spec.cidr: '10.65.0.0/33' is not a CIDR")]
    [InlineData("cidr: 10.65.0.1/16", "spec.cidr: 10.65.0.1/16 has bits beyond its length: write 10.65.0.0/16")]
    [InlineData("cidr: fd00::1/48", "spec.cidr: fd00::1/48 has bits beyond its length: write fd00::/48")]
    [InlineData("cidr: fe80:1::/64", "spec.cidr: fe80:1::/64 overlaps with the link-local range fe80::/10")]
    [InlineData("cidr: ff0e::/48", "spec.cidr: ff0e::/48 overlaps with the multicast range ff00::/8")]
    [InlineData("cidr: 239.0.0.0/16", "spec.cidr: 239.0.0.0/16 overlaps with the multicast range 224.0.0.0/4")]
    [InlineData("cidr: fd00::/123", "spec.cidr: fd00::/123 is smaller than one block of /122: make it larger, or set blockSize to 123 or more")]
    [InlineData("cidr: fd00::/48, blockSize: 26", "spec.blockSize: 26 is not between 116 and 128")]
    [InlineData("cidr: fd00::/48, ipipMode: Always", "spec.ipipMode: IPIP is not supported on IPv6 pools")]
    [InlineData("cidr: 10.0.0.0/8, ipipMode: Always, vxlanMode: Always", "spec.ipipMode: ipipMode and vxlanMode cannot both be enabled")]
    [InlineData("cidr: 169.254.128.0/20", "spec.cidr: 169.254.128.0/20 overlaps with the link-local range 169.254.0.0/16")]
    [InlineData("cidr: 128.0.0.0/1", "spec.cidr: 128.0.0.0/1 overlaps with the link-local range")]
    [InlineData("cidr: 10.0.0.0/28", "spec.cidr: 10.0.0.0/28 is smaller than one block of /26: make it larger, or set blockSize to 28 or more")]
    [InlineData("blockSize: 26", "spec.cidr: is required")]
    [InlineData("cidr: 10.0.0.0/8, blockSize: 33", "spec.blockSize: 33 is not between 20 and 32")]
    [InlineData("cidr: 10.0.0.0/8, blockSize: '26'", "spec.blockSize: must be a whole number, not a text")]
    [InlineData("cidr: 10.0.0.0/8, vxlanMode: never", "spec.vxlanMode: 'never' is not one of Never, CrossSubnet, Always")]
    [InlineData("cidr: 10.0.0.0/8, ipipMode: always", "spec.ipipMode: 'always' is not one of Never, CrossSubnet, Always")]
    [InlineData("cidr: 10.0.0.0/8, natOutgoing: 'true'", "spec.natOutgoing: must be true or false, not a text")]
    [InlineData("cidr: 10.0.0.0/8, assignmentMode: manual", "spec.assignmentMode: 'manual' is not one of Automatic, Manual")]
    [InlineData("cidr: 10.0.0.0/8, namespaceSelector: has(a", "spec.namespaceSelector: is not a selector: at character 6: expected ')'")]
    [InlineData("cidr: 10.0.0.0/8, namespaceSelector: global()", "spec.namespaceSelector: global() selector is not valid for IPPool namespaceSelector")]
    [InlineData("cidr: 10.0.0.0/8, namespaceSelector: has(a), allowedUses: [Workload, Tunnel]", "spec.allowedUses: IP Pool with AllowedUse Tunnel cannot have namespaceSelector")]
    [InlineData("cidr: 10.0.0.0/8, allowedUses: [Pods]", "spec.allowedUses: 'Pods' is not one of Workload, Tunnel")]
    [InlineData("cidr: 10.0.0.0/8, allowedUses: [Tunnel, Tunnel]", "spec.allowedUses: Tunnel is there twice")]
    [InlineData("cidr: 10.0.0.0/8, allowedUses: Tunnel", "spec.allowedUses: must be a list, not a text")]
    [InlineData("cidr: 10.0.0.0/8, disableBGPExport: true", "spec.disableBGPExport: not supported yet")]
    [InlineData("cidr: 10.0.0.0/8, allowedUses: [LoadBalancer]", "spec.allowedUses: LoadBalancer is not supported yet: leave it out")]
    [InlineData("cidr: 10.0.0.0/8, nodeSelector: global()", "spec.nodeSelector: global() selects nothing here")]
    public void A_wrong_pool_says_why(string spec, string error) =>
        Assert.Contains(error, Bound.Errors($"{Head}kind: IPPool\nmetadata: {{name: p}}\nspec: {{{spec}}}"), StringComparison.Ordinal);

    [Fact]
    public void A_nodes_fields_are_read()
    {
        NodeResource node = Bound.To<NodeResource>(
            $"{Head}kind: Node\nmetadata: {{name: n1}}\nspec: {{bgp: {{ipv4Address: 172.16.1.2/24, ipv6Address: 'fd00:1::2'}}, "
            + "ipv4VXLANTunnelAddr: 10.65.0.1, vxlanTunnelMACAddr: '66:00:00:00:00:01', ipv6VXLANTunnelAddr: 'fd65::1', "
            + "vxlanTunnelMACAddrV6: '66:00:00:00:00:02'}\nstatus: {underlayMtu: 9000, underlayMtuV6: 1500}");
        Assert.Equal(IpInterfaceAddress.Parse("172.16.1.2/24"), node.UnderlayAddress(IpFamily.Ipv4));
        Assert.Equal(IpInterfaceAddress.Parse("fd00:1::2/128"), node.UnderlayAddress(IpFamily.Ipv6));
        Assert.Equal(IpAddress.Parse("10.65.0.1"), node.Ipv4VxlanTunnelAddr);
        Assert.Equal(MacAddress.Parse("66:00:00:00:00:01"), node.VxlanTunnelMacAddr);
        Assert.Equal(IpAddress.Parse("fd65::1"), node.Ipv6VxlanTunnelAddr);
        Assert.Equal(MacAddress.Parse("66:00:00:00:00:02"), node.VxlanTunnelMacAddrV6);
        Assert.Equal((9000, 1500), (node.UnderlayMtuOf(IpFamily.Ipv4), node.UnderlayMtuOf(IpFamily.Ipv6)));
        Assert.Null(Bound.To<NodeResource>($"{Head}kind: Node\nmetadata: {{name: n1}}").UnderlayMtu);
    }

    [Theory]
    [InlineData("spec: {bgp: {ipv4Address: 'fd00::1'}}", "spec.bgp.ipv4Address: 'fd00::1' is not an IPv4 address such as 172.16.1.2/24")]
    [InlineData("spec: {bgp: {ipv6Address: 10.0.0.1}}", "spec.bgp.ipv6Address: '10.0.0.1' is not an IPv6 address")]
    [InlineData("spec: {bgp: {ipv4Address: 0.0.0.0/0}}", "spec.bgp.ipv4Address: '0.0.0.0/0' is not")]
    [InlineData("spec: {bgp: {asNumber: 64512}}", "spec.bgp.asNumber: not supported yet")]
    [InlineData("spec: {vxlanTunnelMACAddr: '01:00:00:00:00:01'}", "spec.vxlanTunnelMACAddr: '01:00:00:00:00:01' is not a MAC address of one interface")]
    [InlineData("spec: {wireguard: {interfaceIPv4Address: 1.2.3.4}}", "spec.wireguard: not supported yet")]
    [InlineData("spec: []", "spec: must be a mapping, not a list")]
    [InlineData("status: {underlayMtu: 67}", "status.underlayMtu: 67 is not between 68 and 65536")]
    [InlineData("status: {underlayMtuV6: 1279}", "status.underlayMtuV6: 1279 is not between 1280 and 65536")]
    [InlineData("spec: {ipv6VXLANTunnelAddr: 10.0.0.1}", "spec.ipv6VXLANTunnelAddr: '10.0.0.1' is not an IPv6 address")]
    [InlineData("spec: {bgp: {ipv4IPIPTunnelAddr: 'fd00::1'}}", "spec.bgp.ipv4IPIPTunnelAddr: 'fd00::1' is not an IPv4 address")]
    [InlineData("status: {underlayMtu: 99999999999999999999}", "status.underlayMtu: 99999999999999999999 is not between")]
    public void A_wrong_node_says_why(string rest, string error) =>
        Assert.Contains(error, Bound.Errors($"{Head}kind: Node\nmetadata: {{name: n}}\n{rest}"), StringComparison.Ordinal);

    [Fact]
    public void An_endpoints_fields_are_read()
    {
        WorkloadEndpoint endpoint = Bound.To<WorkloadEndpoint>(
            $"{Head}kind: WorkloadEndpoint\nmetadata: {{namespace: shop, labels: {{app: web}}}}\n"
            + "spec: {node: n-1, orchestrator: k8s, pod: web-0, endpoint: net1, containerID: abc, ipNetworks: [10.65.0.7/32, 'fd00::7'], "
            + "interfaceName: weft0123, mac: '02:00:00:00:00:01', ports: [{name: http, protocol: tcp, port: 80}, {protocol: 17, port: 53}]}");
        Assert.Equal("n--1-k8s-web--0-net1", endpoint.Metadata.Name);
        Assert.Equal("web-0", endpoint.WorkloadName);
        Assert.Null(endpoint.Workload);
        Assert.Equal(new EndpointKey("shop", "web-0", "net1"), endpoint.EndpointKey);
        Assert.Equal("[10.65.0.7/32, fd00::7/128]", endpoint.IpNetworks.ToString());
        Assert.Equal(
            [new EndpointPort("http", TransportProtocol.Tcp, 80), new EndpointPort("", TransportProtocol.Udp, 53)], endpoint.Ports);
    }

    [Theory]
    [InlineData("name: web", "node: n1", "web", "web")]
    [InlineData("name: n1-weft-web--1-eth0", "node: n1", "n1-weft-web--1-eth0", "web-1")]
    [InlineData("name: n1-weft-web-eth0", "node: n1, workload: web", "n1-weft-web-eth0", "web")]
    [InlineData("name: other", "node: n1, workload: web", "other", "web")]
    [InlineData("labels: {}", "node: n1, workload: web", "n1-weft-web-eth0", "web")]
    [InlineData("labels: {}", "node: n1, orchestrator: cni, containerID: c1", "n1-cni-c1-eth0", "c1")]
    [InlineData("labels: {}", "node: n1, orchestrator: nomad, workload: job, endpoint: net1", "n1-nomad-job-net1", "job")]
    public void An_endpoint_is_named_by_its_document_or_as_in_Calico(string metadata, string spec, string name, string workload)
    {
        WorkloadEndpoint endpoint = Bound.To<WorkloadEndpoint>($"{Head}kind: WorkloadEndpoint\nmetadata: {{{metadata}}}\nspec: {{{spec}}}");
        Assert.Equal(name, endpoint.Metadata.Name);
        Assert.Equal(workload, endpoint.WorkloadName);
        Assert.Equal("default", endpoint.Metadata.Namespace);
    }

    [Theory]
    [InlineData("workload: w", "spec.node: is required")]
    [InlineData("node: n1", "metadata.name: is required")]
    [InlineData("node: n1, workload: w, ipNetworks: [10.0.0.0/24]", "spec.ipNetworks[0]: '10.0.0.0/24' is not one address: /32 or /128")]
    [InlineData("node: n1, workload: w, ipNetworks: 10.0.0.1/32", "spec.ipNetworks: must be a list, not a text")]
    [InlineData("node: n1, workload: w, interfaceName: weft012345678901", "spec.interfaceName: 'weft012345678901' is not an interface's name")]
    [InlineData("node: n1, workload: W", "spec.workload: 'W' is not a name")]
    [InlineData("node: n1, workload: w, ports: [{port: 80}]", "spec.ports[0].protocol: is required")]
    [InlineData("node: n1, workload: w, ports: [{protocol: TCP}]", "spec.ports[0].port: is required")]
    [InlineData("node: n1, workload: w, ports: [{protocol: TCP, port: 0}]", "spec.ports[0].port: 0 is not between 1 and 65535")]
    [InlineData("node: n1, workload: w, ports: [{protocol: ICMP, port: 1}]", "spec.ports[0].protocol: 'ICMP' is not one of TCP, UDP, SCTP")]
    [InlineData("node: n1, workload: w, ports: [{protocol: TCP, port: 1, name: a}, {protocol: TCP, port: 2, name: a}]", "spec.ports[1].name: 'a' is the name of another port")]
    [InlineData("node: n1, workload: w, profiles: [kns.default]", "spec.profiles: not supported yet")]
    [InlineData("node: n1, workload: w, ports: [{protocol: TCP, port: 1, hostPort: 8080}]", "spec.ports[0].hostPort: not supported yet")]
    public void A_wrong_endpoint_says_why(string spec, string error) =>
        Assert.Contains(error, Bound.Errors($"{Head}kind: WorkloadEndpoint\nmetadata: {{}}\nspec: {{{spec}}}"), StringComparison.Ordinal);

    [Fact]
    public void A_block_says_whose_it_is()
    {
        IpamBlock block = Bound.To<IpamBlock>(
            $"{Head}kind: IPAMBlock\nmetadata: {{name: 10-65-0-0-26}}\nspec: {{cidr: 10.65.0.0/26, affinity: 'host:n1', pool: default}}");
        Assert.Equal(IpamBlock.Of(IpPrefix.Parse("10.65.0.0/26"), "default", "n1"), block);
        Assert.Equal("n1", block.Node);
        IpamBlock announced = Bound.To<IpamBlock>($"{Head}kind: IPAMBlock\nmetadata: {{name: 10-65-0-0-26}}\n"
            + "spec: {cidr: 10.65.0.0/26, affinity: 'host:n1', pool: default, announcing: true}");
        Assert.Equal(block with { Announcing = true }, announced);
        Assert.Null((block with { Affinity = "virtual:load-balancer" }).Node);
    }

    [Fact]
    public void A_static_routes_fields_are_read()
    {
        StaticRoute route = Route("destination: 192.0.2.0/24, nextHops: [{address: 172.16.1.1}]");
        Assert.Equal(
            (IpPrefix.Parse("192.0.2.0/24"), RouteAction.Unicast, 50, (int?)null), (route.Destination, route.Type, route.Metric, route.Mtu));
        Assert.Equal([new RouteNextHop(IpAddress.Parse("172.16.1.1"), null, 1)], route.NextHops);
        Assert.True(route.NodeSelector.IsAll);
        route = Route("destination: '::/0', nextHops: [{address: 'fe80::1', interface: eth0, weight: 256}, {interface: eth1}], nodeSelector: has(rack), metric: 7, mtu: 1280");
        Assert.Equal(
            [new RouteNextHop(IpAddress.Parse("fe80::1"), "eth0", 256), new RouteNextHop(null, "eth1", 1)], route.NextHops);
        Assert.Equal(("has(rack)", 7, 1280), (route.NodeSelector.Text, route.Metric, route.Mtu));
        Assert.Equal(RouteAction.Prohibit, Route("destination: 10.0.0.0/8, type: Prohibit, nextHops: []").Type);
    }

    [Theory]
    [InlineData("nextHops: [{address: 10.0.0.1}]", "spec.destination: is required")]
    [InlineData("destination: 192.0.2.1, type: Blackhole", "spec.destination: '192.0.2.1' is not a CIDR such as")]
    [InlineData("destination: 192.0.2.1/24, type: Blackhole", "spec.destination: 192.0.2.1/24 has bits beyond its length: write 192.0.2.0/24")]
    [InlineData("destination: 224.0.0.0/8, type: Blackhole", "spec.destination: 224.0.0.0/8 lies in 224.0.0.0/4, which no route leads to")]
    [InlineData("destination: 'fe80::/64', type: Blackhole", "spec.destination: fe80::/64 lies in fe80::/10")]
    [InlineData("destination: 192.0.2.0/24", "spec.nextHops: is required")]
    [InlineData("destination: 192.0.2.0/24, nextHops: []", "spec.nextHops: a route has 1 to 64 next hops")]
    [InlineData("destination: 192.0.2.0/24, type: Blackhole, nextHops: [{address: 10.0.0.1}]", "spec.nextHops: a Blackhole route sends nothing anywhere")]
    [InlineData("destination: 192.0.2.0/24, type: blackhole", "spec.type: 'blackhole' is not one of Unicast, Blackhole, Unreachable, Prohibit")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{weight: 1}]", "spec.nextHops[0].address: is required")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{address: 'fd00::1'}]", "spec.nextHops[0].address: fd00::1 is not of the destination's family: 192.0.2.0/24 needs IPv4")]
    [InlineData("destination: '::/0', nextHops: [{address: 'fe80::1'}]", "spec.nextHops[0].address: fe80::1 is link-local, and means nothing without its interface")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{address: 0.0.0.0}]", "spec.nextHops[0].address: '0.0.0.0' is not the address of a router")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{address: 10.0.0.1}, {address: 10.0.0.1, weight: 2}]", "spec.nextHops[1].address: this next hop is in the list already")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{address: 10.0.0.1, weight: 257}]", "spec.nextHops[0].weight: 257 is not between 1 and 256")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{interface: 'a/b'}]", "spec.nextHops[0].interface: 'a/b' is not an interface's name")]
    [InlineData("destination: 192.0.2.0/24, nextHops: [{via: 10.0.0.1}]", "spec.nextHops[0].via: is not supported")]
    [InlineData("destination: 192.0.2.0/24, type: Blackhole, metric: 0", "spec.metric: 0 is not between 1 and 2147483647")]
    [InlineData("destination: 192.0.2.0/24, type: Blackhole, metric: 200", "spec.metric: 200 is a metric of Weft's own routes")]
    [InlineData("destination: '::/0', type: Blackhole, mtu: 1279", "spec.mtu: 1279 is not between 1280 and 65536")]
    public void A_wrong_static_route_says_why(string spec, string error) =>
        Assert.Contains(error, Bound.Errors($"apiVersion: weft.dev/v1\nkind: StaticRoute\nmetadata: {{name: r}}\nspec: {{{spec}}}"), StringComparison.Ordinal);

    [Fact]
    public void A_felix_configurations_fields_are_read()
    {
        FelixConfiguration felix = Felix(
            "default", "natOutgoingAddress: 203.0.113.9, natPortRange: '32768:60999', natOutgoingExclusions: IPPoolsAndHostIPs, iptablesNATOutgoingInterfaceFilter: 'eth+'");
        Assert.Equal(IpAddress.Parse("203.0.113.9"), felix.NatOutgoingAddress);
        Assert.Equal(new PortRange(32768, 60999), felix.NatPortRange);
        Assert.Equal(NatExclusions.IPPoolsAndHostIPs, felix.NatOutgoingExclusions);
        Assert.Equal(("eth+", (string?)null), (felix.IptablesNatOutgoingInterfaceFilter, felix.Node));
        felix = Felix("node.n1.example", "natPortRange: 0");
        Assert.Equal((PortRange.None, "n1.example"), (felix.NatPortRange, felix.Node));
        Assert.Equal("+", Felix("node.n1", "iptablesNATOutgoingInterfaceFilter: '+'").IptablesNatOutgoingInterfaceFilter);
        Assert.Equal(new PortRange(7, 7), Felix("default", "natPortRange: 7").NatPortRange);
    }

    [Fact]
    public void Felix_fields_that_say_their_default_or_nothing_change_nothing() =>
        Assert.Equal(
            Felix("default", ""),
            Felix("default", "natOutgoingAddress: '', natOutgoingExclusions: '', bpfEnabled: false, logSeverityScreen: Info, vxlanVNI: 4096, "
                + "floatingIPs: Disabled, kubeNodePortRanges: ['30000:32767'], externalNodesList: [], usageReportingInterval: 24h0m0s"));

    [Theory]
    [InlineData("default", "natOutgoingAddress: 'fd00::1'", "spec.natOutgoingAddress: 'fd00::1' is not an IPv4 address")]
    [InlineData("default", "natOutgoingAddress: 224.0.0.1", "spec.natOutgoingAddress: '224.0.0.1' is not an IPv4 address")]
    [InlineData("default", "natPortRange: 65536", "spec.natPortRange: 65536 is not a port or a range such as")]
    [InlineData("default", "natPortRange: '7:6'", "spec.natPortRange: '7:6' is not a port or a range")]
    [InlineData("default", "natPortRange: '0:6'", "spec.natPortRange: '0:6' is not a port or a range")]
    [InlineData("default", "natPortRange: http", "spec.natPortRange: 'http' is not a port or a range")]
    [InlineData("default", "natOutgoingExclusions: None", "spec.natOutgoingExclusions: 'None' is not one of IPPoolsOnly, IPPoolsAndHostIPs")]
    [InlineData("default", "iptablesNATOutgoingInterfaceFilter: 'eth0!'", "spec.iptablesNATOutgoingInterfaceFilter: 'eth0!' is not an interface's name")]
    [InlineData("default", "iptablesNATOutgoingInterfaceFilter: 'e+th'", "has a '+' before its end")]
    [InlineData("default", "bpfEnabled: true", "spec.bpfEnabled: not supported yet: leave it out, or say false")]
    [InlineData("default", "vxlanEnabled: true", "spec.vxlanEnabled: not supported yet")]
    [InlineData("default", "vxlanEnabled: false", "spec.vxlanEnabled: not supported yet")]
    [InlineData("default", "vxlanPort: 8472", "spec.vxlanPort: not supported yet: leave it out, or say 4789")]
    [InlineData("default", "natOutgoingAdress: 1.2.3.4", "spec.natOutgoingAdress: is not supported; did you mean 'natOutgoingAddress'?")]
    [InlineData("node.", "", "metadata.name: 'node.' ")]
    [InlineData("other", "", "metadata.name: 'other' configures nothing: write default, or node.NAME for one node")]
    public void A_wrong_felix_configuration_says_why(string name, string spec, string error) =>
        Assert.Contains(error, Bound.Errors($"{Head}kind: FelixConfiguration\nmetadata: {{name: {name}}}\nspec: {{{spec}}}"), StringComparison.Ordinal);

    private static StaticRoute Route(string spec) =>
        Bound.To<StaticRoute>($"apiVersion: weft.dev/v1\nkind: StaticRoute\nmetadata: {{name: r}}\nspec: {{{spec}}}");

    private static FelixConfiguration Felix(string name, string spec) =>
        Bound.To<FelixConfiguration>($"{Head}kind: FelixConfiguration\nmetadata: {{name: {name}}}\nspec: {{{spec}}}") with
        {
            Metadata = new Metadata { Name = name },
        };

    private static IpamConfiguration Addresses(string spec) =>
        Bound.To<IpamConfiguration>($"{Head}kind: IPAMConfiguration\nmetadata: {{name: default}}\nspec: {{{spec}}}");

    private static IpPool Pool(string spec) =>
        Bound.To<IpPool>($"{Head}kind: IPPool\nmetadata: {{name: p}}\nspec: {{{spec}}}");
}
