using Weft.App.Up;
using Xunit;

namespace Weft.Tests.App.Up;

public sealed class NodeNamesTests
{
    [Theory]
    [InlineData("web1", "web1")]
    [InlineData("Host_1.Example.COM", "host-1.example.com")]
    [InlineData("-a-..b_", "a.b")]
    [InlineData("(none)", "none")]
    [InlineData("", "node")]
    [InlineData("___", "node")]
    public void A_hosts_name_becomes_one_that_a_resource_can_have(string host, string node) =>
        Assert.Equal(node, NodeNames.Of(host));

    [Fact]
    public void A_label_has_63_characters_at_most() => Assert.Equal(new string('x', 63), NodeNames.Of(new string('x', 64)));
}
