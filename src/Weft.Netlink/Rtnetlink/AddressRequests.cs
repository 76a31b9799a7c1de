using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests that add, remove and list addresses of interfaces.</summary>
public static class AddressRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;

    /// <summary>Adds an address; refused if it is there.</summary>
    public static NetlinkRequest New(InterfaceAddress address) => Write(
        RtnetlinkType.RTM_NEWADDR, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL, address);

    /// <summary>Adds an address, or changes its flags if it is there.</summary>
    public static NetlinkRequest Replace(InterfaceAddress address) => Write(
        RtnetlinkType.RTM_NEWADDR, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_REPLACE, address);

    /// <summary>Removes an address.</summary>
    public static NetlinkRequest Delete(InterfaceAddress address) =>
        Write(RtnetlinkType.RTM_DELADDR, Change, address);

    /// <summary>Lists the addresses of a family, or of both.</summary>
    public static NetlinkRequest Dump(IpFamily? family = null)
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETADDR,
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP,
            InterfaceAddress.FixedLength);
        writer.Fixed[0] = AddressFamily.Of(family);
        return writer.ToDump();
    }

    private static NetlinkRequest Write(RtnetlinkType type, NetlinkFlags flags, InterfaceAddress address)
    {
        IpAddress own = address.Address.Address;
        NetlinkWriter writer = new((ushort)type, flags, InterfaceAddress.FixedLength);
        Span<byte> header = writer.Fixed;
        header[0] = AddressFamily.Of(own.Family);
        header[InterfaceAddress.PrefixLengthOffset] = (byte)address.Address.Length;
        header[InterfaceAddress.ScopeOffset] = (byte)address.Scope;
        HostOrder.WriteInt32(header, InterfaceAddress.IndexOffset, address.Index);
        writer.AddAddress(InterfaceAddress.LocalAttribute, own);
        writer.AddAddress(InterfaceAddress.AddressAttribute, own);
        if (address.Flags != AddressFlags.None)
        {
            writer.AddUInt32(InterfaceAddress.FlagsAttribute, (uint)address.Flags);
        }

        if (address.Protocol != 0)
        {
            writer.AddByte(InterfaceAddress.ProtocolAttribute, address.Protocol);
        }

        return writer.ToRequest();
    }
}
