using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
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
        scope.IsHost && key.Kind == ObjectKind.Route && _staticRoutes.Count > 0
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
        if (_staticRoutes.Count > 0)
        {
            // Now, and still known to be refused: readiness does not wait for what was tried in vain.
            foreach (ObjectKey key in host.Refusals.Keys.Where(k => IsHeld(host, k)).ToList())
            {
                host.Refusals[key] = host.Refusals[key] with { RetryAt = _settledAt };
            }
        }
    }

    // The kernel takes IPv4 routes away with their interface, and does not tell of each.
    private bool MayTakeRoutes(KernelScope host, RtnetlinkMessage message) => _staticRoutes.Count > 0
        && message is RtnetlinkMessage.LinkChanged m && !KernelNames.IsOurs(m.Link.Name) && (m.Deleted || WasDown(host, m.Link));

    // Whether the driver has come is tried with a device that is taken away at once: until then it is believed that there is
    // none, and nothing is converted anew for a guess.
    private void TryIpip(KernelScope host, List<BrainAction> actions)
    {
        _ipipTrialDue = false;
        LinkObject? device = !_lacksIpip || Self is not { } self
            ? null
            : Conversion.Of(self, _facts with { LacksIpip = false }).Select(w => w.Object).OfType<LinkObject>()
                .FirstOrDefault(l => l.Name == KernelNames.IpipDevice);
        if (device is not null)
        {
            NetlinkRequest birth = KernelWriter.Birth(device, null).First().Request;
            Send(host, [(birth, default), (LinkRequests.DeleteByName(device.Name), default)], Reads.IpipTrial, actions);
        }
    }

    private void TakeIpipTrial(IReadOnlyList<RequestOutcome> outcomes) => _lacksIpip = outcomes[0].Errno != 0;

    private void LackIpip()
    {
        _lacksIpip = true;
        Find("ipip", FindingSeverity.Error, "this kernel has no driver for IPIP (module ipip): blocks of pools with ipipMode are "
            + "not reached from here; load it, or use vxlanMode in the pools", $"Node/{_node}");
    }
}
