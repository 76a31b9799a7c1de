using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;
using Weft.Net.Packets;

namespace Weft.Net.Formats.Transport;

/// <summary>TCP (RFC 9293).</summary>
internal sealed class TcpFormat() : Format(
    "tcp", "Transmission Control Protocol", new FormatKey(KeySpace.IpProtocol, 6))
{
    public const int HeaderLengthMin = 20;

    private const int SequenceAt = 4;
    private const int AcknowledgementAt = 8;
    private const int DataOffsetAt = 12;
    private const int FlagsAt = 13;
    private const int WindowAt = 14;
    private const int ChecksumAt = 16;

    private static readonly Shape Head = Shape.Of(
        "TCP header",
        Bits.Of(16, Field.Dec("tcp.srcport", "source port", PortWords.Of, alias: "tcp.port")),
        Bits.Of(16, Field.Dec("tcp.dstport", "destination port", PortWords.Of, alias: "tcp.port")),
        Bits.Of(32, Field.Dec("tcp.seq_raw", "sequence number")),
        Bits.Of(32, Field.Dec("tcp.ack_raw", "acknowledgement number")),
        Bits.Of(4, Field.Dec("tcp.hdr_len", "header length", scale: 4)),
        Bits.Of(
            12, Field.Hex("tcp.flags", "flags"),
            Bits.Of(3, Field.Flag("tcp.flags.res", "reserved")),
            Bits.Of(1, Field.Flag("tcp.flags.ae", "AccECN")),
            Bits.Of(1, Field.Flag("tcp.flags.cwr", "congestion window reduced")),
            Bits.Of(1, Field.Flag("tcp.flags.ece", "ECN echo")),
            Bits.Of(1, Field.Flag("tcp.flags.urg", "urgent")),
            Bits.Of(1, Field.Flag("tcp.flags.ack", "acknowledgement")),
            Bits.Of(1, Field.Flag("tcp.flags.push", "push")),
            Bits.Of(1, Field.Flag("tcp.flags.reset", "reset")),
            Bits.Of(1, Field.Flag("tcp.flags.syn", "synchronise")),
            Bits.Of(1, Field.Flag("tcp.flags.fin", "finish"))),
        Bits.Of(16, Field.Dec("tcp.window_size_value", "window")),
        Bits.Of(16, Field.Hex("tcp.checksum", "checksum")),
        Bits.Of(16, Field.Dec("tcp.urgent_pointer", "urgent pointer")));

    private static readonly Field Status = Field.Dec("tcp.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field SegmentLength = Field.Dec("tcp.len", "payload length");
    private static readonly Field OptionBytes = Field.Bytes("tcp.options", "options");
    private static readonly Field Payload = Field.Bytes("tcp.payload", "payload");

    public override bool HasPorts => true;

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int headerLength = (walk.Bytes[start + DataOffsetAt] >> 4) * 4;
        if (headerLength < HeaderLengthMin)
        {
            walk.Report(ProblemKind.Malformed, start + DataOffsetAt, "tcp.hdr_len", headerLength, HeaderLengthMin);
            walk.Spoil();
            return;
        }

        int present = walk.Length + walk.Missing;
        if (headerLength > present && !walk.IsQuoted)
        {
            walk.Report(ProblemKind.Malformed, start + DataOffsetAt, "tcp.hdr_len is more than there is", headerLength, present);
            walk.Spoil();
            return;
        }

        if (walk.Missing == 0 && walk.PseudoHeader(walk.Length) is { } pseudo)
        {
            ChecksumCheck.Verify(ref walk, Status, start + ChecksumAt, walk.Body, pseudo, "tcp.checksum");
        }
        else
        {
            ChecksumCheck.Leave(ref walk, Status, start + ChecksumAt);
        }

        int optionEnd = Math.Min(walk.End, start + headerLength);
        if (walk.IsDetailed)
        {
            if (optionEnd > start + HeaderLengthMin)
            {
                walk.Bytewise(OptionBytes, start + HeaderLengthMin, optionEnd - start - HeaderLengthMin);
            }

            bool isSyn = (walk.Bytes[start + FlagsAt] & (int)TcpFlags.Syn) != 0;
            uint otherFirst = TcpConversation.Dissect(
                ref walk, Math.Max(0, present - headerLength), walk.Bytes[(start + HeaderLengthMin)..optionEnd]);
            TcpOptions.Dissect(ref walk, start + HeaderLengthMin, optionEnd, isSyn, otherFirst);
            walk.Number(SegmentLength, start + DataOffsetAt, 0, (ulong)Math.Max(0, present - headerLength));
        }

        if (!walk.Has(start, headerLength))
        {
            walk.Short("the TCP header with its options", start, walk.Length, headerLength);
            return;
        }

        int at = start + headerLength;
        if (at < walk.End)
        {
            walk.Bytewise(Payload, at, walk.End - at);
        }

        ushort source = walk.U16(start);
        ushort destination = walk.U16(start + 2);
        walk.Hint = ((uint)source << 16) | destination;
        Format? next = at >= walk.End || (walk.Bytes[start + FlagsAt] & (int)TcpFlags.Rst) != 0
            ? null
            : walk.FindByPorts(KeySpace.TcpPort, source, destination) ?? walk.Guess(at);
        walk.Next(next, at, walk.End);
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        int headerLength = (bytes[DataOffsetAt] >> 4) * 4;
        byte flags = bytes[FlagsAt];
        text.Add("TCP "u8);
        AddFlags(text, flags);
        int length = Math.Max(0, bytes.Length + line.Layer.Missing - headerLength);
        uint sequence = NetworkOrder.ReadUInt32(bytes, SequenceAt);
        text.Add(", seq "u8).AddDec(sequence);
        if (length > 0)
        {
            text.AddByte((byte)':').AddDec(unchecked(sequence + (uint)length));
        }

        if ((flags & (int)TcpFlags.Ack) != 0)
        {
            text.Add(", ack "u8).AddDec(NetworkOrder.ReadUInt32(bytes, AcknowledgementAt));
        }

        text.Add(", win "u8).AddDec(NetworkOrder.ReadUInt16(bytes, WindowAt));
        if (headerLength > HeaderLengthMin && headerLength <= bytes.Length)
        {
            TcpOptions.WriteLine(text, bytes[HeaderLengthMin..headerLength]);
        }

        text.Add(", length "u8).AddDec((ulong)length);
        if (line.Index + 1 < line.Dissection.Layers.Length
            && line.Dissection.Layers[line.Index + 1].Format is not UnknownBytes)
        {
            text.AddByte((byte)':');
        }
    }

    private static void AddFlags(TextBuffer text, byte flags)
    {
        if (flags == 0)
        {
            text.Add("no flags"u8);
            return;
        }

        bool isFirst = true;
        AddFlag(text, flags, (int)TcpFlags.Syn, "SYN"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Fin, "FIN"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Rst, "RST"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Psh, "PSH"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Ack, "ACK"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Urg, "URG"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Ece, "ECE"u8, ref isFirst);
        AddFlag(text, flags, (int)TcpFlags.Cwr, "CWR"u8, ref isFirst);
    }

    private static void AddFlag(TextBuffer text, byte flags, int bit, ReadOnlySpan<byte> word, ref bool isFirst)
    {
        if ((flags & bit) != 0)
        {
            if (!isFirst)
            {
                text.AddByte((byte)'+');
            }

            text.Add(word);
            isFirst = false;
        }
    }
}
