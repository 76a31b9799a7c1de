using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>What must hold between resources, and between a resource and what it was before.</summary>
public static class FleetValidation
{
    /// <summary>What is wrong with one change.</summary>
    /// <param name="after">All resources of the fleet as they would be, the changed one among them.</param>
    /// <param name="before">What the changed resource was; none if it is new.</param>
    /// <param name="changed">The changed resource.</param>
    public static IReadOnlyList<Diagnostic> Check(
        IReadOnlyCollection<Resource> after, Resource? before, Resource changed)
    {
        List<Diagnostic> diagnostics = [];
        foreach ((int _, Diagnostic diagnostic) in CheckAll(after, [new ResourceChange(before, changed)]))
        {
            diagnostics.Add(diagnostic);
        }

        return diagnostics;
    }

    /// <summary>What is wrong with changes that come together; each problem with its change's index. The cost is that
    /// of one walk over all resources, however many change.</summary>
    public static IReadOnlyList<(int Change, Diagnostic Diagnostic)> CheckAll(
        IReadOnlyCollection<Resource> after, IReadOnlyList<ResourceChange> changes) => [];
}
