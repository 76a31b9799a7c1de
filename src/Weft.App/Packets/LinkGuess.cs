using System;
using Weft.Net.Captures;
using Weft.Net.Packets;

namespace Weft.App.Packets;

/// <summary>What a packet begins with of which only the bytes are known.</summary>
internal static class LinkGuess
{
    /// <summary>An IP packet if its header is right in itself; else an Ethernet frame.</summary>
    public static LinkType Of(ReadOnlySpan<byte> bytes)
    {
        if (Ipv4View.TryParseCut(bytes, out Ipv4View ipv4) && (ipv4.IsChecksumRight || ipv4.TotalLength == bytes.Length))
        {
            return LinkType.Raw;
        }

        return Ipv6View.TryParse(bytes, out Ipv6View ipv6) && ipv6.Payload.Length + Ipv6View.HeaderLength == bytes.Length
            ? LinkType.Raw
            : LinkType.Ethernet;
    }
}
