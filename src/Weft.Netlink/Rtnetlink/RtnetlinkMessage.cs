using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Rtnetlink;

/// <summary>A message of rtnetlink as an object: an entry of a dump (then never deleted) or a notice.</summary>
public abstract record RtnetlinkMessage
{
    private RtnetlinkMessage()
    {
    }

    /// <summary>A link is there or has changed, or is gone.</summary>
    public sealed record LinkChanged(Link Link, bool Deleted) : RtnetlinkMessage;

    /// <summary>An address is there or has changed, or is gone.</summary>
    public sealed record AddressChanged(InterfaceAddress Address, bool Deleted) : RtnetlinkMessage;

    /// <summary>A route is there or has changed, or is gone.</summary>
    public sealed record RouteChanged(Route Route, bool Deleted) : RtnetlinkMessage;

    /// <summary>A neighbour is there or has changed, or is gone.</summary>
    public sealed record NeighbourChanged(Neighbour Neighbour, bool Deleted) : RtnetlinkMessage;

    /// <summary>A forwarding entry of a bridge or VXLAN device is there or has changed, or is gone.</summary>
    public sealed record FdbChanged(FdbEntry Entry, bool Deleted) : RtnetlinkMessage;

    /// <summary>A policy routing rule is there, or is gone.</summary>
    public sealed record RuleChanged(RoutingRule Rule, bool Deleted) : RtnetlinkMessage;

    /// <summary>An id of a peer namespace is there, or is gone.</summary>
    public sealed record NamespaceIdChanged(NamespaceId Id, bool Deleted) : RtnetlinkMessage;

    /// <summary>Settings of an interface have changed, or are gone with it.</summary>
    public sealed record ConfigurationChanged(InterfaceConfiguration Configuration, bool Deleted) : RtnetlinkMessage;

    /// <summary>A next-hop object is there or has changed, or is gone.</summary>
    public sealed record NextHopChanged(NextHop NextHop, bool Deleted) : RtnetlinkMessage;

    /// <summary>Well-formed, and of no kind that is modelled here.</summary>
    public sealed record Other(ushort Type) : RtnetlinkMessage;

    /// <summary>Reads a whole message, header included.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, [NotNullWhen(true)] out RtnetlinkMessage? value)
    {
        value = null;
        return NetlinkHeader.TryRead(message, out NetlinkHeader header)
            && TryDecode(header.Type, message[NetlinkHeader.ByteLength..header.Length], out value);
    }

    /// <summary>Reads what follows the header of a message of <paramref name="type"/>. False only if the bytes are
    /// malformed; a type or object not modelled here is <see cref="Other"/>.</summary>
    public static bool TryDecode(
        ushort type, ReadOnlySpan<byte> payload, [NotNullWhen(true)] out RtnetlinkMessage? value)
    {
        RtnetlinkType kind = (RtnetlinkType)type;
        value = kind switch
        {
            RtnetlinkType.RTM_NEWLINK or RtnetlinkType.RTM_DELLINK => DecodeLink(type, payload),
            RtnetlinkType.RTM_NEWADDR or RtnetlinkType.RTM_DELADDR => DecodeAddress(type, payload),
            RtnetlinkType.RTM_NEWROUTE or RtnetlinkType.RTM_DELROUTE => DecodeRoute(type, payload),
            RtnetlinkType.RTM_NEWNEIGH or RtnetlinkType.RTM_DELNEIGH => DecodeNeighbour(type, payload),
            RtnetlinkType.RTM_NEWRULE or RtnetlinkType.RTM_DELRULE => DecodeRule(type, payload),
            RtnetlinkType.RTM_NEWNSID or RtnetlinkType.RTM_DELNSID =>
                NamespaceId.TryDecode(payload, out NamespaceId? id)
                    ? new NamespaceIdChanged(id, kind == RtnetlinkType.RTM_DELNSID)
                    : null,
            RtnetlinkType.RTM_NEWNEXTHOP or RtnetlinkType.RTM_DELNEXTHOP =>
                NextHop.TryDecode(payload, out NextHop? nextHop)
                    ? new NextHopChanged(nextHop, kind == RtnetlinkType.RTM_DELNEXTHOP)
                    : null,
            RtnetlinkType.RTM_NEWNETCONF or RtnetlinkType.RTM_DELNETCONF => DecodeConfiguration(type, payload),
            _ => new Other(type),
        };
        return value is not null;
    }

    // The first byte of most payloads is an address family. Families that are not modelled (MPLS, multicast routes,
    // the bridge's own view of a link) share the types and are not errors.
    private static bool IsOf(ReadOnlySpan<byte> payload, byte first, byte second) =>
        payload.IsEmpty || payload[0] == first || payload[0] == second;

    private static RtnetlinkMessage? DecodeLink(ushort type, ReadOnlySpan<byte> payload)
    {
        if (!IsOf(payload, AddressFamily.Unspecified, AddressFamily.Unspecified))
        {
            return new Other(type);
        }

        return Link.TryDecode(payload, out Link? link)
            ? new LinkChanged(link, type == (ushort)RtnetlinkType.RTM_DELLINK)
            : null;
    }

    private static RtnetlinkMessage? DecodeAddress(ushort type, ReadOnlySpan<byte> payload)
    {
        if (!IsOf(payload, AddressFamily.Inet, AddressFamily.Inet6))
        {
            return new Other(type);
        }

        return InterfaceAddress.TryDecode(payload, out InterfaceAddress? address)
            ? new AddressChanged(address, type == (ushort)RtnetlinkType.RTM_DELADDR)
            : null;
    }

    private static RtnetlinkMessage? DecodeRoute(ushort type, ReadOnlySpan<byte> payload)
    {
        if (!IsOf(payload, AddressFamily.Inet, AddressFamily.Inet6))
        {
            return new Other(type);
        }

        return Route.TryDecode(payload, out Route? route)
            ? new RouteChanged(route, type == (ushort)RtnetlinkType.RTM_DELROUTE)
            : null;
    }

    private static RtnetlinkMessage? DecodeNeighbour(ushort type, ReadOnlySpan<byte> payload)
    {
        bool deleted = type == (ushort)RtnetlinkType.RTM_DELNEIGH;
        if (!payload.IsEmpty && payload[0] == AddressFamily.Bridge)
        {
            return FdbEntry.TryDecode(payload, out FdbEntry? entry) ? new FdbChanged(entry, deleted) : null;
        }

        if (!IsOf(payload, AddressFamily.Inet, AddressFamily.Inet6))
        {
            return new Other(type);
        }

        return Neighbour.TryDecode(payload, out Neighbour? neighbour)
            ? new NeighbourChanged(neighbour, deleted)
            : null;
    }

    private static RtnetlinkMessage? DecodeConfiguration(ushort type, ReadOnlySpan<byte> payload)
    {
        if (!IsOf(payload, AddressFamily.Inet, AddressFamily.Inet6))
        {
            return new Other(type);
        }

        return InterfaceConfiguration.TryDecode(payload, out InterfaceConfiguration? configuration)
            ? new ConfigurationChanged(configuration, type == (ushort)RtnetlinkType.RTM_DELNETCONF)
            : null;
    }

    private static RtnetlinkMessage? DecodeRule(ushort type, ReadOnlySpan<byte> payload)
    {
        if (!IsOf(payload, AddressFamily.Inet, AddressFamily.Inet6))
        {
            return new Other(type);
        }

        return RoutingRule.TryDecode(payload, out RoutingRule? rule)
            ? new RuleChanged(rule, type == (ushort)RtnetlinkType.RTM_DELRULE)
            : null;
    }
}
