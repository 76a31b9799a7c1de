using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Tunnels;

/// <summary>GRE (RFC 2784) with key and sequence number (RFC 2890), and its version for PPTP (RFC 2637).</summary>
internal sealed class GreFormat() : Format(
    "gre", "Generic Routing Encapsulation", new FormatKey(KeySpace.IpProtocol, 47))
{
    private const int ChecksumBit = 0x8000;
    private const int RoutingBit = 0x4000;
    private const int KeyBit = 0x2000;
    private const int SequenceBit = 0x1000;
    private const int AcknowledgementBit = 0x0080;
    private const int PptpVersion = 1;

    private static readonly Shape Head = HeadWith(
        Bits.Of(5, Field.Dec("gre.flags.reserved", "reserved")), Bits.Of(3, Field.Dec("gre.flags.version", "version")));

    private static readonly Shape PptpHead = HeadWith(
        Bits.Of(1, Field.Flag("gre.flags.ack", "acknowledgement present")),
        Bits.Of(4, Field.Dec("gre.flags.reserved", "reserved")), Bits.Of(3, Field.Dec("gre.flags.version", "version")));

    private static readonly Field Checksum = Field.Hex("gre.checksum", "checksum");
    private static readonly Field Status = Field.Dec("gre.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field Offset = Field.Dec("gre.offset", "offset");
    private static readonly Field Key = Field.Hex("gre.key", "key");
    private static readonly Field PayloadLength = Field.Dec("gre.key.payload_length", "payload length");
    private static readonly Field Call = Field.Dec("gre.key.call_id", "call");
    private static readonly Field Sequence = Field.Dec("gre.sequence_number", "sequence number");
    private static readonly Field Acknowledgement = Field.Dec("gre.ack_number", "acknowledgement number");

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        bool isPptp = walk.Has(start, 2) && (walk.U16(start) & 7) == PptpVersion;
        if (!walk.Head(isPptp ? PptpHead : Head))
        {
            return;
        }

        int flags = walk.U16(start);
        int at = start + Head.ByteLength;
        int needed = ((flags & (ChecksumBit | RoutingBit)) != 0 ? 4 : 0) + ((flags & KeyBit) != 0 ? 4 : 0)
            + ((flags & SequenceBit) != 0 ? 4 : 0) + (isPptp && (flags & AcknowledgementBit) != 0 ? 4 : 0);
        if (!walk.Has(at, needed))
        {
            walk.Short("the GRE header", at, walk.End - at, needed);
            return;
        }

        if ((flags & (ChecksumBit | RoutingBit)) != 0)
        {
            walk.Number(Checksum, at, 2, walk.U16(at));
            if ((flags & ChecksumBit) != 0 && walk.Missing == 0 && !walk.IsFragment && !walk.IsQuoted)
            {
                ChecksumCheck.Verify(ref walk, Status, at, walk.Body, 0, "gre.checksum");
            }

            walk.Number(Offset, at + 2, 2, walk.U16(at + 2));
            at += 4;
        }

        if ((flags & KeyBit) != 0)
        {
            if (isPptp)
            {
                walk.Number(PayloadLength, at, 2, walk.U16(at));
                walk.Number(Call, at + 2, 2, walk.U16(at + 2));
            }
            else
            {
                walk.Number(Key, at, 4, walk.U32(at));
            }

            at += 4;
        }

        Rest(ref walk, start, flags, isPptp, at);
    }

    public override void WriteLine(in LayerLine line)
    {
        line.Text.Add("GRE"u8);
        int flags = NetworkOrder.ReadUInt16(line.Bytes);
        int at = (flags & (ChecksumBit | RoutingBit)) != 0 ? 8 : 4;
        if ((flags & KeyBit) != 0 && line.Bytes.Length >= at + 4)
        {
            line.Text.Add(" key "u8).AddHex(NetworkOrder.ReadUInt32(line.Bytes, at), 8);
        }

        line.Text.AddByte((byte)':');
    }

    private static void Rest(ref Walk walk, int start, int flags, bool isPptp, int at)
    {
        if ((flags & SequenceBit) != 0)
        {
            walk.Number(Sequence, at, 4, walk.U32(at));
            at += 4;
        }

        if (isPptp && (flags & AcknowledgementBit) != 0)
        {
            walk.Number(Acknowledgement, at, 4, walk.U32(at));
            at += 4;
        }

        walk.AddressSum = null;

        // A source route (RFC 1701) is long dead, and would have to be walked.
        walk.Next((flags & RoutingBit) != 0 ? null : walk.Find(KeySpace.EtherType, walk.U16(start + 2)), at, walk.End);
    }

    private static Shape HeadWith(params Bits[] low) => Shape.Of(
        "GRE header",
        Bits.Of(
            16, Field.Hex("gre.flags_and_version", "flags and version"),
            [
                Bits.Of(1, Field.Flag("gre.flags.checksum", "checksum present")),
                Bits.Of(1, Field.Flag("gre.flags.routing", "routing present")),
                Bits.Of(1, Field.Flag("gre.flags.key", "key present")),
                Bits.Of(1, Field.Flag("gre.flags.sequence_number", "sequence number present")),
                Bits.Of(1, Field.Flag("gre.flags.strict_source_route", "strict source route")),
                Bits.Of(3, Field.Dec("gre.flags.recursion_control", "recursion control")),
                .. low,
            ]),
        Bits.Of(16, Field.Hex("gre.proto", "protocol", EtherTypeWords.Of)));
}
