namespace Weft.Netlink.Nftables;

/// <summary>Which packets a table sees (<c>NFPROTO_...</c> in <c>linux/netfilter.h</c>).</summary>
public enum NftFamily : byte
{
    /// <summary>NFPROTO_UNSPEC: of a question, all.</summary>
    Any = 0,

    /// <summary>NFPROTO_INET: IPv4 and IPv6.</summary>
    Inet = 1,

    /// <summary>NFPROTO_IPV4, which nft calls <c>ip</c>.</summary>
    Ipv4 = 2,

    /// <summary>NFPROTO_ARP.</summary>
    Arp = 3,

    /// <summary>NFPROTO_NETDEV: what a device receives or sends.</summary>
    Netdev = 5,

    /// <summary>NFPROTO_BRIDGE.</summary>
    Bridge = 7,

    /// <summary>NFPROTO_IPV6, which nft calls <c>ip6</c>.</summary>
    Ipv6 = 10,
}
