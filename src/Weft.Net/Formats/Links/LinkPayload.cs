using System;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Links;

/// <summary>Where the payload of a link ends: what is behind it is padding or a trailer.</summary>
internal static class LinkPayload
{
    private const int ArpLength = 28;

    public static int End(in Walk walk, ushort type, int at)
    {
        int length = type switch
        {
            0x0800 when walk.Has(at, 20) && walk.U16(at + 2) >= 20 => walk.U16(at + 2),
            0x86DD when walk.Has(at, 40) && walk.U16(at + 4) > 0 => walk.U16(at + 4) + 40,
            0x0806 when walk.Has(at, ArpLength) && walk.Bytes[at + 4] == 6 && walk.Bytes[at + 5] == 4 => ArpLength,
            _ => int.MaxValue,
        };
        return length == int.MaxValue ? walk.End : Math.Min(walk.End, at + length);
    }
}
