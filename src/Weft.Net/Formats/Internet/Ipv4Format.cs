using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>IPv4 (RFC 791).</summary>
internal sealed class Ipv4Format() : Format(
    "ip", "Internet Protocol version 4", new FormatKey(KeySpace.EtherType, 0x0800),
    new FormatKey(KeySpace.LinkType, 228), new FormatKey(KeySpace.IpProtocol, 4))
{
    public const int HeaderLengthMin = 20;

    private const int LengthAt = 2;
    private const int FragmentAt = 6;
    private const int ProtocolAt = 9;
    private const int ChecksumAt = 10;
    private const int SourceAt = 12;
    private const int MoreBit = 0x2000;
    private const int OffsetBits = 0x1FFF;

    private static readonly Field TotalLength = Field.Dec("ip.len", "total length");
    private static readonly Field JoinedLength = Field.Dec("ip.reassembled.length", "joined from fragments, bytes");
    private static readonly Field Status = Field.Dec("ip.checksum.status", "checksum verdict", ChecksumWords.Of);

    private static readonly Shape Head = HeadWith(TotalLength);

    // Where the network card segments, the kernel leaves the length to it: what is there, is shown.
    private static readonly Shape UnsegmentedHead = HeadWith(Field.Dec("", "total length, not yet known"));


    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        bool isUnsegmented = walk.Has(start, HeaderLengthMin) && walk.U16(start + LengthAt) == 0;
        if (!walk.Head(isUnsegmented ? UnsegmentedHead : Head))
        {
            return;
        }

        int version = walk.Bytes[start] >> 4;
        int headerLength = (walk.Bytes[start] & 0xF) * 4;
        if (version != 4 || headerLength < HeaderLengthMin)
        {
            bool isVersion = version != 4;
            walk.Report(
                ProblemKind.Malformed, start, isVersion ? "ip.version" : "ip.hdr_len", isVersion ? version : headerLength,
                isVersion ? 4 : HeaderLengthMin);
            walk.Spoil();
            return;
        }

        int present = walk.End + walk.Missing - start;
        int total = walk.U16(start + LengthAt);
        if (total == 0)
        {
            total = present; // Longer than 16 bits say, or segmented only by the network card.
            walk.Number(TotalLength, start + LengthAt, 2, (ulong)total);
        }
        else if (total < headerLength)
        {
            walk.Report(ProblemKind.Malformed, start + LengthAt, "ip.len", total, headerLength);
            total = present;
        }
        else if (total > present && !walk.IsQuoted)
        {
            walk.Report(ProblemKind.Length, start + LengthAt, "ip.len is more than there is", total, present);
        }

        if (walk.Has(start, headerLength))
        {
            Verify(ref walk, start, headerLength);
            Ipv4Options.Dissect(ref walk, start + HeaderLengthMin, start + headerLength);
        }
        else
        {
            walk.Short("the IPv4 header with its options", start, walk.Length, headerLength);
        }

        ushort fragment = walk.U16(start + FragmentAt);
        bool isLater = (fragment & OffsetBits) != 0;
        walk.Protocol = walk.Bytes[start + ProtocolAt];
        walk.AddressSum = (ulong)walk.U32(start + SourceAt) + walk.U32(start + SourceAt + 4);
        walk.IsFragment = isLater || (fragment & MoreBit) != 0;
        walk.DestinationAt = -1;
        walk.SourceAddress = walk.U32(start + SourceAt);
        walk.DestinationAddress = walk.U32(start + SourceAt + 4);
        int end = (int)Math.Min(walk.End, (long)start + total);
        if (walk.IsFragment && Join(ref walk, start, headerLength, end, isComplete: end == (long)start + total))
        {
            return;
        }

        walk.Next(isLater ? null : walk.Find(KeySpace.IpProtocol, walk.Protocol), start + headerLength, end);
        walk.NextLacks((int)Math.Max(0, (long)start + total - walk.End));
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        bool hasPorts = AddressLine.TryPorts(line, out ushort source, out ushort destination);
        text.Add("IP "u8).AddIpv4(bytes[SourceAt..]);
        AddressLine.AddPort(text, hasPorts, source);
        text.Add(" > "u8).AddIpv4(bytes[(SourceAt + 4)..]);
        AddressLine.AddPort(text, hasPorts, destination);
        text.AddByte((byte)':');
        ushort fragment = NetworkOrder.ReadUInt16(bytes, FragmentAt);
        int offset = (fragment & OffsetBits) * 8;
        if (offset != 0 || (fragment & MoreBit) != 0)
        {
            AddressLine.AddFragment(
                text.AddByte((byte)' '), bytes[ProtocolAt], NetworkOrder.ReadUInt16(bytes, 4), offset, (fragment & MoreBit) != 0);
        }
        else
        {
            AddressLine.AddUnknownProtocol(line, bytes[ProtocolAt]);
        }
    }

    private static bool Join(ref Walk walk, int start, int headerLength, int end, bool isComplete)
    {
        int from = start + headerLength;
        if (walk.Reassembler is null || !isComplete || walk.IsQuoted || from >= end)
        {
            return false;
        }

        ushort fragment = walk.U16(start + FragmentAt);
        FragmentKey key = new(
            walk.U32(start + SourceAt), walk.U32(start + SourceAt + 4), walk.U16(start + 4), walk.Protocol);
        byte[]? joined = walk.Reassembler.Take(
            key, (fragment & OffsetBits) * 8, (fragment & MoreBit) != 0, walk.Bytes[from..end]);
        if (joined is null)
        {
            return false;
        }

        walk.Number(JoinedLength, from, 0, (ulong)joined.Length);
        walk.Ends(from);
        walk.NextIn(joined, walk.Find(KeySpace.IpProtocol, walk.Protocol));
        return true;
    }

    private static void Verify(ref Walk walk, int start, int headerLength)
    {
        ushort found = walk.U16(start + ChecksumAt);
        ReadOnlySpan<byte> header = walk.Bytes.Slice(start, headerLength);
        if (found != 0 || InternetChecksum.Verifies(header))
        {
            ChecksumCheck.Verify(ref walk, Status, start + ChecksumAt, header, 0, "ip.checksum");
            return;
        }

        // Left to the network card, as is usual where it also segments.
        walk.Number(Status, start + ChecksumAt, 0, 0);
        if (walk.IsQuoted)
        {
            return;
        }

        walk.Report(ProblemKind.Unfinished, start + ChecksumAt, "ip.checksum", found, InternetChecksum.Of(header));
    }

    private static Shape HeadWith(Field totalLength) => Shape.Of(
        "IPv4 header",
        Bits.Of(4, Field.Dec("ip.version", "version")),
        Bits.Of(4, Field.Dec("ip.hdr_len", "header length", scale: 4)),
        Bits.Of(
            8, Field.Hex("ip.dsfield", "differentiated services"),
            Bits.Of(6, Field.Dec("ip.dsfield.dscp", "DSCP", TrafficClassWords.Dscp)),
            Bits.Of(2, Field.Dec("ip.dsfield.ecn", "ECN", TrafficClassWords.Ecn))),
        Bits.Of(16, totalLength),
        Bits.Of(16, Field.Hex("ip.id", "identification")),
        Bits.Of(
            3, Field.Hex("ip.flags", "flags"),
            Bits.Of(1, Field.Flag("ip.flags.rb", "reserved")),
            Bits.Of(1, Field.Flag("ip.flags.df", "don't fragment")),
            Bits.Of(1, Field.Flag("ip.flags.mf", "more fragments"))),
        Bits.Of(13, Field.Dec("ip.frag_offset", "fragment offset in units of 8 bytes")),
        Bits.Of(8, Field.Dec("ip.ttl", "time to live")),
        Bits.Of(8, Field.Dec("ip.proto", "protocol", IpProtocolWords.Of)),
        Bits.Of(16, Field.Hex("ip.checksum", "header checksum")),
        Bits.Of(32, Field.V4("ip.src", "source", "ip.addr")),
        Bits.Of(32, Field.V4("ip.dst", "destination", "ip.addr")));
}
