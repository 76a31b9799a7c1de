namespace Weft.Netlink.Rtnetlink;

/// <summary>IFLA_... in <c>linux/if_link.h</c>.</summary>
internal static class LinkAttribute
{
    public const ushort Address = 1; // IFLA_ADDRESS
    public const ushort Name = 3; // IFLA_IFNAME
    public const ushort Mtu = 4; // IFLA_MTU
    public const ushort Link = 5; // IFLA_LINK
    public const ushort Master = 10; // IFLA_MASTER
    public const ushort LinkInfo = 18; // IFLA_LINKINFO
    public const ushort Alias = 20; // IFLA_IFALIAS
    public const ushort AddressFamilies = 26; // IFLA_AF_SPEC
    public const ushort Group = 27; // IFLA_GROUP
    public const ushort NamespaceDescriptor = 28; // IFLA_NET_NS_FD
    public const ushort ExtensionMask = 29; // IFLA_EXT_MASK
    public const ushort LinkNamespaceId = 37; // IFLA_LINK_NETNSID

    /// <summary>A value of <see cref="ExtensionMask"/>: leave the counters out (RTEXT_FILTER_SKIP_STATS).</summary>
    public const uint SkipStatistics = 1 << 3;
}

/// <summary>IFLA_INFO_... in <c>linux/if_link.h</c>.</summary>
internal static class LinkInfoAttribute
{
    public const ushort Kind = 1; // IFLA_INFO_KIND
    public const ushort Data = 2; // IFLA_INFO_DATA

    /// <summary>Inside the data of kind <c>veth</c>: VETH_INFO_PEER in <c>linux/veth.h</c>.</summary>
    public const ushort VethPeer = 1;
}

/// <summary>IFLA_INET6_... in <c>linux/if_link.h</c>.</summary>
internal static class Inet6Attribute
{
    public const ushort AddressGenerationMode = 8; // IFLA_INET6_ADDR_GEN_MODE
}

/// <summary>IFLA_VXLAN_... in <c>linux/if_link.h</c>.</summary>
internal static class VxlanAttribute
{
    public const ushort Id = 1; // IFLA_VXLAN_ID
    public const ushort Group = 2; // IFLA_VXLAN_GROUP
    public const ushort Link = 3; // IFLA_VXLAN_LINK
    public const ushort Local = 4; // IFLA_VXLAN_LOCAL
    public const ushort Ttl = 5; // IFLA_VXLAN_TTL
    public const ushort Learning = 7; // IFLA_VXLAN_LEARNING
    public const ushort Port = 15; // IFLA_VXLAN_PORT
    public const ushort Group6 = 16; // IFLA_VXLAN_GROUP6
    public const ushort Local6 = 17; // IFLA_VXLAN_LOCAL6
    public const ushort UdpChecksum = 18; // IFLA_VXLAN_UDP_CSUM
    public const ushort UdpZeroChecksum6Transmit = 19; // IFLA_VXLAN_UDP_ZERO_CSUM6_TX
    public const ushort UdpZeroChecksum6Receive = 20; // IFLA_VXLAN_UDP_ZERO_CSUM6_RX
    public const ushort TtlInherit = 28; // IFLA_VXLAN_TTL_INHERIT
    public const ushort Df = 29; // IFLA_VXLAN_DF
}
