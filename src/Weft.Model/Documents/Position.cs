using System.Globalization;

namespace Weft.Model.Documents;

/// <summary>A place in a text. Both numbers count from 1, columns in UTF-16 units; the default is no place.</summary>
/// <param name="Line">The line.</param>
/// <param name="Column">The column.</param>
public readonly record struct Position(int Line, int Column)
{
    /// <summary>Where a text begins.</summary>
    public static Position Start => new(1, 1);

    /// <summary>Whether this is a place at all: what a program made has none.</summary>
    public bool IsKnown => Line > 0;

    /// <summary><c>12:7</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}");
}
