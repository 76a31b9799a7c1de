using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Tests.Model.Binding;
using Xunit;

namespace Weft.Tests.Model.Lab;

public sealed class LabFileTests
{
    internal const string Quickstart =
        """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: quickstart}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24, "fd00:1::/64"], mtu: 1500}
            - {name: rack2, cidrs: [172.16.2.0/24, "fd00:2::/64"], mtu: 9000}
            - {name: outside, cidrs: [203.0.113.0/24]}
          routers:
            - {name: spine, segments: [rack1, rack2, outside]}
          nodes:
            - {name: n1, segment: rack1, labels: {rack: "1"}}
            - {name: n2, segment: rack2, labels: {rack: "2"}}
          hosts:
            - {name: internet, segment: outside}
          workloads:
            - {name: web, namespace: shop, node: n1, labels: {app: web}, serve: [{port: 80, protocol: TCP}]}
            - {name: db, namespace: shop, node: n2, labels: {app: db}, ports: [{name: sql, port: 5432}], serve: [{name: sql, port: 5432}, {name: dns, port: 53, protocol: UDP}], interface: net1}
          checks:
            - {from: web, to: db, proto: icmp, expect: reachable}
            - {from: db, to: web, proto: tcp, expect: reachable}
            - {from: web, to: internet, proto: icmp, expect: reachable, seenAs: n1}
            - {from: internet, to: 10.65.0.1, proto: udp, port: 53, expect: unreachable}
            - {from: n1, to: n2, proto: icmp, expect: unreachable, family: IPv6, size: 1501}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet}
        """;

    [Fact]
    public void The_lab_of_the_guide_is_read()
    {
        LabFile file = Bind(Quickstart);
        LabTopology lab = file.Lab;
        Assert.Equal("quickstart", lab.Name);
        Assert.Equal([1500, 9000, 1500], lab.Segments.Select(segment => segment.Mtu));
        Assert.Equal(["rack1", "rack2", "outside"], lab.Routers[0].Segments);
        Assert.Equal("rack=2", lab.Nodes[1].Labels.ToString());
        Assert.Equal("default", new LabWorkload { Name = "a", Node = "b" }.Namespace);
        Assert.Equal([new EndpointPort("", TransportProtocol.Tcp, 80)], lab.Workloads[0].Serve);
        Assert.Equal(
            [new EndpointPort("sql", TransportProtocol.Tcp, 5432), new EndpointPort("dns", TransportProtocol.Udp, 53)],
            lab.Workloads[1].NamedPorts);
        Assert.Equal("net1", lab.Workloads[1].Interface);
        Assert.Equal(80, lab.Checks[1].Port);
        Assert.Equal("n1", lab.Checks[2].SeenAs);
        Assert.False(lab.Checks[3].ExpectReachable);
        Assert.Equal((null, null), (lab.Checks[3].Family, lab.Checks[3].Size));
        Assert.Equal((IpFamily.Ipv6, 1501), (lab.Checks[4].Family, lab.Checks[4].Size));
        Assert.Equal("IPPool/default", Assert.Single(file.Resources).Key.ToString());
    }

    [Fact]
    public void Documents_may_come_in_any_order()
    {
        string[] parts = Quickstart.Split("---\n");
        Assert.Equal(Bind(Quickstart).Lab, Bind($"{parts[1]}\n---\n{parts[0]}").Lab);
    }

    [Fact]
    public void Equal_files_give_equal_labs() => Assert.Equal(Bind(Quickstart).Lab, Bind(Quickstart).Lab);

