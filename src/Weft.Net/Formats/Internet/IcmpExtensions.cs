using Weft.Net.Decoding;

namespace Weft.Net.Formats.Internet;

/// <summary>What may follow the packet that an ICMP error quotes (RFC 4884): MPLS labels (RFC 4950), interfaces
/// (RFC 5837).</summary>
internal static class IcmpExtensions
{
    private const int LabelClass = 1;

    private static readonly Shape Head = Shape.Of(
        "ICMP extensions",
        Bits.Of(4, Field.Dec("icmp.ext.version", "version")),
        Bits.Of(12, Field.Hex("icmp.ext.res", "reserved")),
        Bits.Of(16, Field.Hex("icmp.ext.checksum", "checksum")));

    private static readonly Shape ObjectHead = Shape.Of(
        "extension object",
        Bits.Of(16, Field.Dec("icmp.ext.length", "length")),
        Bits.Of(8, Field.Dec("icmp.ext.class", "class", Class)),
        Bits.Of(8, Field.Dec("icmp.ext.ctype", "type")));

    private static readonly Shape Label = Shape.Of(
        "MPLS label",
        Bits.Of(20, Field.Dec("icmp.mpls.label", "label")),
        Bits.Of(3, Field.Dec("icmp.mpls.exp", "traffic class")),
        Bits.Of(1, Field.Flag("icmp.mpls.s", "bottom of stack")),
        Bits.Of(8, Field.Dec("icmp.mpls.ttl", "time to live")));

    private static readonly Field Data = Field.Bytes("icmp.ext.data", "data");

    public static void Dissect(ref Walk walk, int at, int end)
    {
        if (at >= end || !walk.IsDetailed)
        {
            return;
        }

        walk.Begin("extensions", at, end - at);
        if (walk.Fixed(Head, at))
        {
            at += Head.ByteLength;
            while (at < end && One(ref walk, ref at, end))
            {
            }
        }

        walk.Close();
    }

    private static bool One(ref Walk walk, ref int at, int end)
    {
        if (!walk.Fixed(ObjectHead, at))
        {
            return false;
        }

        int length = walk.U16(at);
        if (length < ObjectHead.ByteLength || length > end - at)
        {
            walk.Report(ProblemKind.Malformed, at, "icmp.ext.length", length, end - at);
            return false;
        }

        int from = at + ObjectHead.ByteLength;
        int to = at + length;
        if (walk.Bytes[at + 2] == LabelClass)
        {
            for (; from + Label.ByteLength <= to; from += Label.ByteLength)
            {
                walk.Fixed(Label, from);
            }
        }

        if (from < to)
        {
            walk.Bytewise(Data, from, to - from);
        }

        at = to;
        return true;
    }

    private static string? Class(ulong number) => number switch
    {
        LabelClass => "MPLS label stack",
        2 => "interface information",
        3 => "interface identification",
        _ => null,
    };
}
