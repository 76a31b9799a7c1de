using Weft.Model.Resources;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Model.Resources;

public sealed class ResourceNamesTests
{
    [Theory]
    [InlineData("a", true, true)]
    [InlineData("web-1", true, true)]
    [InlineData("a--b", true, true)]
    [InlineData("0", true, true)]
    [InlineData("a.b", false, true)]
    [InlineData("", false, false)]
    [InlineData("-a", false, false)]
    [InlineData("a-", false, false)]
    [InlineData("A", false, false)]
    [InlineData("a_b", false, false)]
    [InlineData("a..b", false, false)]
    [InlineData("a.-b", false, false)]
    [InlineData("é", false, false)]
    [InlineData("a b", false, false)]
    public void Dns_labels_and_subdomains(string text, bool label, bool subdomain)
    {
        Assert.Equal(label, ResourceNames.IsDnsLabel(text));
        Assert.Equal(subdomain, ResourceNames.IsDnsSubdomain(text));
    }

    [Fact]
    public void Lengths_have_bounds()
    {
        Assert.True(ResourceNames.IsDnsLabel(new string('a', 63)));
        Assert.False(ResourceNames.IsDnsLabel(new string('a', 64)));
        Assert.True(ResourceNames.IsDnsSubdomain(new string('a', 253)));
        Assert.False(ResourceNames.IsDnsSubdomain(new string('a', 254)));
        Assert.True(ResourceNames.IsLabelValue(new string('a', 63)));
        Assert.False(ResourceNames.IsLabelValue(new string('a', 64)));
        Assert.True(ResourceNames.IsInterfaceName("weft01234567890"));
        Assert.False(ResourceNames.IsInterfaceName("weft012345678901"));
    }

    [Theory]
    [InlineData("app", true)]
    [InlineData("example.org/App_1.x", true)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("Ex.org/a", false)]
    [InlineData("a/b/c", false)]
    [InlineData("-a", false)]
    [InlineData("", false)]
    public void Label_keys(string text, bool valid) => Assert.Equal(valid, ResourceNames.IsLabelKey(text));

    [Theory]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("eth0", true)]
    [InlineData("eth/0", false)]
    [InlineData("eth 0", false)]
    [InlineData("Eth0.100", true)]
    [InlineData("all", false)]
    [InlineData("default", false)]
    public void Interface_names(string text, bool valid) => Assert.Equal(valid, ResourceNames.IsInterfaceName(text));

    [Theory]
    [InlineData("pool", "IPPool")]
    [InlineData("IPPools", "IPPool")]
    [InlineData("blocks", "IPAMBlock")]
    [InlineData("workloads", "WorkloadEndpoint")]
    [InlineData("wep", "WorkloadEndpoint")]
    [InlineData("ns", "Namespace")]
    [InlineData("nodes", "Node")]
    [InlineData("pods", null)]
    public void Words_of_the_command_line_name_kinds(string word, string? kind) =>
        Assert.Equal(kind, ResourceKinds.FindByWord(word)?.Kind);

    [Fact]
    public void Paths_of_the_API_name_kinds()
    {
        Assert.Equal(ResourceKinds.IpPool, ResourceKinds.FindByPath("projectcalico.org", "v3", "ippools"));
        Assert.Equal(ResourceKinds.Namespace, ResourceKinds.FindByPath("", "v1", "namespaces"));
        Assert.Null(ResourceKinds.FindByPath("", "v1", "ippools"));
    }

    [Fact]
    public void Blocks_are_named_as_in_Calico() =>
        Assert.Equal("10-65-0-0-26", IpamBlock.NameOf(IpPrefix.Parse("10.65.0.0/26")));

    [Theory]
    [InlineData("n1", "weft", "web", "n1-weft-web-eth0")]
    [InlineData("rack-1", "weft", "web-2", "rack--1-weft-web--2-eth0")]
    public void Workload_endpoints_are_named_as_in_Calico(string node, string orchestrator, string workload, string name)
    {
        Assert.Equal(name, WorkloadEndpointName.Of(node, orchestrator, workload, null, null, "eth0"));
        Assert.Equal(workload, WorkloadEndpointName.WorkloadIn(name, node, orchestrator, "eth0"));
        Assert.Null(WorkloadEndpointName.WorkloadIn(name, "other", orchestrator, "eth0"));
    }
}
