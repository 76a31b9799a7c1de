using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Weft.Linux.Processes;
using Weft.Netlink;
using Xunit;

namespace Weft.Tests.Linux.Processes;

public sealed class DetachedProcessTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_daemon_has_its_own_session_its_log_and_nothing_of_its_parent()
    {
        string log = Path.GetTempFileName();
        DetachedProcess daemon = new()
        {
            FileName = "sh",
            Arguments = ["-c", "echo from $MARK; ls /proc/$$/fd; pwd; echo wrong >&2; exec sleep 60"],
            LogPath = log,
            Environment = new Dictionary<string, string> { ["MARK"] = "inside" },
        };
        Assert.Null(daemon.Start(out int pid));
        using ProcessHandle? handle = ProcessHandle.Open(pid);
        Assert.NotNull(handle);
        try
        {
            WaitFor(() => ProcessTable.ArgumentsOf(pid) is ["sleep", _]);
            string[] lines = File.ReadAllLines(log);
            Assert.Equal(["from inside", "0", "1", "2"], lines.Take(4));
            Assert.Contains("/", lines);
            Assert.Contains("wrong", lines);
            string[] stat = File.ReadAllText($"/proc/{pid}/stat").Split(' ');
            Assert.Equal(pid.ToString(CultureInfo.InvariantCulture), stat[5]); // its session is itself
            Assert.DoesNotContain("00001000", Status(pid, "SigIgn"), StringComparison.Ordinal); // SIGPIPE
        }
        finally
        {
            Assert.Null(handle.Signal(ProcessSignal.Kill));
            Assert.True(handle.WaitForExit(Long));
            File.Delete(log);
        }

        Assert.Null(handle.Signal(ProcessSignal.Kill));
        Assert.Null(ProcessHandle.Open(pid, 1));
    }

    [Fact]
    public void A_daemon_is_found_by_its_namespace_and_by_its_argument_and_waited_for()
    {
        using TestNamespace blue = new();
        string mark = blue.Name + "-mark";
        DetachedProcess daemon = new()
        {
            FileName = "sh",
            Arguments = ["-c", "sleep 60; true", mark],
            NamespacePath = blue.Path,
        };
        Assert.Null(daemon.Start(out int pid));

        // The shell and its sleep; between fork and exec that one, too, has the shell's arguments.
        WaitFor(() => ProcessTable.InNamespace(blue.Path).Count == 2 && ProcessTable.WithArgument(mark).Count == 1);
        IReadOnlyList<int> inside = ProcessTable.InNamespace(blue.Path);
        Assert.Contains(pid, inside);
        Assert.Equal([pid], ProcessTable.WithArgument(mark));
        Assert.Empty(ProcessTable.WithArgument(mark[..^1]));
        ulong? started = ProcessTable.StartTimeOf(pid);
        Assert.NotNull(started);
        Assert.Null(ProcessHandle.Open(pid, started + 1));
        List<ProcessHandle> handles = [.. inside.Select(p => ProcessHandle.Open(p)).OfType<ProcessHandle>()];
        Assert.False(handles[0].WaitForExit(TimeSpan.Zero));
        foreach (ProcessHandle handle in handles)
        {
            Assert.Null(handle.Signal(ProcessSignal.Kill));
        }

        foreach (ProcessHandle handle in handles)
        {
            Assert.True(handle.WaitForExit(Long));
            handle.Dispose();
        }

        Assert.DoesNotContain(pid, ProcessTable.InNamespace(blue.Path));
        Assert.Null(ProcessTable.StartTimeOf(pid));
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_answer()
    {
        KernelError? error = new DetachedProcess { FileName = "/nowhere/at-all" }.Start(out int pid);
        Assert.Equal(("ENOENT", 0), (error?.Name, pid));
    }

    private static string Status(int pid, string field) => File.ReadLines($"/proc/{pid}/status")
        .Single(line => line.StartsWith(field, StringComparison.Ordinal));

    private static void WaitFor(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + Long;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "it did not come to pass");
            Thread.Sleep(5);
        }
    }
}
