using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using Weft.Model.Documents;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.App.Yaml;

/// <summary>Builds trees from the events of a YAML text.</summary>
/// <remarks>Aliases share their anchor's node and count as often as they occur, so that a small text cannot become
/// a large tree. Merge keys and tags other than the core schema's are refused.</remarks>
internal sealed partial class YamlTreeReader(string? source, List<Diagnostic> errors)
{
    private readonly Dictionary<string, Anchored> _anchors = new(StringComparer.Ordinal);
    private readonly List<(string? Key, int Index)> _path = [];
    private Scanner _scanner = null!;
    private Parser _parser = null!;
    private int _nodes;

    /// <summary>Reads all documents of a text; false if there was any diagnostic.</summary>
    public bool TryRead(string text, out IReadOnlyList<DocumentNode> documents)
    {
        List<DocumentNode> read = [];
        documents = read;
        int before = errors.Count;
        if (Unprintable(text) is int at and >= 0)
        {
            return Fail(PositionOf(text, at), $"the character U+{(int)text[at]:X4} cannot stand in YAML");
        }

        using StringReader reader = new(text);
        _scanner = new Scanner(reader);
        _parser = new Parser(_scanner);
        try
        {
            while (Next())
            {
                if (_parser.Current is DocumentStart)
                {
                    Next();
                    _anchors.Clear();
                    if (!TryReadNode(out Anchored document))
                    {
                        return false;
                    }

                    if (document.Node is not ScalarNode { Kind: ScalarKind.Null })
                    {
                        read.Add(document.Node);
                    }
                }
            }
        }
        catch (YamlException malformed)
        {
            return TabIn(text, malformed) is Position tab
                ? Fail(tab, "not YAML: a tab in the indentation: use spaces")
                : Fail(PositionOf(malformed.Start), $"not YAML: {MessageOf(malformed)}");
        }

        return errors.Count == before;
    }

    // What the parser finds malformed is a YamlException, but for slips of its own, which mean the same.
    private bool Next()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception slip) when (slip is InvalidOperationException or ArgumentException or OverflowException or FormatException)
        {
            string message = slip switch
            {
                InvalidOperationException => "a bracket or brace before this is not closed",
                ArgumentOutOfRangeException => "an escape that stands for no character",
                ArgumentException => "a tag or anchor that is none",
                _ => "a number here is too large",
            };
            throw new YamlException(_scanner.CurrentPosition, _scanner.CurrentPosition, message);
        }
    }

    /// <summary>Reads the node that begins at the current event, and leaves its last event current.</summary>
    private bool TryReadNode(out Anchored result)
    {
        ParsingEvent start = _parser.Current!;
        Position position = PositionOf(start.Start);
        result = default;
        if (start is AnchorAlias alias)
        {
            return TryReadAlias(alias, position, out result);
        }

        if (++_nodes > DocumentLimits.NodesMax)
        {
            return TooManyNodes(position);
        }

        int nodesBefore = _nodes;
        DocumentNode? node = null;
        int depth = 0;
        bool read = start switch
        {
            Scalar scalar => TryReadScalar(scalar, position, out node),
            MappingStart mapping => TryReadMapping(mapping, position, out node, out depth),
            SequenceStart sequence => TryReadSequence(sequence, position, out node, out depth),
            _ => Fail(position, "not YAML: a value is expected here"),
        };
        if (!read || node is null)
        {
            return false;
        }

        result = new Anchored(node, _nodes - nodesBefore + 1, depth);
        if (start is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors[anchored.Anchor.Value] = result;
        }

        return true;
    }

    private bool TryReadAlias(AnchorAlias alias, Position position, out Anchored result)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out result))
        {
            return Fail(position, $"'*{alias.Value.Value}' has no anchor '&{alias.Value.Value}' before it");
        }

        _nodes += Math.Min(result.Nodes, DocumentLimits.NodesMax);
        if (_nodes > DocumentLimits.NodesMax)
        {
            return TooManyNodes(position);
        }

        return _path.Count + result.Depth <= DocumentLimits.DepthMax || TooDeep(position);
    }

    private bool TryReadMapping(
        MappingStart start, Position position, [NotNullWhen(true)] out DocumentNode? node, out int depth)
    {
        (node, depth) = (null, 1);
        if (!CheckTag(start, position, "map") || !CheckDepth(position))
        {
            return false;
        }

        List<MappingEntry> entries = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (Next() && _parser.Current is not MappingEnd)
        {
            Position keyPosition = PositionOf(_parser.Current!.Start);
            if (!TryReadKey(keyPosition, out string? key))
            {
                return false;
            }

            _path.Add((key, 0));
            Next();
            if (!TryReadNode(out Anchored value))
            {
                return false;
            }

            if (keys.Add(key))
            {
                entries.Add(new MappingEntry(key, keyPosition, value.Node));
            }
            else if (!Refuse(keyPosition, "is given twice"))
            {
                return false;
            }

            depth = Math.Max(depth, value.Depth + 1);
            _path.RemoveAt(_path.Count - 1);
        }

        node = new MappingNode([.. entries]) { Position = position };
        return true;
    }

    private bool TryReadSequence(
        SequenceStart start, Position position, [NotNullWhen(true)] out DocumentNode? node, out int depth)
    {
        (node, depth) = (null, 1);
        if (!CheckTag(start, position, "seq") || !CheckDepth(position))
        {
            return false;
        }

        List<DocumentNode> items = [];
        while (Next() && _parser.Current is not SequenceEnd)
        {
            _path.Add((null, items.Count));
            if (!TryReadNode(out Anchored item))
            {
                return false;
            }

            items.Add(item.Node);
            depth = Math.Max(depth, item.Depth + 1);
            _path.RemoveAt(_path.Count - 1);
        }

        node = new SequenceNode([.. items]) { Position = position };
        return true;
    }

    private bool TryReadKey(Position position, [NotNullWhen(true)] out string? key)
    {
        key = null;
        if (_parser.Current is Scalar { Style: ScalarStyle.Plain, Value: "<<" })
        {
            return Fail(position, "merge keys (<<) are not supported: write the fields out");
        }

        if (_parser.Current is Scalar or AnchorAlias)
        {
            if (!TryReadNode(out Anchored read))
            {
                return false;
            }

            if (read.Node is ScalarNode { Kind: not ScalarKind.Null } scalar)
            {
                key = scalar.Text;
                return true;
            }
        }

        return Fail(position, "a key must be a text");
    }

    private readonly record struct Anchored(DocumentNode Node, int Nodes, int Depth);
}