    [Fact]
    public void All_errors_come_at_once_each_with_its_place()
    {
        string errors = Errors(
            """
            apiVersion: weft.dev/v1
            kind: Lab
            metadata: {name: Quick}
            spec:
              segments:
                - {name: rack1, cidrs: [172.16.1.0/24], mtu: 100}
                - {name: rack1, cidrs: [172.16.1.128/25, 10.0.0.0/8]}
              routers:
                - {name: spine, segments: [rack1, rack9], address: 172.16.2.1}
              nodes:
                - {name: n1, segment: rak1, lables: {}}
                - {name: spine, segment: rack1, address: [172.16.1.0]}
              workloads:
                - {name: web, node: spine2, serve: [{prt: 80}]}
              checks:
                - {from: wep, to: nowhere, proto: ping, expect: yes}
            ---
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata: {name: default}
            spec: {cidr: 10.65.0.0/33}
            """);
        Assert.Equal(
            """
            f.yaml:3:18: metadata.name: 'Quick' is not a DNS label: lower-case letters, digits and '-', with a letter or digit at both ends, at most 63
            f.yaml:6:50: spec.segments[0].mtu: 100 is not between 576 and 65535
            f.yaml:7:28: spec.segments[1].cidrs: a segment has at most one subnet of each family
            f.yaml:7:28: spec.segments[1].cidrs: 172.16.1.128/25 overlaps with 172.16.1.0/24 of segment 'rack1'
            f.yaml:7:14: spec.segments[1].name: 'rack1' is the name of another segment
            f.yaml:9:31: spec.routers[0].segments: there is no segment 'rack9'; did you mean 'rack1'?
            f.yaml:9:56: spec.routers[0].address: 172.16.2.1 is not in 172.16.1.0/24
            f.yaml:11:27: spec.nodes[0].segment: there is no segment 'rak1'; did you mean 'rack1'?
            f.yaml:11:33: spec.nodes[0].lables: is not supported; did you mean 'labels'?
            f.yaml:12:14: spec.nodes[1].name: 'spine' is the name of a router already: nodes, hosts, routers and workloads have names of their own
            f.yaml:12:46: spec.nodes[1].address: 172.16.1.0 is the first or last address of 172.16.1.0/24, which no interface can have
            f.yaml:14:25: spec.workloads[0].node: there is no node 'spine2'
            f.yaml:14:41: spec.workloads[0].serve[0].port: is required
            f.yaml:14:42: spec.workloads[0].serve[0].prt: is not supported; did you mean 'port'?
            f.yaml:16:14: spec.checks[0].from: there is no member 'wep'; did you mean 'web'?
            f.yaml:16:23: spec.checks[0].to: there is no member 'nowhere', and it is no address
            f.yaml:16:39: spec.checks[0].proto: 'ping' is not one of icmp, tcp, udp
            f.yaml:16:53: spec.checks[0].expect: 'yes' is not one of reachable, unreachable
            f.yaml:21:14: spec.cidr: '10.65.0.0/33' is not a CIDR such as 10.65.0.0/16
            """,
            errors);
    }

