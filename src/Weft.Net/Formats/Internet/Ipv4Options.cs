using Weft.Net.Decoding;

namespace Weft.Net.Formats.Internet;

/// <summary>The options of IPv4 (RFC 791, 3.1; RFC 2113; RFC 6814 says which are dead).</summary>
internal static class Ipv4Options
{
    private const byte End = 0;
    private const byte NoOperation = 1;
    private const byte RecordRoute = 7;
    private const byte Timestamp = 68;
    private const byte Security = 130;
    private const byte LooseRoute = 131;
    private const byte StreamId = 136;
    private const byte StrictRoute = 137;
    private const byte RouterAlert = 148;
    private const int PointerFirst = 4;

    private static readonly Shape Kind = Shape.Of(
        "option type",
        Bits.Of(
            8, Field.Dec("ip.opt.type", "type", Word),
            Bits.Of(1, Field.Flag("ip.opt.type.copy", "copied into fragments")),
            Bits.Of(2, Field.Dec("ip.opt.type.class", "class")),
            Bits.Of(5, Field.Dec("ip.opt.type.number", "number"))));

    private static readonly Field BrokenKind = Field.Dec("", "type of an option that is broken", Word);
    private static readonly Field Length = Field.Dec("ip.opt.len", "length");
    private static readonly Field Pointer = Field.Dec("ip.opt.ptr", "pointer");
    private static readonly Field Recorded = Field.V4("ip.rec_rt", "recorded");
    private static readonly Field Current = Field.V4("ip.cur_rt", "next");
    private static readonly Field Routed = Field.V4("ip.src_rt", "route");
    private static readonly Field Empty = Field.V4("ip.empty_rt", "free");
    private static readonly Field Overflow = Field.Dec("ip.opt.overflow", "hosts that found no room");
    private static readonly Field TimeFlag = Field.Hex("ip.opt.flag", "kind of time stamps");
    private static readonly Field Time = Field.Dec("ip.opt.time_stamp", "time of day in ms");
    private static readonly Field TimeAddress = Field.V4("ip.opt.time_stamp_addr", "address");
    private static readonly Field Alert = Field.Dec("ip.opt.ra", "value");
    private static readonly Field Stream = Field.Dec("ip.opt.sid", "stream");
    private static readonly Field Data = Field.Bytes("ip.opt.data", "data");
    private static readonly Field Padding = Field.Bytes("ip.opt.padding", "padding");

    public static void Dissect(ref Walk walk, int at, int end)
    {
        while (at < end)
        {
            byte kind = walk.Bytes[at];
            if (kind is End or NoOperation)
            {
                walk.Fixed(Kind, at);
                at++;
                if (kind == End && at < end)
                {
                    walk.Bytewise(Padding, at, end - at);
                }

                if (kind == End)
                {
                    return;
                }

                continue;
            }

            int length = at + 1 < end ? walk.Bytes[at + 1] : 0;
            if (length < 2 || length > end - at)
            {
                walk.Number(BrokenKind, at, 1, kind);
                walk.Report(ProblemKind.Malformed, at + 1, "ip.opt.len", length, end - at);
                return;
            }

            if (walk.IsDetailed)
            {
                walk.Begin(Word(kind) ?? "option", at, length);
                walk.Fixed(Kind, at);
                walk.Number(Length, at + 1, 1, (ulong)length);
                One(ref walk, kind, at, length);
                walk.Close();
            }

            at += length;
        }
    }

    private static void One(ref Walk walk, byte kind, int at, int length)
    {
        switch (kind)
        {
            case RecordRoute or LooseRoute or StrictRoute when length >= 3:
                Route(ref walk, kind, at, length);
                break;
            case Timestamp when length >= 4:
                Times(ref walk, at, length);
                break;
            case RouterAlert when length == 4:
                walk.Number(Alert, at + 2, 2, walk.U16(at + 2));
                break;
            case StreamId when length == 4:
                walk.Number(Stream, at + 2, 2, walk.U16(at + 2));
                break;
            default:
                if (length > 2)
                {
                    walk.Bytewise(Data, at + 2, length - 2);
                }

                break;
        }
    }

    private static void Route(ref Walk walk, byte kind, int at, int length)
    {
        int pointer = walk.Bytes[at + 2];
        walk.Number(Pointer, at + 2, 1, (ulong)pointer);
        if (pointer < PointerFirst)
        {
            walk.Report(ProblemKind.Malformed, at + 2, "ip.opt.ptr", pointer, PointerFirst);
        }

        for (int offset = 3; offset + 4 <= length; offset += 4)
        {
            Field field = (offset + 1).CompareTo(pointer) switch
            {
                < 0 => Recorded,
                0 => kind == RecordRoute ? Empty : Current,
                _ => kind == RecordRoute ? Empty : Routed,
            };
            walk.Bytewise(field, at + offset, 4);
        }
    }

    private static void Times(ref Walk walk, int at, int length)
    {
        walk.Number(Pointer, at + 2, 1, walk.Bytes[at + 2]);
        int kind = walk.Bytes[at + 3] & 0xF;
        walk.Number(Overflow, at + 3, 1, (ulong)(walk.Bytes[at + 3] >> 4));
        walk.Number(TimeFlag, at + 3, 1, (ulong)kind);
        int offset = 4;
        int each = kind is 1 or 3 ? 8 : 4;
        for (; offset + each <= length; offset += each)
        {
            if (each == 8)
            {
                walk.Bytewise(TimeAddress, at + offset, 4);
            }

            walk.Number(Time, at + offset + each - 4, 4, walk.U32(at + offset + each - 4));
        }
    }

    private static string? Word(ulong number) => number switch
    {
        End => "end of options",
        NoOperation => "no operation",
        RecordRoute => "record route",
        Timestamp => "time stamp",
        82 => "traceroute",
        Security => "security",
        LooseRoute => "loose source route",
        134 => "commercial security",
        StreamId => "stream id",
        StrictRoute => "strict source route",
        RouterAlert => "router alert",
        _ => null,
    };
}
