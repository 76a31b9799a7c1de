using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Model.Selectors;

/// <summary>Calico's grammar (libcalico-go, lib/selector), by recursive descent over the text itself.</summary>
/// <remarks><code>
/// or    := and ('||' and)*
/// and   := op ('&amp;&amp;' op)*
/// op    := '!'* ( label ('==' | '!=' | 'contains' | 'starts with' | 'ends with') text
///               | label ('in' | 'not in' | 'notin') '{' [ text (',' text)* [','] ] '}'
///               | 'has(' label ')' | 'all()' | 'global()' | '(' or ')' )
/// text  := "..." | '...'            no escapes
/// label := [A-Za-z0-9_./-]{1,512}
/// </code></remarks>
internal ref struct SelectorParser
{
    /// <summary>Characters of a selector (Calico's CRDs: maxLength 1024).</summary>
    public const int LengthMax = 1024;

    /// <summary>Characters of a label's name.</summary>
    public const int LabelLengthMax = 512;

    /// <summary>Parentheses and exclamation marks inside each other.</summary>
    public const int DepthMax = 64;

    private static readonly SearchValues<char> LabelChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-");

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;
    private SelectorError _error;

    private SelectorParser(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Reads a whole text; the error says where reading stopped.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out SelectorExpression? expression, out SelectorError error)
    {
        expression = null;
        if (text.Length > LengthMax)
        {
            error = new SelectorError(LengthMax, $"a selector has at most {LengthMax} characters; this one has {text.Length}");
            return false;
        }

        SelectorParser parser = new(text);
        parser.SkipBlanks();
        if (parser._at == text.Length)
        {
            expression = new SelectorExpression.All();
            error = default;
            return true;
        }

        SelectorExpression? parsed = parser.Or();
        if (parsed is not null && parser._at < text.Length)
        {
            parsed = parser.Fail("'&&', '||' or the end");
        }

        (expression, error) = (parsed, parser._error);
        return parsed is not null;
    }

    private SelectorExpression? Or()
    {
        List<SelectorExpression> parts = [];
        do
        {
            if (And() is not SelectorExpression part)
            {
                return null;
            }

            parts.Add(part);
        }
        while (Take("||"));
        return parts.Count == 1 ? parts[0] : new SelectorExpression.Or([.. parts]);
    }

    private SelectorExpression? And()
    {
        List<SelectorExpression> parts = [];
        do
        {
            if (Operation() is not SelectorExpression part)
            {
                return null;
            }

            parts.Add(part);
        }
        while (Take("&&"));
        return parts.Count == 1 ? parts[0] : new SelectorExpression.And([.. parts]);
    }

    private SelectorExpression? Operation()
    {
        if (_depth == DepthMax)
        {
            return Fail($"at most {DepthMax} '!' and '(' inside each other");
        }

        _depth++;
        SelectorExpression? expression;
        if (!NextIs("!=") && Take("!"))
        {
            expression = Operation() is SelectorExpression inner ? new SelectorExpression.Not(inner) : null;
        }
        else if (Take("("))
        {
            expression = Or();
            if (expression is not null && !Take(")"))
            {
                expression = Fail("')'");
            }
        }
        else
        {
            expression = Call() ?? (_error.Message is null ? Comparison() : null);
        }

        _depth--;
        return expression;
    }

    private SelectorExpression? Call()
    {
        int start = _at;
        string? word = Label();
        if (word is "all" or "global" or "has" && Take("("))
        {
            string? label = word == "has" ? Label() : null;
            if (word == "has" && label is null)
            {
                return Fail("a label's name");
            }

            if (!Take(")"))
            {
                return Fail("')'");
            }

            return word switch
            {
                "all" => new SelectorExpression.All(),
                "global" => new SelectorExpression.Global(),
                _ => new SelectorExpression.Has(label!),
            };
        }

        _at = start;
        return null;
    }

    private SelectorExpression? Comparison()
    {
        if (Label() is not string label)
        {
            return Fail("a label, has(label), all(), '!' or '('");
        }

        if (Take("=="))
        {
            return Compare(label, SelectorOperator.Equal);
        }

        if (Take("!="))
        {
            return Compare(label, SelectorOperator.NotEqual);
        }

        if (TakeWord("contains"))
        {
            return Compare(label, SelectorOperator.Contains);
        }

        if (TakeWords("starts", "with"))
        {
            return Compare(label, SelectorOperator.StartsWith);
        }

        if (TakeWords("ends", "with"))
        {
            return Compare(label, SelectorOperator.EndsWith);
        }

        if (TakeWord("in"))
        {
            return Within(label, negated: false);
        }

        if (TakeWord("notin") || TakeWords("not", "in"))
        {
            return Within(label, negated: true);
        }

        return Fail("'==', '!=', 'in', 'not in', 'contains', 'starts with' or 'ends with'");
    }

    private SelectorExpression.Compare? Compare(string label, SelectorOperator operation) =>
        QuotedText() is string value ? new SelectorExpression.Compare(label, operation, value) : null;

    private SelectorExpression? Within(string label, bool negated)
    {
        if (!Take("{"))
        {
            return Fail("'{'");
        }

        SortedSet<string> values = new(StringComparer.Ordinal);
        while (!Take("}"))
        {
            if (QuotedText() is not string value)
            {
                return null;
            }

            values.Add(value);
            if (!Take(",") && !NextIs("}"))
            {
                return Fail("',' or '}'");
            }
        }

        return new SelectorExpression.Within(label, negated, [.. values]);
    }

    private string? QuotedText()
    {
        SkipBlanks();
        char quote = _at < _text.Length ? _text[_at] : '\0';
        if (quote is not ('"' or '\''))
        {
            Fail("a text in quotes");
            return null;
        }

        int length = _text[(_at + 1)..].IndexOf(quote);
        if (length < 0)
        {
            Fail("a closing quote for this one");
            return null;
        }

        string value = _text.Slice(_at + 1, length).ToString();
        _at += length + 2;
        SkipBlanks();
        return value;
    }

    private string? Label()
    {
        SkipBlanks();
        int length = _text[_at..].IndexOfAnyExcept(LabelChars);
        length = length < 0 ? _text.Length - _at : length;
        if (length > LabelLengthMax)
        {
            Fail($"a label of at most {LabelLengthMax} characters");
            return null;
        }

        string label = _text.Slice(_at, length).ToString();
        _at += length;
        SkipBlanks();
        return length == 0 ? null : label;
    }

    private bool TakeWords(string first, string second)
    {
        int start = _at;
        if (TakeWord(first) && TakeWord(second))
        {
            return true;
        }

        _at = start;
        return false;
    }

    private bool TakeWord(string word)
    {
        int end = _at + word.Length;
        return (end >= _text.Length || !LabelChars.Contains(_text[end])) && Take(word);
    }

    private bool Take(string token)
    {
        SkipBlanks();
        if (!NextIs(token))
        {
            return false;
        }

        _at += token.Length;
        SkipBlanks();
        return true;
    }

    private readonly bool NextIs(string token) => _text[_at..].StartsWith(token, StringComparison.Ordinal);

    private void SkipBlanks()
    {
        int blanks = _text[_at..].IndexOfAnyExcept(' ', '\t');
        _at = blanks < 0 ? _text.Length : _at + blanks;
    }

    private SelectorExpression? Fail(string expected)
    {
        // The first failure stands: those after it are its echo.
        _error = _error.Message is null ? new SelectorError(_at, $"expected {expected}") : _error;
        return null;
    }
}
