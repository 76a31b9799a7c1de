using System;
using System.Collections.Generic;
using System.Text;
using Weft.Model.Documents;

namespace Weft.App.Yaml;

/// <summary>Files of resources, YAML 1.2 or JSON, any number of documents, as trees with places.</summary>
internal static class YamlDocuments
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file's bytes, which must be UTF-8.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8, string? source, List<Diagnostic> errors, out IReadOnlyList<DocumentNode> documents)
    {
        documents = [];
        if (utf8.Length > DocumentLimits.BytesMax)
        {
            return TooLong(source, errors);
        }

        try
        {
            return TryParse(Strict.GetString(utf8), source, errors, out documents);
        }
        catch (DecoderFallbackException)
        {
            errors.Add(new Diagnostic("", "the text is not UTF-8", FirstInvalid(utf8), source));
            return false;
        }
    }

    /// <summary>Reads a text. If there was any diagnostic, the result is false. Empty documents are left out.</summary>
    public static bool TryParse(
        string text, string? source, List<Diagnostic> errors, out IReadOnlyList<DocumentNode> documents)
    {
        documents = [];
        string content = text.StartsWith('\uFEFF') ? text[1..] : text;
        if (content.Length > DocumentLimits.BytesMax)
        {
            return TooLong(source, errors);
        }

        // YAML reads most JSON, but not JSON indented by tabs, and not values that follow each other.
        if (content.AsSpan().TrimStart() is ['{' or '[', ..]
            && JsonText.TryParse(Encoding.UTF8.GetBytes(content), source, [], out documents))
        {
            return true;
        }

        return new YamlTreeReader(source, errors).TryRead(content, out documents);
    }

    private static bool TooLong(string? source, List<Diagnostic> errors)
    {
        errors.Add(
            new Diagnostic("", $"the text is longer than {DocumentLimits.BytesMax} bytes", Position.Start, source));
        return false;
    }

    private static Position FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        ReadOnlySpan<byte> passed = utf8[..at];
        int line = 1 + passed.Count((byte)'\n');
        int column = 1 + Encoding.UTF8.GetCharCount(passed[(passed.LastIndexOf((byte)'\n') + 1)..]);
        return new Position(line, column);
    }
}
