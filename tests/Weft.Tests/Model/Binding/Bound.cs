using System.Collections.Generic;
using System.Linq;
using Weft.App.Yaml;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Xunit;

namespace Weft.Tests.Model.Binding;

/// <summary>Binds YAML as the program does.</summary>
internal static class Bound
{
    /// <summary>The resource of a text that must be right.</summary>
    public static TResource To<TResource>(string yaml)
        where TResource : Resource
    {
        List<Diagnostic> errors = [];
        Resource? resource = ResourceBinder.Bind(Tree(yaml), null, errors);
        Assert.True(resource is not null, string.Join('\n', errors));
        Assert.Empty(errors);
        return Assert.IsType<TResource>(resource);
    }

    /// <summary>The diagnostics of a text that must be wrong, as lines.</summary>
    public static string Errors(string yaml)
    {
        List<Diagnostic> errors = [];
        Assert.Null(ResourceBinder.Bind(Tree(yaml), "f.yaml", errors));
        return string.Join('\n', errors);
    }

    /// <summary>A text's only document.</summary>
    public static DocumentNode Tree(string yaml) => Trees(yaml).Single();

    /// <summary>A text's documents.</summary>
    public static IReadOnlyList<DocumentNode> Trees(string yaml)
    {
        List<Diagnostic> errors = [];
        Assert.True(YamlDocuments.TryParse(yaml, "f.yaml", errors, out IReadOnlyList<DocumentNode> documents), string.Join('\n', errors));
        return documents;
    }
}
