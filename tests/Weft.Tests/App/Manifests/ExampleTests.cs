using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.App.Manifests;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Model.Resources;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.App.Manifests;

public sealed class ExampleTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "examples"), "*.yaml").Select(file => Path.GetFileName(file)!).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_example_is_right(string file)
    {
        Manifest manifest = Assert.Single(ManifestFiles.Read([Path.Combine(Repository.Root, "examples", file)]));
        List<Diagnostic> errors = [];
        bool lab = manifest.Documents.Any(d => d is MappingNode mapping && mapping.FindText("kind") == LabTopology.Kind);
        IReadOnlyList<Resource> resources = lab
            ? LabFile.Bind(manifest.Documents, file, errors)?.Resources ?? []
            : [.. manifest.Documents.Select(d => ResourceBinder.Bind(d, file, errors)).OfType<Resource>()];
        Assert.True(errors.Count == 0, string.Join('\n', errors));
        Assert.NotEmpty(resources);
    }
}
