using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Links;

/// <summary>Address resolution (RFC 826), and its reverse (RFC 903).</summary>
internal sealed class ArpFormat() : Format(
    "arp", "Address resolution", new FormatKey(KeySpace.EtherType, 0x0806), new FormatKey(KeySpace.EtherType, 0x8035))
{
    private static readonly Shape Head = Shape.Of(
        "ARP header",
        Bits.Of(16, Field.Dec("arp.hw.type", "link type", number => number == 1 ? "Ethernet" : null)),
        Bits.Of(16, Field.Hex("arp.proto.type", "protocol", EtherTypeWords.Of)),
        Bits.Of(8, Field.Dec("arp.hw.size", "link address length")),
        Bits.Of(8, Field.Dec("arp.proto.size", "protocol address length")),
        Bits.Of(16, Field.Dec("arp.opcode", "operation", Operation)));

    private static readonly Field SourceMac = Field.Mac("arp.src.hw_mac", "sender's link address");
    private static readonly Field SourceLink = Field.Bytes("arp.src.hw", "sender's link address");
    private static readonly Field SourceIpv4 = Field.V4("arp.src.proto_ipv4", "sender's address");
    private static readonly Field SourceOther = Field.Bytes("arp.src.proto", "sender's address");
    private static readonly Field TargetMac = Field.Mac("arp.dst.hw_mac", "target's link address");
    private static readonly Field TargetLink = Field.Bytes("arp.dst.hw", "target's link address");
    private static readonly Field TargetIpv4 = Field.V4("arp.dst.proto_ipv4", "target's address");
    private static readonly Field TargetOther = Field.Bytes("arp.dst.proto", "target's address");

    public override void Dissect(ref Walk walk)
    {
        if (!walk.Head(Head))
        {
            return;
        }

        int start = walk.Offset;
        int linkLength = walk.Bytes[start + 4];
        int protocolLength = walk.Bytes[start + 5];
        bool isMac = walk.U16(start) == 1 && linkLength == 6;
        bool isIpv4 = walk.U16(start + 2) == 0x0800 && protocolLength == 4;
        int at = start + Head.ByteLength;
        if (!walk.Has(at, 2 * (linkLength + protocolLength)))
        {
            walk.Short("the addresses of ARP", at, walk.End - at, 2 * (linkLength + protocolLength));
            walk.Spoil();
            return;
        }

        walk.Bytewise(isMac ? SourceMac : SourceLink, at, linkLength);
        walk.Bytewise(isIpv4 ? SourceIpv4 : SourceOther, at + linkLength, protocolLength);
        at += linkLength + protocolLength;
        walk.Bytewise(isMac ? TargetMac : TargetLink, at, linkLength);
        walk.Bytewise(isIpv4 ? TargetIpv4 : TargetOther, at + linkLength, protocolLength);
        walk.Ends(at + linkLength + protocolLength);
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        ushort operation = NetworkOrder.ReadUInt16(bytes, 6);
        line.Text.Add("ARP "u8);
        if (bytes[4] != 6 || bytes[5] != 4)
        {
            line.Text.Add("of other addresses than Ethernet's and IPv4's, length "u8).AddDec((ulong)bytes.Length);
            return;
        }

        switch (operation)
        {
            case 1:
                line.Text.Add("request who has "u8).AddIpv4(bytes[24..]).Add(" tell "u8).AddIpv4(bytes[14..]);
                break;
            case 2:
                line.Text.Add("reply "u8).AddIpv4(bytes[14..]).Add(" is at "u8).AddMac(bytes.Slice(8, 6));
                break;
            default:
                line.Text.Add(Operation(operation) ?? "operation").Add(" "u8).AddDec(operation);
                break;
        }

        line.Text.Add(", length "u8).AddDec((ulong)line.Layer.Length);
    }

    private static string? Operation(ulong number) => number switch
    {
        1 => "request",
        2 => "reply",
        3 => "reverse request",
        4 => "reverse reply",
        8 => "inverse request",
        9 => "inverse reply",
        _ => null,
    };
}
