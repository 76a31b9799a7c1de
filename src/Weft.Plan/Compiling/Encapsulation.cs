using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Plan.Compiling;

/// <summary>How packets of a pool travel between two nodes, in either direction.</summary>
/// <param name="Path">The way.</param>
/// <param name="Over">The underlay's family that carries them; none if no route of ours does.</param>
public readonly record struct PairPath(BlockPath Path, IpFamily? Over)
{
    /// <summary>No route of ours.</summary>
    public static PairPath Underlay => new(BlockPath.Underlay, null);
}

/// <summary>What decides whether a packet between two nodes is encapsulated: here, and nowhere else.</summary>
/// <remarks>
/// A symmetric function of a pair of nodes and the pool's mode (docs/guide.md, "What is in a node's kernel"). Where both
/// nodes have an underlay address of the pool's family:
/// <code>
///                 on one subnet   not on one subnet
/// Never           Direct          Underlay (no route of ours)
/// CrossSubnet     Direct          Vxlan or Ipip
/// Always          Vxlan or Ipip   Vxlan or Ipip
/// </code>
/// Where they have only the other family in common: Vxlan over that, but for Never, which has no route of ours. IPIP is
/// IPv4 in IPv4 only (RFC 2003). Where they have no family in common, there is no way, and <see cref="FleetFindings"/>
/// says so.
/// </remarks>
public static class Encapsulation
{
    /// <summary>Bytes that VXLAN over IPv4 adds: 20 IPv4, 8 UDP, 8 VXLAN, 14 inner Ethernet (RFC 7348, section 5).</summary>
    public const int VxlanOverheadIpv4 = 50;

    /// <summary>Bytes that VXLAN over IPv6 adds: its header is 40 bytes.</summary>
    public const int VxlanOverheadIpv6 = 70;

    /// <summary>Bytes that IPv4 in IPv4 adds: one header (RFC 2003, 3.1).</summary>
    public const int IpipOverhead = 20;

    /// <summary>How packets of a pool travel between two nodes.</summary>
    public static PairPath Between(IpPool pool, NodeResource one, NodeResource other)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Between(pool.Cidr.Family, pool.InForce, one, other);
    }

    /// <summary>Whether each one's subnet holds the other: then each reaches the other without a router.</summary>
    public static bool OnOneSubnet(IpInterfaceAddress one, IpInterfaceAddress other) =>
        one.Prefix.Contains(other.Address) && other.Prefix.Contains(one.Address);

    /// <summary>Whether only one of two subnets holds the other node: their masks differ, and one side is wrong.</summary>
    public static bool MasksDiffer(IpInterfaceAddress one, IpInterfaceAddress other) =>
        one.Prefix.Contains(other.Address) != other.Prefix.Contains(one.Address);

    /// <summary>Whether two nodes have underlay addresses of one family, whichever.</summary>
    public static bool HaveFamilyInCommon(NodeResource one, NodeResource other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return (one.BgpIpv4Address is not null && other.BgpIpv4Address is not null)
            || (one.BgpIpv6Address is not null && other.BgpIpv6Address is not null);
    }

    /// <summary>Whether packets of some of these pools may come on a way between two nodes: also on one that is not in
    /// force yet, or not any more.</summary>
    public static bool AnyBetween(IEnumerable<IpPool> pools, NodeResource one, NodeResource other, PairPath path) =>
        pools.Any(pool => pool.Ways.Any(way => Between(pool.Cidr.Family, way, one, other) == path));

    /// <summary>Whether packets of a pool may come encapsulated between some pair of nodes.</summary>
    public static bool Tunnels(IpPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.Ways.Any(way => way.Mode != EncapsulationMode.Never);
    }

    /// <summary>Whether a node may have to encapsulate over a family: it has an address of it, and some pool in VXLAN
    /// is of that family, or is of the other one where some node has no address of that.</summary>
    public static bool MayTunnelOver(IpFamily family, FleetState state, NodeResource node)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(node);
        return node.UnderlayAddress(family) is not null
            && state.Pools.Any(pool => pool.Ways.Any(way => way.Vxlan != EncapsulationMode.Never)
                && (pool.Cidr.Family == family || state.NodesWithOnly(family) > 0));
    }

    /// <summary>Whether a node may have to encapsulate IPv4 in IPv4.</summary>
    public static bool MayTunnelIpip(FleetState state, NodeResource node)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(node);
        return node.BgpIpv4Address is not null && state.Pools.Any(
            pool => pool.Ways.Any(way => way.Ipip != EncapsulationMode.Never));
    }

    /// <summary>The MTU of an encapsulated route: the smaller of both nodes' on the family that carries it, less the
    /// overhead. One that is not known limits nothing; none if neither is known, or nothing is encapsulated.</summary>
    public static int? RouteMtu(PairPath path, NodeResource one, NodeResource other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (path.Over is not { } family || path.Path is not (BlockPath.Vxlan or BlockPath.Ipip))
        {
            return null;
        }

        int overhead = path.Path == BlockPath.Ipip ? IpipOverhead
            : family == IpFamily.Ipv4 ? VxlanOverheadIpv4
            : VxlanOverheadIpv6;
        int? underlay = one.UnderlayMtuOf(family) is { } a && other.UnderlayMtuOf(family) is { } b
            ? Math.Min(a, b)
            : one.UnderlayMtuOf(family) ?? other.UnderlayMtuOf(family);
        return underlay - overhead;
    }

    /// <summary>The link-layer address of a node's tunnel device over a family: given, or made from the node's name;
    /// locally administered.</summary>
    public static MacAddress TunnelMac(NodeResource node, IpFamily family)
    {
        ArgumentNullException.ThrowIfNull(node);
        const ulong firstOctet = 0x66UL << 40;
        (MacAddress? given, string salt) = family == IpFamily.Ipv4
            ? (node.VxlanTunnelMacAddr, "vtep")
            : (node.VxlanTunnelMacAddrV6, "vtep6");
        return given ?? new MacAddress(firstOctet | (StableHash.Of(salt, node.Metadata.Name) & 0xFF_FFFF_FFFF));
    }

    /// <summary>The other family.</summary>
    internal static IpFamily OtherThan(IpFamily family) => family == IpFamily.Ipv4 ? IpFamily.Ipv6 : IpFamily.Ipv4;

    private static PairPath Between(IpFamily own, PoolEncapsulation encapsulation, NodeResource one, NodeResource other)
    {
        bool ipip = encapsulation.Ipip != EncapsulationMode.Never;
        EncapsulationMode mode = encapsulation.Mode;
        BlockPath tunnel = ipip ? BlockPath.Ipip : BlockPath.Vxlan;
        if (one.UnderlayAddress(own) is { } here && other.UnderlayAddress(own) is { } there)
        {
            return (mode, OnOneSubnet(here, there)) switch
            {
                (EncapsulationMode.Always, _) or (EncapsulationMode.CrossSubnet, false) => new PairPath(tunnel, own),
                (_, true) => new PairPath(BlockPath.Direct, own),
                _ => PairPath.Underlay,
            };
        }

        IpFamily across = OtherThan(own);
        return mode != EncapsulationMode.Never && !ipip
            && one.UnderlayAddress(across) is not null && other.UnderlayAddress(across) is not null
                ? new PairPath(tunnel, across)
                : PairPath.Underlay;
    }
}
