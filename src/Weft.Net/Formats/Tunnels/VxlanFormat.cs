using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Tunnels;

/// <summary>VXLAN (RFC 7348), with the group policy of its extension.</summary>
internal sealed class VxlanFormat() : Format(
    "vxlan", "Virtual eXtensible LAN", new FormatKey(KeySpace.UdpPort, 4789), new FormatKey(KeySpace.UdpPort, 8472))
{
    private const byte ValidBit = 0x08;

    private static readonly Shape Head = Shape.Of(
        "VXLAN header",
        Bits.Of(
            16, Field.Hex("vxlan.flags", "flags"),
            Bits.Of(1, Field.Flag("vxlan.flag_g", "group policy")),
            Bits.Reserved(3),
            Bits.Of(1, Field.Flag("vxlan.flag_i", "VNI is valid")),
            Bits.Reserved(4),
            Bits.Of(1, Field.Flag("vxlan.flag_d", "don't learn")),
            Bits.Reserved(2),
            Bits.Of(1, Field.Flag("vxlan.flag_a", "policy applied")),
            Bits.Reserved(3)),
        Bits.Of(16, Field.Dec("vxlan.gbp", "group policy id")),
        Bits.Of(24, Field.Dec("vxlan.vni", "VNI")),
        Bits.Of(8, Field.Dec("vxlan.reserved8", "reserved")));

    public override bool TellsLength => false;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        if ((walk.Bytes[start] & ValidBit) == 0)
        {
            walk.Report(ProblemKind.Malformed, start, "vxlan.flag_i: there is no VNI", 0, 1);
        }

        walk.AddressSum = null;
        walk.Next(KeySpace.EtherType, 0x6558, start + Head.ByteLength, walk.End);
    }

    public override void WriteLine(in LayerLine line) =>
        line.Text.Add("VXLAN vni "u8).AddDec(NetworkOrder.ReadUInt24(line.Bytes, 4)).AddByte((byte)':');
}
