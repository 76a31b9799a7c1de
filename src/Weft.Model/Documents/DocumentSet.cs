using System.Collections.Generic;

namespace Weft.Model.Documents;

/// <summary>The documents of one text: lists are taken apart, empty documents left out.</summary>
public static class DocumentSet
{
    /// <summary>Each resource as one document: the items of a top-level list and of a <c>kind: List</c>, in order.</summary>
    public static IReadOnlyList<DocumentNode> Flatten(IEnumerable<DocumentNode> documents)
    {
        List<DocumentNode> flat = [];
        foreach (DocumentNode document in documents)
        {
            Add(document, flat);
        }

        return flat;
    }

    private static void Add(DocumentNode document, List<DocumentNode> flat)
    {
        SequenceNode? items = document switch
        {
            SequenceNode list => list,
            MappingNode mapping when IsList(mapping) => mapping.Find("items") as SequenceNode,
            _ => null,
        };
        if (items is not null)
        {
            foreach (DocumentNode item in items.Items)
            {
                Add(item, flat);
            }
        }
        else if (document is not ScalarNode { Kind: ScalarKind.Null })
        {
            flat.Add(document);
        }
    }

    // Kubernetes: a List of mixed kinds is v1 List; what `get` prints of one kind is <Kind>List with items.
    private static bool IsList(MappingNode mapping) =>
        mapping.FindText("kind") is string kind
        && kind.EndsWith("List", System.StringComparison.Ordinal)
        && mapping.Find("items") is SequenceNode;
}
