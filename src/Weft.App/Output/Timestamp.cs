using System;
using System.Globalization;

namespace Weft.App.Output;

/// <summary>Times as people and resources write them.</summary>
internal static class Timestamp
{
    /// <summary>Now, RFC 3339, in UTC and whole seconds.</summary>
    public static string Now() =>
        TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
