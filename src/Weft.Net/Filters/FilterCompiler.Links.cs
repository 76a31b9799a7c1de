using System;
using System.Buffers.Binary;
using Weft.Net.Bpf;
using Weft.Net.Captures;

namespace Weft.Net.Filters;

internal sealed partial class FilterCompiler
{
    private const uint EtherTypeIpv4 = 0x0800;
    private const uint EtherTypeArp = 0x0806;
    private const uint EtherTypeReverseArp = 0x8035;
    private const uint EtherTypeIpv6 = 0x86DD;
    private const uint EtherTypeIpx = 0x8137;
    private const uint EtherTypeAppleTalk = 0x809B;
    private const uint EtherTypeAppleTalkArp = 0x80F3;
    private const uint EtherTypeDecnet = 0x6003;
    private const uint EtherTypeVlan = 0x8100;
    private const uint EtherTypeServiceVlan = 0x88A8;
    private const uint EtherTypeOldServiceVlan = 0x9100;
    private const uint EtherTypeMpls = 0x8847;
    private const uint EtherTypePppoeDiscovery = 0x8863;
    private const uint EtherTypePppoeSession = 0x8864;
    private const uint EtherTypeEthernet = 0x6558;

    // Up to this, the field is a length and an IEEE 802.2 header follows.
    private const uint EthernetMtu = 1500;

    private static readonly MacAddress Broadcast = new(0xFFFF_FFFF_FFFF);

    private const uint SapIp = 0x06;
    private const uint SapOsi = 0xFE;
    private const uint SapNetBeui = 0xF0;
    private const uint SapIpx = 0xE0;
    private const uint SapSpanningTree = 0x42;

    // The field of a Linux cooked header for frames without an EtherType.
    private const uint CookedIeee8023 = 0x0001;
    private const uint CookedIeee8022 = 0x0004;

    // Whether the link layer says that such a packet follows: an EtherType, or a service access point.
    private FilterTest TypeTest(uint type, int at)
    {
        if (_layout.Labels > 0)
        {
            return LabelledTest(type, at);
        }

        return _layout.Link switch
        {
            LinkType.Ethernet => EthernetTypeTest(type),
            LinkType.LinuxCooked => CookedTypeTest(type),
            LinkType.Raw => type switch
            {
                EtherTypeIpv4 => Equal(_layout.LinkHeader, BpfCode.Byte, 0x40, 0xF0),
                EtherTypeIpv6 => Equal(_layout.LinkHeader, BpfCode.Byte, 0x60, 0xF0),
                _ => FilterTest.False,
            },
            LinkType.Ipv4 => type == EtherTypeIpv4 ? FilterTest.True : FilterTest.False,
            LinkType.Ipv6 => type == EtherTypeIpv6 ? FilterTest.True : FilterTest.False,
            LinkType.Ppp or LinkType.PppHdlc or LinkType.PppEther =>
                Equal(_layout.TypeField, BpfCode.Half, PppTypeOf(type)),
            LinkType.Null or LinkType.Loop => LoopbackTypeTest(type),
            _ => Equal(_layout.TypeField, BpfCode.Half, type),
        };
    }

    private FilterTest EthernetTypeTest(uint type)
    {
        FilterTest isLength = new FilterTest.Check(
            Load(LoadAt(_layout.TypeField, BpfCode.Half)), BpfCode.Greater, EthernetMtu).Reversed();
        FilterTest own = Equal(_layout.TypeField, BpfCode.Half, type);
        return type switch
        {
            SapOsi or SapIp or SapNetBeui => isLength.And(Equal(_layout.Payload, BpfCode.Half, (type << 8) | type)),
            SapIpx => Equal(_layout.TypeField, BpfCode.Half, EtherTypeIpx).Or(isLength.And(IpxLlcTest(withNovell: true))),
            EtherTypeAppleTalk => own.Or(isLength.And(SnapTest(0x080007, type))),
            EtherTypeAppleTalkArp => own.Or(isLength.And(SnapTest(0, type))),
            <= EthernetMtu => isLength.And(Equal(_layout.TypeField.Plus(2), BpfCode.Byte, type)),
            _ => own,
        };
    }

