using System;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Links;

/// <summary>Ethernet II, and IEEE 802.3 with a length in the type's place.</summary>
internal sealed class EthernetFormat() : Format(
    "eth", "Ethernet", new FormatKey(KeySpace.LinkType, 1), new FormatKey(KeySpace.EtherType, 0x6558),
    new FormatKey(KeySpace.IpProtocol, 143))
{
    private const int TypeAt = 12;
    private const int LengthMax = 1500;
    private const int PaddedFrame = 60;
    private const int CheckedFrameMin = 64;
    private const int CheckLength = 4;

    private static readonly Shape Head = Shape.Of(
        "Ethernet header",
        Bits.Of(48, Field.Mac("eth.dst", "destination", "eth.addr"), GroupBits("eth.dst")),
        Bits.Of(48, Field.Mac("eth.src", "source", "eth.addr"), GroupBits("eth.src")),
        Bits.Of(16, Field.Hex("eth.type", "type", EtherTypeWords.Of)));

    private static readonly Shape LengthHead = Shape.Of(
        "Ethernet header",
        Bits.Of(48, Field.Mac("eth.dst", "destination", "eth.addr"), GroupBits("eth.dst")),
        Bits.Of(48, Field.Mac("eth.src", "source", "eth.addr"), GroupBits("eth.src")),
        Bits.Of(16, Field.Dec("eth.len", "length")));

    private static readonly Field Padding = Field.Bytes("eth.padding", "padding");
    private static readonly Field Trailer = Field.Bytes("eth.trailer", "trailer");
    private static readonly Field Check = Field.Hex("eth.fcs", "frame check sequence");

    public override void Dissect(ref Walk walk)
    {
        bool isLength = walk.Has(walk.Offset + TypeAt, 2) && walk.U16(walk.Offset + TypeAt) <= LengthMax;
        if (!walk.Head(isLength ? LengthHead : Head))
        {
            return;
        }

        int at = walk.Offset + Head.ByteLength;
        ushort type = walk.U16(walk.Offset + TypeAt);
        if (isLength)
        {
            int end = Math.Min(walk.End, at + type);
            if (at + type > walk.End + walk.Missing)
            {
                walk.Report(ProblemKind.Length, walk.Offset + TypeAt, "eth.len", type, walk.End + walk.Missing - at);
            }

            Surplus(ref walk, end, Trailer, Padding);
            walk.Next(LlcFormat.Instance, at, end);
            return;
        }

        int payloadEnd = LinkPayload.End(walk, type, at);
        Surplus(ref walk, payloadEnd, Trailer, Padding);
        walk.Next(KeySpace.EtherType, type, at, payloadEnd);
        if (payloadEnd < walk.End)
        {
            walk.NextLacks(0);
        }
    }

    /// <summary>Records what lies behind the payload. As Wireshark guesses: a frame of 64 bytes or more needs no padding, so
    /// the last four bytes behind its payload are its check sequence; zeros up to 60 bytes are padding.</summary>
    internal static void Surplus(ref Walk walk, int end, Field trailer, Field? padding)
    {
        if (end >= walk.End || !walk.IsDetailed)
        {
            return;
        }

        int last = walk.End;
        bool hasCheck = padding is not null && walk.Missing == 0 && last - walk.Offset >= CheckedFrameMin
            && last - end >= CheckLength;
        last -= hasCheck ? CheckLength : 0;
        int padded = Math.Min(last, Math.Max(end, walk.Offset + PaddedFrame));
        if (padding is not null && padded > end && walk.Bytes[end..padded].IndexOfAnyExcept((byte)0) < 0)
        {
            walk.Bytewise(padding, end, padded - end);
            end = padded;
        }

        if (end < last)
        {
            walk.Bytewise(trailer, end, last - end);
        }

        if (hasCheck)
        {
            walk.Number(Check, last, CheckLength, walk.U32(last));
        }
    }

    // The two bits of the first byte that say whose address it is; Wireshark shows them as of 3 bytes.
    private static Bits[] GroupBits(string name) =>
    [
        Bits.Of(6, Field.Hex("", "vendor's bits")),
        Bits.Of(1, Field.Flag(name + ".lg", "locally administered")),
        Bits.Of(1, Field.Flag(name + ".ig", "group")),
    ];
}
