using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Links;

/// <summary>Logical link control (IEEE 802.2), and SNAP behind it.</summary>
internal sealed class LlcFormat() : Format("llc", "Logical link control")
{
    public static readonly LlcFormat Instance = new();

    private const int SnapControl = 3;

    private static readonly Shape Access = Shape.Of(
        "LLC header",
        Bits.Of(8, Field.Hex("llc.dsap", "destination service access point")),
        Bits.Of(8, Field.Hex("llc.ssap", "source service access point")),
        Bits.Of(8, Field.Hex("llc.control", "control", digits: 4)));

    private static readonly Shape Snap = Shape.Of(
        "SNAP header",
        Bits.Of(24, Field.Dec("llc.oui", "organisation")),
        Bits.Of(16, Field.Hex("llc.type", "type", EtherTypeWords.Of)));

    public override void Dissect(ref Walk walk)
    {
        if (!walk.Head(Access))
        {
            return;
        }

        int at = walk.Offset + Access.ByteLength;
        bool isSnap = walk.Bytes[walk.Offset] == 0xAA && walk.Bytes[walk.Offset + 1] == 0xAA
            && walk.Bytes[walk.Offset + 2] == SnapControl;
        if (!isSnap)
        {
            walk.Next(null, at, walk.End);
        }
        else if (walk.Fixed(Snap, at))
        {
            walk.Next(KeySpace.EtherType, walk.U16(at + 3), at + Snap.ByteLength, walk.End);
        }
    }

    public override void WriteLine(in LayerLine line) => line.Text.Add("LLC,"u8);
}
