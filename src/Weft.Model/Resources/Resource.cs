using System;

namespace Weft.Model.Resources;

/// <summary>A resource: what an administrator, or Weft itself, declares.</summary>
/// <remarks>Closed: one sealed record for each of <see cref="ResourceKinds.All"/>. Values never change.</remarks>
public abstract record Resource
{
    private protected Resource()
    {
    }

    /// <summary>The kind.</summary>
    public abstract ResourceKind Kind { get; }

    /// <summary>Name, namespace, labels and what the store adds.</summary>
    public required Metadata Metadata { get; init; }

    /// <summary>What tells this resource from all others.</summary>
    public ResourceKey Key => new(Kind.Kind, Metadata.Namespace, Metadata.Name);
}

/// <summary>What tells a resource from all others. The order is by kind, namespace, name.</summary>
/// <param name="Kind">The kind, <c>IPPool</c>.</param>
/// <param name="Namespace">The namespace; empty for a kind without.</param>
/// <param name="Name">The name.</param>
public readonly record struct ResourceKey(string Kind, string Namespace, string Name) : IComparable<ResourceKey>
{
    /// <inheritdoc/>
    public int CompareTo(ResourceKey other)
    {
        int order = string.CompareOrdinal(Kind, other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>IPPool/default</c>, <c>WorkloadEndpoint/shop/web</c>.</summary>
    public override string ToString() =>
        Namespace.Length == 0 ? $"{Kind}/{Name}" : $"{Kind}/{Namespace}/{Name}";
}

/// <summary>A change of one resource.</summary>
/// <param name="Before">What it was; none if it is new.</param>
/// <param name="After">What it is; none if it is gone.</param>
public sealed record ResourceChange(Resource? Before, Resource? After);
