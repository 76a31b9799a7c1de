using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;
using Weft.Plan.Entries;

namespace Weft.Node.Converting;

/// <summary>One object that a network namespace should hold.</summary>
/// <param name="Scope">The path of the namespace; empty for the node's own.</param>
/// <param name="Object">The object.</param>
/// <param name="Peer">For a veth, the far end that it is made with.</param>
internal readonly record struct Wanted(string Scope, KernelObject Object, VethPeerObject? Peer = null);

/// <summary>Turns entries of the plan and assignments of the journal into the kernel objects that follow from them.
/// Pure: the same facts and entry give the same objects.</summary>
internal static partial class Conversion
{
    private const string Host = "";

    private static readonly IpFamily[] Families = [IpFamily.Ipv4, IpFamily.Ipv6];

    /// <summary>The objects of one entry of the plan.</summary>
    public static IEnumerable<Wanted> Of(PlanEntry entry, NodeFacts facts) => entry switch
    {
        SelfEntry self => OfSelf(self, facts),
        OwnBlockEntry block => OfOwnBlock(block),
        RemoteBlockEntry block => OfRemoteBlock(block, facts),
        PeerEntry peer => OfPeer(peer, facts),
        StaticRouteEntry route => [new Wanted(Host, OfStaticRoute(route))],
        _ => [],
    };

    private static IEnumerable<Wanted> OfSelf(SelfEntry self, NodeFacts facts)
    {
        foreach (IpFamily outer in Families.Where(facts.HasVxlanOver))
        {
            LinkObject device = new()
            {
                Name = KernelNames.VxlanOver(outer),
                LinkKind = "vxlan",
                Mac = outer == IpFamily.Ipv4 ? self.TunnelMac : self.TunnelMacV6,
                Mtu = facts.TunnelMtu(outer, TunnelOverhead.VxlanOver(outer)),
                Alias = $"weft {self.Node}",
                Group = KernelNames.TunnelGroup,
                Tunnel = new TunnelSettings(KernelNames.Vni, facts.AddressOf(outer)!.Value, KernelNames.VxlanPort),
            };
            yield return new Wanted(Host, device);
            foreach (Wanted address in TunnelAddresses(device, facts))
            {
                yield return address;
            }
        }

        if (facts.HasIpip)
        {
            LinkObject device = new()
            {
                Name = KernelNames.IpipDevice,
                LinkKind = "ipip",
                Mac = default,
                Mtu = facts.TunnelMtu(IpFamily.Ipv4, TunnelOverhead.Ipip),
                Alias = $"weft {self.Node}",
                Group = KernelNames.TunnelGroup,
                Tunnel = new TunnelSettings(0, facts.AddressOf(IpFamily.Ipv4)!.Value, 0),
            };
            yield return new Wanted(Host, device);
            foreach (Wanted address in TunnelAddresses(device, facts with { HasIpv6 = false }))
            {
                yield return address;
            }
        }
    }

    // IPv4 needs an address there, be it a placeholder: see KernelNames.TunnelPlaceholder. IPv6 does not.
    private static IEnumerable<Wanted> TunnelAddresses(LinkObject device, NodeFacts facts)
    {
        if (facts.HasIpv4)
        {
            IpAddress ipv4 = facts.TunnelIpv4 ?? KernelNames.TunnelPlaceholder;
            yield return new Wanted(Host, new AddressObject(device.Name, new IpInterfaceAddress(ipv4, ipv4.BitLength)));
        }

        if (facts is { HasIpv6: true, TunnelIpv6: { } ipv6 } && device.Mtu >= NodeFacts.Ipv6MtuMin)
        {
            yield return new Wanted(Host, new AddressObject(device.Name, new IpInterfaceAddress(ipv6, ipv6.BitLength)));
        }
    }

    private static IEnumerable<Wanted> OfOwnBlock(OwnBlockEntry block)
    {
        // A dead address is answered at once, never leaves the node and never loops.
        yield return new Wanted(Host, new RouteObject
        {
            Destination = block.Cidr,
            Metric = RouteMetrics.OwnBlock,
            Type = RouteType.Unreachable,
        });
    }

