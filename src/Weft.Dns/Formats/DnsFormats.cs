using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>The formats that live here, for a <see cref="FormatRegistry"/>.</summary>
public static class DnsFormats
{
    /// <summary>DNS over UDP and TCP, and what it is called on the local link.</summary>
    public static Format[] All { get; } =
    [
        new DnsFormat("dns", "Domain Name System", isStream: false, new FormatKey(KeySpace.UdpPort, 53)),
        new DnsFormat("dns", "Domain Name System", isStream: true, new FormatKey(KeySpace.TcpPort, 53)),
        new DnsFormat("mdns", "Multicast DNS", isStream: false, new FormatKey(KeySpace.UdpPort, 5353)),
        new DnsFormat("llmnr", "Link-local multicast name resolution", isStream: false, new FormatKey(KeySpace.UdpPort, 5355)),
    ];
}
