using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests that add, remove and list the forwarding entries of VXLAN devices and bridges.</summary>
public static class FdbRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;

    /// <summary>Adds an entry or moves the one with this link-layer address. Of a VXLAN device it has
    /// <see cref="NeighbourFlags.Self"/>.</summary>
    public static NetlinkRequest Replace(FdbEntry entry) => Write(
        RtnetlinkType.RTM_NEWNEIGH, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_REPLACE, entry);

    /// <summary>Removes an entry.</summary>
    public static NetlinkRequest Delete(FdbEntry entry) => Write(RtnetlinkType.RTM_DELNEIGH, Change, entry);

    /// <summary>Lists the entries, of one device if given.</summary>
    public static NetlinkRequest Dump(int? index = null)
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETNEIGH,
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP,
            NeighbourFormat.FixedLength);
        writer.Fixed[0] = AddressFamily.Bridge;
        HostOrder.WriteInt32(writer.Fixed, NeighbourFormat.IndexOffset, index ?? 0);
        return writer.ToDump();
    }

    private static NetlinkRequest Write(RtnetlinkType type, NetlinkFlags flags, FdbEntry entry)
    {
        NetlinkWriter writer = new((ushort)type, flags, NeighbourFormat.FixedLength);
        Span<byte> header = writer.Fixed;
        header[0] = AddressFamily.Bridge;
        HostOrder.WriteInt32(header, NeighbourFormat.IndexOffset, entry.Index);
        HostOrder.WriteUInt16(header, NeighbourFormat.StateOffset, (ushort)entry.State);
        header[NeighbourFormat.FlagsOffset] = (byte)entry.Flags;
        writer.AddMac(NeighbourFormat.LinkLayerAddress, entry.Address);
        if (entry.Destination is IpAddress destination)
        {
            writer.AddAddress(NeighbourFormat.Destination, destination);
        }

        if (entry.Vni is uint vni)
        {
            writer.AddUInt32(NeighbourFormat.Vni, vni);
        }

        return writer.ToRequest();
    }
}
