namespace Weft.Model.Resources;

/// <summary>A namespace of resources (Kubernetes' <c>Namespace</c>): labels that selectors of namespaces match.</summary>
public sealed record NamespaceResource : Resource
{
    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.Namespace;
}
