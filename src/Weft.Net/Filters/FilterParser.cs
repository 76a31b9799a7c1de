using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Net.Filters;

/// <summary>Reads the language of <c>pcap-filter(7)</c> into a tree: libpcap's <c>grammar.y</c>, by recursive descent.</summary>
/// <remarks>
/// <c>and</c> and <c>or</c> have the same precedence and go from left to right; <c>not</c> binds closer. An address, port
/// or number after one of them stands for itself with the words before the last one of its kind: <c>port 80 or 443</c>.
/// Beyond libpcap 1.10: <c>vxlan [VNI]</c> as in libpcap 1.11, <c>inner PRIMITIVE</c>, and protocol names without a
/// backslash after <c>proto</c>.
/// </remarks>
internal sealed partial class FilterParser
{
    /// <summary>How deep parentheses and negations may lie in each other.</summary>
    public const int DepthMax = 100;

    /// <summary>How many primitives a filter may have.</summary>
    public const int PrimitivesMax = 1000;

    private readonly List<FilterToken> _tokens;
    private readonly IFilterNames? _names;
    private int _at;
    private int _depth;
    private int _primitives;
    private FilterError? _error;

    private FilterParser(string text, IFilterNames? names)
    {
        _tokens = FilterLexer.Cut(text);
        _names = names;
    }

    private enum IdKind
    {
        Undefined, // What went before lends no words.
        Plain, // A host, though the word was not said.
        Host,
        Net,
        Port,
        PortRange,
        Proto,
        ProtoChain,
    }

    private FilterToken Now => _tokens[_at];

    /// <summary>The tree of a filter, or where it is wrong. The empty text is all packets.</summary>
    public static bool TryParse(
        string text,
        IFilterNames? names,
        [NotNullWhen(true)] out FilterExpression? expression,
        [NotNullWhen(false)] out FilterError? error)
    {
        FilterParser parser = new(text, names);
        expression = parser.ParseAll();
        error = expression is null ? parser._error ?? new FilterError(parser.Now.At, "it cannot be read") : null;
        return expression is not null;
    }

    private FilterExpression? ParseAll()
    {
        if (Now.Kind == FilterTokenKind.End)
        {
            return new FilterExpression.Everything();
        }

        Operand? all = ParseList(default, mayBeId: false, isInParentheses: false);
        return all is null ? null
            : Now.Kind == FilterTokenKind.End ? all.Expression
            : Fail<FilterExpression>($"'and', 'or' or the end is expected, not {Shown()}");
    }

    // Items with "and" and "or" between them.
    private Operand? ParseList(Qualifier inherited, bool mayBeId, bool isInParentheses)
    {
        Operand? left = ParseItem(inherited, mayBeId, isInParentheses);
        while (left?.Expression is not null && (Now.Is("and") || Now.Is("or")))
        {
            bool isAnd = Now.Is("and");
            _at++;
            int at = Now.At;
            Operand? right = ParseItem(left.Qualifier, mayBeId: true, isInParentheses: false);
            if (right?.Expression is null)
            {
                return null;
            }

            if (left.IsId && !right.IsId)
            {
                return Fail<Operand>("another value of the same kind is expected in these parentheses", at);
            }

            FilterExpression both = isAnd
                ? new FilterExpression.And(left.Expression, right.Expression)
                : new FilterExpression.Or(left.Expression, right.Expression);
            left = new Operand(both, null, right.Qualifier, left.IsId);
        }

        return left;
    }

    private Operand? ParseItem(Qualifier inherited, bool mayBeId, bool isInParentheses)
    {
        if (Now.Is("!"))
        {
            int at = Now.At;
            if (!Enter())
            {
                return null;
            }

            Operand? operand = ParseItem(inherited, mayBeId, isInParentheses: false);
            _depth--;
            return operand?.Expression is null ? null
                : operand with { Expression = new FilterExpression.Not(at, operand.Expression) };
        }

        if (Now.Is("("))
        {
            return ParseParentheses(inherited, mayBeId, isInParentheses);
        }

        if (BeginsNumber())
        {
            return ParseNumber(0) is { } number ? Finish(number, inherited, mayBeId, isInParentheses) : null;
        }

        if (Now.Kind is FilterTokenKind.Name or FilterTokenKind.Ipv4 or FilterTokenKind.Ipv6 or FilterTokenKind.Mac)
        {
            return mayBeId && inherited.Kind != IdKind.Undefined ? IdOperand(inherited)
                : Fail<Operand>(WithoutQualifier());
        }

        return ParsePrimitive();
    }

