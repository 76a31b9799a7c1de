using System.Collections.Generic;
using System.Linq;
using System.Text;
using Weft.App.Yaml;
using Weft.Model.Documents;
using Xunit;

namespace Weft.Tests.App.Yaml;

public sealed class YamlDocumentsTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: yes\nb: no\nc: on\nd: off", """{"a":"yes","b":"no","c":"on","d":"off"}""")]
    [InlineData("[true, True, FALSE, null, ~, '']", """[true,true,false,null,null,""]""")]
    [InlineData("[0x1F, 0o17, 007, +5, -0, -12]", "[31,15,7,5,0,-12]")]
    [InlineData("[1.50, .5, 1., 1e3, -2.5E-3, +1.0]", "[1.50,0.5,1.0,1e3,-2.5e-3,1.0]")]
    [InlineData("[0x, 0o8, 1_000, 12:30:45, 1.2.3, '1', \"1\", 1a]", """["0x","0o8","1_000","12:30:45","1.2.3","1","1","1a"]""")]
    [InlineData("a:\nb: ", """{"a":null,"b":null}""")]
    [InlineData("- &x {k: v}\n- *x", """[{"k":"v"},{"k":"v"}]""")]
    [InlineData("&k name: 1", """{"name":1}""")]
    [InlineData("a: !!str 12\nb: !!int '7'\nc: !!float 1\nd: !!bool true\ne: !!null ''\nf: ! x", """{"a":"12","b":7,"c":1,"d":true,"e":null,"f":"x"}""")]
    [InlineData("text: |\n  one\n  two\nfold: >-\n  one\n  two", """{"text":"one\ntwo\n","fold":"one two"}""")]
    [InlineData("1: a\ntrue: b", """{"1":"a","true":"b"}""")]
    [InlineData("%YAML 1.2\n---\na: 1", """{"a":1}""")]
    [InlineData("{\n\t\"a\": [1,\n\t2]\n}", """{"a":[1,2]}""")]
    [InlineData("{\"a\":1}{\"b\":2}", """{"a":1}{"b":2}""")]
    [InlineData("a: 1\n---\n---\n# nothing\n---\nb: 2\n...\n", """{"a":1}{"b":2}""")]
    [InlineData("{name: web, ports: [80, 443]}", """{"name":"web","ports":[80,443]}""")]
    [InlineData("", "")]
    public void A_text_and_its_trees_agree(string text, string json)
    {
        List<Diagnostic> errors = [];
        Assert.True(YamlDocuments.TryParse(text, null, errors, out IReadOnlyList<DocumentNode> documents), string.Join('\n', errors));
        Assert.Equal(json, string.Concat(documents.Select(document => Encoding.UTF8.GetString(JsonText.Write(document)))));
    }

    [Theory]
    [InlineData("a: 1\nb: {c: 1, c: 2}\na: 3", "f.yaml:2:11: b.c: is given twice|f.yaml:3:1: a: is given twice")]
    [InlineData("a:\n  - b: *x", "f.yaml:2:8: a[0].b: '*x' has no anchor '&x' before it")]
    [InlineData("a: &x [*x]", "f.yaml:1:8: a[0]: '*x' has no anchor '&x' before it")]
    [InlineData("a: 1\n---\nb: *a", "f.yaml:3:4: b: '*a' has no anchor '&a' before it")]
    [InlineData("a:\n  <<: {b: 1}", "f.yaml:2:3: a: merge keys (<<) are not supported: write the fields out")]
    [InlineData("a: !!binary aGk=", "f.yaml:1:4: a: the tag 'tag:yaml.org,2002:binary' is not supported")]
    [InlineData("a: !mine {}", "f.yaml:1:4: a: the tag '!mine' is not supported")]
    [InlineData("a: !!int x", "f.yaml:1:4: a: 'x' is not what its tag !!int says")]
    [InlineData("? [a]\n: b", "f.yaml:1:3: a key must be a text")]
    [InlineData("a: \"\\U9001F600\"", "f.yaml:1:15: a: not YAML: an escape that stands for no character")]
    [InlineData("a: [1,\nb: 2", "f.yaml:2:1: a: not YAML: a bracket or brace before this is not closed")]
    [InlineData("a:\n\t- b", "f.yaml:2:1: a: not YAML: a tab in the indentation: use spaces")]
    [InlineData("a: 1\nb: x\u0001", "f.yaml:2:5: the character U+0001 cannot stand in YAML")]
    [InlineData("a: .inf", "f.yaml:1:4: a: '.inf' is a number that JSON does not have")]
    [InlineData("a: \"\\uD800\"", "f.yaml:1:4: a: not YAML: While scanning a quoted scalar, found invalid Unicode surrogates.")]
    public void A_refused_text_says_where_and_why(string text, string expected)
    {
        List<Diagnostic> errors = [];
        Assert.False(YamlDocuments.TryParse(text, "f.yaml", errors, out _));
        Assert.Equal(expected, string.Join('|', errors));
    }

    [Theory]
    [InlineData("a: 1\nb: [1, 2", 2)]
    [InlineData("a: 1\n b: 2", 2)]
    [InlineData("a: 'x", 1)]
    [InlineData("a:\n\t- b", 2)]
    [InlineData("{\"a\": 1,\n \"b\": }}", 2)]
    [InlineData("a: @x", 1)]
    public void Malformed_text_names_the_line(string text, int line)
    {
        List<Diagnostic> errors = [];
        Assert.False(YamlDocuments.TryParse(text, "f.yaml", errors, out _));
        Diagnostic error = Assert.Single(errors);
        Assert.StartsWith("not YAML: ", error.Message, System.StringComparison.Ordinal);
        Assert.InRange(error.Position.Line, line, line + 1);
    }

    [Fact]
    public void Every_node_and_key_knows_its_place()
    {
        const string text = "kind: Lab\nspec:\n  segments:\n    - {name: rack1, mtu: 1500}\n    -   name: \"rack2\"\n";
        List<Diagnostic> errors = [];
        Assert.True(YamlDocuments.TryParse(text, null, errors, out IReadOnlyList<DocumentNode> documents));
        MappingNode root = Assert.IsType<MappingNode>(Assert.Single(documents));
        Assert.Equal(new Position(1, 1), root.Position);
        Assert.Equal(new Position(2, 1), root.Entries[1].KeyPosition);
        Assert.Equal(new Position(4, 26), DocumentPath.PositionOf(root, "spec.segments[0].mtu"));
        Assert.Equal(new Position(5, 15), DocumentPath.PositionOf(root, "spec.segments[1].name"));
        Assert.Equal(new Position(5, 9), DocumentPath.PositionOf(root, "spec.segments[1].mtu"));
    }

    [Fact]
    public void A_bomb_of_aliases_is_refused_at_once()
    {
        StringBuilder text = new("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        List<Diagnostic> errors = [];
        Assert.False(YamlDocuments.TryParse(text.ToString(), null, errors, out _));
        Assert.Contains("aliases counted", Assert.Single(errors).Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_has_a_bound_also_through_aliases()
    {
        List<Diagnostic> errors = [];
        string deep = new string('[', DocumentLimits.DepthMax) + new string(']', DocumentLimits.DepthMax);
        Assert.True(YamlDocuments.TryParse("- 1\n- x: 1\n---\n" + deep, null, errors, out _), string.Join('\n', errors));
        Assert.False(YamlDocuments.TryParse($"[{deep}]", null, errors, out _));
        string half = new string('[', 40) + new string(']', 40);
        Assert.False(YamlDocuments.TryParse($"a: &a {half}\nb: {new string('[', 30)}*a{new string(']', 30)}", null, errors, out _));
        Assert.All(errors, error => Assert.Contains("inside each other", error.Message, System.StringComparison.Ordinal));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_with_their_place()
    {
        List<Diagnostic> errors = [];
        Assert.False(YamlDocuments.TryParse([.. "a: 1\nb: é"u8, 0xFF, .. "x"u8], "f.yaml", errors, out _));
        Assert.Equal("f.yaml:2:5: the text is not UTF-8", Assert.Single(errors).ToString());
    }
}
