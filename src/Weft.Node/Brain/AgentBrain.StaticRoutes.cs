using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Converting;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>What the host may not have now, and may have later: the next hops of declared routes, and the driver of
/// IPIP. It is a finding, stands in nobody's way, and is tried again when the host has changed.</content>
public sealed partial class AgentBrain
{
    // The declared route that an object is of.
    private StaticRouteEntry? StaticRouteOf(KernelScope scope, ObjectKey key) =>
        scope.IsHost && key.Kind == ObjectKind.Route && _hasStaticRoutes
        && _askers.TryGetValue((scope.Path, key), out List<(string Source, Wanted Wanted)>? askers)
        && _plan.TryGet(askers[0].Source, out PlanEntry? entry)
            ? entry as StaticRouteEntry
            : null;

    private bool IsHeld(KernelScope scope, ObjectKey key) =>
        scope.Refusals.ContainsKey(key) && StaticRouteOf(scope, key) is not null;

    private void Hold(KernelScope scope, ObjectKey key, StaticRouteEntry route, string why, Instant now)
    {
        scope.Refusals[key] = new Refusal(why, 1, now.After(RetryMax));
        string hops = string.Join(", ", route.NextHops.Select(h => $"{h.Address?.ToString() ?? "the link"}{(h.Device is { } d ? $" dev {d}" : "")}"));
        Find(FindingOf(scope, key), FindingSeverity.Error,
            $"{route.Destination} is not routed: {why} (next hop {hops}); it is tried again when an interface or an address changes",
            route.Cause);
    }

    // An interface or an address of the host has changed.
    private void RetryHeldRoutes(KernelScope host)
    {
        if (_hasStaticRoutes)
        {
            foreach (ObjectKey key in host.Refusals.Keys.Where(k => IsHeld(host, k)).ToList())
            {
                host.Refusals.Remove(key);
            }
        }
    }

    // The kernel takes IPv4 routes away with their interface, and does not tell of each.
    private bool MayTakeRoutes(KernelScope host, RtnetlinkMessage message) => _hasStaticRoutes
        && message is RtnetlinkMessage.LinkChanged m && !KernelNames.IsOurs(m.Link.Name) && (m.Deleted || WasDown(host, m.Link));

    private void LackIpip()
    {
        _lacksIpip = true;
        Find("ipip", FindingSeverity.Error, "this kernel has no driver for IPIP (module ipip): blocks of pools with ipipMode are "
            + "not reached from here; load it, or use vxlanMode in the pools", $"Node/{_node}");
    }
}
