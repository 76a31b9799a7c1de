namespace Weft.Net.Formats.Words;

/// <summary>Protocols of IP in words (IANA, protocol numbers).</summary>
internal static class IpProtocolWords
{
    public static string? Of(ulong number) => number switch
    {
        0 => "hop-by-hop options",
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4",
        6 => "TCP",
        17 => "UDP",
        33 => "DCCP",
        41 => "IPv6",
        43 => "routing header",
        44 => "fragment header",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        59 => "no next header",
        60 => "destination options",
        88 => "EIGRP",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        115 => "L2TP",
        132 => "SCTP",
        135 => "mobility header",
        136 => "UDP-Lite",
        137 => "MPLS",
        139 => "HIP",
        140 => "shim6",
        143 => "Ethernet",
        _ => null,
    };
}
