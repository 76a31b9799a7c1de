using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Weft.Net.Filters;

/// <summary>Cuts a filter's text into tokens: always the longest that fits, as libpcap's scanner does.</summary>
internal static class FilterLexer
{
    private const int AddressLengthMax = 64;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> NameEnds = SearchValues.Create(" !()\n\t");

    private static readonly string[] Symbols =
        [">=", "<=", "!=", "==", "<<", ">>", "&&", "||", "+", "-", "*", "/", "%", ":", "[", "]", "!", "<", ">", "(", ")",
            "&", "|", "^", "="];

    /// <summary>The tokens; the last is the end, or what is wrong.</summary>
    public static List<FilterToken> Cut(string text)
    {
        List<FilterToken> tokens = [];
        int at = 0;
        while (true)
        {
            while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
            {
                at++;
            }

            FilterToken token = at == text.Length ? new FilterToken(FilterTokenKind.End, at, "") : Next(text, ref at);
            tokens.Add(token);
            if (token.Kind is FilterTokenKind.End or FilterTokenKind.Wrong)
            {
                return tokens;
            }
        }
    }

    private static FilterToken Next(string text, ref int at)
    {
        int start = at;
        ReadOnlySpan<char> rest = text.AsSpan(at);
        if (rest[0] == '\\')
        {
            int end = rest[1..].IndexOfAny(NameEnds);
            string name = (end < 0 ? rest[1..] : rest.Slice(1, end)).ToString();
            at += name.Length + 1;
            return name.Length == 0
                ? new FilterToken(FilterTokenKind.Wrong, start, "a name is expected after '\\'")
                : new FilterToken(FilterTokenKind.Name, start, name);
        }

        int wordLength = WordLength(rest);
        int ipv6Length = Ipv6Length(rest);
        int macLength = MacLength(rest);
        if (wordLength == 0 && ipv6Length == 0 && macLength == 0)
        {
            foreach (string symbol in Symbols)
            {
                if (rest.StartsWith(symbol, StringComparison.Ordinal))
                {
                    at += symbol.Length;
                    string same = symbol switch { "==" => "=", "&&" => "and", "||" => "or", _ => symbol };
                    return new FilterToken(FilterTokenKind.Symbol, start, same);
                }
            }

            return new FilterToken(FilterTokenKind.Wrong, start, $"'{Shown(rest[0])}' has no meaning in a filter");
        }

        int length = Math.Max(wordLength, Math.Max(ipv6Length, macLength));
        string piece = rest[..length].ToString();
        at += length;
        return macLength == length ? new FilterToken(FilterTokenKind.Mac, start, piece)
            : wordLength < length ? new FilterToken(FilterTokenKind.Ipv6, start, piece)
            : Word(piece, start);
    }

    private static FilterToken Word(string piece, int start)
    {
        if (FilterWords.Numbers.TryGetValue(piece, out uint known))
        {
            return new FilterToken(FilterTokenKind.Number, start, piece, known);
        }

        if (FilterWords.IsWord(piece))
        {
            return new FilterToken(
                piece is "not" ? FilterTokenKind.Symbol : FilterTokenKind.Word, start, piece is "not" ? "!" : piece);
        }

        bool isNumber = IsNumber(piece);
        return isNumber && TryNumber(piece, out uint value) ? new FilterToken(FilterTokenKind.Number, start, piece, value)
            : isNumber ? new FilterToken(FilterTokenKind.Wrong, start, $"{piece} is no number of 32 bits")
            : IsDotted(piece) ? new FilterToken(FilterTokenKind.Ipv4, start, piece)
            : new FilterToken(FilterTokenKind.Name, start, piece);
    }

    // Letters, digits, dots, and within it hyphens and underscores.
    private static int WordLength(ReadOnlySpan<char> rest)
    {
        if (!char.IsAsciiLetterOrDigit(rest[0]))
        {
            return 0;
        }

        int length = 1;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] is '-' or '_' or '.'))
        {
            length++;
        }

        while (rest[length - 1] is '-' or '_')
        {
            length--;
        }

        return length;
    }

    private static int Ipv6Length(ReadOnlySpan<char> rest)
    {
        int length = 0;
        bool hasColon = false;
        while (length < Math.Min(rest.Length, AddressLengthMax)
            && (char.IsAsciiHexDigit(rest[length]) || rest[length] is ':' or '.'))
        {
            hasColon |= rest[length] == ':';
            length++;
        }

        for (; hasColon && length >= 2; length--)
        {
            if (rest[..length].Contains(':') && Ipv6Address.TryParse(rest[..length], out _))
            {
                return length;
            }
        }

        return 0;
    }

    // Six bytes with colons, hyphens or dots between them; three groups of four digits with dots; twelve digits.
    private static int MacLength(ReadOnlySpan<char> rest)
    {
        foreach (char separator in ":-.")
        {
            int length = GroupsLength(rest, separator, groups: 6, digitsMin: 1, digitsMax: 2);
            if (length > 0)
            {
                return length;
            }
        }

        int dotted = GroupsLength(rest, '.', groups: 3, digitsMin: 4, digitsMax: 4);
        int plain = GroupsLength(rest, '.', groups: 1, digitsMin: 12, digitsMax: 12);
        return Math.Max(dotted, plain);
    }

    private static int GroupsLength(ReadOnlySpan<char> rest, char separator, int groups, int digitsMin, int digitsMax)
    {
        int at = 0;
        for (int group = 0; group < groups; group++)
        {
            if (group > 0)
            {
                if (at == rest.Length || rest[at] != separator)
                {
                    return 0;
                }

                at++;
            }

            int digits = 0;
            while (digits < digitsMax && at < rest.Length && char.IsAsciiHexDigit(rest[at]))
            {
                digits++;
                at++;
            }

            if (digits < digitsMin)
            {
                return 0;
            }
        }

        return at;
    }

    private static bool IsNumber(string piece) =>
        piece.All(char.IsAsciiDigit) || (IsHex(piece) && piece.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0);

    private static bool IsHex(string piece) => piece.Length > 2 && piece[0] == '0' && piece[1] is 'x' or 'X';

    // As in C: 0x before hexadecimal, 0 before octal.
    private static bool TryNumber(string piece, out uint value)
    {
        if (IsHex(piece))
        {
            return uint.TryParse(piece.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        ulong number = 0;
        uint radix = piece[0] == '0' ? 8u : 10u;
        foreach (char digit in piece)
        {
            number = (number * radix) + (uint)(digit - '0');
            if (digit - '0' >= radix || number > uint.MaxValue)
            {
                value = 0;
                return false;
            }
        }

        value = (uint)number;
        return true;
    }

    // Two to four numbers with dots between them: an address, or the beginning of one.
    private static bool IsDotted(string piece)
    {
        string[] parts = piece.Split('.');
        return parts.Length is >= 2 and <= 4 && parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit));
    }

    private static string Shown(char character) =>
        char.IsControl(character) || char.IsSurrogate(character) ? $"\\u{(int)character:x4}" : character.ToString();
}
