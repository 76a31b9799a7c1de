using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>ICMPv6 (RFC 4443), with neighbour discovery (RFC 4861) and multicast listener discovery (RFC 2710,
/// RFC 3810).</summary>
internal sealed class Icmpv6Format() : Format(
    "icmpv6", "Internet Control Message Protocol for IPv6", new FormatKey(KeySpace.IpProtocol, 58))
{
    private const int HeaderLength = 8;
    private const byte Unreachable = 1;
    private const byte TooBig = 2;
    private const byte Exceeded = 3;
    private const byte ParameterProblem = 4;
    private const byte Echo = 128;
    private const byte EchoReply = 129;

    private static readonly Shape Head = Shape.Of(
        "ICMPv6 header",
        Bits.Of(8, Field.Dec("icmpv6.type", "type", IcmpWords.Type6)),
        Bits.Of(8, Field.Dec("icmpv6.code", "code")),
        Bits.Of(16, Field.Hex("icmpv6.checksum", "checksum")));

    private static readonly Shape EchoPart = Shape.Of(
        "echo",
        Bits.Of(16, Field.Hex("icmpv6.echo.identifier", "identifier")),
        Bits.Of(16, Field.Dec("icmpv6.echo.sequence_number", "sequence number")));

    private static readonly Field Status = Field.Dec("icmpv6.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field Mtu = Field.Dec("icmpv6.mtu", "MTU");
    private static readonly Field Pointer = Field.Dec("icmpv6.pointer", "pointer");
    private static readonly Field Reserved = Field.Bytes("icmpv6.reserved", "reserved");
    private static readonly Field QuotedWords = Field.Dec("icmpv6.length", "8-byte units of the quoted packet");

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        if (walk.Missing == 0 && walk.PseudoHeader(walk.Length) is { } pseudo)
        {
            ChecksumCheck.Verify(ref walk, Status, start + 2, walk.Body, pseudo, "icmpv6.checksum");
        }
        else
        {
            ChecksumCheck.Leave(ref walk, Status, start + 2);
        }

        int at = start + Head.ByteLength;
        byte type = walk.Bytes[start];
        switch (type)
        {
            case Unreachable or TooBig or Exceeded or ParameterProblem:
                if (!walk.Has(start, HeaderLength))
                {
                    walk.Short("the ICMPv6 header", start, walk.Length, HeaderLength);
                    walk.Spoil();
                    return;
                }

                Error(ref walk, type, at);
                break;
            case Echo or EchoReply:
                if (walk.Fixed(EchoPart, at))
                {
                    walk.Next(null, at + EchoPart.ByteLength, walk.End);
                }
                else
                {
                    walk.Spoil();
                }

                break;
            case >= 133 and <= 137:
                NeighborDiscovery.Dissect(ref walk, type, at);
                break;
            case 130 or 131 or 132 or 143:
                ListenerDiscovery.Dissect(ref walk, type, at);
                break;
            default:
                walk.Next(null, at, walk.End);
                break;
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        byte type = bytes[0];
        text.Add("ICMPv6 "u8);
        if (type == Unreachable && IcmpWords.Unreachable6(bytes[1]) is { } reason)
        {
            text.Add(reason);
        }
        else if (IcmpWords.Type6(type) is { } word)
        {
            text.Add(word);
        }
        else
        {
            text.Add("type "u8).AddDec(type);
        }

        switch (type)
        {
            case Echo or EchoReply:
                text.Add(", id "u8).AddDec(NetworkOrder.ReadUInt16(bytes, 4)).Add(", seq "u8)
                    .AddDec(NetworkOrder.ReadUInt16(bytes, 6));
                break;
            case TooBig:
                text.Add(", MTU "u8).AddDec(NetworkOrder.ReadUInt32(bytes, 4));
                break;
            case 135 when bytes.Length >= 24:
                text.Add(", who has "u8).AddIpv6(bytes[8..]);
                break;
            case 136 when bytes.Length >= 24:
                text.Add(", "u8).AddIpv6(bytes[8..]).Add(" is here"u8);
                break;
            default:
                break;
        }

        text.Add(", length "u8).AddDec((ulong)(bytes.Length + line.Layer.Missing));
        if (line.Index + 1 < line.Dissection.Layers.Length && line.Dissection.Layers[line.Index + 1].IsQuoted)
        {
            text.Add(", quoting"u8);
        }
    }

    private static void Error(ref Walk walk, byte type, int at)
    {
        int quoted = 0;
        switch (type)
        {
            case TooBig:
                walk.Number(Mtu, at, 4, walk.U32(at));
                break;
            case ParameterProblem:
                walk.Number(Pointer, at, 4, walk.U32(at));
                break;
            default:
                // RFC 4884, 4.5: units of 8 bytes in ICMPv6.
                quoted = walk.Bytes[at] * 8;
                if (quoted > 0)
                {
                    walk.Number(QuotedWords, at, 1, walk.Bytes[at]);
                }

                walk.Bytewise(Reserved, quoted > 0 ? at + 1 : at, quoted > 0 ? 3 : 4);
                break;
        }

        int begin = at + 4;
        int end = quoted > 0 && begin + quoted < walk.End ? begin + quoted : walk.End;
        IcmpExtensions.Dissect(ref walk, end, walk.End);
        walk.IsQuoted = true;
        walk.Next(KeySpace.EtherType, 0x86DD, begin, end);
        walk.NextLacks(0);
    }
}
