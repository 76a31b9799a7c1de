using System.Collections.Generic;
using Weft.Model.Documents;

namespace Weft.App.Client;

/// <summary>Lists of resources, as the server writes them (Kubernetes' List).</summary>
internal static class ResourceList
{
    /// <summary>The items of a list.</summary>
    public static IReadOnlyList<DocumentNode> ItemsOf(DocumentNode list) =>
        (list as MappingNode)?.Find("items") is SequenceNode items ? items.Items : [];

    /// <summary>The revision that a list shows; a watch goes on from there.</summary>
    public static long RevisionOf(DocumentNode list) =>
        ((list as MappingNode)?.Find("metadata") as MappingNode)?.FindText("resourceVersion") is { } text
        && long.TryParse(text, out long revision) ? revision : 0;
}
