using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Weft.App.Packets;
using Weft.Net.Decoding;
using Weft.Net.Decoding.Output;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>What we say of a packet, and what Wireshark says of it, field by field: a name that both know has the same
/// values in the same order.</summary>
public sealed partial class TsharkComparisonTests
{
    private static readonly string[] Preferences =
    [
        "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.defragment:FALSE",
        "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
        "sctp.checksum:TRUE", "udplite.ignore_checksum_coverage:FALSE",
    ];

    // What is known to differ, file and field, and why we stay as we are.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["bgp-aigp-oobr.pcap"] = "messages that were made wrong: each gives up at another place",
        ["bgp-as-path-oobr.pcap"] = "the same",
        ["bgp-bgp_capabilities_print-oobr-1.pcap"] = "the same",
        ["bgp-role.pcapng:bgp.cap.unknown"] = "this tshark does not know roles (RFC 9234)",
        ["bgp-ub.pcap"] = "the same",
        ["bgp_pmsi_tunnel-oobr.pcap:tcp.seq"] = "of a segment whose flags cannot be: tshark shows the absolute number",
        ["bgp.continuation"] = "tshark does not show its bytes",
        ["data.data"] = "bytes that are unknown to the one are known to the other",
        ["data.len"] = "the same",
        ["dns-badlabel.pcap:dns.qry.name"] = "a name that is none: we show what can be read of it",
        ["dns_fwdptr.pcap:dns.qry.name"] = "the same",
        ["geneve.option.length"] = "tshark says it twice",
        ["icmp-cksum-oobr-2.pcap:icmp.checksum.status"] = "of a quoted packet that is cut: we do not verify it",
        ["icmp-cksum-oobr-4.pcapng:icmp.checksum.status"] = "the same",
        ["scapy.pcap:dhcp.option.type"] = "tshark gives the end of the options the type 0",
        ["scapy.pcap:dns.soa.rname"] = "a name that is none: we show what can be read of it",
        ["scapy.pcap:ip.cur_rt"] = "the pointer says which address is next: tshark takes the last",
        ["scapy.pcap:ip.src_rt"] = "the same",
        ["scapy.pcap:udp.stream"] = "tshark takes a packet with a routing header for a conversation of its own",
        ["scapy.pcap:udp.checksum.status"] = "of quoted packets that are whole: tshark verifies only some",
        ["icmp_ext_oob_poc.pcap:icmp.ext.data"] = "of an object that was made wrong: we show all its bytes",
        ["sctp.checksum.status"] = "this tshark verifies SCTP's only if it is told which of two it is",
    };

    [Fact]
    public void Every_field_that_both_name_has_the_same_values_on_the_corpus()
    {
        PacketCorpus.SkipWithout();
        Findings.None(PacketCorpus.Files.SelectMany(Compare));
    }

    [Fact]
    public void Every_field_that_both_name_has_the_same_values_on_packets_made_with_scapy()
    {
        string? path = ScapyPackets.Path;
        Assert.SkipWhen(path is null, "skipped: no scapy");
        Assert.True(PacketCorpus.Read(path!).Count > 80);
        Findings.None(Compare(path!, "scapy.pcap"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(101)]
    [InlineData(108)]
    [InlineData(113)]
    [InlineData(229)]
    [InlineData(276)]
    public void Every_field_that_both_name_has_the_same_values_on_every_link(int linkType)
    {
        Assert.SkipWhen(ScapyPackets.Path is null, "skipped: no scapy");
        string path = $"{ScapyPackets.Path}.{linkType}";
        Assert.NotEmpty(PacketCorpus.Read(path));
        Findings.None(Compare(path));
    }

    internal static IEnumerable<string> Compare(string path) => Compare(path, Path.GetFileName(path));

    internal static IEnumerable<string> Compare(string path, string file)
    {
        List<Dictionary<string, List<string>>> theirs = ReadPdml(path);
        List<CorpusPacket> packets = PacketCorpus.Read(path);
        Dissector dissector = new(PacketFormats.CreateRegistry());
        for (int i = 0; i < packets.Count && i < theirs.Count; i++)
        {
            foreach ((string name, List<string> values) in Ours(dissector, packets[i]))
            {
                string place = $"{file}:{i + 1}:{name}";
                if (theirs[i].TryGetValue(name, out List<string>? expected) && !IsSame(expected, values)
                    && !Known.ContainsKey(place) && !Known.ContainsKey($"{file}:{name}")
                    && !Known.ContainsKey(name) && !Known.ContainsKey(file))
                {
                    yield return $"{place}: tshark {Shown(expected)}, weft {Shown(values)}";
                }
            }
        }
    }

    // Wireshark gives up a packet whose UDP length is that of a jumbogram: what it has said until then is the same.
    private static bool IsSame(List<string> theirs, List<string> ours) =>
        ours.Take(theirs.Count).SequenceEqual(theirs);

    private static string Shown(List<string> values)
    {
        string text = string.Join(' ', values);
        return text.Length > 200 ? text[..200] : text;
    }

    private static Dictionary<string, List<string>> Ours(Dissector dissector, CorpusPacket packet)
    {
        TextBuffer text = new();
        Dissection dissection = dissector.Dissect(packet.Bytes, packet.Length, packet.LinkType, isDetailed: true);
        new JsonOutput().Write(text, dissection, packet.Bytes, new PacketFacts(1, 0, packet.Length, packet.Bytes.Length));
        Dictionary<string, List<string>> fields = new(StringComparer.Ordinal);
        using JsonDocument document = JsonDocument.Parse(text.Written.ToArray());
        foreach (JsonProperty field in document.RootElement.GetProperty("layers").EnumerateArray()
            .SelectMany(layer => layer.GetProperty("fields").EnumerateObject()))
        {
            List<string> values = fields.TryGetValue(field.Name, out List<string>? known) ? known : [];
            fields[field.Name] = values;
            values.AddRange(field.Value.ValueKind == JsonValueKind.Array
                ? field.Value.EnumerateArray().Select(value => Plain(value.GetString()!))
                : [Plain(field.Value.GetString()!)]);
        }

        return fields;
    }

    private static List<Dictionary<string, List<string>>> ReadPdml(string path)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo("tshark")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (string argument in (string[])["-n", "-r", path, "-T", "pdml", "-d", "udp.port==8472,vxlan",
            .. Preferences.SelectMany(preference => (string[])["-o", preference])])
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.ErrorDataReceived += static (_, _) => { };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("skipped: no tshark");
        }

        process.BeginErrorReadLine();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        List<Dictionary<string, List<string>>> packets = [];
        foreach (XElement packet in XDocument.Parse(NoXml().Replace(text, "?")).Root!.Elements("packet"))
        {
            Dictionary<string, List<string>> fields = new(StringComparer.Ordinal);
            foreach (XElement field in packet.Descendants("field"))
            {
                string name = (string?)field.Attribute("name") ?? "";
                if (!fields.TryGetValue(name, out List<string>? values))
                {
                    fields[name] = values = [];
                }

                values.Add(Plain((string?)field.Attribute("show") ?? (string?)field.Attribute("value") ?? ""));
            }

            packets.Add(fields);
        }

        return packets;
    }

    // PDML writes bytes with colons, other outputs of tshark do not; white space in XML's attributes is a blank.
    private static string Plain(string value) =>
        Pairs().IsMatch(value)
            ? value.Replace(":", "", StringComparison.Ordinal)
            : value.Replace("\r\n", " ", StringComparison.Ordinal).Replace('\n', ' ').Replace('\t', ' ');

    [GeneratedRegex("^([0-9a-f]{2}:)+[0-9a-f]{2}$")]
    private static partial Regex Pairs();

    [GeneratedRegex("[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]")]
    private static partial Regex NoXml();
}
