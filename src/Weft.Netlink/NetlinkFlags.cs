using System;

namespace Weft.Netlink;

/// <summary>Flags of a netlink message: <c>linux/netlink.h</c>, kernel words verbatim. The meaning of the upper byte
/// depends on whether the message asks (GET), makes (NEW) or answers.</summary>
[Flags]
public enum NetlinkFlags : ushort
{
    None = 0,
    NLM_F_REQUEST = 0x01,
    NLM_F_MULTI = 0x02,
    NLM_F_ACK = 0x04,
    NLM_F_ECHO = 0x08,
    NLM_F_DUMP_INTR = 0x10,
    NLM_F_DUMP_FILTERED = 0x20,

    // Of GET requests.
    NLM_F_ROOT = 0x100,
    NLM_F_MATCH = 0x200,
    NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH,

    // Of NEW requests.
    NLM_F_REPLACE = 0x100,
    NLM_F_EXCL = 0x200,
    NLM_F_CREATE = 0x400,
    NLM_F_APPEND = 0x800,

    // Of acknowledgements (NLMSG_ERROR) and NLMSG_DONE.
    NLM_F_CAPPED = 0x100,
    NLM_F_ACK_TLVS = 0x200,
}

/// <summary>Message types that every netlink family shares: <c>linux/netlink.h</c>.</summary>
public enum NetlinkControl : ushort
{
    NLMSG_NOOP = 1,
    NLMSG_ERROR = 2,
    NLMSG_DONE = 3,
    NLMSG_OVERRUN = 4,
}
