using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Lab;

/// <summary>A lab file: one Lab, and any resources for its server, in any order.</summary>
/// <param name="Lab">The lab.</param>
/// <param name="Resources">The resources, in the order of the file.</param>
/// <param name="Documents">The resources' documents, each the one that its resource was bound from.</param>
public sealed record LabFile(
    LabTopology Lab, IReadOnlyList<Resource> Resources, IReadOnlyList<DocumentNode> Documents)
{
    /// <summary>Binds the documents of a file; none if any diagnostic was added.</summary>
    public static LabFile? Bind(IReadOnlyList<DocumentNode> documents, string? source, List<Diagnostic> errors) => null;
}
