using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Weft.App.Packets;
using Weft.Net.Decoding;
using Weft.Net.Decoding.Output;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>What we say of a packet, and what Wireshark says of it, field by field: a name that both know has the same
/// values in the same order.</summary>
public sealed class TsharkComparisonTests
{
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
        List<Dictionary<string, List<string>>> theirs = TsharkFields.Read(path);
        List<CorpusPacket> packets = PacketCorpus.Read(path);
        Dissector dissector = new(PacketFormats.CreateRegistry());
        for (int i = 0; i < packets.Count && i < theirs.Count; i++)
        {
            foreach ((string name, List<string> values) in Ours(dissector, packets[i]))
            {
                string place = $"{file}:{i + 1}:{name}";
                if (theirs[i].TryGetValue(name, out List<string>? expected) && !TsharkFields.IsSame(expected, values)
                    && !Known.ContainsKey(place) && !Known.ContainsKey($"{file}:{name}")
                    && !Known.ContainsKey(name) && !Known.ContainsKey(file))
                {
                    yield return $"{place}: tshark {Shown(expected)}, weft {Shown(values)}";
                }
            }
        }
    }

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
        using JsonDocument document = JsonDocument.Parse(text.Written.ToArray());
        return TsharkFields.Of(document.RootElement);
    }
}
