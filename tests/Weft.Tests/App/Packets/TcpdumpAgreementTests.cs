using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Weft.App.Packets;
using Weft.Net.Decoding;
using Weft.Net.Decoding.Output;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>The outputs that tcpdump's own tests expect: what they state of a packet in a way that a program can read
/// (<see cref="TcpdumpStatement"/>), we say too.</summary>
public sealed partial class TcpdumpAgreementTests
{
    private const int StatementsMin = 3000;

    // What we do not say, and why.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["dns_tcp_8053-T.out"] = "tcpdump was told that the port is DNS's",
        ["icmp-cksum-oobr-4.out"] = "an extension after a quoted packet whose length is not given (RFC 4884, 5.5): we take it for the packet's",
        ["icmp-icmp_print-oobr-2.out"] = "a record that says it is longer than it is: we show it as bytes",
        ["ipoib.out"] = "IP over InfiniBand is no link that we know",
        ["ipoib-e.out"] = "the same",
        ["ipx-invalid-length.out"] = "IPX is no protocol that we know",
    };

    [Fact]
    public void What_tcpdump_states_of_a_packet_we_say_too()
    {
        PacketCorpus.SkipWithout();
        List<string> stated = [];
        Findings.None(Tests().SelectMany(test => Compare(test.Capture, test.Output, stated)));
        Assert.True(stated.Count > StatementsMin, $"only {stated.Count} statements were found");
    }

    // A line: name, capture, expected output, options; with a filter the packets have other numbers.
    private static IEnumerable<(string Capture, string Output)> Tests() =>
        File.ReadLines(Path.Combine(PacketCorpus.Folder!, "TESTLIST"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 3 && !words.Contains("--") && !Known.ContainsKey(words[2]))
            .Select(words => (Path.Combine(PacketCorpus.Folder!, words[1]), Path.Combine(PacketCorpus.Folder!, words[2])))
            .Where(test => File.Exists(test.Item1) && File.Exists(test.Item2));

    private static IEnumerable<string> Compare(string capture, string output, List<string> stated)
    {
        Dissector dissector = new(PacketFormats.CreateRegistry());
        JsonOutput json = new();
        TextBuffer text = new();
        List<CorpusPacket> packets = PacketCorpus.Read(capture);
        Dictionary<int, string> theirs = Records(output);
        for (int i = 0; i < packets.Count; i++)
        {
            Dissection dissection = dissector.Dissect(packets[i].Bytes, packets[i].Length, packets[i].LinkType, isDetailed: true);
            text.Clear();
            json.Write(text, dissection, packets[i].Bytes, new PacketFacts(i + 1, 0, packets[i].Length, packets[i].Bytes.Length));
            using JsonDocument document = JsonDocument.Parse(text.Written.ToArray());
            foreach (string missing in TcpdumpStatement.Missing(
                theirs.GetValueOrDefault(i + 1, ""), TsharkFields.Of(document.RootElement), stated))
            {
                yield return $"{Path.GetFileName(output)}:{i + 1}: {missing}";
            }
        }
    }

    private static Dictionary<int, string> Records(string output)
    {
        Dictionary<int, string> records = [];
        int number = 0;
        foreach (string line in File.ReadLines(output, Encoding.Latin1))
        {
            if (RecordBegin().Match(line) is { Success: true } begin)
            {
                number = int.Parse(begin.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            }

            records[number] = records.GetValueOrDefault(number, "") + line + "\n";
        }

        return records;
    }

    [GeneratedRegex(@"^ {0,4}(\d+)  ")]
    private static partial Regex RecordBegin();
}
