using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>IGMP, all three versions (RFC 1112, RFC 2236, RFC 3376).</summary>
internal sealed class IgmpFormat() : Format(
    "igmp", "Internet Group Management Protocol", new FormatKey(KeySpace.IpProtocol, 2))
{
    private const byte Query = 0x11;
    private const byte Report1 = 0x12;
    private const byte Report3 = 0x22;
    private const int AddressLength = 4;

    private static readonly Field Kind = Field.Hex("igmp.type", "type", Word);
    private static readonly Field Version = Field.Dec("igmp.version", "version");
    private static readonly Field MaxResponse = Field.Dec("igmp.max_resp", "answer within so many tenths of a second");
    private static readonly Field Reserved = Field.Bytes("igmp.reserved", "reserved");
    private static readonly Field Checksum = Field.Hex("igmp.checksum", "checksum");
    private static readonly Field Status = Field.Dec("igmp.checksum.status", "checksum verdict", ChecksumWords.Of);
    private static readonly Field Group = Field.V4("igmp.maddr", "group");
    private static readonly Field Source = Field.V4("igmp.saddr", "source");
    private static readonly Field Records = Field.Dec("igmp.num_grp_recs", "records");

    private static readonly Shape Query3 = Shape.Of(
        "query",
        Bits.Reserved(4),
        Bits.Of(1, Field.Flag("igmp.s", "routers suppress their own processing")),
        Bits.Of(3, Field.Dec("igmp.qrv", "robustness")),
        Bits.Of(8, Field.Dec("igmp.qqic", "interval code")),
        Bits.Of(16, Field.Dec("igmp.num_src", "sources")));

    private static readonly Shape Record = Shape.Of(
        "record",
        Bits.Of(8, Field.Dec("igmp.record_type", "type", RecordWord)),
        Bits.Of(8, Field.Dec("igmp.aux_data_len", "words of auxiliary data")),
        Bits.Of(16, Field.Dec("igmp.num_src", "sources")),
        Bits.Of(32, Group));

    private static readonly Field Auxiliary = Field.Bytes("igmp.aux_data", "auxiliary data");

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Has(start, 8))
        {
            walk.Short("the IGMP header", start, walk.Length, 8);
            walk.Spoil();
            return;
        }

        byte type = walk.Bytes[start];
        int version = type switch
        {
            Query => walk.Length >= 12 ? 3 : walk.Bytes[start + 1] == 0 ? 1 : 2,
            Report1 => 1,
            Report3 => 3,
            _ => 2,
        };
        walk.Number(Version, start, 0, (ulong)version);
        walk.Number(Kind, start, 1, type);
        if (type == Report3 || version == 1)
        {
            walk.Bytewise(Reserved, start + 1, 1);
        }
        else
        {
            walk.Number(MaxResponse, start + 1, 1, ResponseTime(walk.Bytes[start + 1], version));
        }

        walk.Number(Checksum, start + 2, 2, walk.U16(start + 2));
        if (walk.Missing > 0 || walk.IsFragment)
        {
            ChecksumCheck.Leave(ref walk, Status, start + 2);
        }
        else
        {
            ChecksumCheck.Verify(ref walk, Status, start + 2, walk.Body, 0, "igmp.checksum");
        }

        switch (type)
        {
            case Report3:
                Report(ref walk, start + 4);
                break;
            case Query when version == 3:
                walk.Bytewise(Group, start + 4, AddressLength);
                walk.Fixed(Query3, start + 8);
                Addresses(ref walk, start + 12, walk.U16(start + 10));
                break;
            default:
                walk.Bytewise(Group, start + 4, AddressLength);
                break;
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        byte type = line.Bytes[0];
        line.Text.Add("IGMP "u8);
        if (Word(type) is { } word)
        {
            line.Text.Add(word);
        }
        else
        {
            line.Text.Add("type "u8).AddHex(type, 2);
        }

        if (type != Report3)
        {
            line.Text.Add(" "u8).AddIpv4(line.Bytes[4..]);
        }

        line.Text.Add(", length "u8).AddDec((ulong)line.Bytes.Length);
    }

    private static void Report(ref Walk walk, int at)
    {
        walk.Bytewise(Reserved, at, 2);
        int count = walk.U16(at + 2);
        walk.Number(Records, at + 2, 2, (ulong)count);
        at += 4;
        for (int i = 0; i < count; i++)
        {
            if (!walk.Fixed(Record, at))
            {
                return;
            }

            int auxiliary = walk.Bytes[at + 1] * 4;
            int sources = walk.U16(at + 2);
            at += Record.ByteLength;
            if (!Addresses(ref walk, at, sources))
            {
                return;
            }

            at += AddressLength * sources;
            if (!walk.Has(at, auxiliary))
            {
                walk.Short("auxiliary data", at, walk.End - at, auxiliary);
                return;
            }

            if (auxiliary > 0)
            {
                walk.Bytewise(Auxiliary, at, auxiliary);
            }

            at += auxiliary;
        }
    }

    private static bool Addresses(ref Walk walk, int at, int count)
    {
        if (!walk.Has(at, AddressLength * count))
        {
            walk.Short("the list of sources", at, walk.End - at, AddressLength * count);
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            walk.Bytewise(Source, at + (AddressLength * i), AddressLength);
        }

        return true;
    }

    // RFC 3376, 4.1.1: from 128 on, a floating-point number.
    private static ulong ResponseTime(byte code, int version) =>
        version == 3 && code >= 128 ? (ulong)((code & 0xF) | 0x10) << (((code >> 4) & 7) + 3) : code;

    private static string? Word(ulong number) => number switch
    {
        Query => "query",
        Report1 => "report v1",
        0x16 => "report v2",
        0x17 => "leave",
        Report3 => "report v3",
        _ => null,
    };

    private static string? RecordWord(ulong number) => number switch
    {
        1 => "is included",
        2 => "is excluded",
        3 => "change to include",
        4 => "change to exclude",
        5 => "allow new sources",
        6 => "block old sources",
        _ => null,
    };
}
