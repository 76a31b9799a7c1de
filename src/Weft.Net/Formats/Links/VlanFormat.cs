using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Links;

/// <summary>A tag of IEEE 802.1Q or 802.1ad: behind the type that announces it.</summary>
internal sealed class VlanFormat() : Format(
    "vlan", "VLAN tag", new FormatKey(KeySpace.EtherType, 0x8100), new FormatKey(KeySpace.EtherType, 0x88A8),
    new FormatKey(KeySpace.EtherType, 0x9100))
{
    private static readonly Shape Tag = Shape.Of(
        "VLAN tag",
        Bits.Of(3, Field.Dec("vlan.priority", "priority")),
        Bits.Of(1, Field.Flag("vlan.dei", "drop eligible")),
        Bits.Of(12, Field.Dec("vlan.id", "VLAN")),
        Bits.Of(16, Field.Hex("vlan.etype", "type", EtherTypeWords.Of)));

    private static readonly Field Padding = Field.Bytes("vlan.padding", "padding");
    private static readonly Field Trailer = Field.Bytes("vlan.trailer", "trailer");

    public override void Dissect(ref Walk walk)
    {
        if (!walk.Head(Tag))
        {
            return;
        }

        int at = walk.Offset + Tag.ByteLength;
        ushort type = walk.U16(walk.Offset + 2);
        int end = LinkPayload.End(walk, type, at);
        EthernetFormat.Surplus(ref walk, end, Trailer, Padding);
        walk.Next(KeySpace.EtherType, type, at, end);
        if (end < walk.End)
        {
            walk.NextLacks(0);
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        line.Text.Add("VLAN "u8).AddDec((ulong)(NetworkOrder.ReadUInt16(bytes) & 0xFFF)).AddByte((byte)',');
    }
}
