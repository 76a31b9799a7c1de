using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weft.Model.Documents;

namespace Weft.App.Yaml;

/// <summary>Trees as YAML for people: block style, two spaces a level. What it writes reads back as the same tree, also
/// by readers of YAML 1.1.</summary>
internal static class YamlWriter
{
    // YAML 1.2, 7.4.3 and 8.2.2: an implicit key has at most 1024 characters.
    private const int ImplicitKeyMax = 512;

    private static readonly SearchValues<char> PlainChars = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _./:@%+=()<>;,-");

    private static readonly SearchValues<char> AddressChars = SearchValues.Create("0123456789./");

    /// <summary>One document, with a newline at its end.</summary>
    public static string Write(DocumentNode document)
    {
        StringBuilder text = new();
        WriteRoot(document, text);
        return text.ToString();
    }

    /// <summary>Several documents with <c>---</c> between them.</summary>
    public static string Write(IEnumerable<DocumentNode> documents)
    {
        StringBuilder text = new();
        foreach (DocumentNode document in documents)
        {
            if (text.Length > 0)
            {
                text.Append("---\n");
            }

            WriteRoot(document, text);
        }

        return text.ToString();
    }

    private static void WriteRoot(DocumentNode document, StringBuilder text)
    {
        switch (document)
        {
            case MappingNode { Entries.Count: > 0 } mapping:
                WriteEntries(mapping, 0, text);
                break;
            case SequenceNode { Items.Count: > 0 } list:
                WriteItems(list, 0, text);
                break;
            default:
                WriteInline(document, text);
                text.Append('\n');
                break;
        }
    }

    private static void WriteEntries(MappingNode mapping, int indent, StringBuilder text)
    {
        bool first = true;
        foreach (MappingEntry entry in mapping.Entries)
        {
            // The first entry of a mapping in a list stands on the dash's line.
            if (!first || text.Length == 0 || text[^1] == '\n')
            {
                text.Append(' ', indent);
            }

            first = false;
            string key = Scalar(entry.Key);
            if (key.Length > ImplicitKeyMax)
            {
                text.Append("? ").Append(key).Append('\n').Append(' ', indent).Append(':');
            }
            else
            {
                text.Append(key).Append(':');
            }

            WriteValue(entry.Value, indent + 2, text);
        }
    }

    private static void WriteItems(SequenceNode list, int indent, StringBuilder text)
    {
        foreach (DocumentNode item in list.Items)
        {
            text.Append(' ', indent).Append('-');
            if (item is MappingNode { Entries.Count: > 0 } mapping)
            {
                text.Append(' ');
                WriteEntries(mapping, indent + 2, text);
            }
            else
            {
                WriteValue(item, indent + 2, text);
            }
        }
    }

    private static void WriteValue(DocumentNode value, int indent, StringBuilder text)
    {
        switch (value)
        {
            case MappingNode { Entries.Count: > 0 } mapping:
                text.Append('\n');
                WriteEntries(mapping, indent, text);
                break;
            case SequenceNode { Items.Count: > 0 } list:
                text.Append('\n');
                WriteItems(list, indent, text);
                break;
            default:
                text.Append(' ');
                WriteInline(value, text);
                text.Append('\n');
                break;
        }
    }

    private static void WriteInline(DocumentNode value, StringBuilder text) => text.Append(value switch
    {
        MappingNode => "{}",
        SequenceNode => "[]",
        ScalarNode { Kind: ScalarKind.String } scalar => Scalar(scalar.Text),
        ScalarNode scalar => scalar.Text,
        _ => throw new UnreachableException(),
    });

    private static string Scalar(string text) => IsPlain(text) ? text : Quote(text);

    /// <summary>Whether a text without quotes can be taken for nothing else, by any reader.</summary>
    private static bool IsPlain(string text)
    {
        if (text.Length is 0 or > 200
            || !(char.IsAsciiLetterOrDigit(text[0]) || text[0] is '_' or '/')
            || text.AsSpan().IndexOfAnyExcept(PlainChars) >= 0
            || text[^1] is ' ' or ':'
            || text.Contains(": ", StringComparison.Ordinal)
            || CoreSchema.Resolve(text) is not ScalarNode { Kind: ScalarKind.String })
        {
            return false;
        }

        // YAML 1.1 takes 12:30:00 for a number, 2026-01-31 for a date, 1_000 for a number and "no" for false;
        // of what begins with a digit only IPv4 addresses and prefixes go without quotes.
        if (char.IsAsciiDigit(text[0]))
        {
            return text.AsSpan().IndexOfAnyExcept(AddressChars) < 0 && text.AsSpan().Count('.') == 3;
        }

        return text.ToUpperInvariant() is not ("Y" or "N" or "YES" or "NO" or "ON" or "OFF");
    }

    private static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '"':
                    quoted.Append("\\\"");
                    break;
                case '\\':
                    quoted.Append("\\\\");
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case < 0x20 or (>= 0x7F and <= 0xA0) or 0x2028 or 0x2029 or 0xFEFF or 0xFFFE or 0xFFFF:
                    quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
                    break;
                default:
                    quoted.Append(rune);
                    break;
            }
        }

        return quoted.Append('"').ToString();
    }
}
