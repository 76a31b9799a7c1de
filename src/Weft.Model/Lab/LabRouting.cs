using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>The underlay's static routes: nodes and hosts by their segment's first router, routers by the shortest path.</summary>
internal sealed class LabRouting
{
    private readonly LabTopology _lab;

    // The routers on each segment, in the order of the file, with their interface there.
    private readonly Dictionary<string, List<(LabMember Router, LabInterface Link)>> _onSegment = [];

    /// <summary>Knows the routers with their addresses.</summary>
    public LabRouting(LabTopology lab, IReadOnlyList<LabMember> routers)
    {
        _lab = lab;
        foreach (LabMember router in routers)
        {
            foreach (LabInterface link in router.Interfaces)
            {
                if (!_onSegment.TryGetValue(link.Segment, out List<(LabMember, LabInterface)>? list))
                {
                    list = [];
                    _onSegment.Add(link.Segment, list);
                }

                list.Add((router, link));
            }
        }
    }

    /// <summary>The routes of a member besides those of its own subnets.</summary>
    public ValueList<LabRoute> RoutesOf(LabMember member)
    {
        List<LabRoute> routes = [];
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (member.Role == LabMemberRole.Router)
            {
                AddRouterRoutes(member, family, routes);
            }
            else
            {
                AddDefaultRoute(member, family, routes);
            }
        }

        return [.. routes];
    }

    private void AddDefaultRoute(LabMember member, IpFamily family, List<LabRoute> routes)
    {
        LabInterface link = member.Interfaces[0];
        if (AddressOf(link, family) is not null
            && _onSegment.TryGetValue(link.Segment, out List<(LabMember Router, LabInterface Link)>? routers)
            && AddressOf(routers[0].Link, family) is IpAddress gateway)
        {
            IpAddress zero = IpAddress.FromNumber(family, 0);
            routes.Add(new LabRoute(new IpPrefix(zero, 0), gateway, link.Name));
        }
    }

    /// <summary>Breadth first from a router over segments that have the family: the first way found is a shortest, and
    /// of several the one whose segments and routers come first in the file.</summary>
    private void AddRouterRoutes(LabMember start, IpFamily family, List<LabRoute> routes)
    {
        Dictionary<string, LabRoute?> firstStep = new() { [start.Name] = null };
        HashSet<string> reached = [];
        Dictionary<string, LabRoute> found = [];
        Queue<LabMember> queue = new([start]);
        while (queue.TryDequeue(out LabMember? router))
        {
            foreach (LabInterface link in router.Interfaces)
            {
                if (AddressOf(link, family) is null || !reached.Add(link.Segment))
                {
                    continue;
                }

                LabRoute? step = firstStep[router.Name];
                if (step is not null)
                {
                    found.Add(link.Segment, step);
                }

                foreach ((LabMember next, LabInterface there) in _onSegment[link.Segment])
                {
                    LabRoute direct = step ?? new LabRoute(default, AddressOf(there, family)!.Value, link.Name);
                    if (firstStep.TryAdd(next.Name, direct))
                    {
                        queue.Enqueue(next);
                    }
                }
            }
        }

        foreach (LabSegment segment in _lab.Segments)
        {
            if (found.TryGetValue(segment.Name, out LabRoute? route))
            {
                routes.AddRange(segment.Cidrs
                    .Where(cidr => cidr.Family == family)
                    .Select(cidr => route with { Destination = cidr }));
            }
        }
    }

    private static IpAddress? AddressOf(LabInterface link, IpFamily family)
    {
        foreach (IpInterfaceAddress address in link.Addresses)
        {
            if (address.Address.Family == family)
            {
                return address.Address;
            }
        }

        return null;
    }
}
