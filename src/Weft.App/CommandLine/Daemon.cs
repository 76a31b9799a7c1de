using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Processes;

namespace Weft.App.CommandLine;

/// <summary>What the daemons share: they stay in the foreground until they are asked to stop.</summary>
internal static class Daemon
{
    // When a start is over, also on a busy host.
    private static readonly TimeSpan StartedAfter = TimeSpan.FromSeconds(3);

    /// <summary>Writes a line of the log, which is stderr. Where it cannot be written, as on a full disk, it is lost:
    /// nothing that a daemon does depends on having been told.</summary>
    public static void Log(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // See above.
        }
    }

    /// <summary>Returns when a signal asks the process to stop. Meanwhile what only its start needed is given back.</summary>
    public static async Task UntilAsync(CancellationToken cancelled)
    {
        try
        {
            await Task.Delay(StartedAfter, cancelled);
            ProgramPages.LetGo();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
        }
        catch (OperationCanceledException)
        {
            // Stopping on a signal is what a daemon does: it is done, not failed.
        }
    }
}
