using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Weft.Linux.Interop;

namespace Weft.Linux.Processes;

/// <summary>The pages of files that are mapped into this process and only read: its program and its libraries.</summary>
public static class ProgramPages
{
    private const string Mappings = "/proc/self/smaps";

    /// <summary>Gives back those that are resident: what is needed again comes back, from the kernel's cache, when it is touched,
    /// so that resident is what the process works with, and no longer what it started with.</summary>
    /// <returns>Bytes that were resident in the mappings that were given back; 0 if the kernel does not tell of them.</returns>
    public static long LetGo()
    {
        long resident = 0;
        try
        {
            foreach ((nint start, nuint length, long bytes) in Clean(File.ReadLines(Mappings)))
            {
                resident += Libc.Advise(start, length, Libc.AdviceDontNeed) == 0 ? bytes : 0;
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return 0;
        }

        return resident;
    }

    /// <summary>Mappings of files of which no page is the process's own. One that is, a table that the loader has written
    /// addresses into and then closed, would come back as it is in the file.</summary>
    /// <param name="lines">Of <c>/proc/PID/smaps</c> (proc_pid_smaps(5)).</param>
    internal static IReadOnlyList<(nint Start, nuint Length, long Resident)> Clean(IEnumerable<string> lines)
    {
        List<(nint, nuint, long)> clean = [];
        (nint Start, nuint Length, long Resident, int Own)? mapping = null;
        foreach (string line in lines)
        {
            if (char.IsAsciiHexDigitLower(line[0]))
            {
                Add(clean, mapping);
                mapping = FileIn(line) is { } file ? (file.Start, file.Length, 0, 0) : null;
            }
            else if (mapping is { } m && line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                mapping = m with { Resident = BytesIn(line) };
            }
            else if (mapping is { } n && (line.StartsWith("Anonymous:", StringComparison.Ordinal) || line.StartsWith("Swap:", StringComparison.Ordinal)))
            {
                // Both must be said, and be nothing.
                mapping = n with { Own = n.Own + (BytesIn(line) == 0 ? 1 : 2) };
            }
        }

        Add(clean, mapping);
        return clean;
    }

    private static void Add(List<(nint, nuint, long)> clean, (nint Start, nuint Length, long Resident, int Own)? mapping)
    {
        if (mapping is { Resident: > 0, Own: 2 } m)
        {
            clean.Add((m.Start, m.Length, m.Resident));
        }
    }

    // 00404000-01232000 r-xp 00004000 fe:00 332471    /usr/bin/weft
    private static (nint Start, nuint Length)? FileIn(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] range = words[0].Split('-');
        return words.Length > 5 && words[5].StartsWith('/') && words[1][0] == 'r' && words[1][1] == '-'
            && nint.TryParse(range[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nint start)
            && nint.TryParse(range[^1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nint end)
            && end > start
            ? (start, (nuint)(end - start))
            : null;
    }

    // "Rss:                1408 kB"
    private static long BytesIn(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string number, "kB"]
            && long.TryParse(number, CultureInfo.InvariantCulture, out long kilobytes)
            ? 1024 * kilobytes
            : -1;
}
