using System;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Node.Converting;

/// <summary>What the node knows of its underlay in one family: the interface that carries its address.</summary>
/// <param name="Device">The interface's name.</param>
/// <param name="Mtu">Its MTU in bytes.</param>
/// <param name="IsThere">Whether it has the address now. While the host is being renumbered it has not, and all that
/// does not need the address stays as it is.</param>
internal sealed record Underlay(string Device, uint Mtu, bool IsThere = true);

/// <summary>The node's own facts, on which every conversion may depend.</summary>
/// <param name="Self">The node's entry of the plan.</param>
/// <param name="Ipv4">The interface that has the node's IPv4 address; none while no interface has it.</param>
/// <param name="Ipv6">The interface that has the node's IPv6 address.</param>
/// <param name="TunnelIpv4">The IPv4 tunnel address from the journal.</param>
/// <param name="TunnelIpv6">The IPv6 tunnel address from the journal.</param>
/// <param name="HasIpv4">Whether the plan has an IPv4 pool.</param>
/// <param name="HasIpv6">Whether the plan has an IPv6 pool.</param>
/// <param name="LacksIpip">Whether this kernel refused to make an IPIP device.</param>
internal sealed record NodeFacts(
    SelfEntry? Self,
    Underlay? Ipv4 = null,
    Underlay? Ipv6 = null,
    IpAddress? TunnelIpv4 = null,
    IpAddress? TunnelIpv6 = null,
    bool HasIpv4 = true,
    bool HasIpv6 = false,
    bool LacksIpip = false)
{
    // RFC 791, 3.2: 68 is what every host can forward; and a veth takes no more than 65,535, though lo has more.
    private const uint LinkMtuMin = 68 + TunnelOverhead.VxlanOverIpv6;
    private const uint LinkMtuMax = 65535;
    private const uint LinkMtuUnknown = 1500;

    /// <summary>RFC 8200, section 5: a link of less carries no IPv6, and Linux takes it off there.</summary>
    public const uint Ipv6MtuMin = 1280;

    /// <summary>The MTU of workloads' links: that of the underlay interface, and of two the smaller one; 1500 on a node
    /// that has no underlay address yet. None while it is not known: the plan has an address that no interface has.
    /// </summary>
    public uint? LinkMtu => (Self, Ipv4, Ipv6) switch
    {
        (null, _, _) => null,
        (_, { } v4, { } v6) => Clamp(Math.Min(v4.Mtu, v6.Mtu)),
        (_, { } v4, null) => Clamp(v4.Mtu),
        (_, null, { } v6) => Clamp(v6.Mtu),
        ({ Ipv4: null, Ipv6: null }, null, null) => LinkMtuUnknown,
        _ => null,
    };

    /// <summary>Whether an underlay address of the plan is on none of the interfaces.</summary>
    public bool LacksUnderlay(IpFamily family) => AddressOf(family) is not null && UnderlayOf(family) is null;

    /// <summary>The interface that has the node's address of a family.</summary>
    public Underlay? UnderlayOf(IpFamily family) => family == IpFamily.Ipv4 ? Ipv4 : Ipv6;

    /// <summary>The node's underlay address of a family.</summary>
    public IpAddress? AddressOf(IpFamily family) => family == IpFamily.Ipv4 ? Self?.Ipv4?.Address : Self?.Ipv6?.Address;

    /// <summary>The node's tunnel address of a family.</summary>
    public IpAddress? TunnelOf(IpFamily family) => family == IpFamily.Ipv4 ? TunnelIpv4 : TunnelIpv6;

    /// <summary>What the node's own packets leave with: its underlay address; without one its tunnel address. The kernel
    /// takes no route whose source is on no interface, and takes IPv4 ones away when it goes.</summary>
    public IpAddress? SourceOf(IpFamily family) =>
        UnderlayOf(family) is { IsThere: true } ? AddressOf(family) : CarriesTunnelOf(family) ? TunnelOf(family) : null;

    /// <summary>Whether there is a VXLAN device over an underlay of a family.</summary>
    public bool HasVxlanOver(IpFamily family) =>
        (family == IpFamily.Ipv4 ? Self is { OverIpv4: true, Ipv4: not null } : Self is { OverIpv6: true, Ipv6: not null })
        && UnderlayOf(family) is not null;

    /// <summary>Whether there is an IPIP device.</summary>
    public bool HasIpip => Self is { Ipip: true, Ipv4: not null } && Ipv4 is not null && !LacksIpip;

    /// <summary>Whether there is any tunnel device, and so a place for tunnel addresses.</summary>
    public bool HasTunnel => HasVxlanOver(IpFamily.Ipv4) || HasVxlanOver(IpFamily.Ipv6) || HasIpip;

    /// <summary>Whether some tunnel device carries the tunnel address of a family: IPv6's only one that is wide enough.
    /// </summary>
    public bool CarriesTunnelOf(IpFamily family) => family == IpFamily.Ipv4
        ? HasIpv4 && HasTunnel
        : HasIpv6 && (CarriesIpv6Over(IpFamily.Ipv4) || CarriesIpv6Over(IpFamily.Ipv6));

    private bool CarriesIpv6Over(IpFamily outer) =>
        HasVxlanOver(outer) && TunnelMtu(outer, TunnelOverhead.VxlanOver(outer)) >= Ipv6MtuMin;

    /// <summary>The MTU of a tunnel device.</summary>
    /// <param name="outer">The family of the outer packet.</param>
    /// <param name="overhead">What the encapsulation adds.</param>
    public uint TunnelMtu(IpFamily outer, uint overhead) => Clamp(UnderlayOf(outer)!.Mtu) - overhead;

    private static uint Clamp(uint mtu) => Math.Clamp(mtu, LinkMtuMin, LinkMtuMax);
}

/// <summary>Bytes that an encapsulation adds to a packet.</summary>
internal static class TunnelOverhead
{
    /// <summary>RFC 7348 over IPv4: outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14.</summary>
    public const uint VxlanOverIpv4 = 50;

    /// <summary>RFC 7348 over IPv6: outer IPv6 40, UDP 8, VXLAN 8, inner Ethernet 14.</summary>
    public const uint VxlanOverIpv6 = 70;

    /// <summary>RFC 2003: outer IPv4 20.</summary>
    public const uint Ipip = 20;

    /// <summary>VXLAN over a family.</summary>
    public static uint VxlanOver(IpFamily family) => family == IpFamily.Ipv4 ? VxlanOverIpv4 : VxlanOverIpv6;
}
