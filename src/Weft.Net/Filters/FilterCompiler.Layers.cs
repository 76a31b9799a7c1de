using System.Collections.Immutable;
using Weft.Net.Bpf;
using Weft.Net.Captures;

namespace Weft.Net.Filters;

// Primitives that move the layout: what follows them in the text looks further into the packet.
internal sealed partial class FilterCompiler
{
    private const uint PppMpls = 0x0281;
    private const uint LabelMask = 0xFFFF_F000;
    private const uint PppoeHeaderLength = 6;
    private const uint UdpLength = 8;
    private const uint TunnelHeaderLength = 8; // VXLAN's, and Geneve's without options.
    private const ushort VxlanPort = 4789;
    private const ushort GenevePort = 6081;
    private const uint ProtocolIpv4InIp = 4;
    private const uint ProtocolIpv6InIp = 41;

    private FilterTest VlanTest(FilterExpression.Vlan vlan)
    {
        if (_layout.Labels > 0 || _layout.Link != LinkType.Ethernet)
        {
            return Fail(vlan.At, _layout.Labels > 0
                ? "behind MPLS labels there is no VLAN tag"
                : "packets of this capture have no VLAN tags");
        }

        FilterTest inPacket = TypeTest(EtherTypeVlan, vlan.At).Or(TypeTest(EtherTypeServiceVlan, vlan.At))
            .Or(TypeTest(EtherTypeOldServiceVlan, vlan.At));
        if (vlan.Id is { } id)
        {
            inPacket = inPacket.And(Equal(_layout.Payload, BpfCode.Half, id, 0xFFF));
        }

        if (_options.IsLive && _layout.IsOutermost && _layout.Tags == 0)
        {
            return LiveVlanTest(vlan, inPacket);
        }

        _layout = _layout with
        {
            TypeField = _layout.TypeField.Plus(4),
            Payload = _layout.Payload.Plus(4),
            Tags = _layout.Tags + 1,
        };
        return inPacket;
    }

    // The kernel has taken the first tag out of most packets, but not of all: a word of scratch memory says by how much
    // the rest is moved.
    private FilterTest LiveVlanTest(FilterExpression.Vlan vlan, FilterTest inPacket)
    {
        int register = AllocateRegister(vlan.At);
        _prologue.Add(new BpfInstruction(BpfCode.Load | BpfCode.Immediate));
        _prologue.Add(new BpfInstruction(BpfCode.Store, (uint)register));
        FilterTest isBeside = Equal(new PacketOffset(BpfAncillary.Base + BpfAncillary.VlanPresentAt), BpfCode.Byte, 1);
        FilterTest moved = new FilterTest.Effect(
        [
            new BpfInstruction(BpfCode.Load | BpfCode.Immediate, 4),
            new BpfInstruction(BpfCode.Store, (uint)register),
        ]);
        FilterTest beside = vlan.Id is { } id
            ? isBeside.And(Equal(new PacketOffset(BpfAncillary.Base + BpfAncillary.VlanTagAt), BpfCode.Half, id, 0xFFF))
            : isBeside;
        _layout = _layout with
        {
            TypeField = _layout.TypeField with { Register = register },
            Payload = _layout.Payload with { Register = register },
            Tags = 1,
        };
        return beside.Or(isBeside.Reversed().And(moved).And(inPacket));
    }

    private FilterTest MplsTest(FilterExpression.Mpls mpls)
    {
        FilterTest test;
        if (_layout.Labels > 0)
        {
            // Behind a label comes another one if its bottom-of-stack bit is clear.
            test = Equal(Network.Plus(unchecked((uint)-2)), BpfCode.Byte, 0, 0x01);
        }
        else if (_layout.Link == LinkType.Ethernet)
        {
            test = TypeTest(EtherTypeMpls, mpls.At);
        }
        else if (_layout.Link is LinkType.Ppp or LinkType.PppHdlc)
        {
            test = TypeTest(PppMpls, mpls.At);
        }
        else
        {
            return Fail(mpls.At, "packets of this capture have no MPLS labels");
        }

        if (mpls.Label is { } label)
        {
            test = test.And(Equal(Network, BpfCode.Word, label << 12, LabelMask));
        }

        _layout = _layout with
        {
            NetworkAt = _layout.NetworkAt + 4,
            NetworkAfterLlcAt = _layout.NetworkAfterLlcAt + 4,
            Labels = _layout.Labels + 1,
        };
        return test;
    }