    private static IEnumerable<Wanted> OfRemoteBlock(RemoteBlockEntry block, NodeFacts facts)
    {
        IpFamily inner = block.Cidr.Family;
        if (block.Via is not { } via || WayOf(block, via, facts) is not { } way)
        {
            yield break;
        }

        bool isTunnel = KernelNames.IsTunnel(way.Device);
        uint? mtu = isTunnel && block.Mtu is { } known ? (uint)known : null;

        // Asked for a route by next-hop object and without metrics, Linux takes another route's with the same object, and
        // its MTU with it (fib_find_info_nh compares no metrics).
        bool byNextHop = isTunnel && inner == IpFamily.Ipv4 && mtu is not null;
        if (byNextHop)
        {
            yield return new Wanted(Host, new NextHopObject(way.Device, way.Gateway));
        }

        yield return new Wanted(Host, new RouteObject
        {
            Destination = block.Cidr,
            Metric = RouteMetrics.RemoteBlock,
            Device = way.Device,
            Gateway = way.Gateway,
            ByNextHop = byNextHop,
            OnLink = isTunnel,
            PreferredSource = isTunnel ? facts.TunnelOf(inner) ?? facts.SourceOf(inner) : facts.SourceOf(inner),
            Mtu = mtu,
        });
    }

    // The next hop of encapsulated routes follows from the other node's underlay address, known as soon as the node is:
    // forwarding does not wait for the other node's tunnel address.
    private static (string Device, IpAddress Gateway)? WayOf(RemoteBlockEntry block, IpAddress via, NodeFacts facts)
    {
        switch (block.Path)
        {
            case BlockPath.Direct when via.Family == block.Cidr.Family && facts.UnderlayOf(via.Family) is { } underlay:
                return (underlay.Device, via);
            case BlockPath.Ipip when via.Family == IpFamily.Ipv4 && block.Cidr.Family == IpFamily.Ipv4 && facts.HasIpip:
                return (KernelNames.IpipDevice, via);
            case BlockPath.Vxlan when facts.HasVxlanOver(via.Family) && Carries(block.Cidr.Family, via.Family, facts):
                bool isPlain = via.Family == IpFamily.Ipv4 && block.Cidr.Family == IpFamily.Ipv4;
                return (KernelNames.VxlanOver(via.Family), isPlain ? via : KernelNames.NextHopOf(via));
            default:
                return null;
        }
    }

    // Over IPv6 the next hop is an IPv6 one, also of IPv4 routes: a device too small for IPv6 has none of either.
    private static bool Carries(IpFamily inner, IpFamily outer, NodeFacts facts) => (inner, outer) is (IpFamily.Ipv4, IpFamily.Ipv4)
        || facts.TunnelMtu(outer, TunnelOverhead.VxlanOver(outer)) >= NodeFacts.Ipv6MtuMin;

    private static IEnumerable<Wanted> OfPeer(PeerEntry peer, NodeFacts facts)
    {
        if (peer is { OverIpv4: true, Ipv4: { } ipv4 } && facts.HasVxlanOver(IpFamily.Ipv4))
        {
            string device = KernelNames.VxlanOver(IpFamily.Ipv4);
            yield return new Wanted(Host, new NeighbourObject(device, ipv4, peer.TunnelMac));
            if (facts.HasIpv6 && Carries(IpFamily.Ipv6, IpFamily.Ipv4, facts))
            {
                yield return new Wanted(Host, new NeighbourObject(device, KernelNames.NextHopOf(ipv4), peer.TunnelMac));
            }

            yield return new Wanted(Host, new FdbObject(device, peer.TunnelMac, ipv4));
        }

        // IPv4 routes over this device have an IPv6 next hop, too: one neighbour serves both.
        if (peer is { OverIpv6: true, Ipv6: { } ipv6 } && facts.HasVxlanOver(IpFamily.Ipv6)
            && Carries(IpFamily.Ipv6, IpFamily.Ipv6, facts))
        {
            string device = KernelNames.VxlanOver(IpFamily.Ipv6);
            yield return new Wanted(Host, new NeighbourObject(device, KernelNames.NextHopOf(ipv6), peer.TunnelMacV6));
            yield return new Wanted(Host, new FdbObject(device, peer.TunnelMacV6, ipv6));
        }
    }

    private static RouteObject OfStaticRoute(StaticRouteEntry entry)
    {
        RouteObject route = new()
        {
            Destination = entry.Destination,
            Metric = entry.Metric == 0 ? RouteMetrics.DefaultOf(entry.Destination.Family) : (uint)entry.Metric,
            Type = entry.Type switch
            {
                StaticRouteType.Blackhole => RouteType.Blackhole,
                StaticRouteType.Unreachable => RouteType.Unreachable,
                StaticRouteType.Prohibit => RouteType.Prohibit,
                _ => RouteType.Unicast,
            },
            Mtu = entry.Mtu is { } mtu ? (uint)mtu : null,
        };
        return (entry.Type, entry.NextHops) switch
        {
            (not StaticRouteType.Unicast, _) or (_, []) => route,
            (_, [{ } only]) => route with { Device = only.Device ?? "", Gateway = only.Address },
            (_, { } several) => route with
            {
                Ways = new RouteWays(several.Select(h => new RouteWay(h.Address, h.Device ?? "", h.Weight))),
            },
        };
    }
}
