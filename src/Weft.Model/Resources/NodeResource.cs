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

    /// <summary>The annotation that says that the IPv4 address was found by the node's agent, and which one.</summary>
    public const string DetectedIpv4Annotation = "weft.dev/detected-ipv4";

    /// <summary>The same for IPv6.</summary>
    public const string DetectedIpv6Annotation = "weft.dev/detected-ipv6";

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

    /// <summary>The link-layer address that was given for the tunnel device over a family.</summary>
    public MacAddress? GivenTunnelMac(IpFamily family) => family == IpFamily.Ipv4 ? VxlanTunnelMacAddr : VxlanTunnelMacAddrV6;

    /// <summary><c>status.underlayMtu</c>: the MTU of the interface with the IPv4 address; its agent says it.</summary>
    public int? UnderlayMtu { get; init; }

    /// <summary><c>status.underlayMtuV6</c>: the MTU of the interface with the IPv6 address; its agent says it.</summary>
    public int? UnderlayMtuV6 { get; init; }

    /// <summary>The address on the underlay, of one family.</summary>
    public IpInterfaceAddress? UnderlayAddress(IpFamily family) =>
        family == IpFamily.Ipv4 ? BgpIpv4Address : BgpIpv6Address;

    /// <summary>Whether the underlay's address of one family was found by the node's agent: the annotation says so, of
    /// this very address. One that the annotation does not speak of was given, and is nobody's to change.</summary>
    public bool HasDetected(IpFamily family) =>
        UnderlayAddress(family) is { } address
        && Metadata.Annotations.TryGetValue(AnnotationOf(family), out string? found)
        && found == address.ToString();

    /// <summary>This node with an address that its agent found.</summary>
    public NodeResource WithDetected(IpFamily family, IpInterfaceAddress address)
    {
        Metadata metadata = Metadata with
        {
            Annotations = Metadata.Annotations.With(AnnotationOf(family), address.ToString()),
        };
        return family == IpFamily.Ipv4
            ? this with { BgpIpv4Address = address, Metadata = metadata }
            : this with { BgpIpv6Address = address, Metadata = metadata };
    }

    /// <summary>This node without the address of a family that its agent found.</summary>
    public NodeResource WithoutDetected(IpFamily family) => !HasDetected(family)
        ? this
        : (family == IpFamily.Ipv4 ? this with { BgpIpv4Address = null } : this with { BgpIpv6Address = null }).WithoutStaleDetection();

    /// <summary>This node without annotations that speak of another address than it has.</summary>
    public NodeResource WithoutStaleDetection()
    {
        NodeResource node = this;
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (!node.HasDetected(family) && node.Metadata.Annotations.ContainsKey(AnnotationOf(family)))
            {
                node = node with
                {
                    Metadata = node.Metadata with { Annotations = node.Metadata.Annotations.Without(AnnotationOf(family)) },
                };
            }
        }

        return node;
    }

    /// <summary>The MTU of the interface with the address of one family.</summary>
    public int? UnderlayMtuOf(IpFamily family) => family == IpFamily.Ipv4 ? UnderlayMtu : UnderlayMtuV6;

    private static string AnnotationOf(IpFamily family) =>
        family == IpFamily.Ipv4 ? DetectedIpv4Annotation : DetectedIpv6Annotation;
}
