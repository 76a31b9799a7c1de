namespace Weft.Bgp.Formats;

/// <summary>Numbers of BGP in words (IANA, BGP parameters).</summary>
internal static class BgpWords
{
    public const byte Open = 1;
    public const byte Update = 2;
    public const byte Notification = 3;
    public const byte KeepAlive = 4;
    public const byte RouteRefresh = 5;
    public const byte CiscoRouteRefresh = 128;
    public const int Ipv4 = 1;
    public const int Ipv6 = 2;
    public const int Unicast = 1;
    public const int Multicast = 2;
    public const int Labelled = 4;
    public const int Vpn = 128;

    public static string? Message(ulong number) => number switch
    {
        Open => "OPEN",
        Update => "UPDATE",
        Notification => "NOTIFICATION",
        KeepAlive => "KEEPALIVE",
        RouteRefresh => "ROUTE-REFRESH",
        6 => "CAPABILITY",
        CiscoRouteRefresh => "ROUTE-REFRESH (before its RFC)",
        _ => null,
    };

    public static string? Family(ulong number) => number switch
    {
        Ipv4 => "IPv4",
        Ipv6 => "IPv6",
        25 => "L2VPN",
        16388 => "BGP-LS",
        _ => null,
    };

    public static string? Subsequent(ulong number) => number switch
    {
        Unicast => "unicast",
        Multicast => "multicast",
        Labelled => "labelled unicast",
        5 => "multicast VPN",
        65 => "VPLS",
        66 => "MDT",
        70 => "EVPN",
        71 => "BGP-LS",
        73 => "SR policy",
        Vpn => "VPN",
        129 => "multicast VPN",
        132 => "route target constraint",
        133 => "flow specification",
        134 => "VPN flow specification",
        _ => null,
    };

    public static string? Capability(ulong number) => number switch
    {
        1 => "multiprotocol",
        2 => "route refresh",
        3 => "outbound route filtering",
        5 => "extended next hop",
        6 => "extended message",
        7 => "BGPsec",
        8 => "multiple labels",
        9 => "role",
        64 => "graceful restart",
        65 => "four-byte AS numbers",
        67 => "dynamic capability",
        68 => "multisession",
        69 => "several paths",
        70 => "enhanced route refresh",
        71 => "long-lived graceful restart",
        73 => "host name",
        128 => "route refresh (before its RFC)",
        130 => "outbound route filtering (before its RFC)",
        _ => null,
    };

    public static string? Attribute(ulong number) => number switch
    {
        1 => "ORIGIN",
        2 => "AS_PATH",
        3 => "NEXT_HOP",
        4 => "MULTI_EXIT_DISC",
        5 => "LOCAL_PREF",
        6 => "ATOMIC_AGGREGATE",
        7 => "AGGREGATOR",
        8 => "COMMUNITIES",
        9 => "ORIGINATOR_ID",
        10 => "CLUSTER_LIST",
        14 => "MP_REACH_NLRI",
        15 => "MP_UNREACH_NLRI",
        16 => "EXTENDED_COMMUNITIES",
        17 => "AS4_PATH",
        18 => "AS4_AGGREGATOR",
        22 => "PMSI_TUNNEL",
        23 => "TUNNEL_ENCAPSULATION",
        26 => "AIGP",
        29 => "BGP-LS",
        32 => "LARGE_COMMUNITY",
        33 => "BGPSEC_PATH",
        35 => "ONLY_TO_CUSTOMER",
        40 => "PREFIX_SID",
        128 => "ATTR_SET",
        _ => null,
    };

    public static string? Origin(ulong number) => number switch
    {
        0 => "IGP",
        1 => "EGP",
        2 => "incomplete",
        _ => null,
    };

    public static string? Segment(ulong number) => number switch
    {
        1 => "set",
        2 => "sequence",
        3 => "confederation sequence",
        4 => "confederation set",
        _ => null,
    };

    public static string? Community(ulong number) => number switch
    {
        0xFFFF0000 => "graceful shutdown",
        0xFFFF0006 => "long-lived graceful restart: stale",
        0xFFFF0007 => "no long-lived graceful restart",
        0xFFFF029A => "blackhole",
        0xFFFFFF01 => "no-export",
        0xFFFFFF02 => "no-advertise",
        0xFFFFFF03 => "no-export-subconfed",
        0xFFFFFF04 => "no-peer",
        _ => null,
    };

    public static string? Error(ulong number) => number switch
    {
        1 => "message header error",
        2 => "OPEN message error",
        3 => "UPDATE message error",
        4 => "hold timer expired",
        5 => "finite state machine error",
        6 => "cease",
        7 => "ROUTE-REFRESH message error",
        8 => "send hold timer expired",
        _ => null,
    };

    public static string? Suberror(byte error, byte suberror) => (error, suberror) switch
    {
        (1, 1) => "connection not synchronised",
        (1, 2) => "bad message length",
        (1, 3) => "bad message type",
        (2, 1) => "unsupported version number",
        (2, 2) => "bad peer AS",
        (2, 3) => "bad BGP identifier",
        (2, 4) => "unsupported optional parameter",
        (2, 6) => "unacceptable hold time",
        (2, 7) => "unsupported capability",
        (2, 11) => "role mismatch",
        (3, 1) => "malformed attribute list",
        (3, 2) => "unrecognised well-known attribute",
        (3, 3) => "missing well-known attribute",
        (3, 4) => "attribute flags error",
        (3, 5) => "attribute length error",
        (3, 6) => "invalid ORIGIN attribute",
        (3, 8) => "invalid NEXT_HOP attribute",
        (3, 9) => "optional attribute error",
        (3, 10) => "invalid network field",
        (3, 11) => "malformed AS_PATH",
        (5, 1) => "unexpected message in OpenSent",
        (5, 2) => "unexpected message in OpenConfirm",
        (5, 3) => "unexpected message in Established",
        (6, 1) => "maximum number of prefixes reached",
        (6, 2) => "administrative shutdown",
        (6, 3) => "peer de-configured",
        (6, 4) => "administrative reset",
        (6, 5) => "connection rejected",
        (6, 6) => "other configuration change",
        (6, 7) => "connection collision resolution",
        (6, 8) => "out of resources",
        (6, 9) => "hard reset",
        (6, 10) => "BFD down",
        _ => null,
    };
}
