using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Linux.Processes;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>The processes of one lab: found by the lab's folder among their arguments, ended by <c>kill -9</c>.
/// </summary>
internal static class LabDaemons
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<int> Of(RunningLab lab) => Of(lab.Folder);

    /// <summary>All processes of the lab in a folder.</summary>
    public static IReadOnlyList<int> Of(string folder) =>
        [.. ProcessTable.All().Where(pid => pid != Environment.ProcessId && ProcessTable.ArgumentsOf(pid)
            .Any(argument => argument == folder || argument.StartsWith(folder + "/", StringComparison.Ordinal)))];

    /// <summary>The agent of a node, in a lab of one process each.</summary>
    public static int? AgentOf(RunningLab lab, string node) => Find(Path.Combine(lab.Folder, "agents", node));

    /// <summary>The server, in a lab of one process each.</summary>
    public static int? ServerOf(RunningLab lab) => Find(Path.Combine(lab.Folder, "server"));

    /// <summary>The container runtime.</summary>
    public static int? RuntimeOf(RunningLab lab) => ProcessTable.WithArgument("lab-runtime")
        .Where(pid => ProcessTable.ArgumentsOf(pid).Contains(lab.Folder)).Select(pid => (int?)pid).FirstOrDefault();

    /// <summary>Ends processes at once, and waits for their end. Not for children of this process.</summary>
    public static void Kill(IEnumerable<int> pids)
    {
        List<ProcessHandle> handles = [.. pids.Select(pid => ProcessHandle.Open(pid)).OfType<ProcessHandle>()];
        try
        {
            foreach (ProcessHandle handle in handles)
            {
                Assert.Null(handle.Signal(ProcessSignal.Kill));
            }

            Assert.All(
                handles,
                handle => Assert.True(handle.WaitForExit(EndLimit), $"process {handle.Pid} survives SIGKILL"));
        }
        finally
        {
            handles.ForEach(handle => handle.Dispose());
        }
    }

    private static int? Find(string state) =>
        ProcessTable.WithArgument(state).Select(pid => (int?)pid).FirstOrDefault();
}
