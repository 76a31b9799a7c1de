using System;

namespace Weft.Netlink.Nftables.Expressions;

// What expressions can load: transcribed from linux/netfilter/nf_tables.h, the kernel's words without their prefix.

/// <summary>What is known of a packet beside its bytes (<c>enum nft_meta_keys</c>, NFT_META_...).</summary>
public enum MetaKey : uint
{
    Len,
    Protocol,
    Priority,
    Mark,
    Iif,
    Oif,
    IifName,
    OifName,
    IifType,
    OifType,
    SkUid,
    SkGid,
    NfTrace,
    RtClassId,
    SecMark,
    NfProto,
    L4Proto,
    BriIifName,
    BriOifName,
    PktType,
    Cpu,
    IifGroup,
    OifGroup,
    CGroup,
    PRandom,
    SecPath,
    IifKind,
    OifKind,
    BriIifPvid,
    BriIifVProto,
    TimeNs,
    TimeDay,
    TimeHour,
    SDif,
    SDifName,
    BriBroute,
    BriIifHwAddr,
}

/// <summary>What connection tracking knows of a packet (<c>enum nft_ct_keys</c>, NFT_CT_...).</summary>
public enum CtKey : uint
{
    State,
    Direction,
    Status,
    Mark,
    SecMark,
    Expiration,
    Helper,
    L3Protocol,
    Src,
    Dst,
    Protocol,
    ProtoSrc,
    ProtoDst,
    Labels,
    Pkts,
    Bytes,
    AvgPkt,
    Zone,
    EventMask,
    SrcIp,
    DstIp,
    SrcIp6,
    DstIp6,
    Id,
}

/// <summary>The direction of a connection (<c>enum ip_conntrack_dir</c>).</summary>
public enum CtDirection : byte
{
    Original = 0,
    Reply = 1,
}

/// <summary>What NFT_CT_STATE loads: bits of <c>linux/netfilter/nf_conntrack_common.h</c>.</summary>
[Flags]
public enum CtState : uint
{
    None = 0,
    Invalid = 1,
    Established = 2,
    Related = 4,
    New = 8,
    Untracked = 64,
}

/// <summary>What is known of a packet's route (<c>enum nft_rt_keys</c>, NFT_RT_...).</summary>
public enum RouteKey : uint
{
    ClassId,
    NextHop4,
    NextHop6,
    TcpMss,
    Xfrm,
}

/// <summary>What a look into the routing tables gives (<c>enum nft_fib_result</c>).</summary>
public enum FibResult : uint
{
    Oif = 1,
    OifName = 2,
    AddrType = 3,
}

/// <summary>What a look into the routing tables looks for (<c>enum nft_fib_flags</c>, NFTA_FIB_F_...).</summary>
[Flags]
public enum FibFlags : uint
{
    None = 0,
    SAddr = 1 << 0,
    DAddr = 1 << 1,
    Mark = 1 << 2,
    Iif = 1 << 3,
    Oif = 1 << 4,
    Present = 1 << 5,
}

/// <summary>What is known of the socket that a packet is for (<c>enum nft_socket_keys</c>).</summary>
public enum SocketKey : uint
{
    Transparent,
    Mark,
    Wildcard,
    CGroupV2,
}

/// <summary>What is known of the tunnel that a packet came by (<c>enum nft_tunnel_keys</c>).</summary>
public enum TunnelKey : uint
{
    Path,
    Id,
}

/// <summary>Which side of a tunnel (<c>enum nft_tunnel_mode</c>).</summary>
public enum TunnelMode : uint
{
    None,
    Receive,
    Transmit,
}

/// <summary>What is known of a packet's IPsec state (<c>enum nft_xfrm_keys</c>).</summary>
public enum XfrmKey : uint
{
    DAddrIp4 = 1,
    DAddrIp6,
    SAddrIp4,
    SAddrIp6,
    ReqId,
    Spi,
}

/// <summary>Where an offset counts from (<c>enum nft_payload_bases</c>).</summary>
public enum PayloadBase : uint
{
    LinkLayer,
    Network,
    Transport,
    Inner,
    Tunnel,
}

/// <summary>Which checksum a written field is covered by (<c>enum nft_payload_csum_types</c>).</summary>
public enum PayloadChecksum : uint
{
    None,
    Internet,
    Sctp,
}

/// <summary>Which list of options is searched (<c>enum nft_exthdr_op</c>).</summary>
public enum OptionList : uint
{
    Ipv6,
    TcpOption,
    Ipv4,
    Sctp,
    Dccp,
}
