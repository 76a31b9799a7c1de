using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>A DNS message (RFC 1035, 4), over UDP or, with a length before it, over TCP.</summary>
internal sealed class DnsFormat(string name, string title, bool isStream, params FormatKey[] keys)
    : Format(name, title, keys)
{
    private const int HeaderLength = 12;
    private const int OptionsType = 41;
    private const ushort ResponseBit = 0x8000;
    private const ushort LocalBit = 0x8000;
    private const int RecordsOfLineMax = 3;

    private static readonly Field StreamLength = Field.Dec("dns.length", "length");
    private static readonly Field Opcode = Field.Dec("dns.flags.opcode", "operation", DnsWords.Opcode);
    private static readonly Field Truncated = Field.Flag("dns.flags.truncated", "truncated");
    private static readonly Field Desired = Field.Flag("dns.flags.recdesired", "recursion desired");
    private static readonly Field Reserved = Field.Flag("dns.flags.z", "reserved");
    private static readonly Field Unchecked = Field.Flag("dns.flags.checkdisable", "checking disabled");

    private static readonly Shape Query = Shape.Of(
        "DNS header",
        Bits.Of(16, Field.Hex("dns.id", "identification")),
        Bits.Of(
            16, Field.Hex("dns.flags", "flags"),
            Bits.Of(1, Field.Flag("dns.flags.response", "response")),
            Bits.Of(4, Opcode),
            Bits.Reserved(1),
            Bits.Of(1, Truncated),
            Bits.Of(1, Desired),
            Bits.Reserved(1),
            Bits.Of(1, Reserved),
            Bits.Of(1, Field.Flag("dns.flags.authenticated", "wants to know whether it is authentic")),
            Bits.Of(1, Unchecked),
            Bits.Reserved(4)));

    private static readonly Shape Response = Shape.Of(
        "DNS header",
        Bits.Of(16, Field.Hex("dns.id", "identification")),
        Bits.Of(
            16, Field.Hex("dns.flags", "flags"),
            Bits.Of(1, Field.Flag("dns.flags.response", "response")),
            Bits.Of(4, Opcode),
            Bits.Of(1, Field.Flag("dns.flags.authoritative", "authoritative")),
            Bits.Of(1, Truncated),
            Bits.Of(1, Desired),
            Bits.Of(1, Field.Flag("dns.flags.recavail", "recursion available")),
            Bits.Of(1, Reserved),
            Bits.Of(1, Field.Flag("dns.flags.authenticated", "authentic")),
            Bits.Of(1, Unchecked),
            Bits.Of(4, Field.Dec("dns.flags.rcode", "result", DnsWords.Rcode))));

    private static readonly Shape Counts = Shape.Of(
        "counts",
        Bits.Of(16, Field.Dec("dns.count.queries", "questions")),
        Bits.Of(16, Field.Dec("dns.count.answers", "answers")),
        Bits.Of(16, Field.Dec("dns.count.auth_rr", "authorities")),
        Bits.Of(16, Field.Dec("dns.count.add_rr", "additional")));

    private static readonly Shape UpdateCounts = Shape.Of(
        "counts",
        Bits.Of(16, Field.Dec("dns.count.zones", "zones")),
        Bits.Of(16, Field.Dec("dns.count.prerequisites", "prerequisites")),
        Bits.Of(16, Field.Dec("dns.count.updates", "updates")),
        Bits.Of(16, Field.Dec("dns.count.add_rr", "additional")));

    private static readonly Field QueryName = Field.Text("dns.qry.name", "name");
    private static readonly Field NameLength = Field.Dec("dns.qry.name.len", "length of the name");
    private static readonly Field Labels = Field.Dec("dns.count.labels", "labels");
    private static readonly Field QueryType = Field.Dec("dns.qry.type", "type", DnsWords.Type);
    private static readonly Field QueryClass = Field.Hex("dns.qry.class", "class", DnsWords.Class);
    private static readonly Field Unicast = Field.Flag("dns.qry.qu", "unicast answer wanted");
    private static readonly Field RecordName = Field.Text("dns.resp.name", "name");
    private static readonly Field RecordType = Field.Dec("dns.resp.type", "type", DnsWords.Type);
    private static readonly Field RecordClass = Field.Hex("dns.resp.class", "class", DnsWords.Class);
    private static readonly Field Flush = Field.Flag("dns.resp.cache_flush", "replaces what is cached");
    private static readonly Field TimeToLive = Field.Dec("dns.resp.ttl", "time to live in seconds");
    private static readonly Field DataLength = Field.Dec("dns.resp.len", "length of the data");
    private static readonly string[] Sections = ["answers", "authorities", "additional"];

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        int end = walk.End;
        int message = start;
        if (isStream)
        {
            if (!walk.Has(start, 2))
            {
                walk.Short("the length of a DNS message", start, walk.Length, 2);
                walk.Spoil();
                return;
            }

            int length = walk.U16(start);
            walk.Number(StreamLength, start, 2, (ulong)length);
            message = start + 2;
            if (length > end - message)
            {
                walk.Report(ProblemKind.Length, start, "dns.length: the message goes on in the next segment", length, end - message);
            }

            end = Math.Min(end, message + length);
            if (length > 0 && end < walk.End)
            {
                walk.Next(this, end, walk.End);
            }
            else
            {
                walk.Ends(end);
            }
        }

        if (end - message < HeaderLength)
        {
            walk.Short("the DNS header", message, end - message, HeaderLength);
            walk.Spoil();
            return;
        }

        bool isResponse = (walk.U16(message + 2) & ResponseBit) != 0;
        bool isUpdate = ((walk.U16(message + 2) >> 11) & 0xF) == 5;
        walk.Fixed(isResponse ? Response : Query, message);
        walk.Fixed(isUpdate ? UpdateCounts : Counts, message + 4);
        int at = message + HeaderLength;
        int count = walk.U16(message + 4);
        if (count > 0)
        {
            walk.Begin("questions", at, 0);
            for (int i = 0; i < count; i++)
            {
                if (!Question(ref walk, message, ref at, end))
                {
                    walk.Close();
                    return;
                }
            }

            walk.Close();
        }

        for (int section = 0; section < Sections.Length; section++)
        {
            count = walk.U16(message + 6 + (2 * section));
            if (count == 0)
            {
                continue;
            }

            walk.Begin(Sections[section], at, 0);
            for (int i = 0; i < count; i++)
            {
                if (!Record(ref walk, message, ref at, end))
                {
                    walk.Close();
                    return;
                }
            }

            walk.Close();
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> message = line.Bytes[(isStream ? 2 : 0)..];
        TextBuffer text = line.Text;
        if (message.Length < HeaderLength)
        {
            return;
        }

        ushort flags = NetworkOrder.ReadUInt16(message, 2);
        bool isResponse = (flags & ResponseBit) != 0;
        text.Add("DNS "u8);
        ulong operation = (ulong)((flags >> 11) & 0xF);
        if (operation != 0)
        {
            text.Add(DnsWords.Opcode(operation) ?? "operation").Add(" "u8);
        }

        text.Add(isResponse ? "answer "u8 : "query "u8).AddHex(NetworkOrder.ReadUInt16(message), 4);
        if (isResponse && (flags & 0xF) != 0)
        {
            text.Add(" "u8).Add(DnsWords.Rcode((ulong)(flags & 0xF)) ?? "error");
        }

        int at = HeaderLength;
        for (int i = NetworkOrder.ReadUInt16(message, 4); i > 0; i--)
        {
            int before = text.Count;
            if (!LineQuestion(message, text, ref at))
            {
                text.CutTo(before);
                return;
            }
        }

        if (isResponse)
        {
            LineAnswers(message, text, at);
        }
    }

    private static bool LineQuestion(ReadOnlySpan<byte> message, TextBuffer text, ref int at)
    {
        text.Add(", "u8);
        int typeAt = text.Count;
        if (!DnsNameReader.TryRead(message, at, text, out int length, out _) || at + length + 4 > message.Length)
        {
            return false;
        }

        if (text.Count == typeAt)
        {
            text.AddByte((byte)'.');
        }

        at += length;
        AddType(text.Add(" "u8), NetworkOrder.ReadUInt16(message, at));
        at += 4;
        return true;
    }

    private static void LineAnswers(ReadOnlySpan<byte> message, TextBuffer text, int at)
    {
        int count = NetworkOrder.ReadUInt16(message, 6);
        text.Add(": "u8).AddDec((ulong)count).Add(count == 1 ? " answer"u8 : " answers"u8);
        for (int i = 0; i < Math.Min(count, RecordsOfLineMax); i++)
        {
            int before = text.Count;
            bool isName = DnsNameReader.TryRead(message, at, text, out int length, out _);
            text.CutTo(before);
            at += length;
            if (!isName || at + 10 > message.Length || NetworkOrder.ReadUInt16(message, at + 8) > message.Length - at - 10)
            {
                return;
            }

            ushort type = NetworkOrder.ReadUInt16(message, at);
            int dataLength = NetworkOrder.ReadUInt16(message, at + 8);
            at += 10;
            AddType(text.Add(", "u8), type);
            text.Add(" "u8);
            switch (type)
            {
                case 1 when dataLength == 4:
                    text.AddIpv4(message[at..]);
                    break;
                case 28 when dataLength == 16:
                    text.AddIpv6(message[at..]);
                    break;
                case 2 or 5 or 12 or 39:
                    _ = DnsNameReader.TryRead(message, at, text, out _, out _);
                    break;
                default:
                    text.CutTo(text.Count - 1);
                    break;
            }

            at += dataLength;
        }

        if (count > RecordsOfLineMax)
        {
            text.Add(", ..."u8);
        }
    }

    private static void AddType(TextBuffer text, ushort type)
    {
        if (DnsWords.Type(type) is { } word)
        {
            text.Add(word);
        }
        else
        {
            text.Add("TYPE"u8).AddDec(type);
        }
    }

    private bool Question(ref Walk walk, int message, ref int at, int end)
    {
        if (at >= end)
        {
            walk.Short("a question", at, 0, 5);
            return false;
        }

        int nameAt = at;
        TextBuffer text = walk.BeginText(out int start);
        bool isName = DnsNameReader.TryRead(walk.Bytes[message..end], at - message, text, out int length, out int labels);
        int characters = text.Count - start;
        if (isName && characters == 0)
        {
            text.Add("<Root>"u8);
            characters = "<Root>".Length;
        }

        walk.EndText(QueryName, nameAt, length, start);
        if (!isName)
        {
            RecordData.BadName(ref walk, at, at - message);
            return false;
        }

        walk.Number(NameLength, nameAt, length, (ulong)characters);
        walk.Number(Labels, nameAt, length, (ulong)labels);
        at += length;
        if (end - at < 4)
        {
            walk.Short("a question", at, end - at, 4);
            return false;
        }

        walk.Number(QueryType, at, 2, walk.U16(at));
        ushort kind = walk.U16(at + 2);
        if (Name == "mdns")
        {
            walk.Number(QueryClass, at + 2, 2, (ulong)(kind & ~LocalBit));
            walk.Number(Unicast, at + 2, 2, (ulong)(kind >> 15));
        }
        else
        {
            walk.Number(QueryClass, at + 2, 2, kind);
        }

        at += 4;
        return true;
    }

    private bool Record(ref Walk walk, int message, ref int at, int end)
    {
        if (at >= end)
        {
            walk.Short("a record", at, 0, 11);
            return false;
        }

        walk.Begin("record", at, 0);
        bool isRecord = RecordData.Name(ref walk, RecordName, message, ref at, end) && AfterName(ref walk, message, ref at, end);
        walk.Close();
        return isRecord;
    }

    private bool AfterName(ref Walk walk, int message, ref int at, int end)
    {
        if (end - at < 10)
        {
            walk.Short("a record", at, end - at, 10);
            return false;
        }

        int type = walk.U16(at);
        int length = walk.U16(at + 8);
        walk.Number(RecordType, at, 2, (ulong)type);
        if (type == OptionsType)
        {
            ExtensionRecord.Head(ref walk, at + 2);
        }
        else
        {
            ushort kind = walk.U16(at + 2);
            if (Name == "mdns")
            {
                walk.Number(RecordClass, at + 2, 2, (ulong)(kind & ~LocalBit));
                walk.Number(Flush, at + 2, 2, (ulong)(kind >> 15));
            }
            else
            {
                walk.Number(RecordClass, at + 2, 2, kind);
            }

            walk.Number(TimeToLive, at + 4, 4, walk.U32(at + 4));
        }

        walk.Number(DataLength, at + 8, 2, (ulong)length);
        at += 10;
        if (length > end - at)
        {
            walk.Short("the data of a record", at, end - at, length);
            return false;
        }

        if (type == OptionsType)
        {
            ExtensionRecord.Options(ref walk, at, at + length);
        }
        else
        {
            RecordData.Dissect(ref walk, type, message, at, at + length);
        }

        at += length;
        return true;
    }
}
