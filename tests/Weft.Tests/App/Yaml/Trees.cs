using System.Linq;
using CsCheck;
using Weft.Model.Documents;

namespace Weft.Tests.App.Yaml;

/// <summary>Trees of all shapes, with texts that mislead readers.</summary>
internal static class Trees
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.OneOf(
            "", " ", "a", "yes", "No", "true", "null", "~", "1", "-1", "1.5", "0x10", "0o7", ".inf", "1e3", "-", "- a",
            "a: b", "a #b", "#", "a:", ":a", "10.65.0.0/16", "fd00::1", "[x]", "{x}", "'", "\"", "\\", "a\nb", "\n", "\t",
            "\r\n", " a", "a ", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "---", "...", "? a", "<<", "=", "é", "\u2028",
            "\uFEFF", "\u0085", "\0", "\u007F", "😀", "a,b", "12:30:00", "2026-01-31", "1_000", "\uFFFE", new string('k', 1100)),
        Gen.String[Gen.Char[' ', '~'], 0, 20]);

    private static readonly Gen<DocumentNode> Scalar = Gen.OneOf(
        Text.Select(text => (DocumentNode)ScalarNode.Of(text)),
        Gen.Long.Select(number => (DocumentNode)ScalarNode.Of(number)),
        Gen.Bool.Select(value => (DocumentNode)ScalarNode.Of(value)),
        Gen.OneOf("0.5", "-1.25e10", "1e-3").Select(text => (DocumentNode)new ScalarNode(ScalarKind.Number, text)),
        Gen.Const((DocumentNode)new ScalarNode(ScalarKind.Null, "null")));

    /// <summary>Any tree, five levels deep at most.</summary>
    public static Gen<DocumentNode> Node { get; } = Of(5);

    private static Gen<DocumentNode> Of(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency(
            (2, Scalar),
            (1, Of(depth - 1).Array[0, 4].Select(items => (DocumentNode)new SequenceNode([.. items]))),
            (1, Gen.Select(Text, Of(depth - 1)).Array[0, 4].Select(pairs => (DocumentNode)new MappingNode(
            [
                .. pairs.DistinctBy(pair => pair.Item1).Select(pair => new MappingEntry(pair.Item1, default, pair.Item2)),
            ]))));
}
