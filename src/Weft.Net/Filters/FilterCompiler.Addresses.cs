using System;
using Weft.Net.Bpf;

namespace Weft.Net.Filters;

internal sealed partial class FilterCompiler
{
    private const uint Ipv4SourceAt = 12;
    private const uint Ipv4DestinationAt = 16;
    private const uint Ipv4FragmentAt = 6;
    private const uint Ipv4ProtocolAt = 9;
    private const uint Ipv6SourceAt = 8;
    private const uint Ipv6DestinationAt = 24;
    private const uint Ipv6NextHeaderAt = 6;
    private const uint Ipv6Length = 40;
    private const uint ArpSourceAt = 14;
    private const uint ArpDestinationAt = 24;
    private const uint FragmentOffsetMask = 0x1FFF;

    private const uint ProtocolFragment = 44;
    private const uint ProtocolTcp = 6;
    private const uint ProtocolUdp = 17;
    private const uint ProtocolSctp = 132;

    private static FilterTest OfEnds(FilterEnd end, Func<FilterTest> source, Func<FilterTest> destination) => end switch
    {
        FilterEnd.Source => source(),
        FilterEnd.Destination => destination(),
        FilterEnd.Both => source().And(destination()),
        _ => source().Or(destination()),
    };

    private FilterTest AddressTest(FilterExpression.Address address)
    {
        if (address.Value.Family == IpFamily.Ipv6)
        {
            return OfEnds(
                address.End,
                () => TypeTest(EtherTypeIpv6, address.At).And(Ipv6AddressTest(address, Ipv6SourceAt)),
                () => TypeTest(EtherTypeIpv6, address.At).And(Ipv6AddressTest(address, Ipv6DestinationAt)));
        }

        return address.Protocol switch
        {
            FilterProtocol.Ip => Ipv4AddressTest(address, EtherTypeIpv4, Ipv4SourceAt, Ipv4DestinationAt),
            FilterProtocol.Arp => Ipv4AddressTest(address, EtherTypeArp, ArpSourceAt, ArpDestinationAt),
            FilterProtocol.Rarp => Ipv4AddressTest(address, EtherTypeReverseArp, ArpSourceAt, ArpDestinationAt),

            // Behind MPLS labels nothing says that it is ARP.
            _ when _layout.Labels > 0 => Ipv4AddressTest(address, EtherTypeIpv4, Ipv4SourceAt, Ipv4DestinationAt),
            _ => Ipv4AddressTest(address, EtherTypeIpv4, Ipv4SourceAt, Ipv4DestinationAt)
                .Or(Ipv4AddressTest(address, EtherTypeArp, ArpSourceAt, ArpDestinationAt))
                .Or(Ipv4AddressTest(address, EtherTypeReverseArp, ArpSourceAt, ArpDestinationAt)),
        };
    }

    private FilterTest Ipv4AddressTest(
        FilterExpression.Address address, uint type, uint sourceAt, uint destinationAt) => OfEnds(
            address.End,
            () => TypeTest(type, address.At).And(
                WordTest(sourceAt, (uint)address.Value.Number, (uint)address.Mask)),
            () => TypeTest(type, address.At).And(
                WordTest(destinationAt, (uint)address.Value.Number, (uint)address.Mask)));

    private FilterTest Ipv6AddressTest(FilterExpression.Address address, uint offset)
    {
        FilterTest? all = null;
        for (int word = 0; word < 4; word++)
        {
            int shift = 96 - (32 * word);
            uint value = unchecked((uint)(address.Value.Number >> shift));
            uint mask = unchecked((uint)(address.Mask >> shift));
            FilterTest one = WordTest(offset + (4 * (uint)word), value, mask);
            all = all is null ? one : all.And(one);
        }

        return all ?? FilterTest.True;
    }

    // A word of which no bit matters is not loaded: so does libpcap's optimizer.
    private FilterTest WordTest(uint offset, uint value, uint mask) =>
        mask == 0 ? FilterTest.True : Equal(Network.Plus(offset), BpfCode.Word, value, mask);

    // A port of IPv4, then of IPv6; without a protocol, of each that has ports.
    private FilterTest PortTest(
        FilterProtocol protocol, FilterEnd end, ushort first, ushort last, bool isRange, int at) =>
        Ipv4PortTest(protocol, end, first, last, isRange, at) is var v4
            && Ipv6PortTest(protocol, end, first, last, isRange, at) is var v6
            ? v6.Or(v4)
            : FilterTest.False;

    private FilterTest Ipv4PortTest(
        FilterProtocol protocol, FilterEnd end, ushort first, ushort last, bool isRange, int at)
    {
        FilterTest One(uint number) => Equal(Network.Plus(Ipv4ProtocolAt), BpfCode.Byte, number).And(FirstFragmentTest())
            .And(OfEnds(
                end,
                () => WithinTest(first, last, isRange, isIpv6: false, 0),
                () => WithinTest(first, last, isRange, isIpv6: false, 2)));
        return TypeTest(EtherTypeIpv4, at).And(OfPortProtocols(protocol, One));
    }

    // The port is where it is without extension headers: fragments and the like are not seen, as in libpcap.
    private FilterTest Ipv6PortTest(
        FilterProtocol protocol, FilterEnd end, ushort first, ushort last, bool isRange, int at)
    {
        FilterTest One(uint number) => Equal(Network.Plus(Ipv6NextHeaderAt), BpfCode.Byte, number)
            .And(OfEnds(
                end,
                () => WithinTest(first, last, isRange, isIpv6: true, 0),
                () => WithinTest(first, last, isRange, isIpv6: true, 2)));
        return TypeTest(EtherTypeIpv6, at).And(OfPortProtocols(protocol, One));
    }

