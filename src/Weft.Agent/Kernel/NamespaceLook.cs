using System.Linq;
using Weft.Linux.Processes;
using Weft.Node.Brain;

namespace Weft.Agent.Kernel;

/// <summary>Looks which network namespaces lie at the paths of workloads: a question about files, which opens none.</summary>
internal static class NamespaceLook
{
    /// <summary>Looks at all the paths.</summary>
    public static BrainEvent.NamespacesSeen Execute(BrainAction.LookForNamespaces look) =>
        new(look.Look, [.. look.Paths.Select(NamespaceIdentity.Of)]);
}
