using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>What may follow the packet that an ICMP error quotes (RFC 4884): MPLS labels (RFC 4950), interfaces
/// (RFC 5837).</summary>
internal static class IcmpExtensions
{
    private const int LabelClass = 1;
    private const int InterfaceClass = 2;
    private const int IdentificationClass = 3;
    private const int Version = 2;
    private const int LegacyQuotedLength = 128;

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

    private static readonly Shape InterfaceKind = Shape.Of(
        "interface information",
        Bits.Of(2, Field.Dec("icmp.int_info.role", "role", Role)),
        Bits.Of(2, Field.Dec("icmp.int_info.reserved", "reserved")),
        Bits.Of(1, Field.Flag("icmp.int_info.ifindex", "has its index")),
        Bits.Of(1, Field.Flag("icmp.int_info.ipaddr", "has its address")),
        Bits.Of(1, Field.Flag("icmp.int_info.name_present", "has its name")),
        Bits.Of(1, Field.Flag("icmp.int_info.mtu_present", "has its MTU")));

    private static readonly Field Status = Field.Dec("icmp.ext.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field IdentifiedName = Field.Text("icmp.int_ident.name", "name");
    private static readonly Field IdentifiedIndex = Field.Dec("icmp.int_ident.index", "index");
    private static readonly Field IdentifiedFamily = Field.Dec("icmp.int_ident.afi", "family");
    private static readonly Field IdentifiedLength = Field.Dec("icmp.int_ident.addr_length", "length of the address");
    private static readonly Field IdentifiedReserved = Field.Bytes("icmp.int_ident.reserved", "reserved");
    private static readonly Field IdentifiedIpv4 = Field.V4("icmp.int_ident.ipv4", "address");
    private static readonly Field IdentifiedIpv6 = Field.V6("icmp.int_ident.ipv6", "address");
    private static readonly Field IdentifiedAddress = Field.Bytes("icmp.int_ident.address", "address");
    private static readonly Field Index = Field.Dec("icmp.int_info.index", "index");
    private static readonly Field Family = Field.Dec("icmp.int_info.afi", "family");
    private static readonly Field Ipv4 = Field.V4("icmp.int_info.ipv4", "address");
    private static readonly Field Ipv6 = Field.V6("icmp.int_info.ipv6", "address");
    private static readonly Field NameLength = Field.Dec("icmp.int_info.name_length", "length of the name");
    private static readonly Field Name = Field.Text("icmp.int_info.name", "name");
    private static readonly Field Mtu = Field.Dec("icmp.int_info.mtu", "MTU");
    private static readonly Field Data = Field.Bytes("icmp.ext.data", "data");

    /// <summary>Where the quoted packet ends whose length is not said: senders before RFC 4884 put extensions behind 128
    /// bytes (5.5), which shows by their version and their checksum.</summary>
    public static int LegacyEnd(in Walk walk, int begin)
    {
        int at = begin + LegacyQuotedLength;
        return at + Head.ByteLength < walk.End && walk.Missing == 0 && walk.Bytes[at] >> 4 == Version
            && InternetChecksum.Verifies(walk.Bytes[at..walk.End])
            ? at
            : walk.End;
    }

    public static void Dissect(ref Walk walk, int at, int end)
    {
        if (at >= end || !walk.IsDetailed)
        {
            return;
        }

        walk.Begin("extensions", at, end - at);
        if (walk.Fixed(Head, at))
        {
            if (walk.Missing == 0)
            {
                ChecksumCheck.Verify(ref walk, Status, at + 2, walk.Bytes[at..end], 0, "icmp.ext.checksum");
            }

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
            if (at + ObjectHead.ByteLength < end)
            {
                walk.Bytewise(Data, at + ObjectHead.ByteLength, end - at - ObjectHead.ByteLength);
            }

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

        if (walk.Bytes[at + 2] == InterfaceClass)
        {
            Interface(ref walk, at + 3, ref from, to);
        }
        else if (walk.Bytes[at + 2] == IdentificationClass)
        {
            Identify(ref walk, walk.Bytes[at + 3], ref from, to);
        }

        if (from < to)
        {
            walk.Bytewise(Data, from, to - from);
        }

        at = to;
        return true;
    }

    // RFC 5837, 4.1: what it has is said by the bits of its type.
    private static void Interface(ref Walk walk, int kindAt, ref int at, int end)
    {
        walk.Fixed(InterfaceKind, kindAt);
        byte kind = walk.Bytes[kindAt];
        if ((kind & 8) != 0 && end - at >= 4)
        {
            walk.Number(Index, at, 4, walk.U32(at));
            at += 4;
        }

        if ((kind & 4) != 0 && end - at >= 8)
        {
            int family = walk.U16(at);
            walk.Number(Family, at, 2, (ulong)family);
            if (family == 2 && end - at >= 20)
            {
                walk.Bytewise(Ipv6, at + 4, 16);
                at += 20;
            }
            else if (family == 1)
            {
                walk.Bytewise(Ipv4, at + 4, 4);
                at += 8;
            }
            else
            {
                return;
            }
        }

        if ((kind & 2) != 0 && at < end && walk.Bytes[at] >= 1 && walk.Bytes[at] <= end - at)
        {
            int length = walk.Bytes[at];
            walk.Number(NameLength, at, 1, (ulong)length);
            walk.Text(Name, at + 1, length - 1, System.MemoryExtensions.TrimEnd(walk.Bytes.Slice(at + 1, length - 1), (byte)0));
            at += length;
        }

        if ((kind & 1) != 0 && end - at >= 4)
        {
            walk.Number(Mtu, at, 4, walk.U32(at));
            at += 4;
        }
    }

    // RFC 8335, 2.1.
    private static void Identify(ref Walk walk, byte kind, ref int at, int end)
    {
        switch (kind)
        {
            case 1:
                walk.Text(IdentifiedName, at, end - at, System.MemoryExtensions.TrimEnd(walk.Bytes[at..end], (byte)0));
                at = end;
                break;
            case 2 when end - at >= 4:
                walk.Number(IdentifiedIndex, at, 4, walk.U32(at));
                at += 4;
                break;
            case 3 when end - at >= 4:
                int family = walk.U16(at);
                walk.Number(IdentifiedFamily, at, 2, (ulong)family);
                walk.Number(IdentifiedLength, at + 2, 1, walk.Bytes[at + 2]);
                walk.Bytewise(IdentifiedReserved, at + 3, 1);
                at += 4;
                int length = family == 1 ? 4 : family == 2 ? 16 : end - at;
                if (length > 0 && length <= end - at)
                {
                    walk.Bytewise(family == 1 ? IdentifiedIpv4 : family == 2 ? IdentifiedIpv6 : IdentifiedAddress, at, length);
                    at += length;
                }

                break;
            default:
                break;
        }
    }

    private static string? Role(ulong number) => number switch
    {
        0 => "received the packet",
        1 => "sub-component of what received it",
        2 => "would have sent the packet",
        _ => "the next hop",
    };

    private static string? Class(ulong number) => number switch
    {
        LabelClass => "MPLS label stack",
        2 => "interface information",
        3 => "interface identification",
        _ => null,
    };
}
