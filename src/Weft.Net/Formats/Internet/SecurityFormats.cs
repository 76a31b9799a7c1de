using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>The authentication header of IPsec (RFC 4302).</summary>
internal sealed class AuthenticationFormat() : Format(
    "ah", "Authentication header", new FormatKey(KeySpace.IpProtocol, 51))
{
    private static readonly Shape Head = Shape.Of(
        "authentication header",
        Bits.Of(8, Field.Dec("ah.next_header", "next header", IpProtocolWords.Of)),
        Bits.Of(8, Field.Dec("ah.length", "length in words, less 2")),
        Bits.Of(16, Field.Bytes("ah.reserved", "reserved")),
        Bits.Of(32, Field.Hex("ah.spi", "security parameters index")),
        Bits.Of(32, Field.Dec("ah.sequence", "sequence number")));

    private static readonly Field Check = Field.Bytes("ah.icv", "integrity check value");

    public override bool IsExtension => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int length = (walk.Bytes[start + 1] + 2) * 4;
        if (length < Head.ByteLength || !walk.Has(start, length))
        {
            walk.Short("the authentication header", start, walk.Length, length);
            return;
        }

        if (length > Head.ByteLength)
        {
            walk.Bytewise(Check, start + Head.ByteLength, length - Head.ByteLength);
        }

        byte next = walk.Bytes[start];
        walk.Protocol = next;
        walk.Next(KeySpace.IpProtocol, next, start + length, walk.End);
    }

    public override void WriteLine(in LayerLine line) => line.Text.Add("authenticated,"u8);
}

/// <summary>The encapsulating security payload of IPsec (RFC 4303): what is inside cannot be read.</summary>
internal sealed class EncryptedFormat() : Format("esp", "Encapsulating security payload", new FormatKey(KeySpace.IpProtocol, 50))
{
    private static readonly Shape Head = Shape.Of(
        "ESP header",
        Bits.Of(32, Field.Hex("esp.spi", "security parameters index")),
        Bits.Of(32, Field.Dec("esp.sequence", "sequence number")));

    private static readonly Field Encrypted = Field.Bytes("esp.encrypted_data", "encrypted");

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        if (walk.Head(Head) && walk.Length > Head.ByteLength)
        {
            walk.Bytewise(Encrypted, walk.Offset + Head.ByteLength, walk.Length - Head.ByteLength);
        }
    }

    public override void WriteLine(in LayerLine line) =>
        line.Text.Add("ESP, length "u8).AddDec((ulong)line.Bytes.Length);
}
