using System;
using Weft.Net;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables.Rules;

/// <summary>Something of a packet that a rule can look at: how it is loaded, how long it is, in which order its bytes
/// are, and which packets have it at all.</summary>
/// <remarks>The fields that an IPv4 header has are asked of IPv4 packets only: in a table of family <c>inet</c> the same
/// bytes of an IPv6 packet are something else. <see cref="NftRuleBuilder"/> asks first, once a rule.</remarks>
public sealed record NftField
{
    private const int InterfaceNameLength = 16; // IFNAMSIZ
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte IcmpV6 = 58;

    private readonly NftExpression _load;

    private NftField(NftExpression load, int length, bool isHostOrder)
    {
        _load = load;
        Length = length;
        IsHostOrder = isHostOrder;
    }

    /// <summary>How many bytes; text is filled up with zero.</summary>
    public int Length { get; }

    /// <summary>Whether a number stands in it as this machine writes it, and not as the network does.</summary>
    public bool IsHostOrder { get; }

    /// <summary>The only family of packets that has it; null if both have.</summary>
    public NfProtocol? Family { get; private init; }

    /// <summary>The only protocol above IP that has it; null if several have.</summary>
    public byte? Transport { get; private init; }

    /// <summary>The bits that count; null for all.</summary>
    public NftBytes? Mask { get; private init; }

    /// <summary><c>iifname</c>: the interface a packet came in by.</summary>
    public static NftField InputInterface { get; } = Meta(MetaKey.IifName, InterfaceNameLength);

    /// <summary><c>oifname</c>: the interface a packet goes out by.</summary>
    public static NftField OutputInterface { get; } = Meta(MetaKey.OifName, InterfaceNameLength);

    /// <summary><c>iifgroup</c>: the group of the interface a packet came in by.</summary>
    public static NftField InputGroup { get; } = Meta(MetaKey.IifGroup, 4);

    /// <summary><c>meta mark</c>.</summary>
    public static NftField Mark32 { get; } = Meta(MetaKey.Mark, 4);

    /// <summary><c>meta nfproto</c>: a <see cref="NfProtocol"/>.</summary>
    public static NftField NetworkProtocol { get; } = Meta(MetaKey.NfProto, 1);

    /// <summary><c>meta l4proto</c>: past extension headers.</summary>
    public static NftField TransportProtocol { get; } = Meta(MetaKey.L4Proto, 1);

    /// <summary><c>ct mark</c>.</summary>
    public static NftField ConnectionMark { get; } = Connection(CtKey.Mark, 4);

    /// <summary><c>ct state</c>: bits of <see cref="CtState"/>.</summary>
    public static NftField ConnectionState { get; } = Connection(CtKey.State, 4);

    /// <summary><c>ct status</c>: bits.</summary>
    public static NftField ConnectionStatus { get; } = Connection(CtKey.Status, 4);

    /// <summary><c>ip saddr</c>.</summary>
    public static NftField Ipv4Source { get; } = Ipv4(12, 4);

    /// <summary><c>ip daddr</c>.</summary>
    public static NftField Ipv4Destination { get; } = Ipv4(16, 4);

    /// <summary><c>ip frag-off</c> with its flags: 0x1fff are the offset's bits.</summary>
    public static NftField Ipv4Fragment { get; } = Ipv4(6, 2);

    /// <summary><c>ip6 saddr</c>.</summary>
    public static NftField Ipv6Source { get; } = Ipv6(8, 16);

    /// <summary><c>ip6 daddr</c>.</summary>
    public static NftField Ipv6Destination { get; } = Ipv6(24, 16);

    /// <summary><c>icmp type</c>.</summary>
    public static NftField IcmpType { get; } = OfTransport(0, 1, Icmp) with { Family = NfProtocol.Ipv4 };

    /// <summary><c>icmpv6 type</c>.</summary>
    public static NftField IcmpV6Type { get; } = OfTransport(0, 1, IcmpV6) with { Family = NfProtocol.Ipv6 };

    /// <summary><c>tcp sport</c>.</summary>
    public static NftField TcpSourcePort { get; } = OfTransport(0, 2, Tcp);

    /// <summary><c>tcp dport</c>.</summary>
    public static NftField TcpDestinationPort { get; } = OfTransport(2, 2, Tcp);

    /// <summary><c>tcp flags</c>.</summary>
    public static NftField TcpFlags { get; } = OfTransport(13, 1, Tcp);

    /// <summary><c>udp sport</c>.</summary>
    public static NftField UdpSourcePort { get; } = OfTransport(0, 2, Udp);

    /// <summary><c>udp dport</c>.</summary>
    public static NftField UdpDestinationPort { get; } = OfTransport(2, 2, Udp);