    private FilterTest CookedTypeTest(uint type)
    {
        FilterTest isLlc = Equal(_layout.TypeField, BpfCode.Half, CookedIeee8022);
        FilterTest own = Equal(_layout.TypeField, BpfCode.Half, type);
        return type switch
        {
            SapOsi or SapIp or SapNetBeui => isLlc.And(Equal(_layout.Payload, BpfCode.Half, (type << 8) | type)),
            SapIpx => Equal(_layout.TypeField, BpfCode.Half, EtherTypeIpx)
                .Or(Equal(_layout.TypeField, BpfCode.Half, CookedIeee8023)
                    .Or(isLlc.And(IpxLlcTest(withNovell: false)))),
            EtherTypeAppleTalk => own.Or(isLlc.And(SnapTest(0x080007, type))),
            EtherTypeAppleTalkArp => own.Or(isLlc.And(SnapTest(0, type))),
            <= EthernetMtu => isLlc.And(Equal(_layout.Payload, BpfCode.Byte, type)),
            _ => own,
        };
    }

    // Novell's raw IEEE 802.3 has 0xffff, the checksum of IPX, where others have the service access points.
    private FilterTest IpxLlcTest(bool withNovell)
    {
        FilterTest sap = Equal(_layout.Payload, BpfCode.Byte, SapIpx);
        FilterTest snap = SnapTest(0, EtherTypeIpx);
        return withNovell ? snap.Or(sap.Or(Equal(_layout.Payload, BpfCode.Half, 0xFFFF))) : sap.Or(snap);
    }

    // An IEEE 802.2 SNAP header: aa aa 03, an organisation, a type. Compared from its end, in pieces of 4 bytes.
    private FilterTest SnapTest(uint organisation, uint type) =>
        Equal(_layout.Payload.Plus(4), BpfCode.Word, ((organisation & 0xFFFF) << 16) | type)
            .And(Equal(_layout.Payload, BpfCode.Word, 0xAAAA0300 | (organisation >> 16)));

    // The family in the order of the machine that captured, which the packet does not say: both are taken. IPv6 has
    // a number of its own on each system.
    private FilterTest LoopbackTypeTest(uint type)
    {
        ReadOnlySpan<uint> families = type switch
        {
            EtherTypeIpv4 => [2],
            EtherTypeIpv6 => [24, 28, 30, 10],
            _ => [],
        };
        FilterTest? any = null;
        foreach (uint family in families)
        {
            FilterTest one = Equal(_layout.LinkHeader, BpfCode.Word, family);
            if (_layout.Link == LinkType.Null)
            {
                one = Equal(_layout.LinkHeader, BpfCode.Word, family << 24).Or(one);
            }

            any = any is null ? one : any.Or(one);
        }

        return any ?? FilterTest.False;
    }

    // Behind MPLS labels nothing says what follows: the bottom of the stack, and the version of IP.
    private FilterTest LabelledTest(uint type, int at)
    {
        if (type is not (EtherTypeIpv4 or EtherTypeIpv6))
        {
            return Fail(at, "behind MPLS labels only 'ip' and 'ip6' can be told apart");
        }

        uint version = type == EtherTypeIpv4 ? 0x40u : 0x60u;
        return Equal(Network.Plus(unchecked((uint)-2)), BpfCode.Byte, 0x01, 0x01)
            .And(Equal(Network, BpfCode.Byte, version, 0xF0));
    }

    private static uint PppTypeOf(uint type) => type switch
    {
        EtherTypeIpv4 => 0x0021,
        EtherTypeIpv6 => 0x0057,
        EtherTypeDecnet => 0x0027,
        EtherTypeAppleTalk => 0x0029,
        SapOsi => 0x0023,
        SapSpanningTree => 0x0031,
        SapIpx => 0x002B,
        0x0600 => 0x0025, // XNS
        _ => type,
    };

    private FilterTest LinkAddressTest(FilterExpression.LinkAddress address)
    {
        if (_layout.Link != LinkType.Ethernet)
        {
            return Fail(address.At, "packets of this capture have no MAC addresses");
        }

        return WithLink(OfEnds(
            address.End,
            () => MacTest(address.Value, 6),
            () => MacTest(address.Value, 0)));
    }

