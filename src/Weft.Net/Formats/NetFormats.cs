using Weft.Net.Decoding;
using Weft.Net.Formats.Applications;
using Weft.Net.Formats.Internet;
using Weft.Net.Formats.Links;
using Weft.Net.Formats.Transport;
using Weft.Net.Formats.Tunnels;

namespace Weft.Net.Formats;

/// <summary>The formats that live here, for a <see cref="FormatRegistry"/>.</summary>
public static class NetFormats
{
    /// <summary>From the link to the application.</summary>
    public static Format[] All { get; } =
    [
        new EthernetFormat(),
        VlanFormat.Customer,
        VlanFormat.Service,
        new CookedFormat(isSecond: false),
        new CookedFormat(isSecond: true),
        new LoopbackFormat(),
        new RawIpFormat(),
        new PppFormat(),
        new ArpFormat(),
        new Ipv4Format(),
        new Ipv6Format(),
        Ipv6OptionsFormat.HopByHop,
        Ipv6OptionsFormat.Destination,
        new Ipv6RoutingFormat(),
        new Ipv6FragmentFormat(),
        new AuthenticationFormat(),
        new EncryptedFormat(),
        new Icmpv4Format(),
        new Icmpv6Format(),
        new IgmpFormat(),
        new UdpFormat(),
        new UdpLiteFormat(),
        new TcpFormat(),
        new SctpFormat(),
        new VxlanFormat(),
        new GeneveFormat(),
        new GreFormat(),
        new DhcpFormat(),
        new NtpFormat(),
        new TlsFormat(),
        new HttpFormat(),
    ];
}
