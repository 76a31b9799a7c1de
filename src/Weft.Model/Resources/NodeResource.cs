using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A host that runs an agent (Calico's <c>Node</c>).</summary>
public sealed record NodeResource : Resource
{
    /// <summary>RFC 791: every link carries 68 bytes.</summary>
    public const int UnderlayMtuMin = 68;

    /// <summary>RFC 8200, 5: every link with IPv6 carries 1,280 bytes.</summary>
    public const int UnderlayMtuMinV6 = 1280;

    /// <summary>The loopback device's, which may have a node's address where routers announce it.</summary>
    public const int UnderlayMtuMax = 65536;

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.Node;

    /// <summary><c>spec.bgp.ipv4Address</c>: the node's IPv4 address on the underlay, with its subnet.</summary>
    public IpInterfaceAddress? BgpIpv4Address { get; init; }

    /// <summary><c>spec.bgp.ipv6Address</c>: the node's IPv6 address on the underlay, with its subnet.</summary>
    public IpInterfaceAddress? BgpIpv6Address { get; init; }

    /// <summary><c>spec.bgp.ipv4IPIPTunnelAddr</c>: the IPIP device's own address; its agent says it.</summary>
    public IpAddress? BgpIpv4IpipTunnelAddr { get; init; }

    /// <summary><c>spec.ipv4VXLANTunnelAddr</c>: the tunnel devices' own IPv4 address; its agent says it.</summary>
    public IpAddress? Ipv4VxlanTunnelAddr { get; init; }

    /// <summary><c>spec.ipv6VXLANTunnelAddr</c>: the tunnel devices' own IPv6 address; its agent says it.</summary>
    public IpAddress? Ipv6VxlanTunnelAddr { get; init; }

    /// <summary><c>spec.vxlanTunnelMACAddr</c>: the link-layer address of the tunnel device over IPv4, if it is not the
    /// computed one.</summary>
    public MacAddress? VxlanTunnelMacAddr { get; init; }

    /// <summary><c>spec.vxlanTunnelMACAddrV6</c>: the same of the tunnel device over IPv6.</summary>
    public MacAddress? VxlanTunnelMacAddrV6 { get; init; }

    /// <summary><c>status.underlayMtu</c>: the MTU of the interface with the IPv4 address; its agent says it.</summary>
    public int? UnderlayMtu { get; init; }

    /// <summary><c>status.underlayMtuV6</c>: the MTU of the interface with the IPv6 address; its agent says it.</summary>
    public int? UnderlayMtuV6 { get; init; }

    /// <summary>The address on the underlay, of one family.</summary>
    public IpInterfaceAddress? UnderlayAddress(IpFamily family) =>
        family == IpFamily.Ipv4 ? BgpIpv4Address : BgpIpv6Address;

    /// <summary>The MTU of the interface with the address of one family.</summary>
    public int? UnderlayMtuOf(IpFamily family) => family == IpFamily.Ipv4 ? UnderlayMtu : UnderlayMtuV6;
}
