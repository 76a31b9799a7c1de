using System;
using System.Collections.Generic;

namespace Weft.Model.Binding;

/// <summary>Guesses what somebody meant to write.</summary>
internal static class NearestWord
{
    private const int DistanceMax = 2;
    private const int LengthMax = 64;

    /// <summary>The known word with the fewest letters changed, at most two and fewer than half; none otherwise.</summary>
    public static string? Find(string word, IEnumerable<string> known)
    {
        string? nearest = null;
        int best = Math.Min(DistanceMax, word.Length / 2) + 1;
        foreach (string candidate in known)
        {
            if (string.Equals(word, candidate, StringComparison.OrdinalIgnoreCase))
            {
                return candidate;
            }

            int distance = Distance(word, candidate);
            if (distance < best)
            {
                (nearest, best) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary>How many letters to insert, remove or replace (Levenshtein); words of other lengths are far.</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > LengthMax || b.Length > LengthMax || Math.Abs(a.Length - b.Length) > DistanceMax)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
