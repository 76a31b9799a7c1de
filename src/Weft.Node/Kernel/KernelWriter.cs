using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;

namespace Weft.Node.Kernel;

/// <summary>Turns objects into the requests that make, change and remove them.</summary>
internal static class KernelWriter
{
    /// <summary>Makes a link, up or down, and asks for what came of it: its index is not known before.</summary>
    public static IEnumerable<(NetlinkRequest Request, KernelStep Step)> Birth(
        LinkObject link, VethPeerObject? peer)
    {
        KernelStep made = new(link.Key, link, Birth: true);
        KernelStep part = new(link.Key, null, Lookup: true);
        NetlinkRequest birth = link switch
        {
            { LinkKind: "ipip", Tunnel: { } tunnel } =>
                LinkRequests.NewIpip(link.Name, new IpipSettings { Local = tunnel.Local }, link.Mtu, group: link.Group),
            { Tunnel: { } tunnel } => LinkRequests.NewVxlan(link.Name, SettingsOf(tunnel), link.Mac, link.Mtu, group: link.Group),
            _ => LinkRequests.NewVeth(link.Name, PeerOf(peer), link.Mac, link.Mtu, group: link.Group),
        };
        yield return (birth, made);

        // The host side has no address: not the kernel's link-local one either, which it makes when the link goes up.
        if (link.Up)
        {
            yield return (LinkRequests.SetInet6AddrGenModeByName(link.Name, Inet6AddressGenerationMode.None), part);
        }

        yield return (LinkRequests.SetByName(link.Name, up: link.Up, alias: link.Alias), part);
        yield return (LinkRequests.GetByName(link.Name), part);
    }

    /// <summary>Gives a link the MTU, link-layer address, alias, group and state it should have.</summary>
    public static IEnumerable<(NetlinkRequest Request, KernelStep Step)> Change(int index, LinkObject link, LinkObject actual)
    {
        if (link is { OwnsLinkLocal: true, Up: true } && !actual.Up)
        {
            yield return (LinkRequests.SetInet6AddrGenMode(index, Inet6AddressGenerationMode.None),
                new KernelStep(link.Key, null, Lookup: true));
        }

        yield return (LinkRequests.Set(
            index,
            up: link.Up != actual.Up ? link.Up : null,
            mtu: link.Mtu != actual.Mtu ? link.Mtu : null,
            address: link.Mac != actual.Mac ? link.Mac : null,
            alias: link.Alias != actual.Alias ? link.Alias : null,
            group: link.Group != actual.Group ? link.Group : null), new KernelStep(link.Key, link));
    }

    /// <summary>Whether a link must be made anew: what differs is fixed at birth.</summary>
    public static bool NeedsRebirth(LinkObject link, LinkObject actual) =>
        link.LinkKind != actual.LinkKind || link.Tunnel != actual.Tunnel;

    /// <summary>Makes an object that is not a link, or changes it in place; false while its device is not there.
    /// </summary>
    public static bool TryMake(KernelScope scope, KernelObject value, out NetlinkRequest? request)
    {
        request = null;
        switch (value)
        {
            case AddressObject address when scope.TryGetIndex(address.Device, out int index):
                request = AddressRequests.Replace(AddressOf(address, index));
                break;
            case NeighbourObject neighbour when scope.TryGetIndex(neighbour.Device, out int index):
                request = NeighbourRequests.Replace(NeighbourOf(neighbour, index));
                break;
            case ProxyNeighbourObject proxy when scope.TryGetIndex(proxy.Device, out int index):
                request = NeighbourRequests.Replace(ProxyOf(proxy, index));
                break;
            case FdbObject entry when scope.TryGetIndex(entry.Device, out int index):
                request = FdbRequests.Replace(EntryOf(entry, index));
                break;
            case NextHopObject hop when scope.TryGetIndex(hop.Device, out int index):
                request = NextHopRequests.Add(new NextHop
                {
                    Id = scope.NumberOf(hop),
                    Protocol = KernelNames.Protocol,
                    OutputInterface = index,
                    Gateway = hop.Gateway,
                    Flags = RouteFlags.OnLink,
                });
                break;
            case RouteObject route when TryRouteOf(scope, route, out Route? asked):
                request = RouteRequests.Replace(asked);
                break;
            default:
                break;
        }

        return request is not null;
    }

