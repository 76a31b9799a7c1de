using System;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Internet;

/// <summary>Neighbour discovery (RFC 4861) and its options (RFC 4191, RFC 8106, RFC 8781, RFC 3971).</summary>
internal static class NeighborDiscovery
{
    private const byte RouterSolicitation = 133;
    private const byte RouterAdvertisement = 134;
    private const byte NeighborSolicitation = 135;
    private const byte NeighborAdvertisement = 136;

    private static readonly Shape Unused = Shape.Of(
        "router solicitation", Bits.Of(32, Field.Bytes("icmpv6.reserved", "reserved")));

    private static readonly Shape Router = Shape.Of(
        "router advertisement",
        Bits.Of(8, Field.Dec("icmpv6.nd.ra.cur_hop_limit", "hop limit for hosts")),
        Bits.Of(
            8, Field.Hex("icmpv6.nd.ra.flag", "flags"),
            Bits.Of(1, Field.Flag("icmpv6.nd.ra.flag.m", "addresses by DHCPv6")),
            Bits.Of(1, Field.Flag("icmpv6.nd.ra.flag.o", "other things by DHCPv6")),
            Bits.Of(1, Field.Flag("icmpv6.nd.ra.flag.h", "home agent")),
            Bits.Of(2, Field.Dec("icmpv6.nd.ra.flag.prf", "preference", Preference)),
            Bits.Of(1, Field.Flag("icmpv6.nd.ra.flag.p", "proxy")),
            Bits.Of(2, Field.Dec("icmpv6.nd.ra.flag.rsv", "reserved"))),
        Bits.Of(16, Field.Dec("icmpv6.nd.ra.router_lifetime", "default router for so many seconds")),
        Bits.Of(32, Field.Dec("icmpv6.nd.ra.reachable_time", "reachable time in ms")),
        Bits.Of(32, Field.Dec("icmpv6.nd.ra.retrans_timer", "time between solicitations in ms")));

    private static readonly Shape Solicitation = Shape.Of(
        "neighbour solicitation",
        Bits.Of(32, Field.Bytes("icmpv6.reserved", "reserved")),
        Bits.Of(128, Field.V6("icmpv6.nd.ns.target_address", "target")));

    private static readonly Shape Advertisement = Shape.Of(
        "neighbour advertisement",
        Bits.Of(
            32, Field.Hex("icmpv6.nd.na.flag", "flags"),
            Bits.Of(1, Field.Flag("icmpv6.nd.na.flag.r", "router")),
            Bits.Of(1, Field.Flag("icmpv6.nd.na.flag.s", "solicited")),
            Bits.Of(1, Field.Flag("icmpv6.nd.na.flag.o", "override")),
            Bits.Of(29, Field.Dec("icmpv6.nd.na.flag.rsv", "reserved"))),
        Bits.Of(128, Field.V6("icmpv6.nd.na.target_address", "target")));

    private static readonly Shape Redirect = Shape.Of(
        "redirect",
        Bits.Of(32, Field.Bytes("icmpv6.reserved", "reserved")),
        Bits.Of(128, Field.V6("icmpv6.nd.rd.target_address", "better first hop")),
        Bits.Of(128, Field.V6("icmpv6.rd.na.destination_address", "destination")));

    private static readonly Shape OptionHead = Shape.Of(
        "option",
        Bits.Of(8, Field.Dec("icmpv6.opt.type", "type", Word)),
        Bits.Of(8, Field.Dec("icmpv6.opt.length", "length in units of 8 bytes")));

    private static readonly Shape Prefix = Shape.Of(
        "prefix information",
        Bits.Of(8, Field.Dec("icmpv6.opt.prefix.length", "prefix length")),
        Bits.Of(
            8, Field.Hex("icmpv6.opt.prefix.flag", "flags"),
            Bits.Of(1, Field.Flag("icmpv6.opt.prefix.flag.l", "on link")),
            Bits.Of(1, Field.Flag("icmpv6.opt.prefix.flag.a", "for autoconfiguration")),
            Bits.Of(1, Field.Flag("icmpv6.opt.prefix.flag.r", "router's address")),
            Bits.Of(5, Field.Dec("icmpv6.opt.prefix.flag.reserved", "reserved"))),
        Bits.Of(32, Field.Dec("icmpv6.opt.prefix.valid_lifetime", "valid for so many seconds")),
        Bits.Of(32, Field.Dec("icmpv6.opt.prefix.preferred_lifetime", "preferred for so many seconds")),
        Bits.Of(32, Field.Bytes("", "reserved")),
        Bits.Of(128, Field.V6("icmpv6.opt.prefix", "prefix")));

    private static readonly Shape RouteHead = Shape.Of(
        "route information",
        Bits.Of(8, Field.Dec("icmpv6.opt.prefix.length", "prefix length")),
        Bits.Of(
            8, Field.Hex("icmpv6.opt.route_info.flag", "flags"),
            Bits.Reserved(3),
            Bits.Of(2, Field.Dec("icmpv6.opt.route_info.flag.route_preference", "preference", Preference)),
            Bits.Reserved(3)),
        Bits.Of(32, Field.Dec("icmpv6.opt.route_lifetime", "lifetime in seconds")));

    private static readonly Shape ServersHead = Shape.Of(
        "DNS servers",
        Bits.Of(16, Field.Bytes("", "reserved")),
        Bits.Of(32, Field.Dec("icmpv6.opt.rdnss.lifetime", "lifetime in seconds")));

