using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Transport;

/// <summary>UDP (RFC 768).</summary>
internal sealed class UdpFormat() : Format("udp", "User Datagram Protocol", new FormatKey(KeySpace.IpProtocol, 17))
{
    private const int LengthAt = 4;
    private const int ChecksumAt = 6;

    private static readonly Shape Head = Shape.Of(
        "UDP header",
        Bits.Of(16, Field.Dec("udp.srcport", "source port", PortWords.Of, alias: "udp.port")),
        Bits.Of(16, Field.Dec("udp.dstport", "destination port", PortWords.Of, alias: "udp.port")),
        Bits.Of(16, Field.Dec("udp.length", "length")),
        Bits.Of(16, Field.Hex("udp.checksum", "checksum")));

    private static readonly Field Status = Field.Dec("udp.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field Stream = Field.Dec("udp.stream", "conversation in this capture");
    private static readonly Field Payload = Field.Bytes("udp.payload", "payload");

    public override bool HasPorts => true;

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int present = walk.Length + walk.Missing;
        int length = walk.U16(start + LengthAt);
        if (length == 0 && present > ushort.MaxValue)
        {
            length = present; // RFC 2675, 4: a jumbogram.
        }
        else if (length < Head.ByteLength)
        {
            walk.Report(ProblemKind.Malformed, start + LengthAt, "udp.length", length, Head.ByteLength);
            length = present;
        }
        else if (length > present && !walk.IsFragment && !walk.IsQuoted)
        {
            walk.Report(ProblemKind.Length, start + LengthAt, "udp.length is more than there is", length, present);
        }

        int end = (int)Math.Min(walk.End, (long)start + length);
        Verify(ref walk, start, end, length);
        int at = start + Head.ByteLength;
        if (at < end)
        {
            walk.Bytewise(Payload, at, end - at);
        }

        ushort source = walk.U16(start);
        ushort destination = walk.U16(start + 2);
        if (walk.Flows is { } flows && walk.AddressSum is not null)
        {
            FlowKey key = FlowKey.Of(
                walk.SourceAddress, walk.DestinationAddress, source, destination, walk.Protocol, out _);
            walk.Number(Stream, at, 0, (ulong)flows.Find(key).Number);
        }

        walk.Hint = ((uint)source << 16) | destination;
        walk.Next(walk.FindByPorts(KeySpace.UdpPort, source, destination), at, end);
        if (end - start < length)
        {
            walk.NextLacks(start + length - end);
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        if (line.Index + 1 >= line.Dissection.Layers.Length
            || line.Dissection.Layers[line.Index + 1].Format is UnknownBytes)
        {
            int length = Math.Max(Head.ByteLength, (int)NetworkOrder.ReadUInt16(line.Bytes, LengthAt));
            line.Text.Add("UDP, length "u8).AddDec((ulong)(length - Head.ByteLength));
        }
    }

    private static void Verify(ref Walk walk, int start, int end, int length)
    {
        int at = start + ChecksumAt;
        if (walk.U16(at) == 0 && walk.AddressSum is not null)
        {
            ChecksumCheck.Absent(ref walk, Status, at); // RFC 768; over IPv6 only in tunnels, RFC 6935.
        }
        else if (end - start == length && walk.PseudoHeader(length) is { } pseudo)
        {
            ChecksumCheck.Verify(ref walk, Status, at, walk.Bytes[start..end], pseudo, "udp.checksum");
        }
        else
        {
            ChecksumCheck.Leave(ref walk, Status, at);
        }
    }
}
