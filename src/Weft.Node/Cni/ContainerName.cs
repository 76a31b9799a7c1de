using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Node.Cni;

/// <summary>The workload's name of a container whose id or name is not a resource's.</summary>
/// <remarks>Runtimes let containers be called <c>Web_1</c>. What is a DNS name stays as it is; of what is not, the letters
/// are lowered, other characters become '-', and '-x' with 16 hex digits of a hash of the whole follows. A name that
/// ends so by itself gets its own hash, so that no two containers have the same name.</remarks>
internal static class ContainerName
{
    private const int HashDigits = 16;
    private const int ReadableMax = 63;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    private static readonly int MarkLength = "-x".Length + HashDigits;

    /// <summary>The name of a container's workload.</summary>
    public static string Of(string container)
    {
        if (ResourceNames.IsDnsSubdomain(container) && !EndsInHash(container))
        {
            return container;
        }

        StringBuilder readable = new();
        foreach (char c in container.AsSpan(0, Math.Min(container.Length, ReadableMax)))
        {
            char lower = char.ToLowerInvariant(c);
            readable.Append(char.IsAsciiLetterLower(lower) || char.IsAsciiDigit(lower) ? lower : '-');
        }

        string words = readable.ToString().Trim('-');
        string hash = StableHash.Of(container).ToString("x16", CultureInfo.InvariantCulture);
        return words.Length == 0 ? $"x{hash}" : $"{words}-x{hash}";
    }

    private static bool EndsInHash(string name)
    {
        ReadOnlySpan<char> mark = name.AsSpan(Math.Max(0, name.Length - MarkLength));
        return mark.Length >= MarkLength - 1
            && mark[^(HashDigits + 1)] == 'x'
            && (mark.Length < MarkLength || mark[0] == '-')
            && mark[^HashDigits..].IndexOfAnyExcept(LowerHex) < 0;
    }
}