    private static FilterTest OfPortProtocols(FilterProtocol protocol, Func<uint, FilterTest> test) => protocol switch
    {
        FilterProtocol.Tcp => test(ProtocolTcp),
        FilterProtocol.Udp => test(ProtocolUdp),
        FilterProtocol.Sctp => test(ProtocolSctp),
        _ => test(ProtocolSctp).Or(test(ProtocolTcp).Or(test(ProtocolUdp))),
    };

    private FilterTest WithinTest(ushort first, ushort last, bool isRange, bool isIpv6, uint offset)
    {
        System.Collections.Immutable.ImmutableArray<BpfInstruction> load = isIpv6
            ? LoadAt(Network.Plus(Ipv6Length + offset), BpfCode.Half)
            : LoadBehindIpv4(offset, BpfCode.Half);
        return isRange
            ? Compare(load, BpfCode.GreaterOrEqual, first).And(Compare(load, BpfCode.Greater, last).Reversed())
            : Compare(load, BpfCode.Equal, first);
    }

    private FilterTest FirstFragmentTest() =>
        Compare(LoadAt(Network.Plus(Ipv4FragmentAt), BpfCode.Half), BpfCode.AnyBit, FragmentOffsetMask).Reversed();

    private FilterTest ProtocolTest(FilterProtocol protocol, int at) => protocol switch
    {
        FilterProtocol.Ip => TypeTest(EtherTypeIpv4, at),
        FilterProtocol.Ipv6 => TypeTest(EtherTypeIpv6, at),
        FilterProtocol.Arp => TypeTest(EtherTypeArp, at),
        FilterProtocol.Rarp => TypeTest(EtherTypeReverseArp, at),
        FilterProtocol.Tcp => NumberTest(FilterProtocol.Any, ProtocolTcp, at),
        FilterProtocol.Udp => NumberTest(FilterProtocol.Any, ProtocolUdp, at),
        FilterProtocol.Sctp => NumberTest(FilterProtocol.Any, ProtocolSctp, at),
        FilterProtocol.Icmp => NumberTest(FilterProtocol.Ip, 1, at),
        FilterProtocol.Igmp => NumberTest(FilterProtocol.Ip, 2, at),
        FilterProtocol.Igrp => NumberTest(FilterProtocol.Ip, 9, at),
        FilterProtocol.Pim => NumberTest(FilterProtocol.Any, 103, at),
        FilterProtocol.Vrrp or FilterProtocol.Carp => NumberTest(FilterProtocol.Ip, 112, at),
        FilterProtocol.Icmpv6 => NumberTest(FilterProtocol.Ipv6, 58, at),
        FilterProtocol.Ah => NumberTest(FilterProtocol.Any, 51, at),
        FilterProtocol.Esp => NumberTest(FilterProtocol.Any, 50, at),
        FilterProtocol.Esis => NumberTest(FilterProtocol.Iso, 0x82, at),
        FilterProtocol.Isis => NumberTest(FilterProtocol.Iso, 0x83, at),
        FilterProtocol.Clnp => NumberTest(FilterProtocol.Iso, 0x81, at),
        FilterProtocol.AppleTalk => TypeTest(EtherTypeAppleTalk, at),
        FilterProtocol.AppleTalkArp => TypeTest(EtherTypeAppleTalkArp, at),
        FilterProtocol.Decnet => TypeTest(EtherTypeDecnet, at),
        FilterProtocol.Lat => TypeTest(0x6004, at),
        FilterProtocol.Sca => TypeTest(0x6007, at),
        FilterProtocol.MopConsole => TypeTest(0x6002, at),
        FilterProtocol.MopDump => TypeTest(0x6001, at),
        FilterProtocol.Iso => TypeTest(SapOsi, at),
        FilterProtocol.SpanningTree => TypeTest(SapSpanningTree, at),
        FilterProtocol.Ipx => TypeTest(SapIpx, at),
        FilterProtocol.NetBeui => TypeTest(SapNetBeui, at),
        _ => Fail(at, "the link layer alone is no protocol"),
    };

    // What the carrier says to be in it.
    private FilterTest NumberTest(FilterProtocol carrier, uint number, int at) => carrier switch
    {
        FilterProtocol.Any => NumberTest(FilterProtocol.Ip, number, at).Or(NumberTest(FilterProtocol.Ipv6, number, at)),
        FilterProtocol.Link => TypeTest(number, at),
        FilterProtocol.Ip => TypeTest(EtherTypeIpv4, at).And(
            Equal(Network.Plus(Ipv4ProtocolAt), BpfCode.Byte, number)),

        // Or a fragment that says it in its own header.
        FilterProtocol.Ipv6 => TypeTest(EtherTypeIpv6, at).And(
            Equal(Network.Plus(Ipv6NextHeaderAt), BpfCode.Byte, number).Or(
                Equal(Network.Plus(Ipv6NextHeaderAt), BpfCode.Byte, ProtocolFragment).And(
                    Equal(Network.Plus(Ipv6Length), BpfCode.Byte, number)))),
        FilterProtocol.Iso => TypeTest(SapOsi, at).And(
            Equal(_layout.Payload.Plus(_layout.NetworkAfterLlcAt), BpfCode.Byte, number)),
        _ => NumberTest(FilterProtocol.Iso, 0x83, at).And(
            Equal(_layout.Payload.Plus(_layout.NetworkAfterLlcAt + 4), BpfCode.Byte, number)),
    };
}
