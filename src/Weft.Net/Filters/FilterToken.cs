namespace Weft.Net.Filters;

/// <summary>What a piece of a filter's text is.</summary>
internal enum FilterTokenKind
{
    End,
    Wrong,
    Word,
    Name,
    Number,
    Ipv4,
    Ipv6,
    Mac,
    Symbol,
}

/// <summary>A piece of a filter's text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="At">Where it begins.</param>
/// <param name="Text">Its characters, of a name without the backslash before it; of what is wrong, what is said about
/// it.</param>
/// <param name="Number">A number's value.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, int At, string Text, uint Number = 0)
{
    public bool Is(string text) => Kind is FilterTokenKind.Word or FilterTokenKind.Symbol && Text == text;
}
