using System;
using Weft.Model.Resources;

namespace Weft.Plan.Compiling;

/// <summary>Decides whether a node may take addresses from a pool.</summary>
public static class Allocation
{
    /// <summary>Why the node may not claim blocks of the pool; none if it may.</summary>
    public static string? WhyNot(IpPool pool, NodeResource node)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(node);
        string name = pool.Metadata.Name;
        return 0 switch
        {
            _ when pool.Metadata.IsTerminating => $"IPPool {name} is being removed",
            _ when pool.Disabled => $"IPPool {name} is disabled: set spec.disabled to false",
            _ when node.Metadata.IsTerminating => $"Node {node.Metadata.Name} is being removed",
            _ when !pool.NodeSelector.Matches(node.Metadata.Labels) =>
                $"IPPool {name} does not select Node {node.Metadata.Name}: its nodeSelector is {pool.NodeSelector}",
            _ => null,
        };
    }
}
