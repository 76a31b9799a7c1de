using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;

namespace Weft.Model.Documents;

/// <summary>Paths of fields: <c>spec.segments[1].mtu</c>, <c>metadata.labels["example.org/rack"]</c>.</summary>
public static class DocumentPath
{
    private static readonly SearchValues<char> PlainKey =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    // A longer key is cut in a message: nobody reads it, and paths of paths would grow without bound.
    private const int KeyMax = 320;

    /// <summary>The path of a mapping's field.</summary>
    public static string Field(string path, string key)
    {
        if (key.Length > KeyMax)
        {
            key = string.Concat(key.AsSpan(0, KeyMax), "...");
        }

        if (key.Length > 0 && key.AsSpan().IndexOfAnyExcept(PlainKey) < 0)
        {
            return path.Length == 0 ? key : $"{path}.{key}";
        }

        return $"{path}[\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"]";
    }

    /// <summary>The path of a list's item, counted from 0.</summary>
    public static string Item(string path, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    /// <summary>The path of steps from a document's root; a step without key is a list's item.</summary>
    internal static string Of(IEnumerable<(string? Key, int Index)> steps)
    {
        string path = "";
        foreach ((string? key, int index) in steps)
        {
            path = key is null ? Item(path, index) : Field(path, key);
        }

        return path;
    }

    /// <summary>The place of a path's value; if it is not in the tree, of the nearest node that is on the way.</summary>
    public static Position PositionOf(DocumentNode document, string path)
    {
        DocumentNode node = document;
        int at = 0;
        while (TryTakeStep(path, ref at, out string key, out int index))
        {
            DocumentNode? next = node switch
            {
                MappingNode mapping when index < 0 => mapping.Find(key),
                SequenceNode list when index >= 0 && index < list.Items.Count => list.Items[index],
                _ => null,
            };
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return node.Position;
    }

    private static bool TryTakeStep(string path, ref int at, out string key, out int index)
    {
        (key, index) = ("", -1);
        if (at >= path.Length)
        {
            return false;
        }

        if (path[at] == '[')
        {
            return TryTakeBracket(path, ref at, out key, out index);
        }

        at += path[at] == '.' ? 1 : 0;
        int length = path.AsSpan(at).IndexOfAny('.', '[');
        length = length < 0 ? path.Length - at : length;
        key = path.Substring(at, length);
        at += length;
        return length > 0;
    }

    private static bool TryTakeBracket(string path, ref int at, out string key, out int index)
    {
        (key, index) = ("", -1);
        if (path.AsSpan(at).StartsWith("[\""))
        {
            int end = at + 2;
            while (end < path.Length && path[end] != '"')
            {
                end += path[end] == '\\' ? 2 : 1;
            }

            if (end >= path.Length)
            {
                return false;
            }

            key = path[(at + 2)..end]
                .Replace("\\\"", "\"", StringComparison.Ordinal)
                .Replace("\\\\", "\\", StringComparison.Ordinal);
            at = Math.Min(path.Length, end + 2);
            return true;
        }

        int close = path.IndexOf(']', at);
        if (close < 0 || !int.TryParse(path.AsSpan(at + 1, close - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out index))
        {
            return false;
        }

        at = close + 1;
        return true;
    }
}
