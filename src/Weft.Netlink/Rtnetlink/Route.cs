using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>A route (RTM_NEWROUTE).</summary>
/// <remarks><code>
///  0       1       2       3       4
/// | family| dst   | src   | tos   |   lengths of the prefixes
/// | table | proto | scope | type  |
/// | flags                         | attributes (RTA_...) ...
/// </code>The kernel's answers differ from what was sent in ways that are levelled here: a route that rejects has
/// no interface (IPv6 dumps that of <c>lo</c>), and a route with one way in a list has no list.</remarks>
public sealed record Route
{
    internal const int FixedLength = FlagsOffset + 4;
    internal const int DestinationLengthOffset = 1;
    internal const int SourceLengthOffset = DestinationLengthOffset + 1;
    internal const int TosOffset = SourceLengthOffset + 1;
    internal const int TableOffset = TosOffset + 1;
    internal const int ProtocolOffset = TableOffset + 1;
    internal const int ScopeOffset = ProtocolOffset + 1;
    internal const int TypeOffset = ScopeOffset + 1;
    internal const int FlagsOffset = TypeOffset + 1;

    /// <summary>Where to.</summary>
    public required IpPrefix Destination { get; init; }

    /// <summary>The table.</summary>
    public uint Table { get; init; } = RouteTable.Main;

    /// <summary>Who put it there: <see cref="RouteProtocol"/>, or a number of one's own.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Boot;

    /// <summary>How far away the destination is.</summary>
    public RouteScope Scope { get; init; }

    /// <summary>What happens to the packet.</summary>
    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>The metric: the lowest wins. IPv6 turns 0 into 1024.</summary>
    public uint Priority { get; init; }

    /// <summary>The next router, of either family (RTA_GATEWAY, RTA_VIA).</summary>
    public IpAddress? Gateway { get; init; }

    /// <summary>The interface it leaves by.</summary>
    public int? OutputInterface { get; init; }

    /// <summary>The source of this host's own packets.</summary>
    public IpAddress? PreferredSource { get; init; }

    /// <summary>The MTU of the way (RTAX_MTU).</summary>
    public uint? Mtu { get; init; }

    /// <summary>The flags.</summary>
    public RouteFlags Flags { get; init; }

    /// <summary>The number of a next-hop object that the route uses (RTA_NH_ID).</summary>
    public uint? NextHopId { get; init; }

    /// <summary>The ways, if there are several; then <see cref="Gateway"/> and <see cref="OutputInterface"/> are
    /// null.</summary>
    public RouteNextHops NextHops { get; init; } = RouteNextHops.None;

    /// <summary>Whether the route's type drops what it matches.</summary>
    public bool IsReject => Type is RouteType.Unreachable or RouteType.Blackhole or RouteType.Prohibit;

    /// <summary>Reads what follows the header of RTM_NEWROUTE or RTM_DELROUTE.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Route? value)
    {
        value = null;
        if (payload.Length < FixedLength
            || !AddressFamily.TryRead(payload[0], out IpFamily family)
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        IpAddress destination = AddressFamily.Any(family);
        int length = payload[DestinationLengthOffset];
        Route route = new()
        {
            Destination = new IpPrefix(destination, 0),
            Table = payload[TableOffset],
            Protocol = payload[ProtocolOffset],
            Scope = (RouteScope)payload[ScopeOffset],
            Type = (RouteType)payload[TypeOffset],
            Flags = (RouteFlags)HostOrder.ReadUInt32(payload, FlagsOffset),
        };
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type == RouteAttribute.Destination)
            {
                if (!attribute.TryRead(out destination))
                {
                    return false;
                }
            }
            else if (!route.TryWith(attribute, out route))
            {
                return false;
            }
        }

        if (destination.Family != family || length > destination.BitLength)
        {
            return false;
        }

