using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>An entry of the ARP or ND table, or a proxy entry (RTM_NEWNEIGH).</summary>
public sealed record Neighbour
{
    /// <summary>The interface.</summary>
    public required int Index { get; init; }

    /// <summary>The address on the link.</summary>
    public required IpAddress Destination { get; init; }

    /// <summary>Where frames to it go; null if unknown, and of a proxy entry.</summary>
    public MacAddress? LinkLayerAddress { get; init; }

    /// <summary>How sure the kernel is. A proxy entry has none.</summary>
    public NeighbourState State { get; init; }

    /// <summary>The flags.</summary>
    public NeighbourFlags Flags { get; init; }

    /// <summary>Who put it there (NDA_PROTOCOL); 0 if nobody said so.</summary>
    public byte Protocol { get; init; }

    /// <summary>The family of the address.</summary>
    public IpFamily Family => Destination.Family;

    /// <summary>Reads what follows the header of RTM_NEWNEIGH or RTM_DELNEIGH.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Neighbour? value)
    {
        value = null;
        if (payload.Length < NeighbourFormat.FixedLength
            || !AddressFamily.TryRead(payload[0], out IpFamily family)
            || !AttributeReader.TryParse(payload[NeighbourFormat.FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        IpAddress destination = default;
        MacAddress? linkLayerAddress = null;
        byte protocol = 0;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case NeighbourFormat.Destination:
                    if (!attribute.TryRead(out destination))
                    {
                        return false;
                    }

                    break;
                case NeighbourFormat.LinkLayerAddress:
                    // Of other links than Ethernet it has another length (loopback in old kernels, tunnels).
                    linkLayerAddress = attribute.TryRead(out MacAddress mac) ? mac : null;
                    break;
                case NeighbourFormat.Protocol:
                    if (!attribute.TryRead(out protocol))
                    {
                        return false;
                    }

                    break;
            }
        }

        if (destination.Family != family)
        {
            return false;
        }

        value = new Neighbour
        {
            Index = HostOrder.ReadInt32(payload, NeighbourFormat.IndexOffset),
            Destination = destination,
            LinkLayerAddress = linkLayerAddress,
            State = (NeighbourState)HostOrder.ReadUInt16(payload, NeighbourFormat.StateOffset),
            Flags = (NeighbourFlags)payload[NeighbourFormat.FlagsOffset],
            Protocol = protocol,
        };
        return true;
    }
}
