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
            Mac = KernelNames.WorkloadMac(record.Id),
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
        };
        yield return new Wanted(Host, outside, new VethPeerObject(workload, inside));
        yield return new Wanted(workload, inside);
        foreach (IpFamily family in Families.Where(f => record.Addresses.Any(a => a.Family == f)))
        {
            IpAddress gateway = KernelNames.GatewayOf(family);
            yield return new Wanted(Host, new ProxyNeighbourObject(hostInterface, gateway));
            yield return new Wanted(workload, new NeighbourObject(inside.Name, gateway, KernelNames.GatewayMac));
            foreach (Wanted wanted in WorkloadRoutes(workload, inside, gateway))
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

    // IPv4's gateway needs a route of its own. IPv6's is link-local, and so is an address of the workload's interface,
    // which is ours to give: the kernel's own would wait a second for duplicates of it.
    private static IEnumerable<Wanted> WorkloadRoutes(string workload, LinkObject inside, IpAddress gateway)
    {
        if (gateway.Family == IpFamily.Ipv4)
        {
            yield return new Wanted(workload, new RouteObject
            {
                Destination = IpPrefix.Host(gateway),
                Metric = RouteMetrics.DefaultOf(IpFamily.Ipv4),
                Device = inside.Name,
            });
        }
        else
        {
            yield return new Wanted(workload, new AddressObject(
                inside.Name, new IpInterfaceAddress(KernelNames.LinkLocalOf(inside.Mac), KernelNames.LinkLocalLength)));
        }

        yield return new Wanted(workload, new RouteObject
        {
            Destination = new IpPrefix(IpAddress.FromNumber(gateway.Family, 0), 0),
            Metric = RouteMetrics.DefaultOf(gateway.Family),
            Device = inside.Name,
            Gateway = gateway,
        });
    }
}
