using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;

namespace Weft.Node.Kernel;

/// <summary>Turns the kernel's messages into objects, and knows which of them are ours to keep right.</summary>
internal static class KernelReader
{
    /// <summary>Asks for everything in a namespace that may be ours. Links come first: they give the names.</summary>
    public static IReadOnlyList<NetlinkRequest> Requests() =>
    [
        LinkRequests.Dump(),
        AddressRequests.Dump(),
        NeighbourRequests.Dump(IpFamily.Ipv4),
        NeighbourRequests.Dump(IpFamily.Ipv6),
        NeighbourRequests.DumpProxies(IpFamily.Ipv4),
        NeighbourRequests.DumpProxies(IpFamily.Ipv6),
        FdbRequests.Dump(),
        NextHopRequests.Dump(),

        // Of all tables: a namespace that never had a route has no main table, and asking for it would be an error.
        RouteRequests.Dump(IpFamily.Ipv4, KernelNames.Protocol),
        RouteRequests.Dump(IpFamily.Ipv6, KernelNames.Protocol),
    ];

    /// <summary>Asks only for what the kernel tells nothing of when it goes.</summary>
    public static IReadOnlyList<NetlinkRequest> SilentRequests() =>
    [
        NeighbourRequests.DumpProxies(IpFamily.Ipv4),
        NeighbourRequests.DumpProxies(IpFamily.Ipv6),
    ];

