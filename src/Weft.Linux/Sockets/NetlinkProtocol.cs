namespace Weft.Linux.Sockets;

/// <summary>Parts of the kernel that speak netlink: <c>linux/netlink.h</c>.</summary>
public enum NetlinkProtocol
{
    /// <summary>NETLINK_ROUTE: links, addresses, routes, neighbours.</summary>
    Route = 0,

    /// <summary>NETLINK_NETFILTER: nf_tables, conntrack.</summary>
    Netfilter = 12,
}
