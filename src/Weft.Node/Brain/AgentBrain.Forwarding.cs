using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Kernel;
using Weft.Plan.Entries;

namespace Weft.Node.Brain;

/// <content>Interfaces of the host by which packets for workloads come in though they have none of the node's addresses:
/// those of declared routes, and that of the default route. Where IPv6 is forwarded interface by interface, it is on them,
/// too.</content>
public sealed partial class AgentBrain
{
    private static readonly string StaticRouteKeys = StaticRouteEntry.KeyOf("");

    // With the index for which its settings were looked at: one that is made anew begins with the kernel's.
    private SortedDictionary<string, int> _waysIn = new(StringComparer.Ordinal);
    private bool _waysInDue = true;

    // The interface by which the host reaches the outside in IPv6.
    private int? _wayOut;

    private void FollowWaysIn()
    {
        if (!_waysInDue)
        {
            return;
        }

        _waysInDue = false;
        KernelScope host = ScopeOf("");
        SortedDictionary<string, int> found = new(StringComparer.Ordinal);
        foreach (string device in _facts.HasIpv6 ? WaysIn(host) : [])
        {
            if (!KernelNames.IsOurs(device) && !IsUnderlay(device) && host.TryGetIndex(device, out int index))
            {
                found[device] = index;
            }
        }

        host.SettingsDue.UnionWith(found.Where(f => !_waysIn.Contains(f)).Select(f => f.Key));
        _waysIn = found;
    }

    private IEnumerable<string> WaysIn(KernelScope host)
    {
        if (_wayOut is { } index && host.NameOf(index) is { } outside)
        {
            yield return outside;
        }

        foreach (StaticRouteEntry route in _staticRoutes.Values.Where(r => r.Destination.Family == IpFamily.Ipv6))
        {
            foreach (StaticNextHop hop in route.NextHops)
            {
                if ((hop.Device ?? (hop.Address is { } next ? DeviceTo(host, next) : null)) is { } device)
                {
                    yield return device;
                }
            }
        }
    }

    // As the kernel finds it: the interface on whose link the next hop is.
    private static string? DeviceTo(KernelScope host, IpAddress hop) => host.Addresses
        .Where(a => a.Address.Prefix.Contains(hop)).OrderByDescending(a => a.Address.Prefix.Length)
        .Select(a => host.NameOf(a.Index)).FirstOrDefault();
}
