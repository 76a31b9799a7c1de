using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Binds documents to resources: types, defaults, bounds and names, all errors at once.</summary>
public static class ResourceBinder
{
    /// <summary>The resource of a document, with defaults filled in; none if any diagnostic was added.</summary>
    public static Resource? Bind(DocumentNode document, string? source, List<Diagnostic> errors)
    {
        errors.Add(new Diagnostic("", "no kind can be bound yet", document.Position, source));
        return null;
    }
}
