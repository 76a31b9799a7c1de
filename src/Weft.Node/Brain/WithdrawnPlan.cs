using System.Linq;
using Weft.Plan;
using Weft.Plan.Entries;

namespace Weft.Node.Brain;

/// <summary>What is left of a plan when its node was deleted: the node itself, so that workloads keep their links and the rules
/// go on protecting; and nothing that others may have by now, or that leads to them.</summary>
internal static class WithdrawnPlan
{
    /// <summary>The whole plan from then on.</summary>
    /// <param name="plan">The last plan that knew the node.</param>
    /// <param name="revision">The revision at which it was gone.</param>
    public static PlanFrame Of(NodePlan plan, long revision) =>
        new() { Revision = revision, Upserts = [.. plan.Entries.Select(Left).OfType<PlanEntry>()] };

    private static PlanEntry? Left(PlanEntry entry) => entry switch
    {
        SelfEntry self => self with
        {
            Leaving = true,
            OverIpv4 = false,
            OverIpv6 = false,
            Ipip = false,
            TunnelIpv4 = null,
            TunnelIpv6 = null,
        },
        PoolEntry pool => pool with { Allocates = false },
        OwnBlockEntry or RemoteBlockEntry or PeerEntry or LoanEntry or StaticRouteEntry => null,
        _ => entry,
    };
}
