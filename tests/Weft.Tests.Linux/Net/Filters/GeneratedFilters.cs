using System.Globalization;

namespace Weft.Tests.Linux.Net.Filters;

/// <summary>Filters put together by chance, always right in form; the same for the same seed.</summary>
internal sealed class GeneratedFilters(ulong seed)
{
    private static readonly string[] Primitives =
    [
        "ip", "ip6", "arp", "tcp", "udp", "sctp", "icmp", "icmp6", "host 10.65.0.1", "src host 10.65.0.1",
        "dst host 10.65.0.66", "net 10.65.0.0/16", "src net 172.16.0.0/12", "host fd00:1::1", "dst net fd00:2::/64",
        "port 80", "src port 80", "udp port 53", "tcp dst port 80", "dst port 4789", "portrange 50-100",
        "src portrange 40000-65535", "ether host 02:00:00:00:00:0a", "ether dst 02:00:00:00:00:0b", "broadcast", "multicast",
        "ip multicast", "ip6 multicast", "less 60", "greater 80", "ip proto 6", "ip6 proto 58", "ether proto 0x0800",
        "host 10.65.0.1 or 10.65.0.66", "port 80 or 443", "arp host 10.65.0.1", "ip src 10.65.0.1", "proto 17",
        "icmp[icmptype] = icmp-echo", "tcp[tcpflags] & tcp-syn != 0", "ip[6:2] & 0x1fff = 0",
    ];

    private static readonly string[] Terms =
        ["ip[0]", "ip[8]", "ip[2:2]", "ip[12:4]", "len", "ether[12:2]", "ether[14]", "ip6[6]", "tcp[13]", "udp[4:2]", "6", "64", "1"];

    private static readonly string[] Operators = ["+", "-", "*", "&", "|", "^", "<<", ">>", "/", "%"];
    private static readonly string[] Comparisons = ["=", "!=", "<", "<=", ">", ">="];

    private ulong _state = seed;

    /// <summary>The next one.</summary>
    public string Next()
    {
        // Tags and labels move what follows, so they come first.
        string start = Below(8) switch { 0 => "vlan and ", 1 => "vlan 10 or ", 2 => "mpls and not ip6 and ", _ => "" };
        return start.StartsWith("mpls", System.StringComparison.Ordinal) ? start + "tcp port 80" : start + Expression(3);
    }

    private string Expression(int depth)
    {
        string text = Item(depth);
        for (int more = Below(3); more > 0; more--)
        {
            text += (Below(2) == 0 ? " and " : " or ") + Item(depth);
        }

        return text;
    }

    private string Item(int depth) => Below(5) switch
    {
        0 => "not " + Item(depth),
        1 when depth > 0 => $"({Expression(depth - 1)})",
        2 => $"{Number(2)} {Comparisons[Below(Comparisons.Length)]} {Number(1)}",
        _ => Primitives[Below(Primitives.Length)],
    };

    // Never divides by or shifts by what could be refused: what is on the right of '%' goes on as far as it can.
    private string Number(int depth)
    {
        if (depth == 0 || Below(3) == 0)
        {
            return Terms[Below(Terms.Length)];
        }

        string with = Operators[Below(Operators.Length)];
        bool isDelicate = with is "<<" or ">>" or "/" or "%";
        string right = isDelicate
            ? (1 + Below(9)).ToString(CultureInfo.InvariantCulture)
            : Number(depth - 1);
        return !isDelicate && Below(2) == 0 ? $"{Number(depth - 1)} {with} {right}" : $"({Number(depth - 1)} {with} {right})";
    }

    private int Below(int limit)
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)limit);
        }
    }
}
