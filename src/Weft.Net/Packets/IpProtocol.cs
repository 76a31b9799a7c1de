namespace Weft.Net.Packets;

/// <summary>What an IP packet carries (IANA, protocol numbers). Open: any other number may occur.</summary>
public enum IpProtocol : byte
{
    /// <summary>ICMP for IPv4, RFC 792.</summary>
    Icmpv4 = 1,

    /// <summary>IPv4 in another packet, RFC 2003.</summary>
    Ipv4 = 4,

    /// <summary>TCP, RFC 9293.</summary>
    Tcp = 6,

    /// <summary>UDP, RFC 768.</summary>
    Udp = 17,

    /// <summary>ICMP for IPv6, RFC 4443.</summary>
    Icmpv6 = 58,

    /// <summary>SCTP, RFC 9260.</summary>
    Sctp = 132,
}
