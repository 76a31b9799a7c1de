namespace Weft.Net.Filters;

/// <summary>Why a filter is refused.</summary>
/// <param name="At">The character at which it is wrong, from 0; its length if something is missing at its end.</param>
/// <param name="Message">What was found, and what would be right.</param>
public sealed record FilterError(int At, string Message)
{
    /// <summary>The filter with a mark under the place, for a terminal.</summary>
    public string Show(string filter) => $"{Message}\n  {filter}\n  {new string(' ', At)}^";
}
