using System;

namespace Weft.Netlink.Nftables.Expressions;

// What expressions do: transcribed from linux/netfilter/nf_tables.h and nf_nat.h, the kernel's words without prefix.

/// <summary>How a value is compared (<c>enum nft_cmp_ops</c>). In network order, so that less is less.</summary>
public enum CompareOperation : uint
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>How bits are changed (<c>enum nft_bitwise_ops</c>).</summary>
public enum BitwiseOperation : uint
{
    MaskXor,
    LeftShift,
    RightShift,
    And,
    Or,
    Xor,
}

/// <summary>Which way bytes are turned (<c>enum nft_byteorder_ops</c>).</summary>
public enum ByteOrderOperation : uint
{
    NetworkToHost,
    HostToNetwork,
}

/// <summary>What happens to the element of a dynamic set (<c>enum nft_dynset_ops</c>).</summary>
public enum DynamicSetOperation : uint
{
    Add,
    Update,
    Delete,
}

/// <summary>Which address is translated (<c>enum nft_nat_types</c>).</summary>
public enum NatType : uint
{
    Source,
    Destination,
}

/// <summary>How a translation chooses (NF_NAT_RANGE_... in <c>linux/netfilter/nf_nat.h</c>). Whether addresses and ports
/// are given (MAP_IPS, PROTO_SPECIFIED) follows from the registers and is not said here.</summary>
[Flags]
public enum NatFlags : uint
{
    None = 0,
    ProtoRandom = 1 << 2,
    Persistent = 1 << 3,
    ProtoRandomFully = 1 << 4,
    ProtoOffset = 1 << 5,
    NetMap = 1 << 6,
}

/// <summary>How a number is generated (<c>enum nft_ng_types</c>).</summary>
public enum NumberGeneratorType : uint
{
    Incremental,
    Random,
}

/// <summary>What a limit counts (<c>enum nft_limit_type</c>).</summary>
public enum LimitType : uint
{
    Packets,
    Bytes,
}

/// <summary>Flags of a quota (<c>enum nft_quota_flags</c>).</summary>
[Flags]
public enum QuotaFlags : uint
{
    None = 0,
    Inverted = 1 << 0,
    Depleted = 1 << 1,
}

/// <summary>How a packet is refused (<c>enum nft_reject_types</c>).</summary>
public enum RejectType : uint
{
    IcmpUnreachable,
    TcpReset,
    IcmpxUnreachable,
}

/// <summary>Flags of a queue for programs (NFT_QUEUE_FLAG_...).</summary>
[Flags]
public enum QueueFlags : ushort
{
    None = 0,
    Bypass = 1,
    CpuFanout = 2,
}

/// <summary>Flags of a SYN proxy (NF_SYNPROXY_OPT_... in <c>linux/netfilter/nf_synproxy.h</c>).</summary>
[Flags]
public enum SynProxyFlags : uint
{
    None = 0,
    Mss = 1 << 0,
    WindowScale = 1 << 1,
    SackPermitted = 1 << 2,
    Timestamp = 1 << 3,
    Ecn = 1 << 4,
}

/// <summary>Kinds of named objects (NFT_OBJECT_...).</summary>
public enum NftObjectType : uint
{
    None = 0,
    Counter = 1,
    Quota = 2,
    ConntrackHelper = 3,
    Limit = 4,
    ConnectionLimit = 5,
    Tunnel = 6,
    ConntrackTimeout = 7,
    SecurityMark = 8,
    ConntrackExpectation = 9,
    SynProxy = 10,
}

/// <summary>Families of tables and of addresses that nf_tables speaks of (<c>enum</c> NFPROTO_... in
/// <c>linux/netfilter.h</c>).</summary>
public enum NfProtocol : uint
{
    Unspecified = 0,
    Inet = 1,
    Ipv4 = 2,
    Arp = 3,
    NetDevice = 5,
    Bridge = 7,
    Ipv6 = 10,
}

/// <summary>The tunnel whose inside <see cref="NftExpression.Inner"/> looks at (<c>enum nft_inner_type</c>).</summary>
public enum InnerType : uint
{
    Unspecified = 0,
    Vxlan = 1,
    Geneve = 2,
}

/// <summary>What <see cref="NftExpression.Inner"/> parses (<c>enum nft_inner_flags</c>, NFT_INNER_...).</summary>
[Flags]
public enum InnerFlags : uint
{
    None = 0,
    HeaderSize = 1 << 0,
    LinkLayer = 1 << 1,
    Network = 1 << 2,
    Transport = 1 << 3,
}
