using System.Collections.Generic;
using CsCheck;
using Weft.Model.Resources;
using Weft.Node.Cni;
using Xunit;

namespace Weft.Tests.Node.Cni;

/// <summary>Every container has a name that a resource can have, and no two have the same.</summary>
public sealed class ContainerNameTests
{
    [Theory]
    [InlineData("4fa3b0c2d9e84f6a4fa3b0c2d9e84f6a4fa3b0c2d9e84f6a4fa3b0c2d9e84f6a")]
    [InlineData("web")]
    [InlineData("web-1.shop")]
    public void A_DNS_name_stays_as_it_is(string container) => Assert.Equal(container, ContainerName.Of(container));

    [Theory]
    [InlineData("Web_1", "web-1-x")]
    [InlineData("_.-", "x")]
    [InlineData("web.", "web-x")]
    [InlineData("web-x0123456789abcdef", "web-x0123456789abcdef-x")]
    [InlineData("x0123456789abcdef", "x0123456789abcdef-x")]
    public void Another_name_is_made_readable_and_marked(string container, string start) =>
        Assert.Matches($"^{start.Replace(".", "\\.", System.StringComparison.Ordinal)}[0-9a-f]{{16}}$", ContainerName.Of(container));

    [Fact]
    public void Names_are_valid_and_differ_where_containers_differ()
    {
        // Few letters, so that many differ in nothing but what is made alike.
        Gen<string> containers = Gen.OneOf(
            Gen.Char["aA-_.0x"].Array[1, 6].Select(chars => new string(chars)),
            Gen.Char["aA-_.0x"].Array[1, 6].Select(chars => ContainerName.Of(new string(chars))),
            Gen.Char["aAbB-_."].Array[200, 253].Select(chars => new string(chars)));
        containers.Array[1, 50].Sample(all =>
        {
            Dictionary<string, string> by = [];
            foreach (string container in all)
            {
                string name = ContainerName.Of(container);
                Assert.True(ResourceNames.IsDnsSubdomain(name), name);
                Assert.Equal(container, by.TryGetValue(name, out string? other) ? other : container);
                by[name] = container;
            }
        });
    }
}
