using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>Extended communities (RFC 4360, RFC 5668, RFC 9012).</summary>
internal static class ExtendedCommunities
{
    private const int EachLength = 8;
    private const byte TransitiveBit = 0x40;

    private static readonly Shape Kind = Shape.Of(
        "type",
        Bits.Of(
            8, Field.Hex("bgp.ext_com.type", "type", Word),
            Bits.Of(1, Field.Flag("bgp.ext_com.type.auth", "not from IANA")),
            Bits.Of(1, Field.Flag("bgp.ext_com.type.tran", "not transitive")),
            Bits.Reserved(6)));

    private static readonly Field As2Kind = Field.Hex("bgp.ext_com.stype_tr_as2", "subtype", Subtype);
    private static readonly Field LocalAs2Kind = Field.Hex("bgp.ext_com.stype_ntr_as2", "subtype", Subtype);
    private static readonly Field As4Kind = Field.Hex("bgp.ext_com.stype_tr_as4", "subtype", Subtype);
    private static readonly Field LocalAs4Kind = Field.Hex("bgp.ext_com.stype_ntr_as4", "subtype", Subtype);
    private static readonly Field Ipv4Kind = Field.Hex("bgp.ext_com.stype_tr_IP4", "subtype", Subtype);
    private static readonly Field LocalIpv4Kind = Field.Hex("bgp.ext_com.stype_ntr_IP4", "subtype", Subtype);
    private static readonly Field OpaqueKind = Field.Hex("bgp.ext_com.stype_tr_opaque", "subtype", Subtype);
    private static readonly Field LocalOpaqueKind = Field.Hex("bgp.ext_com.stype_ntr_opaque", "subtype", Subtype);
    private static readonly Field VpnKind = Field.Hex("bgp.ext_com.stype_tr_evpn", "subtype");
    private static readonly Field OtherKind = Field.Hex("bgp.ext_com.stype_unknown", "subtype");
    private static readonly Field As2 = Field.Dec("bgp.ext_com.value_as2", "AS");
    private static readonly Field As4 = Field.Dec("bgp.ext_com.value_as4", "AS");
    private static readonly Field Ipv4 = Field.V4("bgp.ext_com.value_IP4", "address");
    private static readonly Field Short = Field.Dec("bgp.ext_com.value_an2", "number");
    private static readonly Field Long = Field.Dec("bgp.ext_com.value_an4", "number");
    private static readonly Field Tunnel = Field.Dec("bgp.ext_com.tunnel_type", "tunnel", TunnelWord);
    private static readonly Field Raw = Field.Hex("bgp.ext_com.value_raw", "value", digits: 16);

    public static void Dissect(ref Walk walk, int at, int end)
    {
        for (; at + EachLength <= end; at += EachLength)
        {
            byte type = walk.Bytes[at];
            byte subtype = walk.Bytes[at + 1];
            bool isLocal = (type & TransitiveBit) != 0;
            walk.Fixed(Kind, at);
            switch (type & ~TransitiveBit)
            {
                case 0:
                    walk.Number(isLocal ? LocalAs2Kind : As2Kind, at + 1, 1, subtype);
                    walk.Number(As2, at + 2, 2, walk.U16(at + 2));
                    walk.Number(Long, at + 4, 4, walk.U32(at + 4));
                    break;
                case 1:
                    walk.Number(isLocal ? LocalIpv4Kind : Ipv4Kind, at + 1, 1, subtype);
                    walk.Bytewise(Ipv4, at + 2, 4);
                    walk.Number(Short, at + 6, 2, walk.U16(at + 6));
                    break;
                case 2:
                    walk.Number(isLocal ? LocalAs4Kind : As4Kind, at + 1, 1, subtype);
                    walk.Number(As4, at + 2, 4, walk.U32(at + 2));
                    walk.Number(Short, at + 6, 2, walk.U16(at + 6));
                    break;
                case 3 when subtype == 0x0C && !isLocal:
                    walk.Number(OpaqueKind, at + 1, 1, subtype);
                    walk.Number(Tunnel, at + 6, 2, walk.U16(at + 6));
                    break;
                case 3:
                    walk.Number(isLocal ? LocalOpaqueKind : OpaqueKind, at + 1, 1, subtype);
                    RawValue(ref walk, at + 2);
                    break;
                case 6:
                    walk.Number(VpnKind, at + 1, 1, subtype);
                    RawValue(ref walk, at + 2);
                    break;
                default:
                    walk.Number(OtherKind, at + 1, 1, subtype);
                    RawValue(ref walk, at + 2);
                    break;
            }
        }
    }

    private static void RawValue(ref Walk walk, int at) =>
        walk.Number(Raw, at, 6, ((ulong)walk.U16(at) << 32) | walk.U32(at + 2));

    private static string? Word(ulong number) => (number & ~(ulong)TransitiveBit) switch
    {
        0 => "of a two-byte AS",
        1 => "of an IPv4 address",
        2 => "of a four-byte AS",
        3 => "opaque",
        6 => "EVPN",
        _ => null,
    };

    private static string? Subtype(ulong number) => number switch
    {
        0x02 => "route target",
        0x03 => "route origin",
        0x04 => "link bandwidth",
        0x05 => "OSPF domain",
        0x0B => "color",
        0x0C => "encapsulation",
        _ => null,
    };

    private static string? TunnelWord(ulong number) => number switch
    {
        1 => "L2TPv3",
        2 => "GRE",
        7 => "IP in IP",
        8 => "VXLAN",
        9 => "NVGRE",
        10 => "MPLS",
        13 => "MPLS in UDP",
        15 => "SR",
        19 => "Geneve",
        _ => null,
    };
}
