using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using CsCheck;
using Weft.App.Yaml;
using Weft.Model.Documents;
using Xunit;

namespace Weft.Tests.App.Yaml;

public sealed class YamlProperties
{
    private static readonly string[] Seeds =
    [
        "apiVersion: weft.dev/v1\nkind: Lab\nmetadata: {name: quickstart}\nspec:\n  segments:\n    - {name: rack1, cidrs: [172.16.1.0/24, \"fd00:1::/64\"], mtu: 1500}\n---\na: &x [1, 2]\nb: *x\n",
        "text: |\n  one\n  two\nfold: >-\n  a\n  b\n? key\n: value\nquoted: \"\\u00e9\\n\\x41\\U0001F600\"\nsingle: 'it''s'\n# comment\n...\n%YAML 1.2\n---\n!!map {a: !!str 1, b: ~}\n",
        "{\"a\": [1, 2.5e3, true, null, \"x\\ud83d\\ude00\"], \"b\": {\"c\": {}}}",
        "- - - a\n    - b\n  - {c: d, e: [f, g: h]}\n- !x &y z\n- *y\n- <<: *y\n",
    ];

    private static readonly char[] Alphabet = [.. " \t\n\r:-?[]{},#&*!|>'\"%@`\\<~/.0123456789abexXnNtuUéÿ\u2028\uFEFF\uD83D\uDE00\0\u0085"];

    [Fact]
    public void No_text_makes_the_reader_throw()
    {
        Gen<string> mutated =
            from seed in Gen.OneOf(Seeds)
            from edits in Gen.Select(Gen.Int[0, 400], Gen.OneOf(Alphabet), Gen.Int[0, 3]).Array[1, 12]
            select Mutate(seed, edits);
        mutated.Sample(text =>
        {
            List<Diagnostic> errors = [];
            bool read = YamlDocuments.TryParse(text, null, errors, out IReadOnlyList<DocumentNode> documents);
            int lines = 1 + text.Count(c => c is '\n' or '\r' or '\u0085' or '\u2028');
            return read == (errors.Count == 0)
                && errors.All(error => error.Position.IsKnown && error.Position.Line <= lines + 1)
                && (!read || documents.All(WritesBack));
        }, iter: Iterations);
    }

    [Fact]
    public void What_is_written_reads_back_the_same() => Trees.Node.Sample(WritesBack, iter: Iterations);

    [Fact]
    public void Several_documents_are_written_apart()
    {
        string text = YamlWriter.Write([new MappingBuilder().Add("a", 1).Build(), new MappingBuilder().Add("b", "x").Build()]);
        Assert.Equal("a: 1\n---\nb: x\n", text);
    }

    [Theory]
    [InlineData("10.65.0.0/16", "10.65.0.0/16")]
    [InlineData("fd00:1::/64", "fd00:1::/64")]
    [InlineData("fd00::", "\"fd00::\"")]
    [InlineData("66:00:11:22:33:44", "\"66:00:11:22:33:44\"")]
    [InlineData("2026-01-31T12:00:00Z", "\"2026-01-31T12:00:00Z\"")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("no", "\"no\"")]
    [InlineData("true", "\"true\"")]
    [InlineData("1", "\"1\"")]
    [InlineData("", "\"\"")]
    [InlineData("all()", "all()")]
    [InlineData("app == 'web'", "\"app == 'web'\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("- a", "\"- a\"")]
    [InlineData("host:n1", "host:n1")]
    [InlineData("{\"a\":1}", "\"{\\\"a\\\":1}\"")]
    public void Quotes_stand_where_a_reader_could_be_misled(string text, string written) =>
        Assert.Equal($"k: {written}\n", YamlWriter.Write(new MappingBuilder().Add("k", ScalarNode.Of(text)).Build()));

    [Fact]
    public void Lists_of_mappings_look_as_people_write_them()
    {
        List<Diagnostic> errors = [];
        const string json = """{"spec":{"ports":[{"name":"http","port":80},[],[[1]],{}],"labels":{}}}""";
        DocumentNode node = JsonText.ParseOne(Encoding.UTF8.GetBytes(json), null, errors)!;
        Assert.Equal(
            "spec:\n  ports:\n    - name: http\n      port: 80\n    - []\n    -\n      -\n        - 1\n    - {}\n  labels: {}\n",
            YamlWriter.Write(node));
    }

    // Raised for a long run: WEFT_FUZZ_ITERATIONS=5000000.
    private static long Iterations =>
        long.TryParse(Environment.GetEnvironmentVariable("WEFT_FUZZ_ITERATIONS"), out long given) ? given : 10_000;

    private static bool WritesBack(DocumentNode node)
    {
        List<Diagnostic> errors = [];
        string text = YamlWriter.Write(node);
        bool read = YamlDocuments.TryParse(text, null, errors, out IReadOnlyList<DocumentNode> documents);
        return node is ScalarNode { Kind: ScalarKind.Null }
            ? read && documents.Count == 0
            : read && documents.Count == 1 && documents[0].HasContentOf(node);
    }

    private static string Mutate(string seed, (int At, char With, int How)[] edits)
    {
        StringBuilder text = new(seed);
        foreach ((int place, char with, int how) in edits)
        {
            int at = place % (text.Length + 1);
            switch (how)
            {
                case 0:
                    text.Insert(at, with);
                    break;
                case 1 when at < text.Length:
                    text[at] = with;
                    break;
                case 2 when at < text.Length:
                    text.Remove(at, Math.Min(3, text.Length - at));
                    break;
                default:
                    text.Insert(at, text.ToString(0, Math.Min(20, text.Length)));
                    break;
            }
        }

        return text.ToString();
    }
}
