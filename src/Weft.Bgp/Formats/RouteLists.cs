using System;
using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>Lists of routes: a length in bits and as many bytes as that needs (RFC 4271, 4.3); with labels (RFC 8277) and
/// route distinguishers (RFC 4364) before the prefix.</summary>
internal static class RouteLists
{
    private const int LabelBits = 24;
    private const int DistinguisherBits = 64;
    private const int PathIdLength = 4;

    private static readonly Field PathId = Field.Dec("bgp.nlri_path_id", "path");
    private static readonly Field PrefixLength = Field.Dec("bgp.prefix_length", "prefix length");
    private static readonly Field Reached4 = Field.V4("bgp.mp_reach_nlri_ipv4_prefix", "announced");
    private static readonly Field Reached6 = Field.V6("bgp.mp_reach_nlri_ipv6_prefix", "announced");
    private static readonly Field Unreached4 = Field.V4("bgp.mp_unreach_nlri_ipv4_prefix", "withdrawn");
    private static readonly Field Unreached6 = Field.V6("bgp.mp_unreach_nlri_ipv6_prefix", "withdrawn");
    private static readonly Field Labels = Field.Text("bgp.label_stack", "labels");
    private static readonly Field Distinguisher = Field.Text("bgp.rd", "route distinguisher");
    private static readonly Field Unknown = Field.Bytes("bgp.update.nlri.unknown", "routes of a kind that is not known");

    /// <summary>Reads the routes of an address family's attribute.</summary>
    public static void OfFamily(ref Walk walk, int family, int kind, int at, int end, bool isReach)
    {
        Field? prefix = (family, isReach) switch
        {
            (BgpWords.Ipv4, true) => Reached4,
            (BgpWords.Ipv4, false) => Unreached4,
            (BgpWords.Ipv6, true) => Reached6,
            (BgpWords.Ipv6, false) => Unreached6,
            _ => null,
        };
        int bits = family == BgpWords.Ipv4 ? 32 : 128;
        switch (kind)
        {
            case BgpWords.Unicast or BgpWords.Multicast when prefix is not null:
                Plain(ref walk, prefix, bits, at, end, isReach ? "announced routes" : "withdrawn routes");
                break;
            case BgpWords.Labelled or BgpWords.Vpn when prefix is not null:
                Labelled(ref walk, prefix, bits, at, end, hasDistinguisher: kind == BgpWords.Vpn);
                break;
            default:
                if (at < end)
                {
                    walk.Bytewise(Unknown, at, end - at);
                }

                break;
        }
    }

    /// <summary>Reads prefixes, with path identifiers if that is how they make sense.</summary>
    public static void Plain(ref Walk walk, Field prefix, int bitsMax, int at, int end, string heading)
    {
        if (at >= end)
        {
            return;
        }

        bool hasIds = SessionGuess.HasPathIds(walk.Bytes[at..end], bitsMax);
        walk.Begin(heading, at, end - at);
        while (at < end)
        {
            if (hasIds)
            {
                walk.Number(PathId, at, PathIdLength, walk.U32(at));
                at += PathIdLength;
            }

            int bits = walk.Bytes[at];
            int bytes = (bits + 7) / 8;
            walk.Number(PrefixLength, at, 1, (ulong)bits);
            if (bits > bitsMax || bytes > end - at - 1)
            {
                bool isLong = bits > bitsMax;
                walk.Report(ProblemKind.Malformed, at, "bgp.prefix_length", bits, isLong ? bitsMax : 8 * (end - at - 1));
                break;
            }

            Prefix(ref walk, prefix, at + 1, bits);
            at += bytes + 1;
        }

        walk.Close();
    }

    /// <summary>Writes a route distinguisher (RFC 4364, 4.2) of 8 bytes.</summary>
    public static void AddDistinguisher(in Walk walk, TextBuffer text, int at)
    {
        switch (walk.U16(at))
        {
            case 0:
                text.AddDec(walk.U16(at + 2)).AddByte((byte)':').AddDec(walk.U32(at + 4));
                break;
            case 1:
                text.AddIpv4(walk.Bytes[(at + 2)..]).AddByte((byte)':').AddDec(walk.U16(at + 6));
                break;
            case 2:
                text.AddDec(walk.U32(at + 2)).AddByte((byte)':').AddDec(walk.U16(at + 6));
                break;
            default:
                text.AddHexBytes(walk.Bytes.Slice(at, 8));
                break;
        }
    }

    private static void Labelled(ref Walk walk, Field prefix, int bitsMax, int at, int end, bool hasDistinguisher)
    {
        int before = LabelBits + (hasDistinguisher ? DistinguisherBits : 0);
        while (at < end)
        {
            int bits = walk.Bytes[at];
            int bytes = (bits + 7) / 8;
            walk.Number(PrefixLength, at, 1, (ulong)bits);
            if (bits < before || bytes > end - at - 1)
            {
                walk.Report(ProblemKind.Malformed, at, "bgp.prefix_length", bits, bits < before ? before : 8 * (end - at - 1));
                return;
            }

            int from = at + 1;
            int rest = bits;
            TextBuffer text = walk.BeginText(out int start);
            bool isLast = false;
            while (!isLast && rest >= before)
            {
                text.AddDec((walk.U24(from)) >> 4);
                // RFC 8277, 2.4: a withdrawn route has 0x800000 in place of its labels.
                isLast = (walk.Bytes[from + 2] & 1) != 0 || walk.U24(from) is 0 or 0x80_0000;
                text.Add(isLast ? " (bottom)"u8 : ","u8);
                from += LabelBits / 8;
                rest -= LabelBits;
            }

            walk.EndText(Labels, at + 1, from - at - 1, start);
            if (hasDistinguisher && rest >= DistinguisherBits)
            {
                AddDistinguisher(walk, walk.BeginText(out start), from);
                walk.EndText(Distinguisher, from, 8, start);
                from += DistinguisherBits / 8;
                rest -= DistinguisherBits;
            }

            if (rest > bitsMax)
            {
                walk.Report(ProblemKind.Malformed, at, "bgp.prefix_length", rest, bitsMax);
                return;
            }

            Prefix(ref walk, prefix, from, rest);
            at += bytes + 1;
        }
    }

    private static void Prefix(ref Walk walk, Field field, int at, int bits)
    {
        if (!walk.IsDetailed)
        {
            return;
        }

        int bytes = (bits + 7) / 8;
        Span<byte> address = stackalloc byte[16];
        address.Clear();
        walk.Bytes.Slice(at, bytes).CopyTo(address);
        if (bits % 8 != 0)
        {
            address[bytes - 1] &= unchecked((byte)(0xFF << (8 - (bits % 8))));
        }

        TextBuffer text = walk.BeginText(out int start);
        if (field.Type == FieldType.Ipv4)
        {
            text.AddIpv4(address);
        }
        else
        {
            text.AddIpv6(address);
        }

        walk.EndText(field, at, bytes, start);
    }
}
