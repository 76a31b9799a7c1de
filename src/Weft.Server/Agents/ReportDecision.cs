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
    public static Decision Decide(FleetState state, string node, NodeReport report)
    {
        if (state.FindNode(node) is not { } stored)
        {
            return new Decision();
        }

        NodeResource found = Detected(stored, IpFamily.Ipv4, report.DetectedIpv4, state);
        NodeResource known = Detected(found, IpFamily.Ipv6, report.DetectedIpv6, state) with
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
        };
        Draft draft = new(state);
        draft.Put(known);
        return new Decision { Changes = draft.Changes };
    }

    // An address that the administrator gave stays; one that was found is followed. None found changes nothing: an
    // interface that is gone for a moment must not take the node's network down.
    private static NodeResource Detected(NodeResource node, IpFamily family, IpInterfaceAddress? found, FleetState state) =>
        found is { } address && address.Address.Family == family && address.Address.Number != 0
        && (node.UnderlayAddress(family) is null || node.HasDetected(family))
        && state.NodesAt(address.Address).All(owner => owner == node.Metadata.Name)
            ? node.WithDetected(family, address)
            : node;

    private static IpAddress? Of(IpAddress? address, IpFamily family) =>
        address is { } given && given.Family == family && given.Number != 0 ? given : null;

    private static int? Between(int? mtu, int min) =>
        mtu is { } given && given >= min && given <= NodeResource.UnderlayMtuMax ? given : null;
}
