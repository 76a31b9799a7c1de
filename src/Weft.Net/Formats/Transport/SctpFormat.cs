using System;
using System.Buffers.Binary;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Transport;

/// <summary>SCTP and its chunks (RFC 9260).</summary>
internal sealed class SctpFormat() : Format(
    "sctp", "Stream Control Transmission Protocol", new FormatKey(KeySpace.IpProtocol, 132))
{
    private const int ChecksumAt = 8;
    private const int ChunkHeadLength = 4;

    private static readonly Shape Head = Shape.Of(
        "SCTP header",
        Bits.Of(16, Field.Dec("sctp.srcport", "source port", PortWords.Of, alias: "sctp.port")),
        Bits.Of(16, Field.Dec("sctp.dstport", "destination port", PortWords.Of, alias: "sctp.port")),
        Bits.Of(32, Field.Hex("sctp.verification_tag", "verification tag")),
        Bits.Of(32, Field.Hex("sctp.checksum", "checksum")));

    private static readonly Field Status = Field.Dec("sctp.checksum.status", "checksum verdict", ChecksumWords.Of);

    public override bool HasPorts => true;

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        Verify(ref walk, start + ChecksumAt);
        int at = start + Head.ByteLength;
        while (at < walk.End)
        {
            if (!walk.Has(at, ChunkHeadLength))
            {
                walk.Short("a chunk of SCTP", at, walk.End - at, ChunkHeadLength);
                return;
            }

            int length = walk.U16(at + 2);
            if (length < ChunkHeadLength)
            {
                walk.Report(ProblemKind.Malformed, at + 2, "sctp.chunk_length", length, ChunkHeadLength);
                return;
            }

            if (length > walk.End - at)
            {
                walk.Short("a chunk of SCTP", at, walk.End - at, length);
                SctpChunk.Dissect(ref walk, at, walk.End);
                return;
            }

            SctpChunk.Dissect(ref walk, at, at + length);
            int padding = Math.Min((4 - (length % 4)) % 4, walk.End - at - length);
            SctpChunk.Pad(ref walk, at + length, padding);
            at += length + padding;
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        line.Text.Add("SCTP"u8);
        int at = Head.ByteLength;
        bool isFirst = true;
        while (at + ChunkHeadLength <= bytes.Length)
        {
            int length = NetworkOrder.ReadUInt16(bytes, at + 2);
            line.Text.Add(isFirst ? " "u8 : ", "u8);
            isFirst = false;
            if (SctpChunk.Word(bytes[at]) is { } word)
            {
                line.Text.Add(word);
            }
            else
            {
                line.Text.Add("chunk "u8).AddDec(bytes[at]);
            }

            if (length < ChunkHeadLength)
            {
                break;
            }

            at += (length + 3) / 4 * 4;
        }

        line.Text.Add(", length "u8).AddDec((ulong)(bytes.Length + line.Layer.Missing));
    }

    // RFC 9260, appendix A: CRC32c with the field as zero, least significant byte first.
    private static void Verify(ref Walk walk, int at)
    {
        if (walk.Missing > 0 || walk.IsFragment)
        {
            ChecksumCheck.Leave(ref walk, Status, at);
            return;
        }

        uint crc = Crc32C.Add(uint.MaxValue, walk.Bytes[walk.Offset..at]);
        crc = Crc32C.Add(crc, [0, 0, 0, 0]);
        crc = Crc32C.Add(crc, walk.Bytes[(at + 4)..walk.End]) ^ uint.MaxValue;
        uint found = BinaryPrimitives.ReadUInt32LittleEndian(walk.Bytes[at..]);
        walk.Number(Status, at, 0, found == crc ? 1UL : 0UL);
        if (found != crc && !walk.IsQuoted)
        {
            walk.Report(
                ProblemKind.Checksum, at, "sctp.checksum", walk.U32(at), BinaryPrimitives.ReverseEndianness(crc));
        }
    }
}
