using Weft.Net.Decoding;

namespace Weft.Net.Formats.Links;

/// <summary>No link header: the first four bits say which IP it is (LINKTYPE_RAW and its older numbers).</summary>
internal sealed class RawIpFormat() : Format(
    "raw", "Raw IP", new FormatKey(KeySpace.LinkType, 101), new FormatKey(KeySpace.LinkType, 12),
    new FormatKey(KeySpace.LinkType, 14))
{
    public override void Dissect(ref Walk walk)
    {
        if (walk.Length == 0)
        {
            walk.Short("an IP packet", walk.Offset, 0, 20);
            walk.Spoil();
            return;
        }

        int type = (walk.Bytes[walk.Offset] >> 4) switch
        {
            4 => 0x0800,
            6 => 0x86DD,
            _ => -1,
        };
        walk.Next(KeySpace.EtherType, type, walk.Offset, walk.End);
    }
}
