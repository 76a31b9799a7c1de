using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Kernel;

namespace Weft.Node.Converting;

/// <content>Workloads: a link of two ends, and on each what a family of the workload's addresses needs.</content>
internal static partial class Conversion
{
    /// <summary>The objects of one workload, on both sides of its link.</summary>
    public static IEnumerable<Wanted> Of(Assignment assignment, NodeFacts facts)
    {
        if (assignment.Releasing || facts.LinkMtu is not { } underlayMtu)
        {
            yield break;
        }

        WorkloadAssigned record = assignment.Record;
        string hostInterface = KernelNames.HostInterface(record.Id);
        string workload = record.NetworkNamespace;
        bool hasIpv6 = record.Addresses.Any(a => a.Family == IpFamily.Ipv6);
        uint mtu = hasIpv6 ? Math.Max(underlayMtu, NodeFacts.Ipv6MtuMin) : underlayMtu;
        LinkObject inside = new()
        {
            Name = record.Id.Interface,
            LinkKind = "veth",
            Mac = KernelNames.MacOf(record),
            Mtu = mtu,
            OwnsLinkLocal = hasIpv6,
        };
        LinkObject outside = new()
        {
            Name = hostInterface,
            LinkKind = "veth",
            Mac = KernelNames.GatewayMac,
            Mtu = mtu,
            OwnsLinkLocal = true,
            Alias = $"weft {record.Id}",
            Group = KernelNames.WorkloadGroup,
        };
        yield return new Wanted(Host, outside, new VethPeerObject(workload, inside));
        yield return new Wanted(workload, inside);
        foreach (IpFamily family in Families.Where(f => record.Addresses.Any(a => a.Family == f)))
        {
            IpAddress gateway = KernelNames.GatewayOf(family);
            yield return new Wanted(Host, new ProxyNeighbourObject(hostInterface, gateway));
            yield return new Wanted(workload, new NeighbourObject(inside.Name, gateway, KernelNames.GatewayMac));
            foreach (Wanted wanted in RoutesInside(workload, inside, gateway, WorkloadRoutes.Of(record)))
            {
                yield return wanted;
            }
        }

        foreach (IpAddress address in record.Addresses)
        {
            yield return new Wanted(Host, new NeighbourObject(hostInterface, address, inside.Mac));
            yield return new Wanted(Host, new RouteObject
            {
                Destination = IpPrefix.Host(address),
                Metric = RouteMetrics.Workload,
                Device = hostInterface,
                PreferredSource = facts.SourceOf(address.Family),
            });
            yield return new Wanted(
                workload, new AddressObject(inside.Name, new IpInterfaceAddress(address, address.BitLength)));
        }
    }

    // IPv6's gateway is link-local, and so is an address of the workload's interface, which is ours to give: the kernel's own
    // would wait a second for duplicates of it. IPv4's needs a route of its own, which only one interface of a workload can
    // have: the routes of the others say that it is on the link.
    private static IEnumerable<Wanted> RoutesInside(string workload, LinkObject inside, IpAddress gateway, IReadOnlyList<IpPrefix> routes)
    {
        bool hasDefault = routes.Any(r => r.Family == gateway.Family && r.Length == 0);
        if (gateway.Family == IpFamily.Ipv6)
        {
            yield return new Wanted(workload, new AddressObject(
                inside.Name, new IpInterfaceAddress(KernelNames.LinkLocalOf(inside.Mac), KernelNames.LinkLocalLength)));
        }
        else if (hasDefault)
        {
            yield return new Wanted(workload, new RouteObject
            {
                Destination = IpPrefix.Host(gateway),
                Metric = RouteMetrics.DefaultOf(IpFamily.Ipv4),
                Device = inside.Name,
            });
        }

        foreach (IpPrefix destination in routes.Where(r => r.Family == gateway.Family))
        {
            yield return new Wanted(workload, new RouteObject
            {
                Destination = destination,
                Metric = RouteMetrics.DefaultOf(gateway.Family),
                Device = inside.Name,
                Gateway = gateway,
                OnLink = gateway.Family == IpFamily.Ipv4 && !hasDefault,
            });
        }
    }
}
