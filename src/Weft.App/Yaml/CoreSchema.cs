using System;
using System.Buffers;
using System.Globalization;
using Weft.Model.Documents;

namespace Weft.App.Yaml;

/// <summary>What a plain scalar means: the core schema of YAML 1.2, section 10.3.2. <c>yes</c> and <c>on</c> are texts.</summary>
internal static class CoreSchema
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The node of a plain scalar; numbers as JSON writes them. None for an infinity, a NaN or a number too
    /// large, which JSON does not have.</summary>
    public static ScalarNode? Resolve(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL")
        {
            return new ScalarNode(ScalarKind.Null, "null");
        }

        if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
        {
            return ScalarNode.Of(text[0] is 't' or 'T');
        }

        if (IsDigits(text[0] is '-' or '+' ? text.AsSpan(1) : text))
        {
            return new ScalarNode(ScalarKind.Integer, Whole(text));
        }

        if (text.StartsWith("0x", StringComparison.Ordinal) && text.AsSpan(2).IndexOfAnyExcept(Hex) < 0 && text.Length > 2)
        {
            return FromBase(text.AsSpan(2), 16);
        }

        if (text.StartsWith("0o", StringComparison.Ordinal) && text.AsSpan(2).IndexOfAnyExceptInRange('0', '7') < 0 && text.Length > 2)
        {
            return FromBase(text.AsSpan(2), 8);
        }

        return IsInfinityOrNaN(text) ? null : Fraction(text) ?? ScalarNode.Of(text);
    }

    private static bool IsDigits(ReadOnlySpan<char> text) =>
        !text.IsEmpty && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsInfinityOrNaN(string text) =>
        (text[0] is '-' or '+' ? text[1..] : text) is ".inf" or ".Inf" or ".INF" || text is ".nan" or ".NaN" or ".NAN";

    private static string Whole(ReadOnlySpan<char> text)
    {
        string sign = text[0] == '-' ? "-" : "";
        ReadOnlySpan<char> digits = (text[0] is '-' or '+' ? text[1..] : text).TrimStart('0');
        return digits.IsEmpty ? "0" : string.Concat(sign, digits);
    }

    private static ScalarNode? FromBase(ReadOnlySpan<char> digits, uint radix)
    {
        UInt128 value = 0;
        foreach (char digit in digits)
        {
            if (value > UInt128.MaxValue / radix - radix)
            {
                return null;
            }

            value = (value * radix) + (uint)(char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return new ScalarNode(ScalarKind.Integer, value.ToString(CultureInfo.InvariantCulture));
    }

    // [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
    private static ScalarNode? Fraction(ReadOnlySpan<char> text)
    {
        string sign = text[0] == '-' ? "-" : "";
        ReadOnlySpan<char> rest = text[0] is '-' or '+' ? text[1..] : text;
        ReadOnlySpan<char> whole = TakeDigits(ref rest);
        ReadOnlySpan<char> fraction = [];
        if (rest.StartsWith('.'))
        {
            rest = rest[1..];
            fraction = TakeDigits(ref rest);
        }

        if (whole.IsEmpty && fraction.IsEmpty)
        {
            return null;
        }

        string exponent = "";
        if (!rest.IsEmpty && rest[0] is 'e' or 'E')
        {
            exponent = "e";
            rest = rest[1..];
            if (!rest.IsEmpty && rest[0] is '-' or '+')
            {
                exponent = $"e{rest[0]}";
                rest = rest[1..];
            }

            ReadOnlySpan<char> digits = TakeDigits(ref rest);
            if (digits.IsEmpty)
            {
                return null;
            }

            exponent += digits.ToString();
        }

        if (!rest.IsEmpty)
        {
            return null;
        }

        ReadOnlySpan<char> front = whole.TrimStart('0');
        string point = fraction.IsEmpty ? "" : $".{fraction}";
        string number = $"{sign}{(front.IsEmpty ? "0" : front)}{point}{exponent}";

        // "1." is a number with nothing behind the point: JSON wants a digit there.
        return new ScalarNode(ScalarKind.Number, point.Length + exponent.Length == 0 ? number + ".0" : number);
    }

    private static ReadOnlySpan<char> TakeDigits(scoped ref ReadOnlySpan<char> text)
    {
        int length = text.IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? text.Length : length;
        ReadOnlySpan<char> digits = text[..length];
        text = text[length..];
        return digits;
    }
}
