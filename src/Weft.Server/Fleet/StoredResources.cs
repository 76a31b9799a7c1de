using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Server.Storing;

namespace Weft.Server.Fleet;

/// <summary>Resources as the store keeps them, and back.</summary>
internal static class StoredResources
{
    /// <summary>The key of a resource in the store.</summary>
    public static StoreKey KeyOf(ResourceKey key) => new(key.Kind, key.Namespace, key.Name);

    /// <summary>The bytes of a resource. Its revision is the store's own knowledge and left out.</summary>
    public static byte[] Write(Resource resource) => JsonText.Write(
        ResourceWriter.ToTree(resource with { Metadata = resource.Metadata with { ResourceVersion = 0 } }));

    /// <summary>The resource of a stored object; throws <see cref="StoreUnreadableException"/> when this program
    /// cannot read it.</summary>
    public static Resource Read(StoredObject stored)
    {
        List<Diagnostic> errors = [];
        Resource? resource = JsonText.ParseOne(stored.Json.Span, null, errors) is { } document
            ? ResourceBinder.Bind(document, null, errors)
            : null;
        return resource is null
            ? throw new StoreUnreadableException(new StoreFault(
                $"{stored.Key} in the store cannot be read: {errors.FirstOrDefault()}",
                "run the version of Weft that wrote it, or restore the store from a copy"))
            : resource with { Metadata = resource.Metadata with { ResourceVersion = stored.Revision } };
    }

    /// <summary>The resources of a commit's changes.</summary>
    public static List<ResourceChange> Read(StoreCommit commit) => [.. commit.Changes.Select(change => new ResourceChange(
        change.Before is { } before ? Read(before) : null,
        change.After is { } after ? Read(after) : null))];

    /// <summary>A change as a compare-and-swap.</summary>
    public static StoreWrite ToWrite(ResourceChange change)
    {
        ResourceKey key = (change.After ?? change.Before ?? throw new ArgumentException("a change of nothing")).Key;
        long expected = change.Before?.Metadata.ResourceVersion ?? 0;

        // Not one conditional expression: a null array would become an empty value there, not none.
        return change.After is { } after
            ? new StoreWrite(KeyOf(key), expected, Write(after))
            : new StoreWrite(KeyOf(key), expected, null);
    }
}
