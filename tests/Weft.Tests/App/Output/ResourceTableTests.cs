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
