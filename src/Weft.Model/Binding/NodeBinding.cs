using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>Node</c> (projectcalico.org/v3).</summary>
internal static class NodeBinding
{
    /// <summary>Reads the node.</summary>
    public static NodeResource Bind(FieldReader document, Metadata metadata)
    {
        NodeResource node = new() { Metadata = metadata };
        if (document.Mapping("spec") is FieldReader spec)
        {
            node = BindSpec(spec, node);
        }

        if (document.Mapping("status") is FieldReader status)
        {
            node = node with
            {
                UnderlayMtu = status.Integer("underlayMtu", NodeResource.UnderlayMtuMin, NodeResource.UnderlayMtuMax),
                UnderlayMtuV6 = status.Integer("underlayMtuV6", NodeResource.UnderlayMtuMinV6, NodeResource.UnderlayMtuMax),
            };
            status.NotYet("wireguardPublicKey");
            status.NotYet("wireguardPublicKeyV6");
            status.NotYet("podCIDRs");
            status.Finish();
        }

        return node;
    }

    /// <summary>Writes specification and status, what is unset left out.</summary>
    public static void Write(NodeResource node, MappingBuilder document) => document
        .Add("spec", new MappingBuilder()
            .Add("bgp", new MappingBuilder()
                .AddText("ipv4Address", node.BgpIpv4Address)
                .AddText("ipv6Address", node.BgpIpv6Address)
                .AddText("ipv4IPIPTunnelAddr", node.BgpIpv4IpipTunnelAddr)
                .BuildUnlessEmpty())
            .AddText("ipv4VXLANTunnelAddr", node.Ipv4VxlanTunnelAddr)
            .AddText("vxlanTunnelMACAddr", node.VxlanTunnelMacAddr)
            .AddText("ipv6VXLANTunnelAddr", node.Ipv6VxlanTunnelAddr)
            .AddText("vxlanTunnelMACAddrV6", node.VxlanTunnelMacAddrV6)
            .BuildUnlessEmpty())
        .Add("status", new MappingBuilder()
            .Add("underlayMtu", node.UnderlayMtu)
            .Add("underlayMtuV6", node.UnderlayMtuV6)
            .BuildUnlessEmpty());

    private static NodeResource BindSpec(FieldReader spec, NodeResource node)
    {
        if (spec.Mapping("bgp") is FieldReader bgp)
        {
            node = node with
            {
                BgpIpv4Address = bgp.Value<IpInterfaceAddress>("ipv4Address", Ipv4, "an IPv4 address such as 172.16.1.2/24"),
                BgpIpv6Address = bgp.Value<IpInterfaceAddress>("ipv6Address", Ipv6, "an IPv6 address such as fd00:1::2/64"),
                BgpIpv4IpipTunnelAddr = bgp.Value<IpAddress>("ipv4IPIPTunnelAddr", TunnelIpv4, "an IPv4 address"),
            };
            bgp.NotYet("asNumber");
            bgp.NotYet("routeReflectorClusterID");
            bgp.Finish();
        }

        node = node with
        {
            Ipv4VxlanTunnelAddr = spec.Value<IpAddress>("ipv4VXLANTunnelAddr", TunnelIpv4, "an IPv4 address"),
            Ipv6VxlanTunnelAddr = spec.Value<IpAddress>("ipv6VXLANTunnelAddr", TunnelIpv6, "an IPv6 address"),
            VxlanTunnelMacAddr = spec.Value<MacAddress>("vxlanTunnelMACAddr", Mac, "a MAC address of one interface"),
            VxlanTunnelMacAddrV6 = spec.Value<MacAddress>("vxlanTunnelMACAddrV6", Mac, "a MAC address of one interface"),
        };
        spec.NotYet("orchRefs");
        spec.NotYet("wireguard");
        spec.NotYet("addresses");
        spec.NotYet("interfaces");
        spec.Finish();
        return node;
    }

    private static bool Ipv4(string text, out IpInterfaceAddress value) =>
        TryParse(text, out value) && value.Address.Family == IpFamily.Ipv4;

    private static bool Ipv6(string text, out IpInterfaceAddress value) =>
        TryParse(text, out value) && value.Address.Family == IpFamily.Ipv6;

    // Calico: an address without a length is a host of its own.
    private static bool TryParse(string text, out IpInterfaceAddress value)
    {
        if (IpAddress.TryParse(text, out IpAddress bare))
        {
            value = new IpInterfaceAddress(bare, bare.BitLength);
            return bare.Number != 0;
        }

        return IpInterfaceAddress.TryParse(text, out value) && value.Address.Number != 0;
    }

    private static bool TunnelIpv4(string text, out IpAddress value) =>
        IpAddress.TryParse(text, out value) && value.Family == IpFamily.Ipv4 && value.Number != 0;

    private static bool TunnelIpv6(string text, out IpAddress value) =>
        IpAddress.TryParse(text, out value) && value.Family == IpFamily.Ipv6 && value.Number != 0;

    private static bool Mac(string text, out MacAddress value) =>
        MacAddress.TryParse(text, out value) && !value.IsGroup && value.Value != 0;
}
