using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab.State;
using Weft.Linux.Namespaces;
using Weft.Linux.Processes;

namespace Weft.App.Lab.Daemons;

/// <summary>Finds and ends the processes of a lab: its daemons, by their arguments, and whatever runs in its
/// namespaces.</summary>
internal static class LabProcesses
{
    private const int Rounds = 20;

    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);
    private static readonly string[] Verbs = [LabDaemon.NodesVerb, LabDaemon.RuntimeVerb, "server", "agent"];

    /// <summary>Ends all of them and waits for their end; those that are started meanwhile as well.</summary>
    public static Task KillAllAsync(LabPaths paths, IReadOnlyList<string> namespaces) => Task.Run(() =>
    {
        HashSet<ulong> identities =
        [
            .. namespaces.Select(name => NetworkNamespace.Identity(NetworkNamespace.PathOf(name))).OfType<ulong>(),
        ];
        for (int round = 0; round < Rounds; round++)
        {
            List<int> found =
            [
                .. ProcessTable.All().Where(pid => pid != Environment.ProcessId
                    && BelongsTo(pid, paths, identities)),
            ];
            if (found.Count == 0)
            {
                return;
            }

            Kill(found);
        }

        throw new CommandFailure($"processes of lab '{paths.Lab}' are started faster than they can be ended");
    });

    /// <summary>Ends these processes and waits for their end.</summary>
    public static void Kill(IReadOnlyList<int> pids)
    {
        List<ProcessHandle> handles = [.. pids.Select(pid => ProcessHandle.Open(pid)).OfType<ProcessHandle>()];
        try
        {
            foreach (ProcessHandle handle in handles)
            {
                if (handle.Signal(ProcessSignal.Kill) is { } error)
                {
                    throw new CommandFailure(error.ToString());
                }
            }

            if (handles.FirstOrDefault(handle => !handle.WaitForExit(KillLimit)) is { } stuck)
            {
                throw new CommandFailure(
                    $"process {stuck.Pid} does not end within {KillLimit.TotalSeconds:0} s of SIGKILL");
            }
        }
        finally
        {
            foreach (ProcessHandle handle in handles)
            {
                handle.Dispose();
            }
        }
    }

    private static bool BelongsTo(int pid, LabPaths paths, HashSet<ulong> namespaces)
    {
        string inside = paths.Directory + "/";
        IReadOnlyList<string> arguments = ProcessTable.ArgumentsOf(pid);
        bool daemon = arguments.Count > 1 && Verbs.Contains(arguments[1])
            && arguments.Any(argument => argument == paths.Directory || argument.StartsWith(inside, StringComparison.Ordinal));

        // A zombie has neither arguments nor namespaces any more.
        return daemon
            || (NetworkNamespace.Identity($"/proc/{pid}/ns/net") is { } identity && namespaces.Contains(identity));
    }
}
