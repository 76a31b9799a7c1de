using System;
using System.Collections.Generic;
using System.Linq;
using Weft.App.CommandLine;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.App.Client;

/// <summary>Where the server's API has the resources of a kind, and what people call the kind.</summary>
internal static class ResourcePaths
{
    /// <summary>The kind that a word means; a word that means none is wrong usage, and the kinds are
    /// named.</summary>
    public static ResourceKind KindOf(string word) => ResourceKinds.FindByWord(word)
        ?? throw CommandFailure.Usage($"'{word}' is not a kind; known are {string.Join(", ", Words())}");

    /// <summary>The words for kinds that help and completion offer.</summary>
    public static IEnumerable<string> Words() => ResourceKinds.All.Select(WordOf);

    /// <summary>The path of a list: of one namespace, or of all when none is given.</summary>
    public static string ListOf(ResourceKind kind, string? ofNamespace)
    {
        string root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        return kind.Namespaced && ofNamespace is not null
            ? $"{root}/namespaces/{Uri.EscapeDataString(ofNamespace)}/{kind.Plural}"
            : $"{root}/{kind.Plural}";
    }

    /// <summary>The path of one resource.</summary>
    public static string Of(ResourceKind kind, string resourceNamespace, string name) =>
        $"{ListOf(kind, resourceNamespace)}/{Uri.EscapeDataString(name)}";

    /// <summary>What <c>/v1/delete</c> takes for one resource.</summary>
    public static MappingNode Reference(ResourceKind kind, string? resourceNamespace, string name) =>
        new MappingBuilder()
        .Add("apiVersion", kind.ApiVersion)
        .Add("kind", kind.Kind)
        .Add("namespace", kind.Namespaced ? resourceNamespace : null)
        .Add("name", name)
        .Build();

    // What people type: a short plural for the long words, the plural for the others.
    private static string WordOf(ResourceKind kind) =>
        kind == ResourceKinds.WorkloadEndpoint ? "workloads"
        : kind == ResourceKinds.IpamBlock ? "blocks"
        : kind.Plural;
}
