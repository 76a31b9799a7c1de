using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Writes the facts of a report that others' plans need into the node's resource.</summary>
internal static class ReportDecision
{
    /// <summary>Decides. A node without a resource has nowhere to keep facts: its report is only remembered.</summary>
    public static Decision Decide(FleetState state, string node, NodeReport report)
    {
        if (state.FindNode(node) is not { } stored)
        {
            return new Decision();
        }

        NodeResource known = stored with
        {
            Ipv4VxlanTunnelAddr = report.TunnelIpv4 is { Family: IpFamily.Ipv4 } tunnel ? tunnel : null,

            // An interface that is gone for a moment must not change the MTU of every other node's routes.
            UnderlayMtu = report.UnderlayMtu ?? stored.UnderlayMtu,
        };
        Draft draft = new(state);
        draft.Put(known);
        return new Decision { Changes = draft.Changes };
    }
}
