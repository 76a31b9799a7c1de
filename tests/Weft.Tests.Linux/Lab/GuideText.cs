using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Weft.Net;

namespace Weft.Tests.Linux.Lab;

/// <summary>What must be the same in what a page shows and in what a command prints now: all but times, what the kernel chooses,
/// and which member has which address of a pool.</summary>
internal sealed partial class GuideText
{
    private const string LabOfPages = "quickstart";
    private const uint BlockMask = 0xFFFF_FFC0; // Of the pools' default block size.

    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);

    /// <summary>Learns who has which address from two tables of <c>weft lab status</c>, the page's and the lab's.</summary>
    public void Learn(IReadOnlyList<string> page, IReadOnlyList<string> now)
    {
        Dictionary<string, string[]> meant = AddressesIn(page);
        foreach ((string member, string[] addresses) in AddressesIn(now))
        {
            foreach ((string Was, string Is) pair in meant[member].Zip(addresses))
            {
                _addresses[pair.Was] = pair.Is;
            }
        }

        // A node's own address in a tunnel is the first of its block.
        foreach ((string was, string now4) in _addresses.ToArray())
        {
            if (Ipv4Address.TryParse(was, out Ipv4Address w) && Ipv4Address.TryParse(now4, out Ipv4Address n))
            {
                _addresses.TryAdd(
                    new Ipv4Address(w.Value & BlockMask).ToString(), new Ipv4Address(n.Value & BlockMask).ToString());
            }
        }
    }

    /// <summary>A text of the page with the addresses and the name of this lab.</summary>
    public string Here(string text, string lab) =>
        Address().Replace(text, match => _addresses.GetValueOrDefault(match.Value, match.Value))
            .Replace($"lab {LabOfPages}", $"lab {lab}", StringComparison.Ordinal)
            .Replace($"weft-{LabOfPages}-", $"weft-{lab}-", StringComparison.Ordinal);

    /// <summary>A line without what differs from one run to another.</summary>
    public static string Lasting(string line)
    {
        string text = Mac().Replace(line, "MAC");
        text = Bytes().Replace(Time().Replace(text, "TIME"), "BYTES");
        text = Chosen().Replace(text, "${what} CHOSEN");
        text = Process().Replace(text, "PID ");
        text = Number().Replace(text, match =>
            int.Parse(match.Value, CultureInfo.InvariantCulture) is >= 32768 and <= 60999 ? "PORT" : match.Value);
        return Blanks().Replace(text, " ").TrimEnd();
    }

    private static Dictionary<string, string[]> AddressesIn(IReadOnlyList<string> table) => table.Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(cells => cells[0], cells => cells[4].Split(','), StringComparer.Ordinal);

    [GeneratedRegex(@"(?<![\w.:])(10\.65\.\d+\.\d+(?!\d)|fd65::[0-9a-f]*)")]
    private static partial Regex Address();

    [GeneratedRegex("([0-9a-f]{2}:){5}[0-9a-f]{2}")]
    private static partial Regex Mac();

    [GeneratedRegex(@"(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d\.\d+Z?|(?<=time[ =])[\d.]+ ?ms|(?<=mdev = )[\d./]+ ms")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b[0-9a-f]{32,}\b")]
    private static partial Regex Bytes();

    [GeneratedRegex(@"(?<what>checksum|wrong:|identification:|identifier:|checksum:|ICMP echo \w+, id|\bseq|\back|timestamp|little-endian:|uid) (0x[0-9a-f]+|\d+)( echo \d+)?\b")]
    private static partial Regex Chosen();

    [GeneratedRegex(@"\d+ +(?=weft-)")]
    private static partial Regex Process();

    [GeneratedRegex(@"(?<![\w])\d{5}(?![\w])")]
    private static partial Regex Number();

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
