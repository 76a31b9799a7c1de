using System;
using System.Buffers.Binary;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>The fragment header of IPv6 (RFC 8200, 4.5).</summary>
internal sealed class Ipv6FragmentFormat() : Format(
    "ipv6.fraghdr", "Fragment header", new FormatKey(KeySpace.IpProtocol, 44))
{
    private const int OffsetBits = 0xFFF8;

    private static readonly Shape Head = Shape.Of(
        "fragment header",
        Bits.Of(8, Field.Dec("ipv6.fraghdr.nxt", "next header", IpProtocolWords.Of)),
        Bits.Of(8, Field.Hex("ipv6.fraghdr.reserved_octet", "reserved")),
        Bits.Of(13, Field.Dec("ipv6.fraghdr.offset", "fragment offset in units of 8 bytes")),
        Bits.Of(2, Field.Dec("ipv6.fraghdr.reserved_bits", "reserved")),
        Bits.Of(1, Field.Flag("ipv6.fraghdr.more", "more fragments")),
        Bits.Of(32, Field.Hex("ipv6.fraghdr.ident", "identification")));

    private static readonly Field JoinedLength = Field.Dec("ipv6.reassembled.length", "joined from fragments, bytes");

    public override bool IsExtension => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        ushort place = walk.U16(start + 2);
        bool isLater = (place & OffsetBits) != 0;
        walk.IsFragment = isLater || (place & 1) != 0; // RFC 6946: a fragment of nothing is whole.
        byte next = walk.Bytes[start];
        walk.Protocol = next;
        int at = start + Head.ByteLength;
        if (walk.IsFragment && walk.Reassembler is { } reassembler && walk.DestinationAt >= 0 && !walk.IsQuoted
            && walk.Missing == 0 && at < walk.End)
        {
            ReadOnlySpan<byte> addresses = walk.Bytes.Slice(walk.DestinationAt - 16, 32);
            FragmentKey key = new(
                BinaryPrimitives.ReadUInt128BigEndian(addresses), BinaryPrimitives.ReadUInt128BigEndian(addresses[16..]),
                walk.U32(start + 4), next);
            byte[]? joined = reassembler.Take(key, place & OffsetBits, (place & 1) != 0, walk.Bytes[at..walk.End]);
            if (joined is not null)
            {
                walk.Number(JoinedLength, at, 0, (ulong)joined.Length);
                walk.Ends(at);
                walk.NextIn(joined, walk.Find(KeySpace.IpProtocol, next));
                return;
            }
        }

        walk.Next(isLater ? null : walk.Find(KeySpace.IpProtocol, next), at, walk.End);
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        ushort place = NetworkOrder.ReadUInt16(bytes, 2);
        AddressLine.AddFragment(
            line.Text, bytes[0], NetworkOrder.ReadUInt32(bytes, 4), place & OffsetBits, (place & 1) != 0);
    }
}
