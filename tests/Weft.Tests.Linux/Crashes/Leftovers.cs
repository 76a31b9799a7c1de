using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Linux.Namespaces;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>What a lab may leave behind when it is down: nothing.</summary>
internal static class Leftovers
{
    // The locks of all labs; it belongs to none of them.
    private const string Locks = ".locks";

    /// <summary>There is no process, network namespace, device, mount or file of the lab.</summary>
    public static void None(RunningLab lab, string after)
    {
        string prefix = lab.NamespaceOf("");
        List<string> left =
        [
            .. LabDaemons.Of(lab).Select(pid => FormattableString.Invariant($"process {pid}")),
            .. Directory.EnumerateFileSystemEntries(NetworkNamespace.Root)
                .Where(path => Path.GetFileName(path).StartsWith(prefix, StringComparison.Ordinal)),
            .. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(prefix, StringComparison.Ordinal)
                || line.Contains(lab.Folder, StringComparison.Ordinal)).Select(line => $"mount {line}"),
            .. Tool.Run("ip", "-o link show").Split('\n').Where(line => line.Contains("weft", StringComparison.Ordinal))
                .Select(line => $"device {line}"),
            .. Directory.Exists(Path.GetDirectoryName(lab.Folder))
                ? Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(lab.Folder)!)
                    .Where(path => Path.GetFileName(path) != Locks)
                : [],
        ];
        Assert.True(left.Count == 0, $"after {after}:\n{string.Join('\n', left)}");
    }
}
