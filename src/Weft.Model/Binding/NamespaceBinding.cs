using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Kubernetes' <c>Namespace</c> (v1): its name and labels.</summary>
internal static class NamespaceBinding
{
    /// <summary>Reads the namespace. What the API server of Kubernetes adds is accepted and means nothing here.</summary>
    public static NamespaceResource Bind(FieldReader document, Metadata metadata)
    {
        if (metadata.Name.Length > 0 && !ResourceNames.IsDnsLabel(metadata.Name))
        {
            document.Refuse("metadata", "a namespace's name has no dots and at most 63 characters");
        }

        if (document.Mapping("spec") is FieldReader spec)
        {
            spec.Texts("finalizers");
            spec.Finish();
        }

        if (document.Mapping("status") is FieldReader status)
        {
            status.Text("phase");
            status.Finish();
        }

        return new NamespaceResource { Metadata = metadata };
    }
}
