namespace Weft.Net.Filters;

/// <summary>What a primitive is about.</summary>
internal enum FilterProtocol
{
    Any,
    Link,
    Ip,
    Ipv6,
    Arp,
    Rarp,
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmpv6,
    Igmp,
    Igrp,
    Pim,
    Vrrp,
    Carp,
    Ah,
    Esp,
    AppleTalk,
    AppleTalkArp,
    Decnet,
    Lat,
    Sca,
    MopConsole,
    MopDump,
    Iso,
    Esis,
    Isis,
    Clnp,
    SpanningTree,
    Ipx,
    NetBeui,
}

/// <summary>Which of a packet's two ends a primitive is about.</summary>
internal enum FilterEnd
{
    Either,
    Source,
    Destination,
    Both,
}

/// <summary>A packet within a packet that a filter can look into.</summary>
internal enum FilterTunnel
{
    Vxlan,
    Geneve,
    IpInIp,
}

/// <summary>A filter, or a part of one: true or false for a packet. <see cref="At"/> is where it stands in the
/// text.</summary>
internal abstract record FilterExpression(int At)
{
    /// <summary>All packets: the empty filter.</summary>
    public sealed record Everything() : FilterExpression(0);

    public sealed record And(FilterExpression Left, FilterExpression Right) : FilterExpression(Left.At);

    public sealed record Or(FilterExpression Left, FilterExpression Right) : FilterExpression(Left.At);

    public sealed record Not(int At, FilterExpression Operand) : FilterExpression(At);

    /// <summary><c>tcp</c>, <c>arp</c>, ...: it is a packet of that protocol.</summary>
    public sealed record IsProtocol(int At, FilterProtocol Protocol) : FilterExpression(At);

    /// <summary><c>host 10.0.0.1</c>, <c>src net 10.0.0.0/8</c>: an address, or the network that the mask leaves.</summary>
    public sealed record Address(
        int At, FilterProtocol Protocol, FilterEnd End, IpAddress Value, System.UInt128 Mask, bool IsNet)
        : FilterExpression(At);

    /// <summary><c>ether host 02:00:00:00:00:01</c>.</summary>
    public sealed record LinkAddress(int At, FilterEnd End, MacAddress Value) : FilterExpression(At);

    /// <summary><c>port 80</c>, <c>tcp dst portrange 80-90</c>.</summary>
    public sealed record Port(
        int At, FilterProtocol Protocol, FilterEnd End, ushort First, ushort Last, bool IsRange) : FilterExpression(At);

    /// <summary><c>ip proto 6</c>, <c>ether proto 0x88cc</c>.</summary>
    public sealed record ProtocolNumber(int At, FilterProtocol Carrier, uint Number) : FilterExpression(At);

    /// <summary><c>ip6 protochain 6</c>: the protocol is somewhere in the chain of headers.</summary>
    public sealed record ProtocolChain(int At, FilterProtocol Carrier, uint Number) : FilterExpression(At);

    public sealed record Broadcast(int At, FilterProtocol Protocol) : FilterExpression(At);

    public sealed record Multicast(int At, FilterProtocol Protocol) : FilterExpression(At);

    /// <summary><c>less 64</c>, <c>greater 64</c>: as long as that or shorter, as long as that or longer.</summary>
    public sealed record Length(int At, bool IsGreater, uint Bytes) : FilterExpression(At);

    /// <summary><c>inbound</c>, <c>outbound</c>.</summary>
    public sealed record Direction(int At, bool IsOutbound) : FilterExpression(At);

    /// <summary><c>ifindex 3</c>.</summary>
    public sealed record Interface(int At, uint Index) : FilterExpression(At);

    /// <summary><c>vlan</c>, <c>vlan 10</c>; what follows it looks behind the tag.</summary>
    public sealed record Vlan(int At, uint? Id) : FilterExpression(At);

    /// <summary><c>mpls</c>, <c>mpls 1024</c>; what follows it looks behind the label.</summary>
    public sealed record Mpls(int At, uint? Label) : FilterExpression(At);

    /// <summary><c>pppoed</c>.</summary>
    public sealed record PppoeDiscovery(int At) : FilterExpression(At);

    /// <summary><c>pppoes</c>, <c>pppoes 7</c>; what follows it looks into the PPP frame.</summary>
    public sealed record PppoeSession(int At, uint? Id) : FilterExpression(At);

    /// <summary><c>vxlan</c>, <c>geneve 7</c>; what follows it looks into the inner packet.</summary>
    public sealed record Tunnel(int At, FilterTunnel Kind, uint? Vni) : FilterExpression(At);

    /// <summary><c>inner host 10.65.0.2</c>: it is a tunnel's packet, and that holds for the packet in it.</summary>
    public sealed record Inner(int At, FilterExpression Operand) : FilterExpression(At);

    /// <summary><c>ip[8] &lt; 5</c>: a comparison of two numbers.</summary>
    public sealed record Relation(int At, FilterComparison Comparison, FilterNumber Left, FilterNumber Right)
        : FilterExpression(At);
}

/// <summary>How two numbers are compared, without a sign.</summary>
internal enum FilterComparison
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A number that is calculated for each packet, modulo 2^32.</summary>
internal abstract record FilterNumber(int At)
{
    public sealed record Constant(int At, uint Value) : FilterNumber(At);

    /// <summary>The packet's length on the wire.</summary>
    public sealed record PacketLength(int At) : FilterNumber(At);

    /// <summary>1, 2 or 4 bytes of a header, counted from its begin.</summary>
    public sealed record Load(int At, FilterProtocol Protocol, FilterNumber Offset, int Size) : FilterNumber(At);

    public sealed record Negation(int At, FilterNumber Operand) : FilterNumber(At);

    /// <summary>An operation, by its code in BPF.</summary>
    public sealed record Operation(int At, ushort Code, FilterNumber Left, FilterNumber Right) : FilterNumber(At);
}