    private static readonly Shape SearchHead = Shape.Of(
        "DNS search list",
        Bits.Of(16, Field.Bytes("", "reserved")),
        Bits.Of(32, Field.Dec("icmpv6.opt.dnssl.lifetime", "lifetime in seconds")));

    private static readonly Shape MtuPart = Shape.Of(
        "MTU",
        Bits.Of(16, Field.Bytes("", "reserved")),
        Bits.Of(32, Field.Dec("icmpv6.opt.mtu", "MTU")));

    private static readonly Field SourceLink = Field.Mac("icmpv6.opt.src_linkaddr", "source's link address");
    private static readonly Field TargetLink = Field.Mac("icmpv6.opt.target_linkaddr", "target's link address");
    private static readonly Field Link = Field.Mac("icmpv6.opt.linkaddr", "link address");
    private static readonly Field Server = Field.V6("icmpv6.opt.rdnss", "DNS server");
    private static readonly Field Search = Field.Text("icmpv6.opt.dnssl", "domain");
    private static readonly Field RoutePrefix = Field.V6("icmpv6.opt.prefix", "prefix");
    private static readonly Field Nonce = Field.Bytes("icmpv6.opt.nonce", "nonce");
    private static readonly Field Data = Field.Bytes("icmpv6.opt.data", "data");

    public static void Dissect(ref Walk walk, byte type, int at)
    {
        Shape shape = type switch
        {
            RouterSolicitation => Unused,
            RouterAdvertisement => Router,
            NeighborSolicitation => Solicitation,
            NeighborAdvertisement => Advertisement,
            _ => Redirect,
        };
        if (!walk.Fixed(shape, at))
        {
            walk.Spoil();
            return;
        }

        Options(ref walk, at + shape.ByteLength);
    }

    private static void Options(ref Walk walk, int at)
    {
        while (at < walk.End)
        {
            if (!walk.Fixed(OptionHead, at))
            {
                return;
            }

            int length = walk.Bytes[at + 1] * 8;
            if (length == 0 || length > walk.End - at)
            {
                if (length == 0)
                {
                    walk.Report(ProblemKind.Malformed, at + 1, "icmpv6.opt.length", 0, 1);
                }
                else
                {
                    walk.Short("an option of neighbour discovery", at, walk.End - at, length);
                }

                return;
            }

            if (walk.IsDetailed)
            {
                One(ref walk, walk.Bytes[at], at + OptionHead.ByteLength, at + length);
            }

            at += length;
        }
    }

    private static void One(ref Walk walk, byte kind, int at, int end)
    {
        switch (kind)
        {
            case 1 or 2:
                walk.Bytewise(kind == 1 ? SourceLink : TargetLink, at, end - at);
                walk.Bytewise(Link, at, end - at);
                break;
            case 3 when end - at == Prefix.ByteLength:
                walk.Fixed(Prefix, at);
                break;
            case 5 when end - at == MtuPart.ByteLength:
                walk.Fixed(MtuPart, at);
                break;
            case 14:
                walk.Bytewise(Nonce, at, end - at);
                break;
            case 24 when end - at >= RouteHead.ByteLength:
                Route(ref walk, at, end);
                break;
            case 25 when end - at >= ServersHead.ByteLength:
                walk.Fixed(ServersHead, at);
                for (int address = at + ServersHead.ByteLength; address + 16 <= end; address += 16)
                {
                    walk.Bytewise(Server, address, 16);
                }

                break;
            case 31 when end - at >= SearchHead.ByteLength:
                walk.Fixed(SearchHead, at);
                Domains(ref walk, at + SearchHead.ByteLength, end);
                break;
            default:
                if (at < end)
                {
                    walk.Bytewise(Data, at, end - at);
                }

                break;
        }
    }

    // RFC 4191, 2.3: no more of the prefix is there than its length needs.
    private static void Route(ref Walk walk, int at, int end)
    {
        walk.Fixed(RouteHead, at);
        int from = at + RouteHead.ByteLength;
        Span<byte> address = stackalloc byte[16];
        address.Clear();
        walk.Bytes[from..Math.Min(end, from + 16)].CopyTo(address);
        walk.BeginText(out int start).AddIpv6(address);
        walk.EndText(RoutePrefix, from, end - from, start);
    }

    // Names in the form of DNS, without compression, padded with zeros.
    private static void Domains(ref Walk walk, int at, int end)
    {
        while (at < end && walk.Bytes[at] != 0)
        {
            int from = at;
            TextBuffer text = walk.BeginText(out int start);
            while (at < end && walk.Bytes[at] is > 0 and < 64 && at + 1 + walk.Bytes[at] <= end)
            {
                if (at > from)
                {
                    text.AddByte((byte)'.');
                }

                text.Add(walk.Bytes.Slice(at + 1, walk.Bytes[at]));
                at += 1 + walk.Bytes[at];
            }

            if (at >= end || walk.Bytes[at] != 0)
            {
                walk.Report(ProblemKind.Malformed, at, "icmpv6.opt.dnssl is no list of names");
                return;
            }

            at++;
            walk.EndText(Search, from, at - from, start);
        }
    }

    private static string? Preference(ulong number) => number switch
    {
        0 => "medium",
        1 => "high",
        3 => "low",
        _ => "reserved",
    };

    private static string? Word(ulong number) => number switch
    {
        1 => "source's link address",
        2 => "target's link address",
        3 => "prefix information",
        4 => "redirected header",
        5 => "MTU",
        14 => "nonce",
        24 => "route information",
        25 => "DNS servers",
        31 => "DNS search list",
        33 => "address registration",
        37 => "captive portal",
        38 => "NAT64 prefix",
        _ => null,
    };
}
