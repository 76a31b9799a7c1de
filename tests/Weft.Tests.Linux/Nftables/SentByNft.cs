using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>What nft sends for a statement: read from what it prints with <c>--debug=mnl</c>, which is attribute by
/// attribute, with all bytes.</summary>
internal static partial class SentByNft
{
    private const int NewRule = 0x0a06; // NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE
    private const ushort Expressions = 4; // NFTA_RULE_EXPRESSIONS

    /// <summary>Has nft add a rule. Returns the rule's NFTA_RULE_EXPRESSIONS as sent, and whether the kernel took it.
    /// </summary>
    public static (byte[] Sent, bool Taken) Add(TestNamespace space, string family, string chain, string statement)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo("ip")
        {
            ArgumentList =
            {
                "netns", "exec", space.Name, "nft", "--debug=mnl", $"add rule {family} t {chain} {statement}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process.Start();

        // Two streams, of which the second is short: it fits into its pipe.
        string printed = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        byte[] rule = LastRule(printed);
        Assert.True(rule.Length > 0, $"nft sent no rule for '{statement}': {error}");
        return (RulesetBytes.Attribute(rule, Expressions), process.ExitCode == 0);
    }

    private static byte[] LastRule(string printed)
    {
        byte[] last = [];
        MemoryStream? attributes = null;
        Span<byte> header = stackalloc byte[4];
        foreach (string line in Colour().Replace(printed, "").Split('\n'))
        {
            if (TypeLine().Match(line) is { Success: true } type)
            {
                attributes = Number(type) == NewRule ? new MemoryStream() : null;
            }
            else if (attributes is not null && AttributeLine().Match(line) is { Success: true } attribute)
            {
                int number = int.Parse(attribute.Groups[3].Value, CultureInfo.InvariantCulture)
                    | (attribute.Groups[2].Value.Contains('N', StringComparison.Ordinal) ? 0x8000 : 0);
                BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)Number(attribute));
                BinaryPrimitives.WriteUInt16LittleEndian(header[2..], (ushort)number);
                attributes.Write(header);
            }
            else if (attributes is not null && DataLine().Match(line) is { Success: true } data)
            {
                attributes.Write(Convert.FromHexString(data.Groups[1].Value.Replace(" ", "", StringComparison.Ordinal)));
            }

            last = attributes is { Length: > 0 } ? attributes.ToArray() : last;
        }

        return last;
    }

    private static int Number(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colour();

    [GeneratedRegex(@"^\| (\d{5}) \| \S+ \|\s*\|  type")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^\|(\d{5})\|(..)\|(\d{5})\|")]
    private static partial Regex AttributeLine();

    [GeneratedRegex(@"^\| ((?:[0-9a-f]{2} ){3}[0-9a-f]{2})  \|\s*\|      data")]
    private static partial Regex DataLine();
}

/// <summary>Attributes as bytes, to compare them with what others wrote.</summary>
internal static class RulesetBytes
{
    private const int MessageHeader = 20; // struct nlmsghdr, struct nfgenmsg

    /// <summary>The attributes of a whole message.</summary>
    public static byte[] AttributesOf(ReadOnlySpan<byte> message) => message[MessageHeader..].ToArray();

    /// <summary>The value of an attribute; empty if it is not there.</summary>
    public static byte[] Attribute(ReadOnlySpan<byte> attributes, ushort type)
    {
        for (int at = 0; at + 4 <= attributes.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes[at..]);
            if ((BinaryPrimitives.ReadUInt16LittleEndian(attributes[(at + 2)..]) & 0x3FFF) == type)
            {
                return attributes[(at + 4)..(at + length)].ToArray();
            }

            at += (length + 3) & ~3;
        }

        return [];
    }

    /// <summary>The same without the flag that says which attributes hold others: dumps of nf_tables do not have it.
    /// </summary>
    public static byte[] WithoutNestedFlags(byte[] attributes)
    {
        byte[] bytes = [.. attributes];
        Clear(bytes);
        return bytes;
    }

    private static void Clear(Span<byte> attributes)
    {
        for (int at = 0; at + 4 <= attributes.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes[at..]);
            if ((attributes[at + 3] & 0x80) != 0)
            {
                attributes[at + 3] &= 0x7F;
                Clear(attributes[(at + 4)..(at + length)]);
            }

            at += (length + 3) & ~3;
        }
    }
}
