namespace Weft.Netlink.Nftables;

/// <summary>Messages of nf_tables: <c>enum nf_tables_msg_types</c> in <c>linux/netfilter/nf_tables.h</c>, kernel words
/// verbatim. On the wire with <see cref="NetfilterSubsystem.Nftables"/> in the upper byte.</summary>
public enum NftMessageType : byte
{
    NFT_MSG_NEWTABLE = 0,
    NFT_MSG_GETTABLE = 1,
    NFT_MSG_DELTABLE = 2,
    NFT_MSG_NEWCHAIN = 3,
    NFT_MSG_GETCHAIN = 4,
    NFT_MSG_DELCHAIN = 5,
    NFT_MSG_NEWRULE = 6,
    NFT_MSG_GETRULE = 7,
    NFT_MSG_DELRULE = 8,
    NFT_MSG_NEWSET = 9,
    NFT_MSG_GETSET = 10,
    NFT_MSG_DELSET = 11,
    NFT_MSG_NEWSETELEM = 12,
    NFT_MSG_GETSETELEM = 13,
    NFT_MSG_DELSETELEM = 14,
    NFT_MSG_NEWGEN = 15,
    NFT_MSG_GETGEN = 16,
    NFT_MSG_TRACE = 17,
    NFT_MSG_NEWOBJ = 18,
    NFT_MSG_GETOBJ = 19,
    NFT_MSG_DELOBJ = 20,
    NFT_MSG_GETOBJ_RESET = 21,
    NFT_MSG_NEWFLOWTABLE = 22,
    NFT_MSG_GETFLOWTABLE = 23,
    NFT_MSG_DELFLOWTABLE = 24,
    NFT_MSG_GETRULE_RESET = 25,
    NFT_MSG_DESTROYTABLE = 26,
    NFT_MSG_DESTROYCHAIN = 27,
    NFT_MSG_DESTROYRULE = 28,
    NFT_MSG_DESTROYSET = 29,
    NFT_MSG_DESTROYSETELEM = 30,
    NFT_MSG_DESTROYOBJ = 31,
    NFT_MSG_DESTROYFLOWTABLE = 32,
    NFT_MSG_GETSETELEM_RESET = 33,
}

/// <summary>Multicast groups of netfilter: <c>enum nfnetlink_groups</c> in <c>linux/netfilter/nfnetlink.h</c>.
/// Numbers, as NETLINK_ADD_MEMBERSHIP takes them, not bits.</summary>
public enum NetfilterGroup
{
    NFNLGRP_CONNTRACK_NEW = 1,
    NFNLGRP_CONNTRACK_UPDATE = 2,
    NFNLGRP_CONNTRACK_DESTROY = 3,
    NFNLGRP_NFTABLES = 7,
    NFNLGRP_NFTRACE = 9,
}