    /// <summary><c>th sport</c>: of whatever protocol; the rule must have asked which.</summary>
    public static NftField SourcePort { get; } = OfTransport(0, 2, null);

    /// <summary><c>th dport</c>: of whatever protocol; the rule must have asked which.</summary>
    public static NftField DestinationPort { get; } = OfTransport(2, 2, null);

    /// <summary><c>fib daddr type</c>: RTN_LOCAL and the like.</summary>
    public static NftField DestinationAddressType { get; } = Fib(FibResult.AddrType, FibFlags.DAddr);

    /// <summary><c>fib saddr type</c>.</summary>
    public static NftField SourceAddressType { get; } = Fib(FibResult.AddrType, FibFlags.SAddr);

    /// <summary><c>fib saddr . iif oif</c>: the interface by which an answer would leave, if it is the one the packet
    /// came in by; else 0.</summary>
    public static NftField ReversePath { get; } = Fib(FibResult.Oif, FibFlags.SAddr | FibFlags.Iif);

    /// <summary>The source address in a family's header.</summary>
    public static NftField SourceOf(IpFamily family) => family == IpFamily.Ipv4 ? Ipv4Source : Ipv6Source;

    /// <summary>The destination address in a family's header.</summary>
    public static NftField DestinationOf(IpFamily family) => family == IpFamily.Ipv4 ? Ipv4Destination : Ipv6Destination;

    /// <summary>What the kernel knows of the packet.</summary>
    public static NftField Meta(MetaKey key, int length) =>
        new(new NftExpression.MetaLoad(NftRegister.First, key), length, key != MetaKey.Protocol);

    /// <summary>What the kernel knows of the packet's connection.</summary>
    public static NftField Connection(CtKey key, int length, CtDirection? direction = null) =>
        new(new NftExpression.CtLoad(NftRegister.First, key, direction), length, isHostOrder: true);

    /// <summary>Bytes of the packet, in network order.</summary>
    /// <param name="from">Where the offset counts from.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="family">The only family of packets for which this is asked.</param>
    /// <param name="transport">The only protocol above IP for which this is asked.</param>
    public static NftField Payload(
        PayloadBase from, int offset, int length, NfProtocol? family = null, byte? transport = null) =>
        new(
            new NftExpression.PayloadLoad(NftRegister.First, from, checked((uint)offset), checked((uint)length)),
            length,
            isHostOrder: false)
        {
            Family = family,
            Transport = transport,
        };

    /// <summary>What the routing tables say of the packet: a number in host order.</summary>
    public static NftField Fib(FibResult result, FibFlags flags) =>
        new(new NftExpression.Fib(NftRegister.First, result, flags), 4, isHostOrder: true);

    /// <summary>The same field with only some of its bits.</summary>
    public NftField Masked(NftBytes mask)
    {
        Invariant.Holds(mask.Length == Length);
        return this with { Mask = mask };
    }

    /// <summary>The same address with only its network's bits.</summary>
    public NftField Masked(int prefixLength)
    {
        byte[] mask = new byte[Length];
        for (int bit = 0; bit < prefixLength; bit++)
        {
            mask[bit / 8] |= unchecked((byte)(0x80 >> (bit % 8)));
        }

        return Masked(new NftBytes(mask));
    }

    /// <summary>A number as this field has it.</summary>
    public NftBytes Number(ulong value)
    {
        Invariant.Holds(Length >= 8 || value >> (8 * Length) == 0);
        byte[] bytes = new byte[Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[IsHostOrder && BitConverter.IsLittleEndian ? i : bytes.Length - 1 - i] =
                i < 8 ? unchecked((byte)(value >> (8 * i))) : (byte)0;
        }

        return new NftBytes(bytes);
    }

    /// <summary>Puts it into a register.</summary>
    internal NftExpression Load(NftRegister destination) => _load switch
    {
        NftExpression.MetaLoad meta => meta with { Destination = destination },
        NftExpression.CtLoad ct => ct with { Destination = destination },
        NftExpression.PayloadLoad payload => payload with { Destination = destination },
        NftExpression.Fib fib => fib with { Destination = destination },
        _ => throw new InvariantViolatedException($"{_load.Name} is loaded by no field"),
    };

    private static NftField Ipv4(int offset, int length) =>
        Payload(PayloadBase.Network, offset, length, NfProtocol.Ipv4);

    private static NftField Ipv6(int offset, int length) =>
        Payload(PayloadBase.Network, offset, length, NfProtocol.Ipv6);

    private static NftField OfTransport(int offset, int length, byte? protocol) =>
        Payload(PayloadBase.Transport, offset, length, transport: protocol);
}
