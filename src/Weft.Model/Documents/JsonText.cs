using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Weft.Model.Documents;

/// <summary>JSON text (RFC 8259) to trees and back.</summary>
public static class JsonText
{
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = DocumentLimits.DepthMax + 2,
        SkipValidation = true,
    };

    private static readonly JsonWriterOptions Indented = Compact with { Indented = true, NewLine = "\n" };

    /// <summary>Reads one or several values, one after the other, each with its place.</summary>
    /// <remarks>A key that occurs twice, too deep a nesting, too long a text and malformed JSON are diagnostics; if
    /// there is any, the result is false. Lists are not taken apart: see <see cref="DocumentSet"/>.</remarks>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8, string? source, List<Diagnostic> errors, out IReadOnlyList<DocumentNode> documents)
    {
        JsonTreeReader reader = new(source, errors);
        return reader.TryRead(utf8, out documents);
    }

    /// <summary>Reads exactly one value.</summary>
    public static DocumentNode? ParseOne(ReadOnlySpan<byte> utf8, string? source, List<Diagnostic> errors)
    {
        if (!TryParse(utf8, source, errors, out IReadOnlyList<DocumentNode> documents))
        {
            return null;
        }

        if (documents.Count != 1)
        {
            errors.Add(
                new Diagnostic("", $"one JSON value expected, {documents.Count} found", Position.Start, source));
            return null;
        }

        return documents[0];
    }

    /// <summary>UTF-8 on one line. Equal content gives equal bytes.</summary>
    public static byte[] Write(DocumentNode node) => Write(node, Compact);

    /// <summary>UTF-8 on several lines, two spaces a level, without a newline at the end.</summary>
    public static byte[] WriteIndented(DocumentNode node) => Write(node, Indented);

    /// <summary>Writes into a writer of the caller's, as one value.</summary>
    public static void WriteTo(DocumentNode node, Utf8JsonWriter writer)
    {
        switch (node)
        {
            case MappingNode mapping:
                writer.WriteStartObject();
                foreach (MappingEntry entry in mapping.Entries)
                {
                    writer.WritePropertyName(entry.Key);
                    WriteTo(entry.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case SequenceNode list:
                writer.WriteStartArray();
                foreach (DocumentNode item in list.Items)
                {
                    WriteTo(item, writer);
                }

                writer.WriteEndArray();
                break;
            case ScalarNode { Kind: ScalarKind.String } text:
                writer.WriteStringValue(text.Text);
                break;
            case ScalarNode { Kind: ScalarKind.Boolean } boolean:
                writer.WriteBooleanValue(boolean.Text == "true");
                break;
            case ScalarNode { Kind: ScalarKind.Null }:
                writer.WriteNullValue();
                break;
            case ScalarNode number when long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                && value != 0:
                writer.WriteNumberValue(value);
                break;
            case ScalarNode number:
                // Any other number keeps its digits as they are.
                writer.WriteRawValue(number.Text, skipInputValidation: true);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static byte[] Write(DocumentNode node, JsonWriterOptions options)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, options))
        {
            WriteTo(node, writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
