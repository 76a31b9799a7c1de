using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Plan.Compiling;

/// <summary>What decides whether a packet between two nodes is encapsulated: here, and nowhere else.</summary>
/// <remarks>
/// A symmetric function of a pair of nodes and the pool's mode (docs/guide.md, "What is in a node's kernel"):
/// <code>
///                 on one subnet   not on one subnet
/// Never           Direct          Underlay (no route of ours)
/// CrossSubnet     Direct          Vxlan
/// Always          Vxlan           Vxlan
/// </code>
/// </remarks>
public static class Encapsulation
{
    /// <summary>Bytes that VXLAN over IPv4 adds: 20 IPv4, 8 UDP, 8 VXLAN, 14 inner Ethernet (RFC 7348, section 5).</summary>
    public const int VxlanOverheadIpv4 = 50;

    /// <summary>How packets of a pool travel between two underlay addresses, in either direction.</summary>
    public static BlockPath Between(EncapsulationMode mode, IpInterfaceAddress one, IpInterfaceAddress other) => mode switch
    {
        EncapsulationMode.Always => BlockPath.Vxlan,
        EncapsulationMode.CrossSubnet => OnOneSubnet(one, other) ? BlockPath.Direct : BlockPath.Vxlan,
        _ => OnOneSubnet(one, other) ? BlockPath.Direct : BlockPath.Underlay,
    };

    /// <summary>Whether each one's subnet holds the other: then each reaches the other without a router.</summary>
    public static bool OnOneSubnet(IpInterfaceAddress one, IpInterfaceAddress other) =>
        one.Prefix.Contains(other.Address) && other.Prefix.Contains(one.Address);

    /// <summary>Whether only one of two subnets holds the other node: their masks differ, and one side is wrong.</summary>
    public static bool MasksDiffer(IpInterfaceAddress one, IpInterfaceAddress other) =>
        one.Prefix.Contains(other.Address) != other.Prefix.Contains(one.Address);

    /// <summary>Whether some of these pools encapsulates between two underlay addresses.</summary>
    public static bool AnyBetween(IEnumerable<IpPool> pools, IpInterfaceAddress one, IpInterfaceAddress other) =>
        pools.Any(pool => Between(pool.VxlanMode, one, other) == BlockPath.Vxlan);

    /// <summary>Whether a pool encapsulates between some pair of nodes.</summary>
    public static bool Tunnels(IpPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.VxlanMode != EncapsulationMode.Never;
    }

    /// <summary>The MTU of an encapsulated route: the smaller of both underlays' less the overhead. One that is not
    /// known limits nothing; none if neither is known.</summary>
    public static int? RouteMtu(int? one, int? other)
    {
        int? underlay = one is { } a && other is { } b ? Math.Min(a, b) : one ?? other;
        return underlay - VxlanOverheadIpv4;
    }

    /// <summary>The tunnel device's link-layer address: given, or made from the node's name; locally administered.</summary>
    public static MacAddress TunnelMac(NodeResource node)
    {
        ArgumentNullException.ThrowIfNull(node);
        const ulong firstOctet = 0x66UL << 40;
        return node.VxlanTunnelMacAddr
            ?? new MacAddress(firstOctet | (StableHash.Of("vtep", node.Metadata.Name) & 0xFF_FFFF_FFFF));
    }
}
