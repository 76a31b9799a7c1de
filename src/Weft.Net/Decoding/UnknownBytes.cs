namespace Weft.Net.Decoding;

/// <summary>Bytes that no format claims: shown as they are.</summary>
internal sealed class UnknownBytes() : Format("data", "Data")
{
    private static readonly Field Data = Field.Bytes("data.data", "bytes");
    private static readonly Field Count = Field.Dec("data.len", "length");

    public override void Dissect(ref Walk walk)
    {
        walk.Bytewise(Data, walk.Offset, walk.Length);
        walk.Number(Count, walk.Offset, 0, (ulong)walk.Length);
    }

    public override void WriteLine(in LayerLine line)
    {
        // A transport has said its length already.
        if (line.Index == 0 || !line.Dissection.Layers[line.Index - 1].Format.TellsLength)
        {
            line.Text.Add("length "u8).AddDec((ulong)(line.Layer.Length + line.Layer.Missing));
        }
    }
}
