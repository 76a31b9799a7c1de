using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>ICMP (RFC 792, RFC 950, RFC 1191, RFC 1256), with the packet that an error quotes and the extensions of
/// RFC 4884.</summary>
internal sealed class Icmpv4Format() : Format(
    "icmp", "Internet Control Message Protocol", new FormatKey(KeySpace.IpProtocol, 1))
{
    private const int HeaderLength = 8;
    private const byte EchoReply = 0;
    private const byte Unreachable = 3;
    private const byte SourceQuench = 4;
    private const byte Redirect = 5;
    private const byte Echo = 8;
    private const byte Advertisement = 9;
    private const byte Exceeded = 11;
    private const byte ParameterProblem = 12;
    private const byte Timestamp = 13;
    private const byte TimestampReply = 14;
    private const byte MaskRequest = 17;
    private const byte MaskReply = 18;
    private const byte ExtendedEcho = 42;
    private const byte ExtendedEchoReply = 43;
    private const byte FragmentationNeeded = 4;

    private static readonly Shape Head = Shape.Of(
        "ICMP header",
        Bits.Of(8, Field.Dec("icmp.type", "type", IcmpWords.Type4)),
        Bits.Of(8, Field.Dec("icmp.code", "code")),
        Bits.Of(16, Field.Hex("icmp.checksum", "checksum")));

    private static readonly Shape EchoPart = Shape.Of(
        "echo",
        Bits.Of(16, Field.Dec("icmp.ident", "identifier")), Bits.Of(16, Field.Dec("icmp.seq", "sequence number")));

    private static readonly Shape ExtendedPart = Shape.Of(
        "extended echo request",
        Bits.Of(16, Field.Dec("icmp.ident", "identifier")),
        Bits.Of(8, Field.Dec("icmp.ext.echo.seq", "sequence number")),
        Bits.Of(7, Field.Hex("icmp.ext.echo.req.res", "reserved")),
        Bits.Of(1, Field.Flag("icmp.ext.echo.req.local", "asks about its own interface")));

    private static readonly Shape ExtendedReplyPart = Shape.Of(
        "extended echo reply",
        Bits.Of(16, Field.Dec("icmp.ident", "identifier")),
        Bits.Of(8, Field.Dec("icmp.ext.echo.seq", "sequence number")),
        Bits.Of(3, Field.Dec("icmp.ext.echo.rsp.state", "state")),
        Bits.Of(2, Field.Hex("icmp.ext.echo.rsp.res", "reserved")),
        Bits.Of(1, Field.Flag("icmp.ext.echo.rsp.active", "active")),
        Bits.Of(1, Field.Flag("icmp.ext.echo.rsp.ipv4", "has IPv4")),
        Bits.Of(1, Field.Flag("icmp.ext.echo.rsp.ipv6", "has IPv6")));

    private static readonly Shape Times = Shape.Of(
        "time stamps",
        Bits.Of(32, Field.Dec("icmp.originate_timestamp", "sent, in ms of the day")),
        Bits.Of(32, Field.Dec("icmp.receive_timestamp", "received")),
        Bits.Of(32, Field.Dec("icmp.transmit_timestamp", "answered")));

    private static readonly Shape AdvertisementPart = Shape.Of(
        "router advertisement",
        Bits.Of(8, Field.Dec("icmp.num_addrs", "addresses")),
        Bits.Of(8, Field.Dec("icmp.addr_entry_size", "words for each")),
        Bits.Of(16, Field.Dec("icmp.lifetime", "lifetime in seconds")));

    private static readonly Field Status = Field.Dec("icmp.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field SwappedIdentifier = Field.Dec("icmp.ident_le", "identifier, little-endian");
    private static readonly Field SwappedSequence = Field.Dec("icmp.seq_le", "sequence number, little-endian");
    private static readonly Field Unused = Field.Bytes("icmp.unused", "unused");
    private static readonly Field QuotedWords = Field.Dec("icmp.length", "words of the quoted packet");
    private static readonly Field QuotedLength =
        Field.Dec("icmp.length.original_datagram", "bytes of the quoted packet");

    private static readonly Field Mtu = Field.Dec("icmp.mtu", "MTU of the next hop");
    private static readonly Field Gateway = Field.V4("icmp.redir_gw", "better gateway");
    private static readonly Field Pointer = Field.Dec("icmp.pointer", "pointer");
    private static readonly Field Mask = Field.V4("icmp.address_mask", "mask");
    private static readonly Field Router = Field.V4("icmp.router_address", "router");
    private static readonly Field Preference = Field.Signed("icmp.pref_level", "preference");

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        if (walk.Missing > 0 || walk.IsFragment)
        {
            ChecksumCheck.Leave(ref walk, Status, start + 2);
        }
        else
        {
            ChecksumCheck.Verify(ref walk, Status, start + 2, walk.Body, 0, "icmp.checksum");
        }

        if (!walk.Has(start, HeaderLength))
        {
            walk.Short("the ICMP header", start, walk.Length, HeaderLength);
            walk.Spoil();
            return;
        }

        int at = start + Head.ByteLength;
        byte type = walk.Bytes[start];
        switch (type)
        {
            case Echo or EchoReply or 15 or 16 or Timestamp or TimestampReply or MaskRequest or MaskReply:
                walk.Fixed(EchoPart, at);
                walk.Number(SwappedIdentifier, at, 2, Swap(walk.U16(at)));
                walk.Number(SwappedSequence, at + 2, 2, Swap(walk.U16(at + 2)));
                AfterEcho(ref walk, type, at + 4);
                break;
            case Unreachable or SourceQuench or Redirect or Exceeded or ParameterProblem:
                Error(ref walk, type, at);
                break;
            case Advertisement:
                Routers(ref walk, at);
                break;
            case ExtendedEcho or ExtendedEchoReply:
                walk.Fixed(type == ExtendedEcho ? ExtendedPart : ExtendedReplyPart, at);
                walk.Number(SwappedIdentifier, at, 2, Swap(walk.U16(at)));
                if (type == ExtendedEcho)
                {
                    IcmpExtensions.Dissect(ref walk, at + 4, walk.End);
                }

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
        text.Add("ICMP "u8);
        switch (type)
        {
            case Echo or EchoReply:
                text.Add(type == Echo ? "echo request, id "u8 : "echo reply, id "u8)
                    .AddDec(NetworkOrder.ReadUInt16(bytes, 4)).Add(", seq "u8).AddDec(NetworkOrder.ReadUInt16(bytes, 6));
                break;
            case Unreachable when bytes[1] == FragmentationNeeded:
                text.Add("unreachable: needs to be fragmented, MTU "u8).AddDec(NetworkOrder.ReadUInt16(bytes, 6));
                break;
            case Unreachable:
                text.Add(IcmpWords.Unreachable4(bytes[1]) ?? "unreachable");
                break;
            case Redirect:
                text.Add("redirect to "u8).AddIpv4(bytes[4..]);
                break;
            case Exceeded:
                text.Add(bytes[1] == 0 ? "time to live exceeded"u8 : "reassembly time exceeded"u8);
                break;
            default:
                if (IcmpWords.Type4(type) is { } word)
                {
                    text.Add(word);
                }
                else
                {
                    text.Add("type "u8).AddDec(type);
                }

                break;
        }

        text.Add(", length "u8).AddDec((ulong)(bytes.Length + line.Layer.Missing));
        if (line.Index + 1 < line.Dissection.Layers.Length && line.Dissection.Layers[line.Index + 1].IsQuoted)
        {
            text.Add(", quoting"u8);
        }
    }

    private static void AfterEcho(ref Walk walk, byte type, int at)
    {
        switch (type)
        {
            case Timestamp or TimestampReply:
                if (walk.Fixed(Times, at))
                {
                    walk.Next(null, at + Times.ByteLength, walk.End);
                }

                break;
            case MaskRequest or MaskReply when walk.Has(at, 4):
                walk.Bytewise(Mask, at, 4);
                break;
            default:
                walk.Next(null, at, walk.End);
                break;
        }
    }

    private static void Error(ref Walk walk, byte type, int at)
    {
        switch (type)
        {
            case Redirect:
                walk.Bytewise(Gateway, at, 4);
                break;
            case ParameterProblem:
                walk.Number(Pointer, at, 1, walk.Bytes[at]);
                Words(ref walk, at);
                break;
            case Unreachable:
                walk.Bytewise(Unused, at, walk.Bytes[at + 1] > 0 ? 1 : walk.Bytes[at - 3] == FragmentationNeeded ? 2 : 4);
                Words(ref walk, at);
                if (walk.Bytes[at - 3] == FragmentationNeeded)
                {
                    walk.Number(Mtu, at + 2, 2, walk.U16(at + 2));
                }

                break;
            default:
                walk.Bytewise(Unused, at, walk.Bytes[at + 1] > 0 ? 1 : 4);
                Words(ref walk, at);
                break;
        }

        // RFC 4884, 4.5: the length of the quoted packet, in words; 0 as it ever was.
        int quoted = type == Redirect ? 0 : walk.Bytes[at + 1] * 4;
        int begin = at + 4;
        int end = quoted > 0 && begin + quoted < walk.End ? begin + quoted
            : quoted == 0 && type != Redirect ? IcmpExtensions.LegacyEnd(walk, begin)
            : walk.End;
        IcmpExtensions.Dissect(ref walk, end, walk.End);
        walk.IsQuoted = true;
        walk.Next(KeySpace.EtherType, 0x0800, begin, end);
        walk.NextLacks(0);
    }

    private static void Words(ref Walk walk, int at)
    {
        if (walk.Bytes[at + 1] > 0)
        {
            walk.Number(QuotedWords, at + 1, 1, walk.Bytes[at + 1]);
            walk.Number(QuotedLength, at + 1, 1, (ulong)(walk.Bytes[at + 1] * 4));
        }
    }

    private static void Routers(ref Walk walk, int at)
    {
        walk.Fixed(AdvertisementPart, at);
        int count = walk.Bytes[at];
        int each = walk.Bytes[at + 1] * 4;
        at += AdvertisementPart.ByteLength;
        for (int i = 0; i < count && each >= 8; i++, at += each)
        {
            if (!walk.Has(at, each))
            {
                walk.Short("a router's address", at, walk.End - at, each);
                return;
            }

            walk.Bytewise(Router, at, 4);
            walk.Number(Preference, at + 4, 4, walk.U32(at + 4));
        }
    }

    private static ulong Swap(ushort value) => (ulong)((value >> 8) | ((value & 0xFF) << 8));
}
