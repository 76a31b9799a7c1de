using System.Buffers.Binary;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Links;

/// <summary>BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): an address family, in the order of the capturing machine or in
/// network order.</summary>
internal sealed class LoopbackFormat() : Format(
    "null", "Loopback", new FormatKey(KeySpace.LinkType, 0), new FormatKey(KeySpace.LinkType, 108))
{
    private const int HeaderLength = 4;
    private const uint FamilyMax = 0xFFFF;

    private static readonly Field Family = Field.Dec("null.family", "address family", Word);

    public override void Dissect(ref Walk walk)
    {
        if (!walk.Has(walk.Offset, HeaderLength))
        {
            walk.Short("the loopback header", walk.Offset, walk.Length, HeaderLength);
            walk.Spoil();
            return;
        }

        // Which order it is shows by the size of the number.
        uint family = walk.U32(walk.Offset);
        family = family > FamilyMax ? BinaryPrimitives.ReverseEndianness(family) : family;
        walk.Number(Family, walk.Offset, HeaderLength, family);
        int type = family switch
        {
            2 => 0x0800,
            10 or 24 or 28 or 30 => 0x86DD,
            _ => -1,
        };
        walk.Next(KeySpace.EtherType, type, walk.Offset + HeaderLength, walk.End);
    }

    private static string? Word(ulong number) => number switch
    {
        2 => "IPv4",
        10 or 24 or 28 or 30 => "IPv6",
        7 => "OSI",
        23 => "IPX",
        _ => null,
    };
}
