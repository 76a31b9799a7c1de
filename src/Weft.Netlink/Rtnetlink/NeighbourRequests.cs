using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests that add, remove and list neighbours and proxy neighbours.</summary>
public static class NeighbourRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;
    private const NetlinkFlags List = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP;

    /// <summary>Adds a neighbour or changes the one with this address. With <see cref="NeighbourFlags.Proxy"/> it is a
    /// proxy entry.</summary>
    public static NetlinkRequest Replace(Neighbour neighbour) => Write(
        RtnetlinkType.RTM_NEWNEIGH, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_REPLACE, neighbour);

    /// <summary>Removes a neighbour, or a proxy entry if the flags say so.</summary>
    public static NetlinkRequest Delete(Neighbour neighbour) =>
        Write(RtnetlinkType.RTM_DELNEIGH, Change, neighbour);

    /// <summary>Lists the neighbours of a family, of one interface if given; proxy entries not.</summary>
    public static NetlinkRequest Dump(IpFamily family, int? index = null)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_GETNEIGH, List, NeighbourFormat.FixedLength);
        writer.Fixed[0] = AddressFamily.Of(family);
        if (index is int number)
        {
            writer.AddInt32(NeighbourFormat.Index, number);
        }

        return writer.ToDump();
    }

    /// <summary>Lists the proxy entries of a family.</summary>
    public static NetlinkRequest DumpProxies(IpFamily family)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_GETNEIGH, List, NeighbourFormat.FixedLength);
        writer.Fixed[0] = AddressFamily.Of(family);
        writer.Fixed[NeighbourFormat.FlagsOffset] = (byte)NeighbourFlags.Proxy;
        return writer.ToDump();
    }

    private static NetlinkRequest Write(RtnetlinkType type, NetlinkFlags flags, Neighbour neighbour)
    {
        NetlinkWriter writer = new((ushort)type, flags, NeighbourFormat.FixedLength);
        Span<byte> header = writer.Fixed;
        header[0] = AddressFamily.Of(neighbour.Family);
        HostOrder.WriteInt32(header, NeighbourFormat.IndexOffset, neighbour.Index);
        HostOrder.WriteUInt16(header, NeighbourFormat.StateOffset, (ushort)neighbour.State);
        header[NeighbourFormat.FlagsOffset] = (byte)neighbour.Flags;
        writer.AddAddress(NeighbourFormat.Destination, neighbour.Destination);
        if (neighbour.LinkLayerAddress is MacAddress mac)
        {
            writer.AddMac(NeighbourFormat.LinkLayerAddress, mac);
        }

        if (neighbour.Protocol != 0)
        {
            writer.AddByte(NeighbourFormat.Protocol, neighbour.Protocol);
        }

        return writer.ToRequest();
    }
}
