using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.App.Output;
using Weft.App.Yaml;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Xunit;

namespace Weft.Tests.App.Output;

public sealed class ResourceTableTests
{
    private const string Workload = """
        metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
        spec: {node: n1, ipNetworks: [10.65.0.2/32, "fd00::2/128"], interfaceName: weft0123456789a}
        """;

    [Fact]
    public void A_workload_shows_its_addresses_without_their_lengths()
    {
        using StringWriter writer = new();
        ResourceTable.Write(writer, ResourceKinds.WorkloadEndpoint, [Tree(Workload)], wide: false);
        string[] lines = writer.ToString().Split('\n', System.StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["NAMESPACE", "NAME", "NODE", "ADDRESSES", "INTERFACE"], lines[0].Split(' ', System.StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["shop", "web", "n1", "10.65.0.2,fd00::2", "weft0123456789a"], lines[1].Split(' ', System.StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Labels_are_for_the_wide_table()
    {
        using StringWriter writer = new();
        ResourceTable.Write(writer, ResourceKinds.WorkloadEndpoint, [Tree(Workload)], wide: true);
        Assert.Contains("app=web,tier=front", writer.ToString(), System.StringComparison.Ordinal);
    }

    [Fact]
    public void A_static_route_shows_its_next_hops()
    {
        using StringWriter writer = new();
        ResourceTable.Write(
            writer,
            ResourceKinds.StaticRoute,
            [Tree("metadata: {name: r}\nspec: {destination: 0.0.0.0/0, nextHops: [{address: 10.0.0.1, weight: 1}, {interface: eth1, weight: 2}]}")],
            wide: false);
        Assert.Contains("address=10.0.0.1,weight=1 interface=eth1,weight=2", writer.ToString(), System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "{}", "n1|a|b|-|-")]
    [InlineData("{ipv4VXLANTunnelAddr: 10.65.0.1}", "{underlayMtu: 1500}", "n1|a|b|10.65.0.1|1500")]
    [InlineData("{ipv6VXLANTunnelAddr: 'fd65::1'}", "{underlayMtuV6: 1400}", "n1|a|b|fd65::1|1400")]
    [InlineData(
        "{ipv4VXLANTunnelAddr: 10.65.0.1, ipv6VXLANTunnelAddr: 'fd65::1'}", "{underlayMtu: 9000, underlayMtuV6: 9000}", "n1|a|b|10.65.0.1,fd65::1|9000")]
    public void A_node_shows_what_it_has_of_either_family(string spec, string status, string cells)
    {
        using StringWriter writer = new();
        string addresses = "bgp: {ipv4Address: a, ipv6Address: b}";
        string filled = spec == "{}" ? $"{{{addresses}}}" : $"{{{addresses}, {spec[1..]}";
        ResourceTable.Write(writer, ResourceKinds.Node, [Tree($"metadata: {{name: n1}}\nspec: {filled}\nstatus: {status}")], wide: false);
        string[] lines = writer.ToString().Split('\n', System.StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["NAME", "IPV4", "IPV6", "TUNNEL", "MTU"], lines[0].Split(' ', System.StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(cells.Split('|'), lines[1].Split(' ', System.StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_name_is_what_other_tools_take()
    {
        Assert.Equal("workloadendpoint/shop/web", ResourceTable.NameOf(ResourceKinds.WorkloadEndpoint, Tree(Workload)));
        Assert.Equal("ippool/default", ResourceTable.NameOf(ResourceKinds.IpPool, Tree("metadata: {name: default}")));
    }

    private static DocumentNode Tree(string yaml)
    {
        List<Diagnostic> errors = [];
        Assert.True(YamlDocuments.TryParse(yaml, null, errors, out IReadOnlyList<DocumentNode> documents));
        return documents.Single();
    }
}
