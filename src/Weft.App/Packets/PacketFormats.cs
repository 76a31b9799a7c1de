using Weft.Bgp.Formats;
using Weft.Dns.Formats;
using Weft.Net.Decoding;
using Weft.Net.Formats;

namespace Weft.App.Packets;

/// <summary>All formats that the program knows, from the link to the application.</summary>
internal static class PacketFormats
{
    /// <summary>A registry of them.</summary>
    public static FormatRegistry CreateRegistry() => new(NetFormats.All, DnsFormats.All, BgpFormats.All);
}
