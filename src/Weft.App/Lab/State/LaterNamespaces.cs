using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Weft.App.Lab.State;

/// <summary>The network namespaces of workloads that were added after <c>weft lab up</c>: a line each.</summary>
internal static class LaterNamespaces
{
    /// <summary>Notes a namespace before it is made.</summary>
    public static void Promise(LabPaths paths, string name)
    {
        using FileStream file = new(paths.LaterNamespaces, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write([.. System.Text.Encoding.UTF8.GetBytes(name), (byte)'\n']);
        file.Flush(flushToDisk: true);
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
