using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using CsCheck;
using Weft.Model.Documents;
using Weft.Tests.App.Yaml;
using Xunit;

namespace Weft.Tests.Model.Documents;

public sealed class JsonTextTests
{
    private const string Sample =
        """{"apiVersion":"v1","metadata":{"labels":{"a":"b"},"n":[1,-2.5e3,true,null,"é"]},"empty":{},"list":[]}""";

    [Fact]
    public void Text_and_tree_agree_both_ways()
    {
        DocumentNode node = Parse(Sample);
        Assert.Equal(Sample, Encoding.UTF8.GetString(JsonText.Write(node)));
        Assert.Equal("{\n  \"a\": [\n    1\n  ]\n}", Encoding.UTF8.GetString(JsonText.WriteIndented(Parse("{\"a\":[1]}"))));
    }

    [Fact]
    public void What_is_written_reads_back_the_same() => Trees.Node.Sample(node =>
        Parse(Encoding.UTF8.GetString(JsonText.Write(node))).HasContentOf(node)
        && Parse(Encoding.UTF8.GetString(JsonText.WriteIndented(node))).HasContentOf(node));

    [Fact]
    public void Every_node_and_key_knows_its_place()
    {
        MappingNode root = Assert.IsType<MappingNode>(Parse("{\n  \"é\": {\"b\":\n [10, 20]}}"));
        Assert.Equal(new Position(1, 1), root.Position);
        Assert.Equal(new Position(2, 3), root.Entries[0].KeyPosition);
        Assert.Equal(new Position(2, 8), root.Entries[0].Value.Position);
        Assert.Equal(new Position(3, 7), DocumentPath.PositionOf(root, "[\"é\"].b[1]"));
    }

    [Theory]
    [InlineData("{\"a\":1,\n\"b\":{\"c\":1,\"c\":2},\"a\":3}", "f.json:2:12: b.c: is given twice|f.json:2:19: a: is given twice")]
    [InlineData("{\"a\":\"\\ud800\"}", "f.json:1:6: a: a text that is not well-formed Unicode")]
    [InlineData("{\"\\udc00\":1}", "f.json:1:2: a key that is not well-formed Unicode")]
    public void A_refused_text_says_where_and_why(string text, string expected)
    {
        List<Diagnostic> errors = [];
        Assert.False(JsonText.TryParse(Encoding.UTF8.GetBytes(text), "f.json", errors, out _));
        Assert.Equal(expected, string.Join('|', errors));
    }

    [Theory]
    [InlineData("{\"a\": 1,\n \"é\": x}", 2, 7)]
    [InlineData("[1, 2", 1, 6)]
    [InlineData("{'a': 1}", 1, 2)]
    public void Malformed_text_names_line_and_column(string text, int line, int column)
    {
        List<Diagnostic> errors = [];
        Assert.False(JsonText.TryParse(Encoding.UTF8.GetBytes(text), null, errors, out _));
        Assert.Equal(new Position(line, column), Assert.Single(errors).Position);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        List<Diagnostic> errors = [];
        Assert.False(JsonText.TryParse([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], null, errors, out _));
        Assert.Single(errors);
    }

    [Fact]
    public void Several_values_are_several_documents_and_lists_are_taken_apart()
    {
        List<Diagnostic> errors = [];
        byte[] text = Encoding.UTF8.GetBytes("""{"kind":"A"} [{"kind":"B"},{"kind":"List","items":[{"kind":"C"},null]}]""" + "\n");
        Assert.True(JsonText.TryParse(text, null, errors, out IReadOnlyList<DocumentNode> documents));
        Assert.Equal(2, documents.Count);
        Assert.Equal(["A", "B", "C"], DocumentSet.Flatten(documents).Select(document => ((MappingNode)document).FindText("kind")));
    }

    [Fact]
    public void Depth_has_a_bound()
    {
        string deep = new string('[', DocumentLimits.DepthMax) + new string(']', DocumentLimits.DepthMax);
        List<Diagnostic> errors = [];
        Assert.True(JsonText.TryParse(Encoding.UTF8.GetBytes(deep), null, errors, out IReadOnlyList<DocumentNode> documents));
        Assert.Equal(deep, Encoding.UTF8.GetString(JsonText.Write(documents[0])));
        Assert.False(JsonText.TryParse(Encoding.UTF8.GetBytes($"[{deep}]"), null, errors, out _));
    }

    [Fact]
    public void No_bytes_make_the_reader_throw() =>
        Gen.Select(Gen.Int[0, Sample.Length - 1], Gen.Byte, Gen.Int[0, 2]).Array[1, 6].Sample(
            edits =>
            {
                List<byte> text = [.. Encoding.UTF8.GetBytes(Sample)];
                foreach ((int at, byte with, int how) in edits)
                {
                    int place = Math.Min(at, text.Count - 1);
                    if (how == 0)
                    {
                        text.Insert(place, with);
                    }
                    else if (how == 1)
                    {
                        text[place] = with;
                    }
                    else
                    {
                        text.RemoveAt(place);
                    }
                }

                List<Diagnostic> errors = [];
                bool read = JsonText.TryParse(text.ToArray(), null, errors, out IReadOnlyList<DocumentNode> documents);
                return read == (errors.Count == 0)
                    && (!read || documents.All(node => Parse(Encoding.UTF8.GetString(JsonText.Write(node))).HasContentOf(node)));
            },
            iter: 20_000);

    private static DocumentNode Parse(string text)
    {
        List<Diagnostic> errors = [];
        DocumentNode? node = JsonText.ParseOne(Encoding.UTF8.GetBytes(text), null, errors);
        Assert.True(node is not null, string.Join('\n', errors));
        return node;
    }
}
