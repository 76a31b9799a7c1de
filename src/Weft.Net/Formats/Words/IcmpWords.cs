namespace Weft.Net.Formats.Words;

/// <summary>Messages of both ICMPs in words (IANA, ICMP and ICMPv6 parameters).</summary>
internal static class IcmpWords
{
    public static string? Type4(ulong number) => number switch
    {
        0 => "echo reply",
        3 => "destination unreachable",
        4 => "source quench",
        5 => "redirect",
        8 => "echo request",
        9 => "router advertisement",
        10 => "router solicitation",
        11 => "time exceeded",
        12 => "parameter problem",
        13 => "timestamp request",
        14 => "timestamp reply",
        15 => "information request",
        16 => "information reply",
        17 => "address mask request",
        18 => "address mask reply",
        42 => "extended echo request",
        43 => "extended echo reply",
        _ => null,
    };

    public static string? Unreachable4(ulong code) => code switch
    {
        0 => "network unreachable",
        1 => "host unreachable",
        2 => "protocol unreachable",
        3 => "port unreachable",
        4 => "unreachable: needs to be fragmented",
        5 => "source route failed",
        6 => "network unknown",
        7 => "host unknown",
        9 => "network prohibited",
        10 => "host prohibited",
        11 => "network unreachable for this type of service",
        12 => "host unreachable for this type of service",
        13 => "prohibited by filter",
        _ => null,
    };

    public static string? Type6(ulong number) => number switch
    {
        1 => "destination unreachable",
        2 => "packet too big",
        3 => "time exceeded",
        4 => "parameter problem",
        128 => "echo request",
        129 => "echo reply",
        130 => "multicast listener query",
        131 => "multicast listener report",
        132 => "multicast listener done",
        133 => "router solicitation",
        134 => "router advertisement",
        135 => "neighbor solicitation",
        136 => "neighbor advertisement",
        137 => "redirect",
        138 => "router renumbering",
        139 => "node information query",
        140 => "node information reply",
        141 => "inverse neighbor solicitation",
        142 => "inverse neighbor advertisement",
        143 => "multicast listener report v2",
        144 => "home agent address discovery request",
        145 => "home agent address discovery reply",
        146 => "mobile prefix solicitation",
        147 => "mobile prefix advertisement",
        151 => "multicast router advertisement",
        152 => "multicast router solicitation",
        153 => "multicast router termination",
        155 => "RPL control",
        160 => "extended echo request",
        161 => "extended echo reply",
        _ => null,
    };

    public static string? Unreachable6(ulong code) => code switch
    {
        0 => "no route to destination",
        1 => "prohibited by filter",
        2 => "beyond the scope of the source address",
        3 => "address unreachable",
        4 => "port unreachable",
        5 => "source address failed policy",
        6 => "route rejected",
        _ => null,
    };
}