        value = (route with { Destination = new IpPrefix(destination, length) }).Levelled();
        return true;
    }

    private bool TryWith(NetlinkAttribute attribute, out Route route)
    {
        route = this;
        switch (attribute.Type)
        {
            case RouteAttribute.OutputInterface when attribute.TryRead(out int index):
                route = this with { OutputInterface = index };
                return true;
            case RouteAttribute.Gateway when attribute.TryRead(out IpAddress gateway):
                route = this with { Gateway = gateway };
                return true;
            case RouteAttribute.Via when RouteAttribute.TryReadVia(attribute, out IpAddress gateway):
                route = this with { Gateway = gateway };
                return true;
            case RouteAttribute.Priority when attribute.TryRead(out uint priority):
                route = this with { Priority = priority };
                return true;
            case RouteAttribute.PreferredSource when attribute.TryRead(out IpAddress source):
                route = this with { PreferredSource = source };
                return true;
            case RouteAttribute.Table when attribute.TryRead(out uint table):
                route = this with { Table = table };
                return true;
            case RouteAttribute.NextHopId when attribute.TryRead(out uint id):
                route = this with { NextHopId = id };
                return true;
            case RouteAttribute.Metrics when attribute.TryReadNested(out AttributeReader metrics):
                return TryWithMetrics(metrics, out route);
            case RouteAttribute.Multipath when TryReadNextHops(attribute.Value, out RouteNextHops nextHops):
                route = this with { NextHops = nextHops };
                return true;
            case RouteAttribute.OutputInterface or RouteAttribute.Gateway or RouteAttribute.Via
                or RouteAttribute.Priority or RouteAttribute.PreferredSource or RouteAttribute.Table
                or RouteAttribute.NextHopId or RouteAttribute.Metrics or RouteAttribute.Multipath:
                return false;
            default:
                return true;
        }
    }

    private bool TryWithMetrics(AttributeReader metrics, out Route route)
    {
        route = this;
        foreach (NetlinkAttribute attribute in metrics)
        {
            if (attribute.Type == RouteAttribute.MetricMtu)
            {
                if (!attribute.TryRead(out uint mtu))
                {
                    return false;
                }

                route = this with { Mtu = mtu };
            }
        }

        return true;
    }

    private static bool TryReadNextHops(ReadOnlySpan<byte> bytes, out RouteNextHops nextHops)
    {
        nextHops = RouteNextHops.None;
        List<RouteNextHop> found = [];
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            if (rest.Length < RouteAttribute.NextHopLength)
            {
                return false;
            }

            int length = HostOrder.ReadUInt16(rest);
            if (length < RouteAttribute.NextHopLength || length > rest.Length
                || !AttributeReader.TryParse(rest[RouteAttribute.NextHopLength..length], out AttributeReader inner)
                || !TryReadGateway(inner, out IpAddress? gateway))
            {
                return false;
            }

            found.Add(new RouteNextHop(
                gateway,
                HostOrder.ReadInt32(rest, RouteAttribute.NextHopIndexOffset),
                rest[RouteAttribute.NextHopWeightOffset] + 1,
                (RouteFlags)rest[RouteAttribute.NextHopFlagsOffset]));
            rest = rest[Math.Min(NetlinkPadding.Padded(length), rest.Length)..];
        }

        nextHops = new RouteNextHops(found);
        return true;
    }

    private static bool TryReadGateway(AttributeReader attributes, out IpAddress? gateway)
    {
        gateway = null;
        foreach (NetlinkAttribute attribute in attributes)
        {
            IpAddress read;
            bool isRead = attribute.Type switch
            {
                RouteAttribute.Gateway => attribute.TryRead(out read),
                RouteAttribute.Via => RouteAttribute.TryReadVia(attribute, out read),
                _ => SkipGateway(out read),
            };
            if (!isRead)
            {
                return false;
            }

            gateway = read == default ? gateway : read;
        }

        return true;
    }

    private static bool SkipGateway(out IpAddress none)
    {
        none = default;
        return true;
    }

    private Route Levelled()
    {
        if (IsReject)
        {
            return this with { OutputInterface = null };
        }

        return NextHops.Count != 1
            ? this
            : this with
            {
                Gateway = NextHops[0].Gateway,
                OutputInterface = NextHops[0].OutputInterface,
                Flags = Flags | NextHops[0].Flags,
                NextHops = RouteNextHops.None,
            };
    }
}
