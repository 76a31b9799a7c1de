using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Links;

/// <summary>Linux "cooked" capture (LINKTYPE_LINUX_SLL and its second version): what the kernel says of a packet in place of
/// the link's own header.</summary>
internal sealed class CookedFormat(bool isSecond) : Format(
    "sll", isSecond ? "Linux cooked capture v2" : "Linux cooked capture",
    new FormatKey(KeySpace.LinkType, isSecond ? (ushort)276 : (ushort)113))
{
    private const int AddressMax = 8;

    private static readonly Field Kind = Field.Dec("sll.pkttype", "packet type", Direction);
    private static readonly Field LinkType = Field.Dec("sll.hatype", "link type");
    private static readonly Field AddressLength = Field.Dec("sll.halen", "link address length");
    private static readonly Field Protocol = Field.Hex("sll.etype", "protocol", EtherTypeWords.Of);
    private static readonly Field Mac = Field.Mac("sll.src.eth", "source");
    private static readonly Field Ipv4 = Field.V4("sll.src.ipv4", "source");
    private static readonly Field Other = Field.Bytes("sll.src.other", "source");
    private static readonly Field Unused = Field.Bytes("sll.unused", "unused");
    private static readonly Field Trailer = Field.Bytes("sll.trailer", "trailer");

    private static readonly Shape First = Shape.Of(
        "cooked header",
        Bits.Of(16, Kind), Bits.Of(16, LinkType), Bits.Of(16, AddressLength));

    private static readonly Shape Second = Shape.Of(
        "cooked header",
        Bits.Of(16, Protocol),
        Bits.Reserved(16),
        Bits.Of(32, Field.Dec("sll.ifindex", "interface index")),
        Bits.Of(16, LinkType),
        Bits.Of(8, Kind),
        Bits.Of(8, AddressLength));

    private int HeaderLength => isSecond ? 20 : 16;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(isSecond ? Second : First))
        {
            return;
        }

        int addressAt = start + (isSecond ? 12 : 6);
        if (!walk.Has(start, HeaderLength))
        {
            walk.Short("the cooked header", start, walk.Length, HeaderLength);
            walk.Spoil();
            return;
        }

        int length = Math.Min(AddressMax, isSecond ? walk.Bytes[start + 11] : (int)walk.U16(start + 4));
        if (length > 0)
        {
            walk.Bytewise(length == 6 ? Mac : length == 4 ? Ipv4 : Other, addressAt, length);
        }

        if (length < AddressMax)
        {
            walk.Bytewise(Unused, addressAt + length, AddressMax - length);
        }

        int typeAt = isSecond ? start : start + 14;
        ushort type = walk.U16(typeAt);
        if (!isSecond)
        {
            walk.Number(Protocol, typeAt, 2, type);
        }

        int at = start + HeaderLength;
        int end = LinkPayload.End(walk, type, at);
        EthernetFormat.Surplus(ref walk, end, Trailer, null);
        walk.Next(KeySpace.EtherType, type, at, end);
        if (end < walk.End)
        {
            walk.NextLacks(0);
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        ulong kind = isSecond ? bytes[10] : NetworkOrder.ReadUInt16(bytes);
        line.Text.Add(kind switch { 0 => "in"u8, 1 => "broadcast"u8, 2 => "multicast"u8, 3 => "other"u8, 4 => "out"u8, _ => "cooked"u8 });
    }

    private static string? Direction(ulong number) => number switch
    {
        0 => "to us",
        1 => "broadcast",
        2 => "multicast",
        3 => "to another host",
        4 => "from us",
        _ => null,
    };
}
