using Weft.Net.Decoding;

namespace Weft.Net.Formats.Links;

/// <summary>PPP (RFC 1661), with or without the two bytes of HDLC-like framing (RFC 1662).</summary>
internal sealed class PppFormat() : Format(
    "ppp", "Point-to-point protocol", new FormatKey(KeySpace.LinkType, 9), new FormatKey(KeySpace.LinkType, 50),
    new FormatKey(KeySpace.LinkType, 204), new FormatKey(KeySpace.EtherType, 0x880B))
{
    private const byte AllStations = 0xFF;

    private static readonly Field Address = Field.Hex("ppp.address", "address");
    private static readonly Field Control = Field.Hex("ppp.control", "control");
    private static readonly Field Protocol = Field.Hex("ppp.protocol", "protocol", Word);

    public override void Dissect(ref Walk walk)
    {
        int at = walk.Offset;
        if (walk.Has(at, 2) && walk.Bytes[at] == AllStations && walk.Bytes[at + 1] == 3)
        {
            walk.Number(Address, at, 1, walk.Bytes[at]);
            walk.Number(Control, at + 1, 1, walk.Bytes[at + 1]);
            at += 2;
        }

        // RFC 1661, 6.5: an odd first byte says that the protocol is compressed to that one.
        int width = walk.Has(at, 1) && (walk.Bytes[at] & 1) != 0 ? 1 : 2;
        if (!walk.Has(at, width))
        {
            walk.Short("the protocol of PPP", at, walk.End - at, width);
            walk.Spoil();
            return;
        }

        int protocol = width == 1 ? walk.Bytes[at] : walk.U16(at);
        walk.Number(Protocol, at, 2, (ulong)protocol);
        at += width;
        switch (protocol)
        {
            case 0x0021:
                walk.Next(KeySpace.EtherType, 0x0800, at, walk.End);
                break;
            case 0x0057:
                walk.Next(KeySpace.EtherType, 0x86DD, at, walk.End);
                break;
            default:
                walk.Next(KeySpace.PppProtocol, protocol, at, walk.End);
                break;
        }
    }

    public override void WriteLine(in LayerLine line) => line.Text.Add("PPP,"u8);

    private static string? Word(ulong number) => number switch
    {
        0x0021 => "IPv4",
        0x0057 => "IPv6",
        0x8021 => "IP control",
        0x8057 => "IPv6 control",
        0xC021 => "link control",
        0xC023 => "password authentication",
        0xC223 => "challenge handshake authentication",
        _ => null,
    };
}
