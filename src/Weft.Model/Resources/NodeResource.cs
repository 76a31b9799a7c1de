using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A host that runs an agent (Calico's <c>Node</c>).</summary>
public sealed record NodeResource : Resource
{
    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.Node;

    /// <summary><c>spec.bgp.ipv4Address</c>: the node's IPv4 address on the underlay, with its subnet.</summary>
    public IpInterfaceAddress? BgpIpv4Address { get; init; }

    /// <summary><c>spec.bgp.ipv6Address</c>: the node's IPv6 address on the underlay, with its subnet.</summary>
    public IpInterfaceAddress? BgpIpv6Address { get; init; }

    /// <summary><c>spec.ipv4VXLANTunnelAddr</c>: the tunnel device's own address; its agent says it.</summary>
    public IpAddress? Ipv4VxlanTunnelAddr { get; init; }

    /// <summary><c>spec.vxlanTunnelMACAddr</c>: the tunnel device's link-layer address, if it is not the computed one.</summary>
    public MacAddress? VxlanTunnelMacAddr { get; init; }

    /// <summary><c>status.underlayMtu</c>: the MTU of the underlay interface; its agent says it.</summary>
    public int? UnderlayMtu { get; init; }

    /// <summary>The address on the underlay, of one family.</summary>
    public IpInterfaceAddress? UnderlayAddress(IpFamily family) =>
        family == IpFamily.Ipv4 ? BgpIpv4Address : BgpIpv6Address;
}
