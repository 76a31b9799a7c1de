using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading;
using Weft.Server.Storing;

namespace Weft.Tests.Server.Storing;

/// <summary>This test program again, as a process that only writes to a store and says each commit that was answered:
/// one line with its revision. It can be killed, and it can be given a disk of its own.</summary>
internal static class WritingChild
{
    private const string PathVariable = "WEFT_TEST_WRITING_CHILD";

    /// <summary>Starts the child; <paramref name="prelude"/> is a shell command run before, in mount namespaces of
    /// its own.</summary>
    public static Process Start(string path, string? prelude = null)
    {
        string self = Environment.ProcessPath!;
        ProcessStartInfo start = prelude is null
            ? new ProcessStartInfo(self)
            : new ProcessStartInfo("unshare", ["--mount", "sh", "-c", $"{prelude} && exec \"{self}\""]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment[PathVariable] = path;
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { } path)
        {
            Environment.Exit(WriteUntilRefused(path));
        }
    }

    // All on this thread: others wait until a module initializer has ended.
    private static int WriteUntilRefused(string path)
    {
        using Stream output = Console.OpenStandardOutput();
        SqliteStore store = SqliteStore.Open(new SqliteStoreOptions { Path = path, HistoryLimit = 100 });
        byte[] body = new byte[700];
        for (int i = 0; i < 100_000; i++)
        {
            StoreKey one = new("Thing", "", $"a{store.Revision}");
            StoreKey two = new("Thing", "", $"b{store.Revision}");
            CommitOutcome outcome = store.CommitAsync(
                [new StoreWrite(one, 0, body), new StoreWrite(two, 0, body)], null, CancellationToken.None).AsTask().Result;
            if (outcome is not CommitOutcome.Committed committed)
            {
                output.Write(Encoding.UTF8.GetBytes($"{outcome}\n"));
                return 3;
            }

            output.Write(Encoding.UTF8.GetBytes($"{committed.Revision}\n"));
            output.Flush();
        }

        return 0;
    }
}
