using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Where a bridge or VXLAN device sends frames for a link-layer address (RTM_NEWNEIGH of family
/// AF_BRIDGE).</summary>
public sealed record FdbEntry
{
    /// <summary>The device: the VXLAN device, or a port of a bridge.</summary>
    public required int Index { get; init; }

    /// <summary>The link-layer address; all zero is "any other" on a VXLAN device.</summary>
    public required MacAddress Address { get; init; }

    /// <summary>The remote VTEP.</summary>
    public IpAddress? Destination { get; init; }

    /// <summary>The VNI to use, if it is not the device's own.</summary>
    public uint? Vni { get; init; }

    /// <summary>Whether it stays.</summary>
    public NeighbourState State { get; init; }

    /// <summary>The flags. <see cref="NeighbourFlags.Self"/> for entries of the device itself.</summary>
    public NeighbourFlags Flags { get; init; }

    /// <summary>The bridge that the device is a port of.</summary>
    public int? Master { get; init; }

    /// <summary>Reads what follows the header of RTM_NEWNEIGH or RTM_DELNEIGH of family AF_BRIDGE.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out FdbEntry? value)
    {
        value = null;
        if (payload.Length < NeighbourFormat.FixedLength || payload[0] != AddressFamily.Bridge
            || !AttributeReader.TryParse(payload[NeighbourFormat.FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        FdbEntry entry = new()
        {
            Index = HostOrder.ReadInt32(payload, NeighbourFormat.IndexOffset),
            Address = default,
            State = (NeighbourState)HostOrder.ReadUInt16(payload, NeighbourFormat.StateOffset),
            Flags = (NeighbourFlags)payload[NeighbourFormat.FlagsOffset],
        };
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (!entry.TryWith(attribute, out entry))
            {
                return false;
            }
        }

        value = entry;
        return true;
    }

    private bool TryWith(NetlinkAttribute attribute, out FdbEntry entry)
    {
        entry = this;
        switch (attribute.Type)
        {
            case NeighbourFormat.LinkLayerAddress when attribute.TryRead(out MacAddress address):
                entry = this with { Address = address };
                return true;
            case NeighbourFormat.Destination when attribute.TryRead(out IpAddress destination):
                entry = this with { Destination = destination };
                return true;
            case NeighbourFormat.Vni when attribute.TryRead(out uint vni):
                entry = this with { Vni = vni };
                return true;
            case NeighbourFormat.Master when attribute.TryRead(out int master):
                entry = this with { Master = master };
                return true;
            case NeighbourFormat.LinkLayerAddress or NeighbourFormat.Destination or NeighbourFormat.Vni
                or NeighbourFormat.Master:
                return false;
            default:
                return true;
        }
    }
}
