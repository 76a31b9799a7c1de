using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>The fields of a packet by name, each with its values in the order of the packet: as Wireshark has them, and as our JSON
/// has them.</summary>
internal static partial class TsharkFields
{
    private static readonly string[] Preferences =
    [
        "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.defragment:FALSE",
        "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
        "sctp.checksum:TRUE", "udplite.ignore_checksum_coverage:FALSE",
    ];

    /// <summary>What tshark says of each packet of a file. Skips the test where there is no tshark.</summary>
    public static List<Dictionary<string, List<string>>> Read(string path)
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
                Add(fields, (string?)field.Attribute("name") ?? "",
                    (string?)field.Attribute("show") ?? (string?)field.Attribute("value") ?? "");
            }

            packets.Add(fields);
        }

        return packets;
    }

    /// <summary>What a line of our JSON says of a packet.</summary>
    public static Dictionary<string, List<string>> Of(JsonElement packet)
    {
        Dictionary<string, List<string>> fields = new(StringComparer.Ordinal);
        foreach (JsonProperty field in packet.GetProperty("layers").EnumerateArray()
            .SelectMany(layer => layer.GetProperty("fields").EnumerateObject()))
        {
            foreach (JsonElement value in field.Value.ValueKind == JsonValueKind.Array
                ? field.Value.EnumerateArray().ToArray()
                : [field.Value])
            {
                Add(fields, field.Name, value.GetString()!);
            }
        }

        return fields;
    }

    /// <summary>Whether the values are the same. Wireshark gives up a packet whose UDP length is that of a jumbogram: what it has said
    /// until then is the same.</summary>
    public static bool IsSame(List<string> theirs, List<string> ours) => ours.Take(theirs.Count).SequenceEqual(theirs);

    private static void Add(Dictionary<string, List<string>> fields, string name, string value)
    {
        if (!fields.TryGetValue(name, out List<string>? values))
        {
            fields[name] = values = [];
        }

        values.Add(Plain(value));
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
