using Weft.Net.Decoding;

namespace Weft.Net.Formats.Internet;

/// <summary>Multicast listener discovery, both versions (RFC 2710, RFC 3810).</summary>
internal static class ListenerDiscovery
{
    private const byte Query = 130;
    private const byte Report2 = 143;
    private const int AddressLength = 16;

    private static readonly Shape First = Shape.Of(
        "multicast listener message",
        Bits.Of(16, Field.Dec("icmpv6.mld.maximum_response_delay", "answer within so many ms")),
        Bits.Of(16, Field.Bytes("icmpv6.reserved", "reserved")),
        Bits.Of(128, Field.V6("icmpv6.mld.multicast_address", "group")));

    private static readonly Shape Query2 = Shape.Of(
        "multicast listener query",
        Bits.Of(16, Field.Dec("icmpv6.mld.maximum_response_code", "answer within so many ms")),
        Bits.Of(16, Field.Bytes("icmpv6.reserved", "reserved")),
        Bits.Of(128, Field.V6("icmpv6.mld.multicast_address", "group")),
        Bits.Of(
            8, Field.Hex("icmpv6.mld.flag", "flags"),
            Bits.Of(4, Field.Dec("icmpv6.mld.flag.reserved", "reserved")),
            Bits.Of(1, Field.Flag("icmpv6.mld.flag.s", "routers suppress their own processing")),
            Bits.Of(3, Field.Dec("icmpv6.mld.flag.qrv", "robustness"))),
        Bits.Of(8, Field.Dec("icmpv6.mld.qqi", "interval code")),
        Bits.Of(16, Field.Dec("icmpv6.mld.nb_sources", "sources")));

    private static readonly Shape ReportHead = Shape.Of(
        "multicast listener report",
        Bits.Of(16, Field.Bytes("icmpv6.reserved", "reserved")),
        Bits.Of(16, Field.Dec("icmpv6.mldr.nb_mcast_records", "records")));

    private static readonly Shape Record = Shape.Of(
        "record",
        Bits.Of(8, Field.Dec("icmpv6.mldr.mar.record_type", "type", Word)),
        Bits.Of(8, Field.Dec("icmpv6.mldr.mar.aux_data_len", "words of auxiliary data")),
        Bits.Of(16, Field.Dec("icmpv6.mldr.mar.nb_sources", "sources")),
        Bits.Of(128, Field.V6("icmpv6.mldr.mar.multicast_address", "group")));

    private static readonly Field QuerySource = Field.V6("icmpv6.mld.source_address", "source");
    private static readonly Field RecordSource = Field.V6("icmpv6.mldr.mar.source_address", "source");
    private static readonly Field Auxiliary = Field.Bytes("icmpv6.mldr.mar.auxiliary_data", "auxiliary data");

    public static void Dissect(ref Walk walk, byte type, int at)
    {
        if (type == Report2)
        {
            Report(ref walk, at);
            return;
        }

        // RFC 3810, 8.1: a query of 28 bytes or more is of the second version.
        Shape shape = type == Query && walk.Length >= 28 ? Query2 : First;
        if (!walk.Fixed(shape, at))
        {
            walk.Spoil();
            return;
        }

        if (shape == Query2)
        {
            Addresses(ref walk, QuerySource, at + shape.ByteLength, walk.U16(at + shape.ByteLength - 2));
        }
    }

    private static void Report(ref Walk walk, int at)
    {
        if (!walk.Fixed(ReportHead, at))
        {
            walk.Spoil();
            return;
        }

        int count = walk.U16(at + 2);
        at += ReportHead.ByteLength;
        for (int i = 0; i < count; i++)
        {
            if (!walk.Fixed(Record, at))
            {
                return;
            }

            int auxiliary = walk.Bytes[at + 1] * 4;
            int sources = walk.U16(at + 2);
            at += Record.ByteLength;
            if (!Addresses(ref walk, RecordSource, at, sources))
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

    private static bool Addresses(ref Walk walk, Field field, int at, int count)
    {
        if (!walk.Has(at, AddressLength * count))
        {
            walk.Short("the list of sources", at, walk.End - at, AddressLength * count);
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            walk.Bytewise(field, at + (AddressLength * i), AddressLength);
        }

        return true;
    }

    private static string? Word(ulong number) => number switch
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
