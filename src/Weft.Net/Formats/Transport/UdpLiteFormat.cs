using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Transport;

/// <summary>UDP-Lite (RFC 3828): the checksum covers as much as the sender wants.</summary>
internal sealed class UdpLiteFormat() : Format(
    "udplite", "Lightweight User Datagram Protocol", new FormatKey(KeySpace.IpProtocol, 136))
{
    private static readonly Shape Head = Shape.Of(
        "UDP-Lite header",
        Bits.Of(16, Field.Dec("udp.srcport", "source port", PortWords.Of, alias: "udp.port")),
        Bits.Of(16, Field.Dec("udp.dstport", "destination port", PortWords.Of, alias: "udp.port")),
        Bits.Of(16, Field.Dec("udp.checksum_coverage", "checksum coverage")),
        Bits.Of(16, Field.Hex("udp.checksum", "checksum")));

    private static readonly Field Status = Field.Dec("udp.checksum.status", "checksum verdict", ChecksumWords.Of);

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

        int coverage = walk.U16(start + 4);
        int present = walk.Length + walk.Missing;
        bool isRight = coverage == 0 || (coverage >= Head.ByteLength && coverage <= present);
        if (!isRight)
        {
            walk.Report(ProblemKind.Length, start + 4, "udp.checksum_coverage", coverage, present);
        }

        int covered = coverage == 0 || !isRight ? present : coverage;
        if (covered <= walk.Length && walk.PseudoHeader(present) is { } pseudo)
        {
            ChecksumCheck.Verify(
                ref walk, Status, start + 6, walk.Bytes.Slice(start, covered), pseudo, "udp.checksum");
        }
        else
        {
            ChecksumCheck.Leave(ref walk, Status, start + 6);
        }

        if (start + Head.ByteLength < walk.End)
        {
            walk.Bytewise(Payload, start + Head.ByteLength, walk.Length - Head.ByteLength);
        }

        walk.Next(
            walk.FindByPorts(KeySpace.UdpPort, walk.U16(start), walk.U16(start + 2)), start + Head.ByteLength, walk.End);
    }

    public override void WriteLine(in LayerLine line)
    {
        if (line.Index + 1 >= line.Dissection.Layers.Length
            || line.Dissection.Layers[line.Index + 1].Format is UnknownBytes)
        {
            line.Text.Add("UDP-Lite, length "u8).AddDec((ulong)(line.Bytes.Length - Head.ByteLength));
        }
    }
}