    private FilterTest MacTest(MacAddress value, uint offset)
    {
        Span<byte> bytes = stackalloc byte[6];
        value.WriteTo(bytes);
        uint tail = BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
        uint head = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return Equal(_layout.LinkHeader.Plus(offset + 2), BpfCode.Word, tail)
            .And(Equal(_layout.LinkHeader.Plus(offset), BpfCode.Half, head));
    }

    // What Geneve carries has a link layer if its header and its payload begin at different places.
    private FilterTest WithLink(FilterTest test) => !_layout.MayLackLink ? test
        : new FilterTest.Check(
            Load(
            [
                new BpfInstruction(BpfCode.Load | BpfCode.Memory, (uint)_layout.LinkHeader.Register),
                new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)_layout.Payload.Register),
            ]),
            BpfCode.Equal | BpfCode.Index,
            0).Reversed().And(test);

    private FilterTest BroadcastTest(FilterExpression.Broadcast broadcast)
    {
        switch (broadcast.Protocol)
        {
            case FilterProtocol.Any or FilterProtocol.Link when _layout.Link == LinkType.Ethernet:
                return WithLink(MacTest(Broadcast, 0));
            case FilterProtocol.Any or FilterProtocol.Link:
                return Fail(broadcast.At, "packets of this capture have no link layer with broadcasts");
            case FilterProtocol.Ip when _options.Netmask is { } netmask:
                uint hosts = ~netmask.Value;
                return TypeTest(EtherTypeIpv4, broadcast.At).And(
                    Equal(Network.Plus(16), BpfCode.Word, 0, hosts).Or(
                        Equal(Network.Plus(16), BpfCode.Word, hosts, hosts)));
            case FilterProtocol.Ip:
                return Fail(broadcast.At, "'ip broadcast' needs the network's mask, which is not known here");
            default:
                return Fail(broadcast.At, "'broadcast' goes with 'ether', 'ip' or without a protocol");
        }
    }

    private FilterTest MulticastTest(FilterExpression.Multicast multicast) => multicast.Protocol switch
    {
        FilterProtocol.Any or FilterProtocol.Link when _layout.Link == LinkType.Ethernet => WithLink(
            Compare(LoadAt(_layout.LinkHeader, BpfCode.Byte), BpfCode.AnyBit, 1)),
        FilterProtocol.Any or FilterProtocol.Link =>
            Fail(multicast.At, "packets of this capture have no link layer with multicasts"),
        FilterProtocol.Ip => TypeTest(EtherTypeIpv4, multicast.At).And(
            Compare(LoadAt(Network.Plus(16), BpfCode.Byte), BpfCode.GreaterOrEqual, 224)),
        FilterProtocol.Ipv6 => TypeTest(EtherTypeIpv6, multicast.At).And(
            Equal(Network.Plus(24), BpfCode.Byte, 255)),
        _ => Fail(multicast.At, "'multicast' goes with 'ether', 'ip', 'ip6' or without a protocol"),
    };

    // Linux cooked headers say the direction; of others the kernel knows it, and pcapng may.
    private FilterTest DirectionTest(FilterExpression.Direction direction)
    {
        FilterTest outgoing = _layout.Link switch
        {
            LinkType.LinuxCooked => Equal(new PacketOffset(0), BpfCode.Half, BpfAncillary.Outgoing),
            LinkType.LinuxCooked2 => Equal(new PacketOffset(10), BpfCode.Byte, BpfAncillary.Outgoing),
            _ => Equal(
                new PacketOffset(BpfAncillary.Base + BpfAncillary.PacketTypeAt), BpfCode.Half, BpfAncillary.Outgoing),
        };
        return direction.IsOutbound ? outgoing : outgoing.Reversed();
    }

    private FilterTest.Check InterfaceTest(FilterExpression.Interface number) => _layout.Link == LinkType.LinuxCooked2
        ? Equal(new PacketOffset(4), BpfCode.Word, number.Index)
        : Equal(new PacketOffset(BpfAncillary.Base + BpfAncillary.InterfaceAt), BpfCode.Word, number.Index);
}
