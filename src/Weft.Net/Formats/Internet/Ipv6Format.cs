using System;
using System.Buffers.Binary;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>IPv6 (RFC 8200).</summary>
internal sealed class Ipv6Format() : Format(
    "ipv6", "Internet Protocol version 6", new FormatKey(KeySpace.EtherType, 0x86DD),
    new FormatKey(KeySpace.LinkType, 229), new FormatKey(KeySpace.IpProtocol, 41))
{
    private const int LengthAt = 4;
    private const int NextAt = 6;
    private const int SourceAt = 8;
    private const int DestinationAt = 24;
    private const byte HopByHop = 0;

    private static readonly Shape Head = Shape.Of(
        "IPv6 header",
        Bits.Of(4, Field.Dec("ipv6.version", "version", alias: "ip.version")),
        Bits.Of(
            8, Field.Hex("ipv6.tclass", "traffic class", digits: 8),
            Bits.Of(6, Field.Dec("ipv6.tclass.dscp", "DSCP", TrafficClassWords.Dscp)),
            Bits.Of(2, Field.Dec("ipv6.tclass.ecn", "ECN", TrafficClassWords.Ecn))),
        Bits.Of(20, Field.Hex("ipv6.flow", "flow label", digits: 6)),
        Bits.Of(16, Field.Dec("ipv6.plen", "payload length")),
        Bits.Of(8, Field.Dec("ipv6.nxt", "next header", IpProtocolWords.Of)),
        Bits.Of(8, Field.Dec("ipv6.hlim", "hop limit")),
        Bits.Of(128, Field.V6("ipv6.src", "source", "ipv6.addr")),
        Bits.Of(128, Field.V6("ipv6.dst", "destination", "ipv6.addr")));

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int version = walk.Bytes[start] >> 4;
        if (version != 6)
        {
            walk.Report(ProblemKind.Malformed, start, "ipv6.version", version, 6);
            walk.Spoil();
            return;
        }

        int at = start + Head.ByteLength;
        int present = walk.End + walk.Missing - at;
        int length = walk.U16(start + LengthAt);
        byte next = walk.Bytes[start + NextAt];
        if (length == 0 && (next == HopByHop || present > ushort.MaxValue))
        {
            length = present; // A jumbogram: RFC 2675, 3.
        }
        else if (length > present && !walk.IsQuoted)
        {
            walk.Report(ProblemKind.Length, start + LengthAt, "ipv6.plen is more than there is", length, present);
        }

        walk.Protocol = next;
        walk.IsFragment = false;
        walk.AddressSum = SumOf(walk.Bytes.Slice(start + SourceAt, 32));
        walk.DestinationAt = start + DestinationAt;
        if (walk.IsDetailed)
        {
            walk.SourceAddress = BinaryPrimitives.ReadUInt128BigEndian(walk.Bytes[(start + SourceAt)..]);
            walk.DestinationAddress = BinaryPrimitives.ReadUInt128BigEndian(walk.Bytes[(start + DestinationAt)..]);
        }

        walk.Next(KeySpace.IpProtocol, next, at, (int)Math.Min(walk.End, (long)at + length));
        walk.NextLacks((int)Math.Max(0, (long)at + length - walk.End));
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        bool hasPorts = AddressLine.TryPorts(line, out ushort source, out ushort destination);
        text.Add("IP6 "u8).AddIpv6(bytes[SourceAt..]);
        AddressLine.AddPort(text, hasPorts, source);
        text.Add(" > "u8).AddIpv6(bytes[DestinationAt..]);
        AddressLine.AddPort(text, hasPorts, destination);
        text.AddByte((byte)':');
        AddressLine.AddUnknownProtocol(line, bytes[NextAt]);
    }

    internal static ulong SumOf(ReadOnlySpan<byte> addresses) => InternetChecksum.Add(0, addresses);
}
