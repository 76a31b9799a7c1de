using System.Collections.Generic;
using System.Linq;
using System.Net;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Manifests;
using Weft.App.Yaml;
using Weft.Model.Documents;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.App.Manifests;

public sealed class ProblemPlacesTests
{
    private const string Text = """
        kind: IPPool
        metadata: {name: one}
        spec:
          cidr: 10.0.0.0/8
        ---
        kind: IPPool
        metadata: {name: two}
        spec:
          cidr: 10.0.0.0/9
        """;

    [Fact]
    public void What_the_server_refuses_is_shown_with_file_line_and_column()
    {
        List<Diagnostic> errors = [];
        Assert.True(YamlDocuments.TryParse(Text, "pools.yaml", errors, out IReadOnlyList<DocumentNode> documents));
        ServerRefusal refusal = new(HttpStatusCode.UnprocessableEntity, new ServerError("2 problems",
        [
            new FieldProblem(0, "spec.cidr", "overlaps with two"),
            new FieldProblem(1, "spec.cidr", "overlaps with one"),
        ]));
        CommandFailure failure = ProblemPlaces.Locate(refusal, [.. documents.Select(document => ("pools.yaml", document))]);
        Assert.True(failure.HasPlaces);
        Assert.Equal("pools.yaml:4:9: spec.cidr: overlaps with two\npools.yaml:9:9: spec.cidr: overlaps with one", failure.Message);
    }

    [Fact]
    public void A_refusal_without_places_is_its_message()
    {
        ServerRefusal refusal = new(HttpStatusCode.Conflict, new ServerError("the store is full", []));
        Assert.Equal("the store is full", ProblemPlaces.Locate(refusal, []).Message);
    }

    [Fact]
    public void A_place_that_the_client_does_not_know_is_left_out()
    {
        ServerRefusal refusal = new(HttpStatusCode.UnprocessableEntity, new ServerError("x", [new FieldProblem(7, "spec", "is odd")]));
        Assert.Equal("spec: is odd", ProblemPlaces.Locate(refusal, []).Message);
    }
}
