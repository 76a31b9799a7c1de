using System;

namespace Weft.Netlink.Rtnetlink;

/// <summary>What happens to a packet that a route matches (RTN_... in <c>linux/rtnetlink.h</c>).</summary>
public enum RouteType : byte
{
    /// <summary>RTN_UNSPEC: in a request to delete, any.</summary>
    Unspecified = 0,

    /// <summary>RTN_UNICAST: it is sent on.</summary>
    Unicast = 1,

    /// <summary>RTN_LOCAL: it is for this host.</summary>
    Local = 2,

    /// <summary>RTN_BROADCAST.</summary>
    Broadcast = 3,

    /// <summary>RTN_ANYCAST.</summary>
    Anycast = 4,

    /// <summary>RTN_MULTICAST.</summary>
    Multicast = 5,

    /// <summary>RTN_BLACKHOLE: dropped silently.</summary>
    Blackhole = 6,

    /// <summary>RTN_UNREACHABLE: dropped, and the sender told "host unreachable".</summary>
    Unreachable = 7,

    /// <summary>RTN_PROHIBIT: dropped, and the sender told "administratively prohibited".</summary>
    Prohibit = 8,

    /// <summary>RTN_THROW: the next rule decides.</summary>
    Throw = 9,
}

/// <summary>How far away a destination is (<c>enum rt_scope_t</c>). IPv6 routes have
/// <see cref="Universe"/> always.</summary>
public enum RouteScope : byte
{
    /// <summary>RT_SCOPE_UNIVERSE: behind a router.</summary>
    Universe = 0,

    /// <summary>RT_SCOPE_SITE.</summary>
    Site = 200,

    /// <summary>RT_SCOPE_LINK: on the link.</summary>
    Link = 253,

    /// <summary>RT_SCOPE_HOST: this host itself.</summary>
    Host = 254,

    /// <summary>RT_SCOPE_NOWHERE: in a request to delete, any.</summary>
    Nowhere = 255,
}

/// <summary>Flags of a route or of one of its ways (RTNH_F_..., RTM_F_... in <c>linux/rtnetlink.h</c>). Of these only
/// <see cref="OnLink"/> is for us to say; the others are the kernel's news.</summary>
[Flags]
public enum RouteFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>RTNH_F_DEAD.</summary>
    Dead = 0x1,

    /// <summary>RTNH_F_PERVASIVE.</summary>
    Pervasive = 0x2,

    /// <summary>RTNH_F_ONLINK: the gateway is on the link although no address says so.</summary>
    OnLink = 0x4,

    /// <summary>RTNH_F_OFFLOAD.</summary>
    Offload = 0x8,

    /// <summary>RTNH_F_LINKDOWN: the interface has no carrier.</summary>
    LinkDown = 0x10,

    /// <summary>RTNH_F_UNRESOLVED.</summary>
    Unresolved = 0x20,

    /// <summary>RTM_F_CLONED: a cached copy.</summary>
    Cloned = 0x200,
}

/// <summary>Numbers of routing tables (<c>enum rt_class_t</c>).</summary>
public static class RouteTable
{
    /// <summary>RT_TABLE_UNSPEC: in a request to list, all.</summary>
    public const uint Unspecified = 0;

    /// <summary>RT_TABLE_DEFAULT.</summary>
    public const uint Default = 253;

    /// <summary>RT_TABLE_MAIN.</summary>
    public const uint Main = 254;

    /// <summary>RT_TABLE_LOCAL: the kernel's own, of this host's addresses.</summary>
    public const uint Local = 255;
}

/// <summary>Who put a route there (RTPROT_... in <c>linux/rtnetlink.h</c>).</summary>
public static class RouteProtocol
{
    /// <summary>RTPROT_UNSPEC: in a request to delete, any.</summary>
    public const byte Unspecified = 0;

    /// <summary>RTPROT_KERNEL.</summary>
    public const byte Kernel = 2;

    /// <summary>RTPROT_BOOT: iproute2's when nobody says otherwise.</summary>
    public const byte Boot = 3;

    /// <summary>RTPROT_STATIC.</summary>
    public const byte Static = 4;
}