    private FilterTest PppoeTest(FilterExpression.PppoeSession session)
    {
        FilterTest test = TypeTest(EtherTypePppoeSession, session.At);
        if (session.Id is { } id)
        {
            test = test.And(Equal(Network, BpfCode.Word, id, 0xFFFF));
        }

        PacketOffset frame = Network.Plus(PppoeHeaderLength);
        _layout = new FilterLayout
        {
            Link = LinkType.Ppp,
            LinkHeader = frame,
            TypeField = frame,
            Payload = frame.Plus(2),
            Tags = _layout.Tags,
            IsOutermost = false,
        };
        return test;
    }

    private FilterTest TunnelTest(FilterExpression.Tunnel tunnel) => tunnel.Kind switch
    {
        FilterTunnel.Vxlan => VxlanTest(tunnel.Vni, tunnel.At),
        FilterTunnel.Geneve => GeneveTest(tunnel.Vni, tunnel.At),
        _ => IpInIpTest(tunnel.At),
    };

    // It is the packet of a tunnel, and the operand holds for what is in it. The layout is then as it was before.
    private FilterTest InnerTest(FilterExpression.Inner inner)
    {
        FilterLayout outer = _layout;
        int registers = _registers;
        int most = registers;
        FilterTest? any = null;
        foreach (FilterTunnel kind in (System.ReadOnlySpan<FilterTunnel>)
            [FilterTunnel.Vxlan, FilterTunnel.Geneve, FilterTunnel.IpInIp])
        {
            _layout = outer;
            _registers = registers;
            FilterTest one = TunnelTest(new FilterExpression.Tunnel(inner.At, kind, null));
            if (_error is not null)
            {
                return FilterTest.False;
            }

            FilterTest within = Test(inner.Operand);
            if (_error is not null)
            {
                if (kind != FilterTunnel.IpInIp)
                {
                    return FilterTest.False;
                }

                // What is said of a frame cannot be said of an IP packet in an IP packet: there it does not hold.
                _error = null;
                within = FilterTest.False;
            }

            one = one.And(within);
            any = any is null ? one : any.Or(one);
            most = System.Math.Max(most, _registers);
        }

        _layout = outer;
        _registers = most;
        return any ?? FilterTest.False;
    }

    private FilterTest VxlanTest(uint? vni, int at)
    {
        int register = AllocateRegister(at);
        const uint HasVni = 0x08;
        FilterTest v4 = TunnelHeaderTest(VxlanPort, HasVni, HasVni, vni, isIpv6: false, at)
            .And(KeepTunnelEnd(register, UdpLength + TunnelHeaderLength, isIpv6: false));
        FilterTest v6 = TunnelHeaderTest(VxlanPort, HasVni, HasVni, vni, isIpv6: true, at)
            .And(KeepTunnelEnd(register, UdpLength + TunnelHeaderLength, isIpv6: true));
        _layout = FilterLayout.Ethernet(new PacketOffset(0, register)) with { IsOutermost = false };
        return v4.Or(v6);
    }

