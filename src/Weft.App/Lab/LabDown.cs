using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.App.Lab.State;
using Weft.Linux.Namespaces;

namespace Weft.App.Lab;

/// <summary>Removes a lab: its processes, the namespaces that its record names and nothing else, its folder last.
/// Whatever was killed at whatever moment, doing it again finishes it.</summary>
internal static class LabDown
{
    /// <summary>Removes the lab if there is one.</summary>
    public static async Task RunAsync(LabPaths paths, CancellationToken cancelled)
    {
        using LabLock exclusive = await LabLock.TakeAsync(paths.Lab, cancelled);
        await RemoveAsync(paths);
    }

    /// <summary>Removes the lab; the caller holds its lock.</summary>
    public static async Task RemoveAsync(LabPaths paths)
    {
        if (!Directory.Exists(paths.Directory))
        {
            return;
        }

        LabRecord? record = LabRecord.Read(paths);
        await LabProcesses.KillAllAsync(paths, record?.AllNamespaces(paths) ?? []);
        List<string> left = [];

        // Read again: the runtime may have promised one more before it died.
        foreach (string name in LabRecord.Read(paths)?.AllNamespaces(paths) ?? [])
        {
            if (NetworkNamespace.Delete(name) is { } error)
            {
                left.Add($"network namespace {name}: {error}");
            }
        }

        if (left.Count > 0)
        {
            throw new CommandFailure(string.Join('\n', left));
        }

        Directory.Delete(paths.Directory, recursive: true);
    }
}
