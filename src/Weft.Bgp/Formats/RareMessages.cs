using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>NOTIFICATION (RFC 4271, 4.5; RFC 9003) and ROUTE-REFRESH (RFC 2918, RFC 7313, RFC 5291).</summary>
internal static class RareMessages
{
    private const byte OpenError = 2;
    private const byte BadPeerAs = 2;
    private const byte Cease = 6;
    private const byte Shutdown = 2;
    private const byte Reset = 4;
    private const byte AddressPrefixFilter = 64;

    private static readonly Field Error = Field.Dec("bgp.notify.major_error", "error", BgpWords.Error);
    private static readonly Field HeaderError = Field.Dec("bgp.notify.minor_error", "reason", code => BgpWords.Suberror(1, (byte)code));
    private static readonly Field OpenReason = Field.Dec("bgp.notify.minor_error_open", "reason", code => BgpWords.Suberror(2, (byte)code));
    private static readonly Field UpdateReason = Field.Dec("bgp.notify.minor_error_update", "reason", code => BgpWords.Suberror(3, (byte)code));
    private static readonly Field ExpiredReason = Field.Dec("bgp.notify.minor_error_expired", "reason");
    private static readonly Field StateReason = Field.Dec("bgp.notify.minor_error_state", "reason", code => BgpWords.Suberror(5, (byte)code));
    private static readonly Field CeaseReason = Field.Dec("bgp.notify.minor_error_cease", "reason", code => BgpWords.Suberror(6, (byte)code));
    private static readonly Field UnknownReason = Field.Dec("bgp.notify.minor_error_unknown", "reason");
    private static readonly Field Data = Field.Bytes("bgp.notify.minor_data", "data");
    private static readonly Field BadPeer = Field.Dec("bgp.notify.error_open.bad_peer_as", "AS");
    private static readonly Field TextLength = Field.Dec("bgp.notify.communication_length", "length of the text");
    private static readonly Field Text = Field.Text("bgp.notify.communication", "why, in words");
    private static readonly Field Family = Field.Dec("bgp.route_refresh.afi", "family", BgpWords.Family);
    private static readonly Field Subtype = Field.Dec("bgp.route_refresh.subtype", "subtype", SubtypeWord);
    private static readonly Field Kind = Field.Dec("bgp.route_refresh.safi", "kind", BgpWords.Subsequent);
    private static readonly Field When = Field.Dec("bgp.route_refresh.orf.flag", "when", WhenWord);
    private static readonly Field FilterType = Field.Dec("bgp.route_refresh.orf.type", "filter type");
    private static readonly Field FilterLength = Field.Dec("bgp.route_refresh.orf.length", "length of the filters");
    private static readonly Field Sequence = Field.Dec("bgp.route_refresh.orf.entry.sequence", "sequence");
    private static readonly Field Lower = Field.Dec("bgp.route_refresh.orf.entry.prefixmask_lower", "shortest prefix");
    private static readonly Field Upper = Field.Dec("bgp.route_refresh.orf.entry.prefixmask_upper", "longest prefix");
    private static readonly Field Filter = Field.Bytes("bgp.route_refresh.orf.entry", "entries");

    private static readonly Shape Entry = Shape.Of(
        "filter entry",
        Bits.Of(2, Field.Dec("bgp.route_refresh.orf.entry.action", "action")),
        Bits.Of(1, Field.Dec("bgp.route_refresh.orf.entry.match", "match")),
        Bits.Reserved(5));

    public static void Notification(ref Walk walk, Part body)
    {
        if (body.Length < 2)
        {
            body.Lacks(ref walk, body.Begin, "NOTIFICATION", 2);
            return;
        }

        byte error = walk.Bytes[body.Begin];
        byte reason = walk.Bytes[body.Begin + 1];
        walk.Number(Error, body.Begin, 1, error);
        walk.Number(
            error switch
            {
                1 => HeaderError,
                OpenError => OpenReason,
                3 => UpdateReason,
                4 => ExpiredReason,
                5 => StateReason,
                Cease => CeaseReason,
                _ => UnknownReason,
            },
            body.Begin + 1, 1, reason);
        int at = body.Begin + 2;
        int length = body.End - at;
        if (length == 0)
        {
            return;
        }

        if (error == OpenError && reason == BadPeerAs && length == 4)
        {
            walk.Number(BadPeer, at, 4, walk.U32(at));
        }
        else if (error == Cease && reason is Shutdown or Reset)
        {
            // RFC 9003, 2.
            int said = walk.Bytes[at];
            walk.Number(TextLength, at, 1, (ulong)said);
            if (said > length - 1)
            {
                body.Lacks(ref walk, at, "bgp.notify.communication_length", said);
                said = length - 1;
            }

            walk.Text(Text, at + 1, said, walk.Bytes.Slice(at + 1, said));
        }
        else
        {
            walk.Bytewise(Data, at, length);
        }
    }

    public static void RouteRefresh(ref Walk walk, Part body)
    {
        if (body.Length < 4)
        {
            body.Lacks(ref walk, body.Begin, "ROUTE-REFRESH", 4);
            return;
        }

        int at = body.Begin;
        int family = walk.U16(at);
        walk.Number(Family, at, 2, (ulong)family);
        walk.Number(Subtype, at + 2, 1, walk.Bytes[at + 2]);
        walk.Number(Kind, at + 3, 1, walk.Bytes[at + 3]);
        at += 4;
        if (body.End - at < 1)
        {
            return;
        }

        walk.Number(When, at, 1, walk.Bytes[at]);
        at++;
        while (at < body.End)
        {
            int length = body.End - at >= 3 ? walk.U16(at + 1) : int.MaxValue;
            if (length > body.End - at - 3)
            {
                body.Lacks(ref walk, at, "bgp.route_refresh.orf.length", length == int.MaxValue ? 3 : length);
                return;
            }

            byte type = walk.Bytes[at];
            walk.Number(FilterType, at, 1, type);
            walk.Number(FilterLength, at + 1, 2, (ulong)length);
            at += 3;
            if (type == AddressPrefixFilter && family == BgpWords.Ipv4)
            {
                Prefixes(ref walk, at, at + length);
            }
            else if (length > 0)
            {
                walk.Bytewise(Filter, at, length);
            }

            at += length;
        }
    }

    // RFC 5292, 3.
    private static void Prefixes(ref Walk walk, int at, int end)
    {
        while (at < end)
        {
            walk.Fixed(Entry, at);
            bool removesAll = walk.Bytes[at] >> 6 == 2;
            int bytes = end - at >= 8 ? (walk.Bytes[at + 7] + 7) / 8 : 0;
            if (removesAll || end - at < 8 + bytes)
            {
                return;
            }

            walk.Number(Sequence, at + 1, 4, walk.U32(at + 1));
            walk.Number(Lower, at + 5, 1, walk.Bytes[at + 5]);
            walk.Number(Upper, at + 6, 1, walk.Bytes[at + 6]);
            walk.Bytewise(Filter, at + 7, 1 + bytes);
            at += 8 + bytes;
        }
    }

    private static string? SubtypeWord(ulong number) => number switch
    {
        0 => "request",
        1 => "begins",
        2 => "ends",
        _ => null,
    };

    private static string? WhenWord(ulong number) => number switch
    {
        1 => "at once",
        2 => "later",
        _ => null,
    };
}
