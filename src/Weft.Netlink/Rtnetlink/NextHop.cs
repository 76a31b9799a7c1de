using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>A next-hop object (RTM_NEWNEXTHOP): a way that routes name by its number. Of what <c>linux/nexthop.h</c> has, one
/// way through an interface; groups and the rest are read as objects without one.</summary>
/// <remarks><code>
///  0       1       2       3       4
/// | family| scope | proto | 0     | flags                         | attributes (NHA_...) ...
/// </code></remarks>
public sealed record NextHop
{
    internal const int FixedLength = FlagsOffset + 4;
    internal const int ProtocolOffset = 2;
    internal const int FlagsOffset = ProtocolOffset + 2;

    internal const ushort IdAttribute = 1; // NHA_ID
    internal const ushort OutputInterfaceAttribute = 5; // NHA_OIF
    internal const ushort GatewayAttribute = 6; // NHA_GATEWAY

    /// <summary>Its number, of which there is one in a network namespace.</summary>
    public required uint Id { get; init; }

    /// <summary>Who put it there.</summary>
    public byte Protocol { get; init; }

    /// <summary>The interface; none of a group.</summary>
    public int? OutputInterface { get; init; }

    /// <summary>The next router; none if what uses the object is on the link.</summary>
    public IpAddress? Gateway { get; init; }

    /// <summary>The flags.</summary>
    public RouteFlags Flags { get; init; }

    /// <summary>Reads what follows the header of RTM_NEWNEXTHOP or RTM_DELNEXTHOP.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out NextHop? value)
    {
        value = null;
        if (payload.Length < FixedLength
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        NextHop read = new()
        {
            Id = 0,
            Protocol = payload[ProtocolOffset],
            Flags = (RouteFlags)HostOrder.ReadUInt32(payload, FlagsOffset),
        };
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case IdAttribute when attribute.TryRead(out uint id):
                    read = read with { Id = id };
                    break;
                case OutputInterfaceAttribute when attribute.TryRead(out int index):
                    read = read with { OutputInterface = index };
                    break;
                case GatewayAttribute when attribute.TryRead(out IpAddress gateway):
                    read = read with { Gateway = gateway };
                    break;
                case IdAttribute or OutputInterfaceAttribute or GatewayAttribute:
                    return false;
                default:
                    break;
            }
        }

        value = read;
        return true;
    }
}
