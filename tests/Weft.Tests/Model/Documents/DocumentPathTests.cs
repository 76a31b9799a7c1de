using Weft.Model.Documents;
using Xunit;

namespace Weft.Tests.Model.Documents;

public sealed class DocumentPathTests
{
    [Theory]
    [InlineData("", "spec", "spec")]
    [InlineData("spec", "mtu", "spec.mtu")]
    [InlineData("metadata.labels", "example.org/rack", "metadata.labels[\"example.org/rack\"]")]
    [InlineData("m", "a\"b", "m[\"a\\\"b\"]")]
    [InlineData("m", "", "m[\"\"]")]
    public void A_field_has_one_path(string path, string key, string expected)
    {
        Assert.Equal(expected, DocumentPath.Field(path, key));
        MappingNode leaf = new([new MappingEntry(key, default, ScalarNode.Of("x") with { Position = new Position(7, 7) })]);
        Assert.Equal(new Position(7, 7), DocumentPath.PositionOf(leaf, DocumentPath.Field("", key)));
    }

    [Theory]
    [InlineData("spec.segments[1].mtu")]
    [InlineData("[")]
    [InlineData("[\"")]
    [InlineData("a[99999999999999999999]")]
    [InlineData("..")]
    [InlineData("a[\"b\\")]
    public void A_path_that_leads_nowhere_ends_at_the_nearest_node(string path)
    {
        MappingNode root = new([]) { Position = new Position(3, 4) };
        Assert.Equal(new Position(3, 4), DocumentPath.PositionOf(root, path));
    }

    [Fact]
    public void A_diagnostic_reads_as_a_line()
    {
        Assert.Equal(
            "file.yaml:12:7: spec.vxlanMode: no",
            new Diagnostic("spec.vxlanMode", "no", new Position(12, 7), "file.yaml").ToString());
        Assert.Equal("12:7: no", new Diagnostic("", "no", new Position(12, 7)).ToString());
        Assert.Equal("spec.cidr: no", new Diagnostic("spec.cidr", "no").ToString());
    }
}
