using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests that add, replace, remove and list routes.</summary>
public static class RouteRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;

    /// <summary>Adds a route, in place of the one with the same destination, table and metric if there is one, also
    /// if that one belongs to another protocol. Packets never miss both.</summary>
    public static NetlinkRequest Replace(Route route) => Write(
        RtnetlinkType.RTM_NEWROUTE, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_REPLACE, route);

    /// <summary>Adds a route; refused if there is one with the same destination, table and metric.</summary>
    public static NetlinkRequest Add(Route route) => Write(
        RtnetlinkType.RTM_NEWROUTE, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL, route);

    /// <summary>Removes a route that has this destination, table, metric, protocol, type and way; scope, MTU and
    /// preferred source do not matter.</summary>
    public static NetlinkRequest Delete(Route route) => Write(
        RtnetlinkType.RTM_DELROUTE,
        Change,
        route with { Scope = RouteScope.Nowhere, Mtu = null, PreferredSource = null });

    /// <summary>Lists the routes of a family; of one protocol or table only, if asked (the kernel filters).</summary>
    public static NetlinkRequest Dump(IpFamily family, byte? protocol = null, uint? table = null)
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETROUTE,
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP,
            Route.FixedLength);
        writer.Fixed[0] = AddressFamily.Of(family);
        writer.Fixed[Route.ProtocolOffset] = protocol ?? 0;
        if (table is uint number)
        {
            writer.AddUInt32(RouteAttribute.Table, number);
        }

        return writer.ToDump();
    }

    /// <summary>Asks which route a packet of this host to <paramref name="destination"/> takes; the answer is a route
    /// of one address.</summary>
    public static NetlinkRequest Lookup(IpAddress destination)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_GETROUTE, Change, Route.FixedLength);
        writer.Fixed[0] = AddressFamily.Of(destination.Family);
        writer.Fixed[Route.DestinationLengthOffset] = (byte)destination.BitLength;
        writer.AddAddress(RouteAttribute.Destination, destination);
        return writer.ToRequest();
    }

    private static NetlinkRequest Write(RtnetlinkType type, NetlinkFlags flags, Route route)
    {
        IpFamily family = route.Destination.Family;
        NetlinkWriter writer = new((ushort)type, flags, Route.FixedLength);
        Span<byte> header = writer.Fixed;
        header[0] = AddressFamily.Of(family);
        header[Route.DestinationLengthOffset] = (byte)route.Destination.Length;
        header[Route.TableOffset] = (byte)(route.Table <= byte.MaxValue ? route.Table : RouteTable.Unspecified);
        header[Route.ProtocolOffset] = route.Protocol;
        header[Route.ScopeOffset] = (byte)route.Scope;
        header[Route.TypeOffset] = (byte)route.Type;
        HostOrder.WriteUInt32(header, Route.FlagsOffset, (uint)(route.Flags & RouteFlags.OnLink));
        if (route.Destination.Length > 0)
        {
            writer.AddAddress(RouteAttribute.Destination, route.Destination.Address);
        }

        writer.AddUInt32(RouteAttribute.Table, route.Table);
        if (route.Priority != 0)
        {
            writer.AddUInt32(RouteAttribute.Priority, route.Priority);
        }

        if (route.PreferredSource is IpAddress source)
        {
            writer.AddAddress(RouteAttribute.PreferredSource, source);
        }

        AddMetrics(ref writer, route);
        AddWay(ref writer, route, family);
        return writer.ToRequest();
    }

    private static void AddMetrics(ref NetlinkWriter writer, Route route)
    {
        if (route.Mtu is uint mtu)
        {
            int metrics = writer.BeginNest(RouteAttribute.Metrics);
            writer.AddUInt32(RouteAttribute.MetricMtu, mtu);
            writer.EndNest(metrics);
        }
    }

    private static void AddWay(ref NetlinkWriter writer, Route route, IpFamily family)
    {
        if (route.NextHopId is uint id)
        {
            writer.AddUInt32(RouteAttribute.NextHopId, id);
            return;
        }

        if (route.Gateway is IpAddress gateway)
        {
            RouteAttribute.AddGateway(ref writer, family, gateway);
        }

        if (route.OutputInterface is int index)
        {
            writer.AddInt32(RouteAttribute.OutputInterface, index);
        }

        if (route.NextHops.Count == 0)
        {
            return;
        }

        int multipath = writer.BeginNest(RouteAttribute.Multipath);
        foreach (RouteNextHop nextHop in route.NextHops)
        {
            int start = writer.Length;
            Span<byte> fixedPart = writer.AddRaw(RouteAttribute.NextHopLength);
            fixedPart[RouteAttribute.NextHopFlagsOffset] = (byte)(nextHop.Flags & RouteFlags.OnLink);
            fixedPart[RouteAttribute.NextHopWeightOffset] = (byte)(nextHop.Weight - 1);
            HostOrder.WriteInt32(fixedPart, RouteAttribute.NextHopIndexOffset, nextHop.OutputInterface);
            if (nextHop.Gateway is IpAddress via)
            {
                RouteAttribute.AddGateway(ref writer, family, via);
            }

            writer.PatchUInt16(start, (ushort)(writer.Length - start));
        }

        writer.EndNest(multipath);
    }
}
