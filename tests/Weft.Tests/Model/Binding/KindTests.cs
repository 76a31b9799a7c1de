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
    [InlineData("cidr: 10.0.0.0/8, assignmentMode: Manual", "spec.assignmentMode: not supported yet: leave it out, or say \"Automatic\"")]
    [InlineData("cidr: 10.0.0.0/8, namespaceSelector: has(a)", "spec.namespaceSelector: not supported yet")]
    [InlineData("cidr: 10.0.0.0/8, disableBGPExport: true", "spec.disableBGPExport: not supported yet")]
    [InlineData("cidr: 10.0.0.0/8, allowedUses: [LoadBalancer]", "spec.allowedUses: not supported yet")]
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
        Assert.Null((block with { Affinity = "virtual:load-balancer" }).Node);
    }

    private static IpPool Pool(string spec) =>
        Bound.To<IpPool>($"{Head}kind: IPPool\nmetadata: {{name: p}}\nspec: {{{spec}}}");
}
