using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace Weft.App.Lab.State;

/// <summary>The network namespaces of workloads that were added after <c>weft lab up</c>: a line each.</summary>
internal static class LaterNamespaces
{
    // Workloads are made side by side, and two writers at the end of one file would write over each other.
    private static readonly Lock Gate = new();

    /// <summary>Notes a namespace before it is made. One process at a time.</summary>
    public static void Promise(LabPaths paths, string name)
    {
        lock (Gate)
        {
            using FileStream file = new(paths.LaterNamespaces, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            file.SetLength(EndOfLastLine(file));
            file.Seek(0, SeekOrigin.End);
            file.Write([.. System.Text.Encoding.UTF8.GetBytes(name), (byte)'\n']);
            file.Flush(flushToDisk: true);
        }
    }

    // A runtime that was killed here may have left the beginning of a line, which nothing must be added to.
    private static long EndOfLastLine(FileStream file)
    {
        long end = file.Length;
        while (end > 0)
        {
            file.Seek(end - 1, SeekOrigin.Begin);
            if (file.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        return end;
    }

    /// <summary>All that were noted. A last line without its end was never followed by a namespace.</summary>
    public static IReadOnlyList<string> Read(LabPaths paths)
    {
        if (!File.Exists(paths.LaterNamespaces))
        {
            return [];
        }

        string text = File.ReadAllText(paths.LaterNamespaces);
        int end = text.LastIndexOf('\n');
        return end < 0 ? [] : [.. text[..end].Split('\n').Where(line => line.Length > 0)];
    }
}