    /// <summary>Removes an object; false when its device is gone, and the object with it.</summary>
    public static bool TryRemove(KernelScope scope, KernelObject value, out NetlinkRequest? request)
    {
        request = null;
        switch (value)
        {
            case LinkObject link when scope.TryGetIndex(link.Name, out int index):
                request = LinkRequests.Delete(index);
                break;
            case AddressObject address when scope.TryGetIndex(address.Device, out int index):
                request = AddressRequests.Delete(AddressOf(address, index));
                break;
            case NeighbourObject neighbour when scope.TryGetIndex(neighbour.Device, out int index):
                request = NeighbourRequests.Delete(NeighbourOf(neighbour, index));
                break;
            case ProxyNeighbourObject proxy when scope.TryGetIndex(proxy.Device, out int index):
                request = NeighbourRequests.Delete(ProxyOf(proxy, index));
                break;
            case FdbObject entry when scope.TryGetIndex(entry.Device, out int index):
                request = FdbRequests.Delete(EntryOf(entry, index));
                break;
            case NextHopObject hop when scope.TryGetNextHop(hop, out uint id):
                request = NextHopRequests.Delete(id);
                break;
            case RouteObject route when TryRouteOf(scope, route, out Route? gone):
                request = RouteRequests.Delete(gone);
                break;
            default:
                break;
        }

        return request is not null;
    }

    private static VxlanSettings SettingsOf(TunnelSettings tunnel) => new()
    {
        Vni = tunnel.Vni,
        Local = tunnel.Local,
        Port = tunnel.Port,
        Learning = false,

        // Nothing is fragmented silently: what does not fit is answered to the sender of the inner packet.
        Df = VxlanDf.Inherit,

        // Sent with checksums, taken also without: RFC 7348 has senders that leave them out (RFC 6935, 5).
        UdpZeroChecksum6Receive = tunnel.Local.Family == IpFamily.Ipv6,
    };

    private static VethPeer PeerOf(VethPeerObject? peer)
    {
        Invariant.Holds(peer is not null);
        return new VethPeer(peer.Interface.Name, peer.Interface.Mac, peer.Interface.Mtu, Namespace: peer.Scope);
    }

    private static InterfaceAddress AddressOf(AddressObject address, int index) => new()
    {
        Index = index,
        Address = address.Address,
        Scope = address.Address.Address == KernelNames.TunnelPlaceholder ? AddressScope.Link : AddressScope.Universe,
        Flags = address.Address.Address.Family == IpFamily.Ipv6 ? AddressFlags.NoDad : AddressFlags.None,
        Protocol = KernelNames.Protocol,
    };

    private static Neighbour NeighbourOf(NeighbourObject neighbour, int index) => new()
    {
        Index = index,
        Destination = neighbour.Address,
        LinkLayerAddress = neighbour.Mac,
        State = NeighbourState.Permanent,
        Protocol = KernelNames.Protocol,
    };

    private static Neighbour ProxyOf(ProxyNeighbourObject proxy, int index) => new()
    {
        Index = index,
        Destination = proxy.Address,
        State = NeighbourState.Permanent,
        Flags = NeighbourFlags.Proxy,
        Protocol = KernelNames.Protocol,
    };

    private static FdbEntry EntryOf(FdbObject entry, int index) => new()
    {
        Index = index,
        Address = entry.Mac,
        Destination = entry.Vtep,
        State = NeighbourState.Permanent,
        Flags = NeighbourFlags.Self,
    };

    private static bool TryRouteOf(KernelScope scope, RouteObject route, [NotNullWhen(true)] out Route? value)
    {
        value = null;
        int? index = null;
        if (route.Device.Length > 0)
        {
            if (!scope.TryGetIndex(route.Device, out int known))
            {
                return false;
            }

            index = known;
        }

        if (route is { ByNextHop: true, Gateway: { } gateway })
        {
            bool isKnown = scope.TryGetNextHop(new NextHopObject(route.Device, gateway), out uint id);
            value = new Route
            {
                Destination = route.Destination,
                Protocol = KernelNames.Protocol,
                Type = route.Type,
                Priority = route.Metric,
                NextHopId = id,
                PreferredSource = route.PreferredSource,
                Mtu = route.Mtu,
            };
            return isKnown;
        }

        List<RouteNextHop> ways = new(route.Ways.Count);
        foreach (RouteWay way in route.Ways)
        {
            int number = 0;
            if (way.Device.Length > 0 && !scope.TryGetIndex(way.Device, out number))
            {
                return false;
            }

            ways.Add(new RouteNextHop(way.Gateway, number, way.Weight));
        }

        bool isOnLink = route.Gateway is null && ways.Count == 0 && route.Type == RouteType.Unicast
            && route.Destination.Family == IpFamily.Ipv4;
        value = new Route
        {
            Destination = route.Destination,
            Protocol = KernelNames.Protocol,
            Scope = isOnLink ? RouteScope.Link : RouteScope.Universe,
            Type = route.Type,
            Priority = route.Metric,
            Gateway = route.Gateway,
            OutputInterface = index,
            PreferredSource = route.PreferredSource,
            Mtu = route.Mtu,
            Flags = route.OnLink ? RouteFlags.OnLink : RouteFlags.None,
            NextHops = ways.Count == 0 ? RouteNextHops.None : new RouteNextHops(ways),
        };
        return true;
    }
}