    // What is in parentheses shows only at their end whether it is a number, values for the words before them, or a
    // filter of its own.
    private Operand? ParseParentheses(Qualifier inherited, bool mayBeId, bool isInParentheses)
    {
        if (!Enter())
        {
            return null;
        }

        Operand? content = ParseList(inherited, mayBeId, isInParentheses: true);
        _depth--;
        if (content is null || !Expect(")"))
        {
            return null;
        }

        if (content.Number is { } first)
        {
            return ParseOperations(first, 0) is { } number ? Finish(number, inherited, mayBeId, isInParentheses) : null;
        }

        return content.IsId ? content : content with { Qualifier = inherited };
    }

    // A number is followed by a comparison, or is itself a value for the words before it.
    private Operand? Finish(FilterNumber number, Qualifier inherited, bool mayBeId, bool isInParentheses)
    {
        FilterComparison? comparison = Now.Kind != FilterTokenKind.Symbol ? null : Now.Text switch
        {
            "=" => FilterComparison.Equal,
            "!=" => FilterComparison.NotEqual,
            ">" => FilterComparison.Greater,
            ">=" => FilterComparison.GreaterOrEqual,
            "<" => FilterComparison.Less,
            "<=" => FilterComparison.LessOrEqual,
            _ => null,
        };
        if (comparison is { } how)
        {
            _at++;
            return ParseNumber(0) is not { } right ? null
                : Primitive(new FilterExpression.Relation(number.At, how, number, right));
        }

        if (isInParentheses && Now.Is(")"))
        {
            return new Operand(null, number, inherited, IsId: false);
        }

        if (number is FilterNumber.Constant constant && mayBeId && inherited.Kind != IdKind.Undefined)
        {
            return MakeNumberId(constant.At, constant.Value, inherited) is { } made
                ? Counted(new Operand(made, null, inherited, IsId: true))
                : null;
        }

        return Fail<Operand>($"a comparison such as '=' is expected after a number, not {Shown()}");
    }

    private Operand? Primitive(FilterExpression? expression) =>
        expression is null ? null : Counted(new Operand(expression, null, default, IsId: false));

    private Operand? Counted(Operand operand)
    {
        _primitives++;
        return _primitives <= PrimitivesMax ? operand
            : Fail<Operand>($"a filter has {PrimitivesMax} primitives at most");
    }

    private bool Enter()
    {
        _at++;
        _depth++;
        if (_depth > DepthMax)
        {
            _ = Fail<object>($"parentheses and negations lie {DepthMax} deep in each other at most");
        }

        return _depth <= DepthMax;
    }

    private bool Expect(string symbol)
    {
        if (Now.Is(symbol))
        {
            _at++;
            return true;
        }

        _ = Fail<object>($"'{symbol}' is expected, not {Shown()}");
        return false;
    }

    private FilterToken Peek(int ahead) => _tokens[System.Math.Min(_at + ahead, _tokens.Count - 1)];

    private string Shown() => Now.Kind == FilterTokenKind.End ? "the end" : $"'{Now.Text}'";

    private string WithoutQualifier()
    {
        string? near = Now.Kind == FilterTokenKind.Name ? FilterWords.Near(Now.Text) : null;
        string word = Now.Kind == FilterTokenKind.Mac ? "ether host" : "host";
        return near is not null ? $"'{Now.Text}' is no word of the language; is '{near}' meant?"
            : $"'{Now.Text}' needs a word before it that says what it is, such as '{word} {Now.Text}'";
    }

    // The first error is the one that is told; a token that is wrong in itself is the error.
    private T? Fail<T>(string message, int? at = null)
        where T : class
    {
        _error ??= Now.Kind == FilterTokenKind.Wrong
            ? new FilterError(Now.At, Now.Text)
            : new FilterError(at ?? Now.At, message);
        return null;
    }

    /// <summary>The words that a value has before it.</summary>
    private readonly record struct Qualifier(FilterProtocol Protocol, FilterEnd End, IdKind Kind);

    /// <summary>What has been read: a filter, or a number of which is not yet known what it is for.</summary>
    /// <param name="Expression">The filter.</param>
    /// <param name="Number">The number.</param>
    /// <param name="Qualifier">The words that go on to what follows.</param>
    /// <param name="IsId">Whether it is a value, or values, for words before it.</param>
    private sealed record Operand(
        FilterExpression? Expression, FilterNumber? Number, Qualifier Qualifier, bool IsId);
}
