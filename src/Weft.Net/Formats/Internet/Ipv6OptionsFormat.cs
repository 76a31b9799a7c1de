using System;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>Hop-by-hop and destination options of IPv6 (RFC 8200, 4.3 and 4.6).</summary>
internal sealed class Ipv6OptionsFormat : Format
{
    private const byte Pad1 = 0;
    private const byte PadN = 1;
    private const byte TunnelLimit = 4;
    private const byte RouterAlert = 5;
    private const byte Jumbo = 0xC2;
    private const byte HomeAddress = 0xC9;

    private static readonly Shape Kind = Shape.Of(
        "option type",
        Bits.Of(
            8, Field.Hex("ipv6.opt.type", "type", Word),
            Bits.Of(2, Field.Dec("ipv6.opt.type.action", "if it is not known", Action)),
            Bits.Of(1, Field.Flag("ipv6.opt.type.change", "may change on the way")),
            Bits.Of(5, Field.Hex("ipv6.opt.type.rest", "low bits"))));

    private static readonly Field Length = Field.Dec("ipv6.opt.length", "length");
    private static readonly Field Padding = Field.Bytes("ipv6.opt.padn", "padding");
    private static readonly Field Alert = Field.Dec("ipv6.opt.router_alert", "value");
    private static readonly Field JumboLength = Field.Dec("ipv6.opt.jumbo", "payload length");
    private static readonly Field Limit = Field.Dec("ipv6.opt.tel", "encapsulations that are allowed");
    private static readonly Field Home = Field.V6("ipv6.opt.mipv6.home_address", "home address");
    private static readonly Field Unknown = Field.Bytes("ipv6.opt.unknown", "data");

    private readonly Shape _head;
    private readonly Field _octets;

    private Ipv6OptionsFormat(string name, string title, byte number)
        : base(name, title, new FormatKey(KeySpace.IpProtocol, number))
    {
        _head = Shape.Of(
            title,
            Bits.Of(8, Field.Dec(name + ".nxt", "next header", IpProtocolWords.Of)),
            Bits.Of(8, Field.Dec(name + ".len", "length in units of 8 bytes, without the first")));
        _octets = Field.Dec(name + ".len_oct", "length in bytes");
    }

    public static Ipv6OptionsFormat HopByHop { get; } = new("ipv6.hopopts", "Hop-by-hop options", 0);

    public static Ipv6OptionsFormat Destination { get; } = new("ipv6.dstopts", "Destination options", 60);

    public override bool IsExtension => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(_head))
        {
            return;
        }

        int length = (walk.Bytes[start + 1] + 1) * 8;
        walk.Number(_octets, start + 1, 1, (ulong)length);
        byte next = walk.Bytes[start];
        int end = Math.Min(walk.End, start + length);
        Options(ref walk, start + _head.ByteLength, end);
        if (end < start + length)
        {
            walk.Short(Title, start, walk.Length, length);
            return;
        }

        walk.Protocol = next;
        walk.Next(KeySpace.IpProtocol, next, end, walk.End);
    }

    public override void WriteLine(in LayerLine line) =>
        line.Text.Add(Name == "ipv6.hopopts" ? "hop-by-hop options,"u8 : "destination options,"u8);

    private static void Options(ref Walk walk, int at, int end)
    {
        while (at < end)
        {
            byte kind = walk.Bytes[at];
            if (kind == Pad1)
            {
                walk.Fixed(Kind, at++);
                continue;
            }

            int length = at + 1 < end ? walk.Bytes[at + 1] : int.MaxValue;
            if (length > end - at - 2)
            {
                walk.Fixed(Kind, at);
                walk.Short("an IPv6 option", at, end - at, length == int.MaxValue ? 2 : length + 2);
                return;
            }

            if (walk.IsDetailed)
            {
                walk.Begin(Word(kind) ?? "option", at, length + 2);
                walk.Fixed(Kind, at);
                walk.Number(Length, at + 1, 1, (ulong)length);
                One(ref walk, kind, at + 2, length);
                walk.Close();
            }

            at += length + 2;
        }
    }

    private static void One(ref Walk walk, byte kind, int at, int length)
    {
        switch (kind)
        {
            case PadN when length > 0:
                walk.Bytewise(Padding, at, length);
                break;
            case TunnelLimit when length == 1:
                walk.Number(Limit, at, 1, walk.Bytes[at]);
                break;
            case RouterAlert when length == 2:
                walk.Number(Alert, at, 2, walk.U16(at));
                break;
            case Jumbo when length == 4:
                walk.Number(JumboLength, at, 4, walk.U32(at));
                break;
            case HomeAddress when length == 16:
                walk.Bytewise(Home, at, 16);
                break;
            default:
                if (length > 0)
                {
                    walk.Bytewise(Unknown, at, length);
                }

                break;
        }
    }

    private static string? Word(ulong number) => number switch
    {
        Pad1 => "one byte of padding",
        PadN => "padding",
        TunnelLimit => "tunnel encapsulation limit",
        RouterAlert => "router alert",
        0x63 or 0x23 => "RPL",
        Jumbo => "jumbo payload",
        HomeAddress => "home address",
        0x31 or 0x11 => "in-situ OAM",
        0x0F => "performance and diagnostic metrics",
        0x30 => "minimum path MTU",
        _ => null,
    };

    private static string? Action(ulong number) => number switch
    {
        0 => "skip it",
        1 => "discard the packet",
        2 => "discard the packet and report",
        _ => "discard the packet and report, unless multicast",
    };
}
