using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace Weft.Tests.App.Packets;

/// <summary>Something that tcpdump's text states of a packet, and the fields of which one must have that value.</summary>
/// <param name="Pattern">How it is said; the first group is the value.</param>
/// <param name="Fields">Wireshark's names of it.</param>
internal sealed record TcpdumpStatement(string Pattern, params string[] Fields)
{
    private const int FlagsMask = 0x1FF;
    private const string FlagLetters = "FSRP.UEWe";

    /// <summary>All that are looked for.</summary>
    public static IReadOnlyList<TcpdumpStatement> All { get; } =
    [
        new(@"\(tos (0x[0-9a-f]+)", "ip.dsfield"),
        new(@"ttl (\d+)", "ip.ttl"),
        new(@"ttl \d+, id (\d+)", "ip.id"),
        new(@"proto \w+ \(\d+\), length (\d+)", "ip.len"),
        new(@"hlim (\d+)", "ipv6.hlim"),
        new(@"payload length: (\d+)", "ipv6.plen"),
        new(@"(?:proto|next-header) [\w-]+ \((\d+)\)", "ip.proto", "ipv6.nxt"),
        new(@"\bseq (\d+)", "tcp.seq", "tcp.seq_raw", "icmp.seq", "icmp.ext.echo.seq", "icmpv6.echo.sequence_number"),
        new(@"\back (\d+)", "tcp.ack", "tcp.ack_raw"),
        new(@"win (\d+)", "tcp.window_size_value"),
        new(@"mss (\d+)", "tcp.options.mss_val"),
        new(@"wscale (\d+)", "tcp.options.wscale.shift"),
        new(@"TS val (\d+)", "tcp.options.timestamp.tsval"),
        new(@"ecr (\d+)", "tcp.options.timestamp.tsecr"),
        new(@"echo (?:request|reply), id (\d+)", "icmp.ident", "icmpv6.echo.identifier"),
        new(@"\bcksum (0x[0-9a-f]+)", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum", "ip.checksum"),
        new(@"extension v2, checksum (0x[0-9a-f]+)", "icmp.ext.checksum"),
        new(@"\bvni (0x[0-9a-f]+|\d+)", "vxlan.vni", "geneve.vni"),
        new(@"\? ([\w.-]+)\. ", "dns.qry.name"),
        new(@"\n\t  ?\w[\w ]* Message \((\d+)\), length", "bgp.type"),
        new(@"\n\t  ?\w[\w ]* Message \(\d+\), length: (\d+)", "bgp.length"),
        new(@"my AS (\d+)", "bgp.open.myas"),
        new(@"Holdtime (\d+)s", "bgp.open.holdtime"),
        new(@"BFDv(\d)", "bfd.version"),
        new(@"My Discriminator: (0x[0-9a-f]+)", "bfd.my_discriminator"),
        new(@"Your Discriminator: (0x[0-9a-f]+)", "bfd.your_discriminator"),
        new(@"Flags \[([SFRPUEWe.]+|none)\], (?:seq|ack|cksum|win)", "tcp.flags"),
    ];

    /// <summary>What a text states and our fields do not say; and how much it states.</summary>
    public static IEnumerable<string> Missing(string text, Dictionary<string, List<string>> ours, List<string> stated)
    {
        foreach (TcpdumpStatement statement in All)
        {
            List<string> values = [.. statement.Fields.SelectMany(field => ours.GetValueOrDefault(field) ?? [])];
            foreach (Match match in Regex.Matches(text, statement.Pattern))
            {
                stated.Add(match.Value);
                if (!values.Any(value => statement.IsSame(match.Groups[1].Value, value)))
                {
                    yield return $"'{match.Value}': {string.Join('|', statement.Fields)} is {string.Join(' ', values)}";
                }
            }
        }

        HashSet<string> addresses = [.. Of(ours, "ip.addr", "ipv6.addr")];
        HashSet<string> ports = [.. Of(ours, "tcp.port", "udp.port")];
        foreach (Match match in Regex.Matches(text, @"(?<= )([0-9a-f:]*[.:][0-9a-f:.]*[0-9a-f:]) > ([0-9a-f:]*[.:][0-9a-f:.]*[0-9a-f:])(?=[:,] )"))
        {
            foreach (string end in (string[])[match.Groups[1].Value, match.Groups[2].Value])
            {
                stated.Add(end);
                int point = end.LastIndexOf('.');
                if (!addresses.Contains(end) && !Of(ours, "eth.addr").Contains(end.Replace(":", "", StringComparison.Ordinal))
                    && !(point > 0 && addresses.Contains(end[..point]) && ports.Contains(end[(point + 1)..])))
                {
                    yield return $"'{match.Value}': neither address nor port is ours";
                }
            }
        }
    }

    private static IEnumerable<string> Of(Dictionary<string, List<string>> ours, params string[] names) =>
        names.SelectMany(name => ours.GetValueOrDefault(name) ?? []);

    // tcpdump counts from the first byte that it has seen; Wireshark from the SYN, also where it has not seen it.
    private bool IsSame(string stated, string value) => Fields[0] switch
    {
        "dns.qry.name" => stated == value,
        "tcp.flags" => (Number(value) & FlagsMask) == FlagsOf(stated),
        "tcp.seq" or "tcp.ack" => Number(value) - Number(stated) is 0 or 1,
        _ => Number(value) == Number(stated),
    };

    private static long FlagsOf(string letters) => letters == "none" ? 0 : letters.Sum(letter => 1L << FlagLetters.IndexOf(letter));

    private static long Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? long.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : long.Parse(text, CultureInfo.InvariantCulture);
}