    private FilterTest GeneveTest(uint? vni, int at)
    {
        int header = AllocateRegister(at);
        int type = AllocateRegister(at);
        int payload = AllocateRegister(at);
        const uint VersionMask = 0xC0;
        FilterTest found = TunnelHeaderTest(GenevePort, 0, VersionMask, vni, isIpv6: false, at)
            .And(KeepTunnelEnd(type, UdpLength, isIpv6: false))
            .Or(TunnelHeaderTest(GenevePort, 0, VersionMask, vni, isIpv6: true, at)
                .And(KeepTunnelEnd(type, UdpLength, isIpv6: true)));

        // Here the word for the type holds where Geneve's header begins. Options come in units of 4 bytes.
        FilterTest measured = new FilterTest.Effect(
        [
            new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)type),
            new BpfInstruction(BpfCode.Load | BpfCode.Indirect | BpfCode.Byte),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.And, 0x3F),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Multiply, 4),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add, TunnelHeaderLength),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add | BpfCode.Index),
            new BpfInstruction(BpfCode.Store, (uint)header),
            new BpfInstruction(BpfCode.Store, (uint)payload),
        ]);
        PacketOffset own = new(2, type);
        FilterTest isFrame = Equal(own, BpfCode.Half, EtherTypeEthernet).And(new FilterTest.Effect(
        [
            new BpfInstruction(BpfCode.Load | BpfCode.Memory, (uint)header),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add, 12),
            new BpfInstruction(BpfCode.Store, (uint)type),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add, 2),
            new BpfInstruction(BpfCode.Store, (uint)payload),
        ]));
        FilterTest isPacket = new FilterTest.Effect(
        [
            new BpfInstruction(BpfCode.Load | BpfCode.Memory, (uint)type),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add, 2),
            new BpfInstruction(BpfCode.Store, (uint)type),
        ]);
        _layout = new FilterLayout
        {
            Link = LinkType.Ethernet,
            LinkHeader = new PacketOffset(0, header),
            TypeField = new PacketOffset(0, type),
            Payload = new PacketOffset(0, payload),
            NetworkAfterLlcAt = 3,
            IsOutermost = false,
            MayLackLink = true,
        };
        return found.And(measured).And(isFrame.Or(isPacket));
    }

    // A UDP port, a field of the tunnel's first byte, and the VNI in the upper three bytes of its second word.
    private FilterTest TunnelHeaderTest(ushort port, uint flags, uint mask, uint? vni, bool isIpv6, int at)
    {
        FilterTest test = isIpv6
            ? Ipv6PortTest(FilterProtocol.Udp, FilterEnd.Destination, port, port, isRange: false, at)
            : Ipv4PortTest(FilterProtocol.Udp, FilterEnd.Destination, port, port, isRange: false, at);
        test = test.And(Compare(Behind(UdpLength, BpfCode.Byte, isIpv6), BpfCode.Equal, flags, mask));
        return vni is { } number
            ? test.And(Compare(Behind(UdpLength + 4, BpfCode.Word, isIpv6), BpfCode.Equal, number << 8, 0xFFFF_FF00))
            : test;
    }

    private ImmutableArray<BpfInstruction> Behind(uint offset, ushort size, bool isIpv6) =>
        isIpv6 ? LoadAt(Network.Plus(Ipv6Length + offset), size) : LoadBehindIpv4(offset, size);

    // Keeps the place so many bytes behind the IP header in a word of scratch memory.
    private FilterTest.Effect KeepTunnelEnd(int register, uint bytes, bool isIpv6)
    {
        PacketOffset network = Network;
        ImmutableArray<BpfInstruction> variable = !isIpv6
            ? LoadHeaderLength().Add(new BpfInstruction(BpfCode.Transfer | BpfCode.FromIndex))
            : network.IsVariable ? [new BpfInstruction(BpfCode.Load | BpfCode.Memory, (uint)network.Register)]
            : [new BpfInstruction(BpfCode.Load | BpfCode.Immediate)];
        return new FilterTest.Effect(
        [
            .. variable,
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add, network.Constant + (isIpv6 ? Ipv6Length : 0) + bytes),
            new BpfInstruction(BpfCode.Store, (uint)register),
        ]);
    }

    private FilterTest IpInIpTest(int at)
    {
        int register = AllocateRegister(at);
        FilterTest v4 = TypeTest(EtherTypeIpv4, at)
            .And(Equal(Network.Plus(Ipv4ProtocolAt), BpfCode.Byte, ProtocolIpv4InIp)
                .Or(Equal(Network.Plus(Ipv4ProtocolAt), BpfCode.Byte, ProtocolIpv6InIp)))
            .And(FirstFragmentTest())
            .And(KeepTunnelEnd(register, 0, isIpv6: false));
        FilterTest v6 = TypeTest(EtherTypeIpv6, at)
            .And(Equal(Network.Plus(Ipv6NextHeaderAt), BpfCode.Byte, ProtocolIpv4InIp)
                .Or(Equal(Network.Plus(Ipv6NextHeaderAt), BpfCode.Byte, ProtocolIpv6InIp)))
            .And(KeepTunnelEnd(register, 0, isIpv6: true));
        _layout = FilterLayout.Ip(new PacketOffset(0, register)) with { IsOutermost = false };
        return v4.Or(v6);
    }
}
