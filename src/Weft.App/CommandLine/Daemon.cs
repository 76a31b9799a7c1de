using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Weft.App.CommandLine;

/// <summary>What the daemons share: they stay in the foreground until they are asked to stop.</summary>
internal static class Daemon
{
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

    /// <summary>Returns when a signal asks the process to stop.</summary>
    public static async Task UntilAsync(CancellationToken cancelled)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
        }
        catch (OperationCanceledException)
        {
            // Stopping on a signal is what a daemon does: it is done, not failed.
        }
    }
}
