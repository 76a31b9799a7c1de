using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Links;

/// <summary>A tag of IEEE 802.1Q, or of 802.1ad (a provider's, outside the customer's): behind the type that announces
/// it.</summary>
internal sealed class VlanFormat : Format
{
    private static readonly Field Padding = Field.Bytes("vlan.padding", "padding");
    private static readonly Field Trailer = Field.Bytes("vlan.trailer", "trailer");

    private readonly Shape _tag;

    private VlanFormat(string name, string title, string typeName, params FormatKey[] keys)
        : base(name, title, keys) => _tag = Shape.Of(
            title,
            Bits.Of(3, Field.Dec(name + ".priority", "priority")),
            Bits.Of(1, Field.Flag(name + ".dei", "drop eligible")),
            Bits.Of(12, Field.Dec(name + ".id", "VLAN")),
            Bits.Of(16, Field.Hex(typeName, "type", EtherTypeWords.Of)));

    public static VlanFormat Customer { get; } = new(
        "vlan", "VLAN tag", "vlan.etype", new FormatKey(KeySpace.EtherType, 0x8100), new FormatKey(KeySpace.EtherType, 0x9100));

    public static VlanFormat Service { get; } = new(
        "ieee8021ad", "Service VLAN tag", "ieee8021ah.etype", new FormatKey(KeySpace.EtherType, 0x88A8));

    public override void Dissect(ref Walk walk)
    {
        if (!walk.Head(_tag))
        {
            return;
        }

        int at = walk.Offset + _tag.ByteLength;
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
        System.ReadOnlySpan<byte> bytes = line.Bytes;
        line.Text.Add("VLAN "u8).AddDec((ulong)(NetworkOrder.ReadUInt16(bytes) & 0xFFF)).AddByte((byte)',');
    }
}
