using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>RTA_... and the structures beside it, in <c>linux/rtnetlink.h</c>.</summary>
internal static class RouteAttribute
{
    public const ushort Destination = 1; // RTA_DST
    public const ushort OutputInterface = 4; // RTA_OIF
    public const ushort Gateway = 5; // RTA_GATEWAY
    public const ushort Priority = 6; // RTA_PRIORITY
    public const ushort PreferredSource = 7; // RTA_PREFSRC
    public const ushort Metrics = 8; // RTA_METRICS
    public const ushort Multipath = 9; // RTA_MULTIPATH
    public const ushort Table = 15; // RTA_TABLE
    public const ushort Via = 18; // RTA_VIA
    public const ushort NextHopId = 30; // RTA_NH_ID

    /// <summary>Inside the metrics: RTAX_MTU.</summary>
    public const ushort MetricMtu = 2;

    // struct rtnexthop: length, flags, weight less one, interface; then attributes.
    public const int NextHopFlagsOffset = 2;
    public const int NextHopWeightOffset = NextHopFlagsOffset + 1;
    public const int NextHopIndexOffset = NextHopWeightOffset + 1;
    public const int NextHopLength = NextHopIndexOffset + 4;

    // struct rtvia: a family of 2 bytes, then the address.
    private const int ViaAddressOffset = 2;

    /// <summary>Reads a gateway of another family than the route's.</summary>
    public static bool TryReadVia(NetlinkAttribute attribute, out IpAddress gateway)
    {
        gateway = default;
        return attribute.Value.Length > ViaAddressOffset
            && IpAddress.TryReadFrom(attribute.Value[ViaAddressOffset..], out gateway);
    }

    /// <summary>Adds a gateway: RTA_GATEWAY within the family, else RTA_VIA.</summary>
    public static void AddGateway(ref NetlinkWriter writer, IpFamily family, IpAddress gateway)
    {
        if (gateway.Family == family)
        {
            writer.AddAddress(Gateway, gateway);
            return;
        }

        Span<byte> via = stackalloc byte[ViaAddressOffset + gateway.ByteLength];
        HostOrder.WriteUInt16(via, 0, AddressFamily.Of(gateway.Family));
        gateway.WriteTo(via[ViaAddressOffset..]);
        writer.Add(Via, via);
    }
}
