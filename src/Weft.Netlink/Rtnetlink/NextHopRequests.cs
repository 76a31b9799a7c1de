using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests that add, remove and list next-hop objects (Linux 5.3).</summary>
public static class NextHopRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;

    /// <summary>Adds one; refused if there is one with this number.</summary>
    public static NetlinkRequest Add(NextHop nextHop) => Write(
        RtnetlinkType.RTM_NEWNEXTHOP, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL, nextHop);

    /// <summary>Removes one; the kernel removes the routes that use it, and does not tell of them.</summary>
    public static NetlinkRequest Delete(uint id) => Write(RtnetlinkType.RTM_DELNEXTHOP, Change, new NextHop { Id = id });

    /// <summary>Lists all.</summary>
    public static NetlinkRequest Dump()
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETNEXTHOP, NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP, NextHop.FixedLength);
        return writer.ToDump();
    }

    private static NetlinkRequest Write(RtnetlinkType type, NetlinkFlags flags, NextHop nextHop)
    {
        NetlinkWriter writer = new((ushort)type, flags, NextHop.FixedLength);
        Span<byte> header = writer.Fixed;
        header[0] = nextHop.Gateway is { } via ? AddressFamily.Of(via.Family)
            : nextHop.OutputInterface is null ? AddressFamily.Unspecified : AddressFamily.Inet;
        header[NextHop.ProtocolOffset] = nextHop.Protocol;
        HostOrder.WriteUInt32(header, NextHop.FlagsOffset, (uint)(nextHop.Flags & RouteFlags.OnLink));
        writer.AddUInt32(NextHop.IdAttribute, nextHop.Id);
        if (nextHop.OutputInterface is int index)
        {
            writer.AddInt32(NextHop.OutputInterfaceAttribute, index);
        }

        if (nextHop.Gateway is IpAddress gateway)
        {
            writer.AddAddress(NextHop.GatewayAttribute, gateway);
        }

        return writer.ToRequest();
    }
}
