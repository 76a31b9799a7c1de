using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>The attributes that carry routes of other families (RFC 4760, 3 and 4; next hops: RFC 2545, RFC 4364).</summary>
internal static class FamilyAttributes
{
    private const int DistinguisherLength = 8;

    private static readonly Field ReachFamily =
        Field.Dec("bgp.update.path_attribute.mp_reach_nlri.afi", "family", BgpWords.Family);

    private static readonly Field ReachKind =
        Field.Dec("bgp.update.path_attribute.mp_reach_nlri.safi", "kind", BgpWords.Subsequent);

    private static readonly Field UnreachFamily =
        Field.Dec("bgp.update.path_attribute.mp_unreach_nlri.afi", "family", BgpWords.Family);

    private static readonly Field UnreachKind =
        Field.Dec("bgp.update.path_attribute.mp_unreach_nlri.safi", "kind", BgpWords.Subsequent);

    private static readonly Field NextHop = Field.Bytes("bgp.update.path_attribute.mp_reach_nlri.next_hop", "next hop");
    private static readonly Field NextHopRd =
        Field.Text("bgp.update.path_attribute.mp_reach_nlri.next_hop.rd", "route distinguisher");

    private static readonly Field NextHop4 = Field.V4("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4", "next hop");
    private static readonly Field NextHop6 = Field.V6("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6", "next hop");
    private static readonly Field NextHopLocal =
        Field.V6("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local", "next hop on the link");

    private static readonly Field Attachments =
        Field.Dec("bgp.update.path_attribute.mp_reach_nlri.nbr_snpa", "points of attachment");

    public static void Reach(ref Walk walk, Part part)
    {
        int at = part.Begin;
        int length = part.Length >= 4 ? walk.Bytes[at + 3] : 0;
        if (part.Length < 5 + length)
        {
            part.Lacks(ref walk, at, "MP_REACH_NLRI", 5 + length);
            return;
        }

        int family = walk.U16(at);
        int kind = walk.Bytes[at + 2];
        walk.Number(ReachFamily, at, 2, (ulong)family);
        walk.Number(ReachKind, at + 2, 1, (ulong)kind);
        walk.Bytewise(NextHop, at + 3, length + 1);
        NextHops(ref walk, kind, at + 4, length);
        at += 4 + length;
        walk.Number(Attachments, at, 1, walk.Bytes[at]);
        RouteLists.OfFamily(ref walk, family, kind, at + 1, part.End, isReach: true);
    }

    public static void Unreach(ref Walk walk, Part part)
    {
        int at = part.Begin;
        if (part.Length < 3)
        {
            part.Lacks(ref walk, at, "MP_UNREACH_NLRI", 3);
            return;
        }

        int family = walk.U16(at);
        int kind = walk.Bytes[at + 2];
        walk.Number(UnreachFamily, at, 2, (ulong)family);
        walk.Number(UnreachKind, at + 2, 1, (ulong)kind);
        RouteLists.OfFamily(ref walk, family, kind, at + 3, part.End, isReach: false);
    }

    private static void NextHops(ref Walk walk, int kind, int at, int length)
    {
        if (kind == BgpWords.Vpn && length >= DistinguisherLength + 4)
        {
            RouteLists.AddDistinguisher(walk, walk.BeginText(out int start), at);
            walk.EndText(NextHopRd, at, DistinguisherLength, start);
            at += DistinguisherLength;
            length -= DistinguisherLength;
        }

        switch (length)
        {
            case 4:
                walk.Bytewise(NextHop4, at, 4);
                break;
            case 16:
                walk.Bytewise(NextHop6, at, 16);
                break;
            case 32 or 40:
                walk.Bytewise(NextHop6, at, 16);
                walk.Bytewise(NextHopLocal, at + length - 16, 16);
                break;
            default:
                break;
        }
    }
}