    /// <summary>Takes the answer to one of <see cref="Requests"/> over, into the scope's links and addresses and
    /// into a reading of our objects.</summary>
    public static void Read(
        KernelScope scope, ReadOnlySpan<byte> messages, SortedDictionary<ObjectKey, KernelObject> reading)
    {
        NetlinkMessageReader reader = new(messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (!RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message))
            {
                continue;
            }

            if (message is RtnetlinkMessage.LinkChanged link)
            {
                scope.See(link.Link);
            }
            else if (message is RtnetlinkMessage.AddressChanged address)
            {
                scope.See(address.Address, deleted: false);
            }
            else if (message is RtnetlinkMessage.NextHopChanged { NextHop: { } hop } && IsOfOurRange(hop.Id))
            {
                scope.See(hop.Id, OfNextHop(scope, hop));
            }

            if (ObjectOf(scope, message) is { } value && IsOurs(scope, value, message))
            {
                reading[value.Key] = value;
            }
        }
    }

    /// <summary>Whether a notice speaks of something that is not, or no longer, as it should be.</summary>
    public static bool Disagrees(KernelScope scope, RtnetlinkMessage message)
    {
        if (message is RtnetlinkMessage.LinkChanged { Deleted: true } gone)
        {
            return scope.Objects.Desired.ContainsKey(LinkObject.KeyOf(gone.Link.Name))
                || (scope.Links.ContainsKey(gone.Link.Name) && (!scope.IsHost || KernelNames.IsOurs(gone.Link.Name)));
        }

        if (message is RtnetlinkMessage.LinkChanged renamed && scope.NameOf(renamed.Link.Index) is { } before
            && before != renamed.Link.Name)
        {
            return true;
        }

        // Of the routes that go with a next-hop object the kernel says nothing.
        if (message is RtnetlinkMessage.NextHopChanged next)
        {
            return next.Deleted
                ? scope.NextHopAt(next.NextHop.Id) is not null
                : IsOfOurRange(next.NextHop.Id) && OfNextHop(scope, next.NextHop) != scope.NextHopAt(next.NextHop.Id);
        }

        if (ObjectOf(scope, message) is not { } value)
        {
            return false;
        }

        bool wanted = scope.Objects.TryGetDesired(value.Key, out KernelObject? desired);
        bool foreign = message is RtnetlinkMessage.RouteChanged { Route.Protocol: not KernelNames.Protocol };
        return IsDeletion(message) ? wanted && !foreign
            : wanted ? foreign || !desired!.Equals(value)
            : IsOurs(scope, value, message);
    }

    /// <summary>The object that a message speaks of; none for what is of no kind of ours.</summary>
    public static KernelObject? ObjectOf(KernelScope scope, RtnetlinkMessage message) => message switch
    {
        RtnetlinkMessage.LinkChanged m => OfLink(scope, m.Link),
        RtnetlinkMessage.AddressChanged m when scope.NameOf(m.Address.Index) is { } device =>
            new AddressObject(device, m.Address.Address),
        RtnetlinkMessage.NeighbourChanged m when scope.NameOf(m.Neighbour.Index) is { } device =>
            OfNeighbour(device, m.Neighbour, m.Deleted),
        RtnetlinkMessage.FdbChanged { Entry.Destination: { } vtep } m when scope.NameOf(m.Entry.Index) is { } device =>
            new FdbObject(device, m.Entry.Address, vtep),
        RtnetlinkMessage.NextHopChanged m when IsOfOurRange(m.NextHop.Id) => OfNextHop(scope, m.NextHop),
        RtnetlinkMessage.RouteChanged m when m.Route.Table == RouteTable.Main => OfRoute(scope, m.Route),
        _ => null,
    };

    private static bool IsDeletion(RtnetlinkMessage message) => message switch
    {
        RtnetlinkMessage.LinkChanged m => m.Deleted,
        RtnetlinkMessage.AddressChanged m => m.Deleted,
        RtnetlinkMessage.NeighbourChanged m => m.Deleted,
        RtnetlinkMessage.FdbChanged m => m.Deleted,
        RtnetlinkMessage.RouteChanged m => m.Deleted,
        _ => false,
    };

    // On the host everything on our devices is ours. In a workload's namespace only what we asked for, and what
    // carries our protocol number: the rest of it is the workload's own.
    private static bool IsOurs(KernelScope scope, KernelObject value, RtnetlinkMessage message) => value switch
    {
        RouteObject => message is RtnetlinkMessage.RouteChanged { Route.Protocol: KernelNames.Protocol },
        LinkObject link => scope.IsHost
            ? KernelNames.IsOurs(link.Name)
            : scope.Objects.Desired.ContainsKey(link.Key),
        AddressObject address => scope.IsHost
            ? KernelNames.IsOurs(address.Device) && !IsLinkLocal(address.Address.Address)
            : scope.Objects.Desired.ContainsKey(address.Key) || scope.Lost.Contains(address.Address.Address),
        NeighbourObject neighbour => scope.IsHost
            ? KernelNames.IsOurs(neighbour.Device)
            : scope.Objects.Desired.ContainsKey(neighbour.Key),
        ProxyNeighbourObject proxy => scope.IsHost && KernelNames.IsOurs(proxy.Device),
        FdbObject entry => scope.IsHost && KernelNames.IsTunnel(entry.Device),
        NextHopObject => scope.IsHost,
        _ => false,
    };

    // The kernel's own fe80::/64 on a link that is up; we ask for none, and others may want theirs.
    private static bool IsLinkLocal(IpAddress address) =>
        address.Family == IpFamily.Ipv6 && IpPrefix.Parse("fe80::/10").Contains(address);

    private static LinkObject OfLink(KernelScope scope, Link link) => new()
    {
        Name = link.Name,
        LinkKind = link.Kind ?? "",
        Mac = link.Address ?? default,
        Mtu = link.Mtu,
        Up = link.IsUp,
        Alias = scope.IsHost ? link.Alias : null,
        Group = scope.IsHost ? link.Group : 0,
        Tunnel = link switch
        {
            { Vxlan: { Local: { } local } vxlan } => new TunnelSettings(vxlan.Vni, local, vxlan.Port),
            { Ipip: { Local: { } local, Remote: null } } => new TunnelSettings(0, local, 0),
            _ => null,
        },
    };

    private static KernelObject? OfNeighbour(string device, Neighbour neighbour, bool deleted)
    {
        if ((neighbour.Flags & NeighbourFlags.Proxy) != 0)
        {
            return new ProxyNeighbourObject(device, neighbour.Destination);
        }

        // What the kernel learned by itself is not ours; but one of ours may have been turned into such a one, and
        // a deletion no longer says what the entry was.
        bool permanent = (neighbour.State & NeighbourState.Permanent) != 0;
        return permanent || deleted
            ? new NeighbourObject(device, neighbour.Destination, neighbour.LinkLayerAddress ?? default)
            : null;
    }

    private static bool IsOfOurRange(uint id) => id is >= KernelNames.NextHopIdMin and <= KernelNames.NextHopIdMax;

    private static NextHopObject? OfNextHop(KernelScope scope, NextHop nextHop) =>
        nextHop is { Protocol: KernelNames.Protocol, OutputInterface: { } index, Gateway: { } gateway }
        && scope.NameOf(index) is { } device && KernelNames.IsTunnel(device)
            ? new NextHopObject(device, gateway)
            : null;

    private static RouteObject OfRoute(KernelScope scope, Route route)
    {
        // It may not say the way itself (net.ipv4.nexthop_compat_mode).
        if (route.NextHopId is { } id && scope.NextHopAt(id) is { } hop && scope.TryGetIndex(hop.Device, out int through))
        {
            return OfRoute(scope, route with
            {
                NextHopId = null,
                OutputInterface = through,
                Gateway = hop.Gateway,
                Flags = route.Flags | RouteFlags.OnLink,
            }) with
            { ByNextHop = true };
        }

        RouteObject value = new()
        {
            Destination = route.Destination,
            Metric = route.Priority,
            Type = route.Type,
            Device = route.OutputInterface is { } index && route.Type == RouteType.Unicast ? NameOf(scope, index) : "",
            Gateway = route.Gateway,
            OnLink = (route.Flags & RouteFlags.OnLink) != 0,
            PreferredSource = route.PreferredSource,
            Mtu = route.Mtu,
            Ways = route.NextHops.Count == 0
                ? RouteWays.None
                : new RouteWays(route.NextHops.Select(h => new RouteWay(h.Gateway, NameOf(scope, h.OutputInterface), h.Weight))),
        };
        return scope.Objects.TryGetDesired(value.Key, out KernelObject? wanted) ? AsAskedFor(value, (RouteObject)wanted) : value;
    }

    // Who leaves it to the kernel to find the device by the gateway has asked for any.
    private static RouteObject AsAskedFor(RouteObject value, RouteObject wanted)
    {
        if (wanted is { Device.Length: 0, Gateway: { } gateway } && value.Gateway == gateway)
        {
            return value with { Device = "" };
        }

        return wanted.Ways.Count > 0 && wanted.Ways.Count == value.Ways.Count
            ? value with
            {
                Ways = new RouteWays(value.Ways.Zip(wanted.Ways, (there, asked) =>
                    asked.Device.Length == 0 && asked.Gateway == there.Gateway ? there with { Device = "" } : there)),
            }
            : value;
    }

    private static string NameOf(KernelScope scope, int index) => scope.NameOf(index) ?? $"index {index}";
}
