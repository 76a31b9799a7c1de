namespace Weft.Netlink.Rtnetlink;

/// <summary>Message types of rtnetlink: <c>linux/rtnetlink.h</c>, kernel words verbatim.</summary>
public enum RtnetlinkType : ushort
{
    RTM_NEWLINK = 16,
    RTM_DELLINK = 17,
    RTM_GETLINK = 18,
    RTM_SETLINK = 19,
    RTM_NEWADDR = 20,
    RTM_DELADDR = 21,
    RTM_GETADDR = 22,
    RTM_NEWROUTE = 24,
    RTM_DELROUTE = 25,
    RTM_GETROUTE = 26,
    RTM_NEWNEIGH = 28,
    RTM_DELNEIGH = 29,
    RTM_GETNEIGH = 30,
    RTM_NEWRULE = 32,
    RTM_DELRULE = 33,
    RTM_GETRULE = 34,
    RTM_NEWNETCONF = 80,
    RTM_DELNETCONF = 81,
    RTM_GETNETCONF = 82,
    RTM_NEWNSID = 88,
    RTM_DELNSID = 89,
    RTM_GETNSID = 90,
    RTM_NEWNEXTHOP = 104,
    RTM_DELNEXTHOP = 105,
    RTM_GETNEXTHOP = 106,
}

/// <summary>Multicast groups of rtnetlink: <c>enum rtnetlink_groups</c> in <c>linux/rtnetlink.h</c>. Numbers, as
/// NETLINK_ADD_MEMBERSHIP takes them, not bits.</summary>
public enum RtnetlinkGroup
{
    RTNLGRP_LINK = 1,
    RTNLGRP_NEIGH = 3,
    RTNLGRP_IPV4_IFADDR = 5,
    RTNLGRP_IPV4_ROUTE = 7,
    RTNLGRP_IPV4_RULE = 8,
    RTNLGRP_IPV6_IFADDR = 9,
    RTNLGRP_IPV6_ROUTE = 11,
    RTNLGRP_IPV6_RULE = 19,
    RTNLGRP_IPV4_NETCONF = 24,
    RTNLGRP_IPV6_NETCONF = 25,
    RTNLGRP_NSID = 28,
    RTNLGRP_NEXTHOP = 32,
}
