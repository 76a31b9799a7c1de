using System;

namespace Weft.Netlink.Conntrack;

/// <summary>What has happened to a connection: bits of <c>enum ip_conntrack_status</c>
/// (<c>linux/netfilter/nf_conntrack_common.h</c>).</summary>
[Flags]
public enum ConntrackStatus : uint
{
    /// <summary>Nothing yet.</summary>
    None = 0,

    /// <summary>IPS_EXPECTED: another connection announced it.</summary>
    Expected = 1 << 0,

    /// <summary>IPS_SEEN_REPLY: packets went both ways.</summary>
    SeenReply = 1 << 1,

    /// <summary>IPS_ASSURED: not given up early when the table is full.</summary>
    Assured = 1 << 2,

    /// <summary>IPS_CONFIRMED: its first packet has left.</summary>
    Confirmed = 1 << 3,

    /// <summary>IPS_SRC_NAT: its source is translated.</summary>
    SourceNat = 1 << 4,

    /// <summary>IPS_DST_NAT: its destination is translated.</summary>
    DestinationNat = 1 << 5,

    /// <summary>IPS_SEQ_ADJUST.</summary>
    SequenceAdjust = 1 << 6,

    /// <summary>IPS_SRC_NAT_DONE: whether its source is translated is decided.</summary>
    SourceNatDone = 1 << 7,

    /// <summary>IPS_DST_NAT_DONE: whether its destination is translated is decided.</summary>
    DestinationNatDone = 1 << 8,

    /// <summary>IPS_DYING: it is out of the table.</summary>
    Dying = 1 << 9,

    /// <summary>IPS_FIXED_TIMEOUT: packets do not prolong it.</summary>
    FixedTimeout = 1 << 10,

    /// <summary>IPS_TEMPLATE.</summary>
    Template = 1 << 11,

    /// <summary>IPS_HELPER: a helper was asked for by name.</summary>
    Helper = 1 << 13,

    /// <summary>IPS_OFFLOAD: its packets go by a flow table.</summary>
    Offload = 1 << 14,

    /// <summary>IPS_HW_OFFLOAD: its packets go by hardware.</summary>
    HardwareOffload = 1 << 15,
}

/// <summary>Where a TCP connection stands (<c>enum tcp_conntrack</c>).</summary>
public enum ConntrackTcpState : byte
{
    /// <summary>TCP_CONNTRACK_NONE.</summary>
    None = 0,

    /// <summary>TCP_CONNTRACK_SYN_SENT.</summary>
    SynSent = 1,

    /// <summary>TCP_CONNTRACK_SYN_RECV.</summary>
    SynReceived = 2,

    /// <summary>TCP_CONNTRACK_ESTABLISHED.</summary>
    Established = 3,

    /// <summary>TCP_CONNTRACK_FIN_WAIT.</summary>
    FinWait = 4,

    /// <summary>TCP_CONNTRACK_CLOSE_WAIT.</summary>
    CloseWait = 5,

    /// <summary>TCP_CONNTRACK_LAST_ACK.</summary>
    LastAck = 6,

    /// <summary>TCP_CONNTRACK_TIME_WAIT.</summary>
    TimeWait = 7,

    /// <summary>TCP_CONNTRACK_CLOSE.</summary>
    Close = 8,

    /// <summary>TCP_CONNTRACK_SYN_SENT2: both ends began.</summary>
    SynSent2 = 9,
}

/// <summary>Fields of a tuple that a filter looks at (CTA_FILTER_F_... in <c>net/netfilter/nf_conntrack_netlink.c</c>).
/// </summary>
[Flags]
internal enum ConntrackTupleFields : uint
{
    None = 0,
    Source = 1 << 0,
    Destination = 1 << 1,
    Zone = 1 << 2,
    Protocol = 1 << 3,
    SourcePort = 1 << 4,
    DestinationPort = 1 << 5,
    IcmpType = 1 << 6,
    IcmpCode = 1 << 7,
    IcmpId = 1 << 8,
    IcmpV6Type = 1 << 9,
    IcmpV6Code = 1 << 10,
    IcmpV6Id = 1 << 11,
}


/// <summary>Messages of connection tracking (<c>enum cntl_msg_types</c>).</summary>
internal enum ConntrackMessageType : byte
{
    New = 0, // IPCTNL_MSG_CT_NEW
    Get = 1, // IPCTNL_MSG_CT_GET
    Delete = 2, // IPCTNL_MSG_CT_DELETE
    GetStats = 5, // IPCTNL_MSG_CT_GET_STATS
}

/// <summary>Attributes of an entry (<c>enum ctattr_type</c>).</summary>
internal static class ConntrackAttribute
{
    public const ushort TupleOriginal = 1; // CTA_TUPLE_ORIG
    public const ushort TupleReply = 2; // CTA_TUPLE_REPLY
    public const ushort Status = 3; // CTA_STATUS
    public const ushort ProtocolInfo = 4; // CTA_PROTOINFO
    public const ushort Help = 5; // CTA_HELP
    public const ushort SourceNat = 6; // CTA_NAT_SRC
    public const ushort Timeout = 7; // CTA_TIMEOUT
    public const ushort Mark = 8; // CTA_MARK
    public const ushort CountersOriginal = 9; // CTA_COUNTERS_ORIG
    public const ushort CountersReply = 10; // CTA_COUNTERS_REPLY
    public const ushort Use = 11; // CTA_USE
    public const ushort Id = 12; // CTA_ID
    public const ushort DestinationNat = 13; // CTA_NAT_DST
    public const ushort TupleMaster = 14; // CTA_TUPLE_MASTER
    public const ushort Zone = 18; // CTA_ZONE
    public const ushort Timestamp = 20; // CTA_TIMESTAMP
    public const ushort MarkMask = 21; // CTA_MARK_MASK
    public const ushort Labels = 22; // CTA_LABELS
    public const ushort LabelsMask = 23; // CTA_LABELS_MASK
    public const ushort Filter = 25; // CTA_FILTER
    public const ushort StatusMask = 26; // CTA_STATUS_MASK
}
