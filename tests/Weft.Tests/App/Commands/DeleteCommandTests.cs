using System.Collections.Generic;
using System.Linq;
using Weft.App.Commands;
using Weft.App.Yaml;
using Weft.Model.Documents;
using Xunit;

namespace Weft.Tests.App.Commands;

public sealed class DeleteCommandTests
{
    private const string Endpoint = """
        apiVersion: projectcalico.org/v3
        kind: WorkloadEndpoint
        metadata: {namespace: shop}
        spec: {node: n1, workload: rvw}
        """;

    [Fact]
    public void An_endpoint_without_a_name_is_deleted_by_the_name_that_apply_gave_it()
    {
        (DocumentNode reference, List<Diagnostic> errors) = Refer(Endpoint);
        Assert.Empty(errors);
        MappingNode fields = Assert.IsType<MappingNode>(reference);
        Assert.Equal(
            ("WorkloadEndpoint", "shop", "n1-weft-rvw-eth0"),
            (fields.FindText("kind"), fields.FindText("namespace"), fields.FindText("name")));
    }

    [Theory]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: a}", "f.yaml:2:7: kind: 'v1 Pod' is not a kind that can be deleted")]
    [InlineData("kind: Node\napiVersion: projectcalico.org/v3\nmetadata: {}", "f.yaml:3:11: metadata.name: is required")]
    public void What_cannot_be_deleted_is_named_at_its_place(string text, string message)
    {
        (_, List<Diagnostic> errors) = Refer(text);
        Assert.Equal([message], errors.Select(error => error.ToString()));
    }

    private static (DocumentNode Reference, List<Diagnostic> Errors) Refer(string text)
    {
        List<Diagnostic> errors = [];
        Assert.True(YamlDocuments.TryParse(text, "f.yaml", errors, out IReadOnlyList<DocumentNode> documents));
        return (DeleteCommand.ReferenceTo("f.yaml", Assert.Single(documents), errors), errors);
    }
}
