using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Tunnels;

/// <summary>Geneve (RFC 8926).</summary>
internal sealed class GeneveFormat() : Format(
    "geneve", "Generic Network Virtualization Encapsulation", new FormatKey(KeySpace.UdpPort, 6081))
{
    private static readonly Shape Head = Shape.Of(
        "Geneve header",
        Bits.Of(2, Field.Dec("geneve.version", "version")),
        Bits.Of(6, Field.Dec("", "options length", scale: 4)),
        Bits.Of(
            8, Field.Hex("geneve.flags", "flags"),
            Bits.Of(1, Field.Flag("geneve.flags.oam", "operations")),
            Bits.Of(1, Field.Flag("geneve.flags.critical", "critical options")),
            Bits.Of(6, Field.Flag("geneve.flags.reserved", "reserved"))),
        Bits.Of(16, Field.Hex("geneve.proto_type", "protocol", EtherTypeWords.Of)),
        Bits.Of(24, Field.Hex("geneve.vni", "VNI")),
        Bits.Of(8, Field.Hex("geneve.reserved", "reserved")));

    private static readonly Shape OptionHead = Shape.Of(
        "option",
        Bits.Of(16, Field.Hex("geneve.option.class", "class")),
        Bits.Of(
            8, Field.Hex("geneve.option.type", "type"),
            Bits.Of(1, Field.Flag("geneve.option.type.critical", "critical")),
            Bits.Reserved(7)),
        Bits.Of(3, Field.Flag("geneve.option.flags.reserved", "reserved")),
        Bits.Of(5, Field.Dec("", "length", scale: 4)));

    private static readonly Field OptionLength = Field.Dec("geneve.option.length", "length with the option's head");
    private static readonly Field OptionFlags = Field.Hex("geneve.option.flags", "flags");
    private static readonly Field OptionData = Field.Bytes("geneve.option.unknown.data", "data");

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int version = walk.Bytes[start] >> 6;
        if (version != 0)
        {
            walk.Report(ProblemKind.Malformed, start, "geneve.version", version, 0);
            return;
        }

        int at = start + Head.ByteLength;
        int end = at + ((walk.Bytes[start] & 0x3F) * 4);
        if (end > walk.End)
        {
            walk.Short("the options of Geneve", at, walk.End - at, end - at);
            return;
        }

        while (at < end)
        {
            int length = 4 + ((walk.Bytes[Math.Min(at + 3, end - 1)] & 0x1F) * 4);
            if (length > end - at)
            {
                walk.Report(ProblemKind.Malformed, at, "geneve.option.length", length, end - at);
                break;
            }

            walk.Begin("option", at, length);
            walk.Fixed(OptionHead, at);
            walk.Number(OptionFlags, at + 3, 1, (ulong)(walk.Bytes[at + 3] >> 5));
            walk.Number(OptionLength, at + 3, 1, (ulong)length);
            if (length > 4)
            {
                walk.Bytewise(OptionData, at + 4, length - 4);
            }

            walk.Close();
            at += length;
        }

        walk.AddressSum = null;
        walk.Next(KeySpace.EtherType, walk.U16(start + 2), end, walk.End);
    }

    public override void WriteLine(in LayerLine line) =>
        line.Text.Add("Geneve vni "u8).AddDec(NetworkOrder.ReadUInt24(line.Bytes, 4)).AddByte((byte)':');
}
