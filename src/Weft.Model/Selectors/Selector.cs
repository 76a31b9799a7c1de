using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Model.Selectors;

/// <summary>A selector in Calico's language: <c>app == 'web' &amp;&amp; !has(canary)</c>.</summary>
/// <remarks>Equal if the canonical text is equal.</remarks>
public sealed class Selector : IEquatable<Selector>
{
    private readonly SelectorExpression _expression;

    private Selector(SelectorExpression expression)
    {
        _expression = expression;
        Text = expression.ToString();
    }

    /// <summary>Selects everything: <c>all()</c>.</summary>
    public static Selector All { get; } = new(new SelectorExpression.All());

    /// <summary>The canonical text.</summary>
    public string Text { get; }

    /// <summary>Whether this is <c>all()</c>.</summary>
    public bool IsAll => _expression is SelectorExpression.All;

    /// <summary>Whether <c>global()</c> occurs, which most fields refuse.</summary>
    public bool UsesGlobal => _expression.Any(static part => part is SelectorExpression.Global);

    /// <summary>Reads a selector. The empty text is <c>all()</c>, as in Calico.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Selector? selector, out SelectorError error)
    {
        selector = SelectorParser.TryParse(text, out SelectorExpression? expression, out error)
            ? new Selector(expression)
            : null;
        return selector is not null;
    }

    /// <summary>Whether these labels are selected.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels) => _expression.Matches(labels);

    /// <inheritdoc/>
    public bool Equals(Selector? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Selector);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Text;
}

/// <summary>Why a text is not a selector.</summary>
/// <param name="Offset">Where in the text, from 0.</param>
/// <param name="Message">What was expected there.</param>
public readonly record struct SelectorError(int Offset, string Message);
