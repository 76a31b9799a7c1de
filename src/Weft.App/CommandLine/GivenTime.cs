using System;
using System.Globalization;

namespace Weft.App.CommandLine;

/// <summary>A length of time as people write it in an option: <c>30s</c>, <c>15m</c>, <c>2h</c>.</summary>
internal static class GivenTime
{
    private const int HoursMax = 10_000;

    /// <summary>Reads one; it is positive, and at most 10,000 hours.</summary>
    public static bool TryParse(string text, out TimeSpan time)
    {
        time = default;
        TimeSpan? unit = text is { Length: > 1 }
            ? text[^1] switch
            {
                's' => TimeSpan.FromSeconds(1),
                'm' => TimeSpan.FromMinutes(1),
                'h' => TimeSpan.FromHours(1),
                _ => null,
            }
            : null;
        if (unit is not { } one || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count == 0 || count > TimeSpan.FromHours(HoursMax) / one)
        {
            return false;
        }

        time = count * one;
        return true;
    }
}
