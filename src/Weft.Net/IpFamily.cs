namespace Weft.Net;

/// <summary>The two address families; the value is the IP version number.</summary>
public enum IpFamily : byte
{
    /// <summary>IPv4, RFC 791.</summary>
    Ipv4 = 4,

    /// <summary>IPv6, RFC 8200.</summary>
    Ipv6 = 6,
}
