using System;
using System.Linq;
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
    /// <param name="state">The state.</param>
    /// <param name="node">The node.</param>
    /// <param name="report">What its agent says.</param>
    /// <param name="reportOf">What the others' agents said last.</param>
    public static Decision Decide(FleetState state, string node, NodeReport report, Func<string, NodeReport?> reportOf)
    {
        if (state.FindNode(node) is not { } stored)
        {
            return new Decision();
        }

        Draft draft = new(state);
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            foreach ((string moved, IpInterfaceAddress address) in DetectedAddresses.Of(
                state, name => name == node ? report : reportOf(name), stored, family))
            {
                draft.Put(draft.Current.FindNode(moved)!.WithDetected(family, address));
            }

            if (report.WantsNone(family))
            {
                draft.Put(draft.Current.FindNode(node)!.WithoutDetected(family));
            }
        }

        draft.Put(draft.Current.FindNode(node)! with
        {
            Ipv4VxlanTunnelAddr = Of(report.TunnelIpv4, IpFamily.Ipv4),
            Ipv6VxlanTunnelAddr = Of(report.TunnelIpv6, IpFamily.Ipv6),
            BgpIpv4IpipTunnelAddr = state.Pools.Any(pool => pool.Ways.Any(way => way.Ipip != EncapsulationMode.Never))
                ? Of(report.TunnelIpv4, IpFamily.Ipv4)
                : null,

            // An interface that is gone for a moment must not change the MTU of every other node's routes. What a
            // document could not say is not stored either.
            UnderlayMtu = Between(report.UnderlayMtu, NodeResource.UnderlayMtuMin) ?? stored.UnderlayMtu,
            UnderlayMtuV6 = Between(report.UnderlayMtuV6, NodeResource.UnderlayMtuMinV6) ?? stored.UnderlayMtuV6,
        });
        return new Decision { Changes = draft.Changes };
    }

    private static IpAddress? Of(IpAddress? address, IpFamily family) =>
        address is { } given && given.Family == family && given.Number != 0 ? given : null;

    private static int? Between(int? mtu, int min) =>
        mtu is { } given && given >= min && given <= NodeResource.UnderlayMtuMax ? given : null;
}