    [Theory]
    [InlineData("nodes: [{name: a, segment: s, address: 10.0.0.1}, {name: b, segment: s, address: [10.0.0.1]}]", "spec.nodes[1].address: 10.0.0.1 is the address of 'a' already")]
    [InlineData("nodes: [{name: a, segment: s, address: [10.0.0.1, 10.0.0.2]}]", "spec.nodes[0].address: 10.0.0.2 is a second address in 10.0.0.0/29")]
    [InlineData("nodes: [{name: a, segment: s, address: 10.0.0.7}]", "10.0.0.7 is the first or last address of 10.0.0.0/29")]
    [InlineData("nodes: [{name: a, segment: s, address: 1}]", "spec.nodes[0].address: must be a text, not a number: put it in quotes")]
    [InlineData("nodes: [{name: a}]", "spec.nodes[0].segment: is required")]
    [InlineData("nodes: [{name: a, segment: s, bgp: {}}]", "spec.nodes[0].bgp: is not supported")]
    [InlineData("routers: [{name: r, segments: [s, s]}]", "spec.routers[0].segments: a router has one interface on a segment")]
    [InlineData("routers: [{name: r}]", "spec.routers[0].segments: is required")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h, proto: icmp, port: 1, expect: reachable}]", "spec.checks[0].port: icmp has no ports: leave it out")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h, proto: tcp, expect: reachable}]", "spec.checks[0].port: is required")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h, proto: icmp, expect: unreachable, seenAs: h}]", "spec.checks[0].seenAs: what does not arrive is seen by nobody")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h, proto: icmp, expect: reachable, family: ipv5}]", "spec.checks[0].family: 'ipv5' is not one of IPv4, IPv6")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: 'fd00::1', proto: icmp, expect: reachable, family: IPv4}]", "spec.checks[0].family: fd00::1 is of the other family")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h, proto: udp, port: 1, expect: reachable, size: 1400}]", "spec.checks[0].size: only an echo request (icmp) has a size")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h, proto: icmp, expect: reachable, size: 79}]", "spec.checks[0].size: 79 is not between 80 and 65535")]
    [InlineData("hosts: [{name: h, segment: s}], checks: [{from: h, to: h}]", "spec.checks[0].proto: is required")]
    [InlineData("nodes: [{name: n, segment: s}], workloads: [{name: w, node: n, serve: [{port: 1}, {port: 1, protocol: tcp}]}]", "spec.workloads[0].serve: name each port once")]
    [InlineData("nodes: [{name: n, segment: s}], workloads: [{name: w, node: n, serve: [{port: 1, protocol: SCTP}]}]", "spec.workloads[0].serve: TCP and UDP are answered, SCTP is not")]
    [InlineData("nodes: [{name: n, segment: s}], workloads: [{name: w, node: n, ports: [{name: a, port: 1}], serve: [{name: a, port: 2}]}]", "spec.workloads[0].serve: 'a' is another port in ports")]
    [InlineData("hosts: [{name: h, segment: s}], workloads: [{name: w, node: h}]", "spec.workloads[0].node: there is no node 'h'")]
    [InlineData("nodes: [{name: n, segment: s}], workloads: [{name: w, node: n, namespace: A, interface: a/b}]", "spec.workloads[0].interface: 'a/b' is not an interface's name")]
    [InlineData("nodes: [{name: a1, segment: s}, {name: a2, segment: s}, {name: a3, segment: s}, {name: a4, segment: s}, {name: a5, segment: s}, {name: a6, segment: s}, {name: a7, segment: s}]", "spec.segments: segment 's': 7 members are on it, and 10.0.0.0/29 have room for 6")]
    public void A_wrong_lab_says_why(string rest, string error) => Assert.Contains(
        error,
        Errors($"{{apiVersion: weft.dev/v1, kind: Lab, metadata: {{name: t}}, spec: {{segments: [{{name: s, cidrs: [10.0.0.0/29]}}], {rest}}}}}"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a}}", "f.yaml:1:1: no Lab: one document must have apiVersion weft.dev/v1 and kind Lab")]
    [InlineData("{apiVersion: weft.dev/v1, kind: Lab, metadata: {name: t}, spec: {}}\n---\n{apiVersion: weft.dev/v1, kind: Lab, metadata: {name: t}, spec: {}}", "f.yaml:3:1: kind: a file has one Lab, and this is another")]
    [InlineData("{apiVersion: weft.dev/v2, kind: Lab}", "is not supported")]
    public void A_file_has_exactly_one_lab(string yaml, string error) => Assert.Contains(error, Errors(yaml), StringComparison.Ordinal);

    [Theory]
    [InlineData("kind: IPPool\nmetadata: {name: other}\nspec: {cidr: 10.65.1.0/24}", "spec.cidr: 10.65.1.0/24 overlaps with 10.65.0.0/16 of IPPool default")]
    [InlineData("kind: IPPool\nmetadata: {name: default}\nspec: {cidr: 10.66.0.0/16}", "metadata.name: IPPool/default is in the file twice")]
    [InlineData("kind: IPAMBlock\nmetadata: {name: b}\nspec: {cidr: 10.65.0.0/26, affinity: 'host:n1', pool: default}", "kind: IPAMBlock is written by Weft only")]
    [InlineData("kind: WorkloadEndpoint\nmetadata: {name: web}\nspec: {node: n1}", "metadata.name: 'web' is the name of another member of this lab")]
    [InlineData("kind: WorkloadEndpoint\nmetadata: {name: web2}\nspec: {node: n9}", "spec.node: there is no node 'n9' in this lab")]
    public void The_resources_fit_the_lab_and_each_other(string document, string error)
    {
        string errors = Errors($"{Quickstart}\n---\napiVersion: projectcalico.org/v3\n{document}");
        Assert.Contains(error, errors, StringComparison.Ordinal);
        Assert.StartsWith("f.yaml:", errors, StringComparison.Ordinal);
    }

    internal static LabFile Bind(string yaml)
    {
        List<Diagnostic> errors = [];
        LabFile? file = LabFile.Bind(Bound.Trees(yaml), "f.yaml", errors);
        Assert.True(file is not null, string.Join('\n', errors));
        Assert.Empty(errors);
        return file;
    }

    private static string Errors(string yaml)
    {
        List<Diagnostic> errors = [];
        Assert.Null(LabFile.Bind(Bound.Trees(yaml), "f.yaml", errors));
        return string.Join('\n', errors);
    }
}
