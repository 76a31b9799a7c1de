using System.Buffers.Binary;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>The routing header of IPv6 (RFC 8200, 4.4): source route, home address (RFC 6275), RPL (RFC 6554), segment
/// routing (RFC 8754).</summary>
internal sealed class Ipv6RoutingFormat() : Format(
    "ipv6.routing", "Routing header", new FormatKey(KeySpace.IpProtocol, 43))
{
    private const int AddressLength = 16;
    private const byte SourceRoute = 0;
    private const byte Home = 2;
    private const byte Segments = 4;

    private static readonly Shape Head = Shape.Of(
        "routing header",
        Bits.Of(8, Field.Dec("ipv6.routing.nxt", "next header", IpProtocolWords.Of)),
        Bits.Of(8, Field.Dec("ipv6.routing.len", "length in units of 8 bytes, without the first")),
        Bits.Of(8, Field.Dec("ipv6.routing.type", "type", Word)),
        Bits.Of(8, Field.Dec("ipv6.routing.segleft", "segments left")));

    private static readonly Shape SegmentHead = Shape.Of(
        "segment routing header",
        Bits.Of(8, Field.Dec("ipv6.routing.srh.last_entry", "last entry")),
        Bits.Of(8, Field.Hex("ipv6.routing.srh.flags", "flags")),
        Bits.Of(16, Field.Bytes("ipv6.routing.srh.tag", "tag")));

    private static readonly Field Octets = Field.Dec("ipv6.routing.len_oct", "length in bytes");
    private static readonly Field SourceReserved = Field.Bytes("ipv6.routing.src.reserved", "reserved");
    private static readonly Field SourceAddress = Field.V6("ipv6.routing.src.addr", "address");
    private static readonly Field HomeReserved = Field.Bytes("ipv6.routing.mipv6.reserved", "reserved");
    private static readonly Field HomeAddress = Field.V6("ipv6.routing.mipv6.home_address", "home address");
    private static readonly Field Segment = Field.V6("ipv6.routing.srh.addr", "segment");
    private static readonly Field Tlv = Field.Bytes("ipv6.routing.srh.tlv", "type-length-value objects");
    private static readonly Field Unknown = Field.Bytes("ipv6.routing.unknown_data", "data");

    public override bool IsExtension => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int length = (walk.Bytes[start + 1] + 1) * 8;
        walk.Number(Octets, start + 1, 1, (ulong)length);
        if (!walk.Has(start, length))
        {
            walk.Short("the routing header", start, walk.Length, length);
            return;
        }

        byte kind = walk.Bytes[start + 2];
        int left = walk.Bytes[start + 3];
        int at = start + Head.ByteLength;
        int end = start + length;
        switch (kind)
        {
            case SourceRoute:
                walk.Bytewise(SourceReserved, at, 4);
                Addresses(ref walk, SourceAddress, at + 4, end);
                Retarget(ref walk, left, end - AddressLength, at + 4);
                break;
            case Home when length == 8 + AddressLength:
                walk.Bytewise(HomeReserved, at, 4);
                walk.Bytewise(HomeAddress, at + 4, AddressLength);
                Retarget(ref walk, left, at + 4, at + 4);
                break;
            case Segments:
                SegmentList(ref walk, at, end);
                Retarget(ref walk, left, at + 4, at + 4);
                break;
            default:
                walk.Bytewise(Unknown, at, end - at);
                break;
        }

        byte next = walk.Bytes[start];
        walk.Protocol = next;
        walk.Next(KeySpace.IpProtocol, next, end, walk.End);
    }

    public override void WriteLine(in LayerLine line) =>
        line.Text.Add("routed, "u8).AddDec(line.Bytes[3]).Add(" segments left,"u8);

    private static void SegmentList(ref Walk walk, int at, int end)
    {
        walk.Fixed(SegmentHead, at);
        int count = walk.Bytes[at] + 1;
        int listEnd = at + 4 + (AddressLength * count);
        if (listEnd > end)
        {
            walk.Report(
                ProblemKind.Malformed, at, "ipv6.routing.srh.last_entry", count - 1, ((end - at - 4) / AddressLength) - 1);
            listEnd = end;
        }

        Addresses(ref walk, Segment, at + 4, listEnd);
        if (listEnd < end)
        {
            walk.Bytewise(Tlv, listEnd, end - listEnd);
        }
    }

    private static void Addresses(ref Walk walk, Field field, int at, int end)
    {
        for (; at + AddressLength <= end; at += AddressLength)
        {
            walk.Bytewise(field, at, AddressLength);
        }
    }

    // RFC 8200, 8.1: the pseudo header has the final destination.
    private static void Retarget(ref Walk walk, int left, int finalAt, int listAt)
    {
        if (left > 0 && finalAt >= listAt && walk.DestinationAt >= 0 && walk.Has(finalAt, AddressLength)
            && walk.AddressSum is { } sum)
        {
            // Subtracted as RFC 1624 does: partial sums are equal modulo 65,535 only.
            ushort negated = InternetChecksum.Of(walk.Bytes.Slice(walk.DestinationAt, AddressLength));
            walk.AddressSum = sum + negated + Ipv6Format.SumOf(walk.Bytes.Slice(finalAt, AddressLength));
            walk.DestinationAddress = BinaryPrimitives.ReadUInt128BigEndian(walk.Bytes[finalAt..]);
        }
    }

    private static string? Word(ulong number) => number switch
    {
        SourceRoute => "source route",
        Home => "home address",
        3 => "RPL source route",
        Segments => "segment routing",
        _ => null,
    };
}
