using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Weft.Model.Documents;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.App.Yaml;

/// <summary>Scalars, tags, bounds and diagnostics.</summary>
internal sealed partial class YamlTreeReader
{
    private const string CoreTag = "tag:yaml.org,2002:";
    private const int MessageMax = 200;

    private bool TryReadScalar(Scalar scalar, Position position, [NotNullWhen(true)] out DocumentNode? node)
    {
        node = null;
        if (!IsWellFormed(scalar.Value))
        {
            return Fail(position, "a text that is not well-formed Unicode");
        }

        string tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        ScalarNode? resolved = tag switch
        {
            "" when scalar.Style == ScalarStyle.Plain => CoreSchema.Resolve(scalar.Value),
            "" or "!" or CoreTag + "str" => ScalarNode.Of(scalar.Value),
            _ => CoreSchema.Resolve(scalar.Value),
        };
        if (resolved is null)
        {
            return Fail(position, $"'{Shorten(scalar.Value)}' is a number that JSON does not have");
        }

        string? expected = tag switch
        {
            "" or "!" or CoreTag + "str" => null,
            CoreTag + "int" when resolved.Kind == ScalarKind.Integer => null,
            CoreTag + "float" when resolved.Kind is ScalarKind.Number or ScalarKind.Integer => null,
            CoreTag + "bool" when resolved.Kind == ScalarKind.Boolean => null,
            CoreTag + "null" when resolved.Kind == ScalarKind.Null => null,
            CoreTag + "int" or CoreTag + "float" or CoreTag + "bool" or CoreTag + "null" =>
                $"'{Shorten(scalar.Value)}' is not what its tag !!{tag[CoreTag.Length..]} says",
            _ => $"the tag '{Shorten(tag)}' is not supported",
        };
        if (expected is not null)
        {
            return Fail(position, expected);
        }

        node = resolved with { Position = position };
        return true;
    }

    private bool CheckTag(NodeEvent start, Position position, string name)
    {
        string tag = start.Tag.IsEmpty ? "" : start.Tag.Value;
        return tag is "" or "!" || tag == CoreTag + name || Fail(position, $"the tag '{Shorten(tag)}' is not supported");
    }

    // The node's own level counts: _path holds the steps to it.
    private bool CheckDepth(Position position) => _path.Count < DocumentLimits.DepthMax || TooDeep(position);

    private bool TooDeep(Position position) =>
        Fail(position, $"more than {DocumentLimits.DepthMax} mappings and lists inside each other");

    private bool TooManyNodes(Position position) =>
        Fail(position, $"more than {DocumentLimits.NodesMax} values in one text, aliases counted");

    /// <summary>Reports, and lets reading go on until there are too many reports.</summary>
    private bool Refuse(Position position, string message)
    {
        Fail(position, message);
        return errors.Count < DocumentLimits.DiagnosticsMax;
    }

    private bool Fail(Position position, string message)
    {
        string path = "";
        foreach ((string? key, int index) in _path)
        {
            path = key is null ? DocumentPath.Item(path, index) : DocumentPath.Field(path, key);
        }

        errors.Add(new Diagnostic(path, message, position, source));
        return false;
    }

    // YAML 1.2, 5.1: what is not printable is escaped, in quotes. The parser takes a zero for the end of the text.
    private static int Unprintable(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool printable = text[i] switch
            {
                '\t' or '\n' or '\r' or '\u0085' => true,
                < ' ' or (>= '\u007F' and <= '\u009F') or '\uFFFE' or '\uFFFF' => false,
                >= '\uD800' and <= '\uDFFF' => i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]),
                _ => true,
            };
            if (!printable)
            {
                return i;
            }

            i += char.IsHighSurrogate(text[i]) ? 1 : 0;
        }

        return -1;
    }

    private static Position PositionOf(string text, int at)
    {
        ReadOnlySpan<char> passed = text.AsSpan(0, at);
        return new Position(1 + passed.Count('\n'), at - passed.LastIndexOf('\n'));
    }

    // For a tab the parser names the place where the mapping began: look for the tab from there on.
    private static Position? TabIn(string text, YamlException malformed)
    {
        if (!malformed.Message.Contains(" tab", StringComparison.Ordinal))
        {
            return null;
        }

        int line = 0;
        foreach (ReadOnlySpan<char> content in text.AsSpan().EnumerateLines())
        {
            line++;
            int indent = content.IndexOfAnyExcept(' ', '\t');
            int tab = content[..Math.Max(indent, 0)].IndexOf('\t');
            if (tab >= 0 && line >= malformed.Start.Line)
            {
                return new Position(line, tab + 1);
            }
        }

        return null;
    }

    private static Position PositionOf(in Mark mark) => new((int)mark.Line, (int)mark.Column);

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        int at;
        while ((at = text.IndexOfAnyInRange('\uD800', '\uDFFF')) >= 0)
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return false;
            }

            text = text[(at + 2)..];
        }

        return true;
    }

    private static string Shorten(string text) =>
        text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");

    // The parser's messages may quote the text, and may begin with a place that the diagnostic has anyway.
    private static string MessageOf(YamlException malformed)
    {
        string message = malformed.Message;
        int place = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        message = place < 0 ? message : message[(place + 3)..];
        message = message.ReplaceLineEndings(" ");
        return message.Length <= MessageMax ? message : string.Create(CultureInfo.InvariantCulture, $"{message.AsSpan(0, MessageMax)}...");
    }
}
