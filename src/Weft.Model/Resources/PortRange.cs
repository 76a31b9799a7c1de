using System;
using System.Globalization;

namespace Weft.Model.Resources;

/// <summary>Ports from one to another, both included: <c>32768:60999</c>, or one port, <c>80</c>.</summary>
/// <param name="Min">The first port; 0 only in <see cref="None"/>.</param>
/// <param name="Max">The last port.</param>
public readonly record struct PortRange(int Min, int Max)
{
    /// <summary>The largest port.</summary>
    public const int PortMax = 65535;

    /// <summary>No port at all: <c>0</c>.</summary>
    public static PortRange None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => Max == 0;

    /// <summary>Reads <c>n</c> or <c>n:m</c> with n not above m.</summary>
    public static bool TryParse(string text, out PortRange range)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string first = colon < 0 ? text : text[..colon];
        string last = colon < 0 ? text : text[(colon + 1)..];
        bool parsed = TryParsePort(first, out int min) & TryParsePort(last, out int max)
            && min <= max && (min > 0 || max == 0);
        range = parsed ? new PortRange(min, max) : default;
        return parsed;
    }

    /// <summary><c>80</c> or <c>32768:60999</c>.</summary>
    public override string ToString() => Min == Max
        ? Min.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Min}:{Max}");

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= PortMax;
}
