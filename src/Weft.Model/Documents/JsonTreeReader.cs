using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Weft.Model.Documents;

/// <summary>Builds trees from JSON tokens and counts lines and columns on the way, once over the text.</summary>
internal sealed class JsonTreeReader(string? source, List<Diagnostic> errors)
{
    private static readonly JsonReaderOptions Options = new()
    {
        AllowMultipleValues = true,
        MaxDepth = DocumentLimits.DepthMax,
    };

    private readonly List<DocumentNode> _documents = [];

    // Texts are built only for a diagnostic: a path for every node would cost the square of a hostile text's length.
    private readonly List<(string? Key, int Index)> _path = [];
    private Position _position = Position.Start;
    private int _offset;
    private int _nodes;

    /// <summary>Reads all values of a text; false if there was any diagnostic.</summary>
    public bool TryRead(ReadOnlySpan<byte> utf8, out IReadOnlyList<DocumentNode> documents)
    {
        documents = _documents;
        if (utf8.Length > DocumentLimits.BytesMax)
        {
            return Fail(
                Position.Start, $"the text has {utf8.Length} bytes; at most {DocumentLimits.BytesMax} are read");
        }

        ReadOnlySpan<byte> text = utf8.StartsWith("\uFEFF"u8) ? utf8["\uFEFF"u8.Length..] : utf8;
        int before = errors.Count;
        Utf8JsonReader reader = new(text, Options);
        try
        {
            while (reader.Read())
            {
                if (!TryReadValue(ref reader, text, out DocumentNode? document))
                {
                    return false;
                }

                _documents.Add(document);
            }
        }
        catch (JsonException malformed)
        {
            return Fail(PlaceOf(malformed, text), MessageOf(malformed));
        }

        return errors.Count == before;
    }

    private bool TryReadValue(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> text, [NotNullWhen(true)] out DocumentNode? node)
    {
        Position position = Advance(text, (int)reader.TokenStartIndex);
        node = null;
        if (++_nodes > DocumentLimits.NodesMax)
        {
            return Fail(position, $"more than {DocumentLimits.NodesMax} values in one text");
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return TryReadMapping(ref reader, text, position, out node);
            case JsonTokenType.StartArray:
                return TryReadSequence(ref reader, text, position, out node);
            case JsonTokenType.String:
                if (!TryGetText(ref reader, out string? value))
                {
                    return Fail(position, "a text that is not well-formed Unicode");
                }

                node = new ScalarNode(ScalarKind.String, value) { Position = position };
                return true;
            case JsonTokenType.Number:
                string digits = Encoding.UTF8.GetString(reader.ValueSpan);
                bool whole = digits.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
                node = new ScalarNode(whole ? ScalarKind.Integer : ScalarKind.Number, digits) { Position = position };
                return true;
            case JsonTokenType.True or JsonTokenType.False:
                node = ScalarNode.Of(reader.TokenType == JsonTokenType.True) with { Position = position };
                return true;
            default:
                node = new ScalarNode(ScalarKind.Null, "null") { Position = position };
                return true;
        }
    }

    private bool TryReadMapping(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> text,
        Position position,
        [NotNullWhen(true)] out DocumentNode? node)
    {
        node = null;
        List<MappingEntry> entries = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            Position keyPosition = Advance(text, (int)reader.TokenStartIndex);
            if (!TryGetText(ref reader, out string? key))
            {
                return Fail(keyPosition, "a key that is not well-formed Unicode");
            }

            _path.Add((key, 0));
            reader.Read();
            if (!TryReadValue(ref reader, text, out DocumentNode? value))
            {
                return false;
            }

            if (keys.Add(key))
            {
                entries.Add(new MappingEntry(key, keyPosition, value));
            }
            else
            {
                Fail(keyPosition, "is given twice");
            }

            _path.RemoveAt(_path.Count - 1);
        }

        node = new MappingNode([.. entries]) { Position = position };
        return errors.Count < DocumentLimits.DiagnosticsMax;
    }

    private bool TryReadSequence(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> text,
        Position position,
        [NotNullWhen(true)] out DocumentNode? node)
    {
        node = null;
        List<DocumentNode> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _path.Add((null, items.Count));
            if (!TryReadValue(ref reader, text, out DocumentNode? item))
            {
                return false;
            }

            _path.RemoveAt(_path.Count - 1);
            items.Add(item);
        }

        node = new SequenceNode([.. items]) { Position = position };
        return true;
    }

    private static bool TryGetText(ref Utf8JsonReader reader, [NotNullWhen(true)] out string? value)
    {
        try
        {
            value = reader.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            // The reader has no way to ask first: escapes of lone surrogates and bytes that are not UTF-8 end here.
            value = null;
            return false;
        }
    }

    private Position Advance(ReadOnlySpan<byte> text, int offset)
    {
        ReadOnlySpan<byte> passed = text[_offset..offset];
        int newline = passed.LastIndexOf((byte)'\n');
        if (newline >= 0)
        {
            int line = _position.Line + passed.Count((byte)'\n');
            _position = new Position(line, 1);
            passed = passed[(newline + 1)..];
        }

        _position = _position with { Column = _position.Column + Encoding.UTF8.GetCharCount(passed) };
        _offset = offset;
        return _position;
    }

    private static Position PlaceOf(JsonException malformed, ReadOnlySpan<byte> text)
    {
        int line = (int)(malformed.LineNumber ?? 0);
        int bytes = (int)(malformed.BytePositionInLine ?? 0);
        ReadOnlySpan<byte> rest = text;
        for (int i = 0; i < line && rest.IndexOf((byte)'\n') is int end and >= 0; i++)
        {
            rest = rest[(end + 1)..];
        }

        int column = 1 + Encoding.UTF8.GetCharCount(rest[..Math.Min(bytes, rest.Length)]);
        return new Position(line + 1, column);
    }

    private static string MessageOf(JsonException malformed)
    {
        string message = malformed.Message;
        int tail = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return $"not JSON: {(tail < 0 ? message : message[..tail])}";
    }

    private bool Fail(Position position, string message)
    {
        errors.Add(new Diagnostic(DocumentPath.Of(_path), message, position, source));
        return false;
    }
}
