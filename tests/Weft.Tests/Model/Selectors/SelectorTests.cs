using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Model.Documents;
using Weft.Model.Selectors;
using Xunit;

namespace Weft.Tests.Model.Selectors;

public sealed class SelectorTests
{
    private static readonly IReadOnlyList<LabelMap> Labels =
        [LabelMap.Empty, LabelMap.Empty.With("a", "x"), LabelMap.Empty.With("a", "y").With("in", "x")];

    [Theory]
    [InlineData("", "all()")]
    [InlineData(" \t", "all()")]
    [InlineData("global( )", "global()")]
    [InlineData("has( rack )", "has(rack)")]
    [InlineData("a=='x'", "a == 'x'")]
    [InlineData("a != \"x\"", "a != 'x'")]
    [InlineData("a == \"it's\"", "a == \"it's\"")]
    [InlineData("a in { 'y', \"x\", 'x', }", "a in {'x', 'y'}")]
    [InlineData("a in {}", "a in {}")]
    [InlineData("a not in {'x'}", "a not in {'x'}")]
    [InlineData("a notin {'x'}", "a not in {'x'}")]
    [InlineData("a contains 'x'", "a contains 'x'")]
    [InlineData("a starts   with 'x'", "a starts with 'x'")]
    [InlineData("a ends with 'x'", "a ends with 'x'")]
    [InlineData("!a == 'x'", "!a == 'x'")]
    [InlineData("!!has(a)", "!!has(a)")]
    [InlineData("! ( a == 'x' || has(b) )", "!(a == 'x' || has(b))")]
    [InlineData("a == 'x' || b == 'y' && c == 'z'", "a == 'x' || b == 'y' && c == 'z'")]
    [InlineData("(a == 'x' || b == 'y') && c == 'z'", "(a == 'x' || b == 'y') && c == 'z'")]
    [InlineData("((a == 'x'))", "a == 'x'")]
    [InlineData("has == 'x'", "has == 'x'")]
    [InlineData("in in {'in'}", "in in {'in'}")]
    [InlineData("projectcalico.org/name == 'web-1'", "projectcalico.org/name == 'web-1'")]
    [InlineData("all == 'x' && notin == 'y'", "all == 'x' && notin == 'y'")]
    public void A_selector_has_one_canonical_text(string text, string canonical)
    {
        Assert.Equal(canonical, Parse(text).Text);
        Assert.Equal(Parse(text), Parse(canonical));
    }

    [Theory]
    [InlineData("a", 1, "expected '=='")]
    [InlineData("a =", 2, "expected '=='")]
    [InlineData("a == x", 5, "expected a text in quotes")]
    [InlineData("a == 'x", 5, "expected a closing quote")]
    [InlineData("a == 'x' b", 9, "expected '&&', '||' or the end")]
    [InlineData("(a == 'x'", 9, "expected ')'")]
    [InlineData("has(", 4, "expected a label's name")]
    [InlineData("has(a", 5, "expected ')'")]
    [InlineData("a in 'x'", 5, "expected '{'")]
    [InlineData("a in {'x' 'y'}", 10, "expected ',' or '}'")]
    [InlineData("a in {,}", 6, "expected a text in quotes")]
    [InlineData("a == 'x' &&", 11, "expected a label")]
    [InlineData("|| a", 0, "expected a label")]
    [InlineData("foo()", 3, "expected '=='")]
    [InlineData("a\n== 'x'", 1, "expected '=='")]
    [InlineData("a startswith 'x'", 2, "expected '=='")]
    [InlineData("!", 1, "expected a label")]
    public void What_is_no_selector_says_where(string text, int offset, string message)
    {
        Assert.False(Selector.TryParse(text, out _, out SelectorError error));
        Assert.Equal(offset, error.Offset);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("all()", true)]
    [InlineData("app == 'web'", true)]
    [InlineData("app == 'db'", false)]
    [InlineData("app != 'db'", true)]
    [InlineData("none != 'x'", true)]
    [InlineData("none == ''", false)]
    [InlineData("empty == ''", true)]
    [InlineData("has(empty)", true)]
    [InlineData("has(none)", false)]
    [InlineData("app in {'db', 'web'}", true)]
    [InlineData("app in {}", false)]
    [InlineData("app not in {'web'}", false)]
    [InlineData("none not in {'web'}", true)]
    [InlineData("none in {'web'}", false)]
    [InlineData("app contains 'e'", true)]
    [InlineData("app contains ''", true)]
    [InlineData("none contains ''", false)]
    [InlineData("app starts with 'we'", true)]
    [InlineData("app ends with 'we'", false)]
    [InlineData("app ends with 'eb'", true)]
    [InlineData("!app == 'web'", false)]
    [InlineData("!has(none) && app == 'web'", true)]
    [InlineData("has(none) || has(app) && !has(empty)", false)]
    public void Labels_match_as_in_Calico(string text, bool matches)
    {
        LabelMap labels = LabelMap.Empty.With("app", "web").With("empty", "");
        Assert.Equal(matches, Parse(text).Matches(labels));
    }

    [Fact]
    public void Bounds_are_named()
    {
        Assert.True(Selector.TryParse(new string('!', 62) + "has(a)", out _, out _));
        Assert.False(Selector.TryParse(new string('!', 64) + "has(a)", out _, out SelectorError deep));
        Assert.Contains("inside each other", deep.Message, StringComparison.Ordinal);
        Assert.False(Selector.TryParse(new string(' ', 1025), out _, out SelectorError tooLong));
        Assert.Contains("1024", tooLong.Message, StringComparison.Ordinal);
        Assert.False(Selector.TryParse($"has({new string('a', 513)})", out _, out SelectorError label));
        Assert.Contains("512", label.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Global_is_seen_wherever_it_stands()
    {
        Assert.True(Parse("has(a) || !(global() && has(b))").UsesGlobal);
        Assert.False(Parse("has(global)").UsesGlobal);
    }

    [Fact]
    public void Any_text_is_a_selector_or_an_error_inside_the_text()
    {
        string[] pieces =
        [
            "a", "==", "!=", "'x'", "\"y\"", "&&", "||", "!", "(", ")", "{", "}", ",", "has(", "all()", "in", "not",
            "notin", "contains", "starts", "with", "global()", " ", "\t", "'", "\n", "é",
        ];
        Gen.OneOf(pieces).Array[0, 14].Sample(
            parts =>
            {
                string text = string.Join(' ', parts);
                if (Selector.TryParse(text, out Selector? selector, out SelectorError error))
                {
                    return Selector.TryParse(selector.Text, out Selector? again, out _) && again.Equals(selector)
                        && Labels.All(labels => again.Matches(labels) == selector.Matches(labels));
                }

                return error.Offset >= 0 && error.Offset <= text.Length && error.Message.Length > 0;
            },
            iter: 50_000);
    }

    private static Selector Parse(string text)
    {
        Assert.True(Selector.TryParse(text, out Selector? selector, out SelectorError error), $"{error}");
        return selector;
    }
}
