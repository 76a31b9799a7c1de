using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Lab.State;
using Weft.Linux.Namespaces;
using Weft.Linux.Processes;
using Weft.Model.Lab;

namespace Weft.App.Lab.Daemons;

/// <summary>One of the processes that go on when <c>weft lab up</c> has returned.</summary>
/// <param name="Name">What it is called in messages, and its log.</param>
/// <param name="Arguments">Its command line; no other process has the same one.</param>
/// <param name="LogPath">What it says.</param>
internal sealed record LabDaemon(string Name, IReadOnlyList<string> Arguments, string LogPath)
{
    /// <summary>The hidden verb of the process that hosts server and agents.</summary>
    public const string NodesVerb = "lab-node";

    /// <summary>The hidden verb of the runtime.</summary>
    public const string RuntimeVerb = "lab-runtime";

    private const int LastLines = 50;

    /// <summary>All daemons of a lab, in the order in which they are started.</summary>
    public static IReadOnlyList<LabDaemon> All(LabPaths paths, LabTopology lab, bool processes) => processes
        ? [Server(paths), .. lab.Nodes.Select(node => Agent(paths, node.Name)), Runtime(paths)]
        : [Nodes(paths), Runtime(paths)];

    /// <summary>Server and agents in one process.</summary>
    public static LabDaemon Nodes(LabPaths paths) =>
        Of(paths, "weft.nodes", [NodesVerb, "--state", paths.Directory]);

    /// <summary>The container runtime of all nodes.</summary>
    public static LabDaemon Runtime(LabPaths paths) =>
        Of(paths, "weft.runtime", [RuntimeVerb, "--state", paths.Directory]);

    /// <summary>The server on its own.</summary>
    public static LabDaemon Server(LabPaths paths) =>
        Of(paths, "weft.server", ["server", "--state", paths.ServerState, "--socket", paths.ServerSocket]);

    /// <summary>A node's agent on its own.</summary>
    public static LabDaemon Agent(LabPaths paths, string node) => Of(paths, node,
    [
        "agent",
        "--node", node,
        "--server", paths.ServerSocket,
        "--state", paths.AgentState(node),
        "--socket", paths.AgentSocket(node),
        "--netns", NetworkNamespace.PathOf(paths.NamespaceOf(node)),
    ]);

    /// <summary>Starts it: in a session of its own, with none of our descriptors.</summary>
    public StartedDaemon Start()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LogPath) ?? "/");
        DetachedProcess process = new()
        {
            FileName = Environment.ProcessPath
                ?? throw new CommandFailure("where is the weft binary? /proc is not mounted"),
            Arguments = Arguments,
            LogPath = LogPath,
        };
        return process.Start(out int pid) is { } error
            ? throw new CommandFailure($"{Name}: {error}")
            : new StartedDaemon(this, pid);
    }

    /// <summary>The process, if it lives.</summary>
    public int? FindPid() => ProcessTable.All()
        .Where(pid => ProcessTable.ArgumentsOf(pid).Skip(1).SequenceEqual(Arguments))
        .Select(pid => (int?)pid)
        .FirstOrDefault();

    /// <summary>The last thing that it said, in one line; empty if it said nothing.</summary>
    public string ReadLastWord()
    {
        try
        {
            // A failure is what a command says last, after the program's name; of a defect, the first line
            // says which.
            string[] lines =
            [
                .. File.ReadLines(LogPath).TakeLast(LastLines).Where(line => line.Length > 0 && line[0] != ' '),
            ];
            string last = lines.LastOrDefault(line => line.StartsWith(CommandRun.Prefix, StringComparison.Ordinal))
                ?? lines.LastOrDefault() ?? "";
            return last.StartsWith(CommandRun.Prefix, StringComparison.Ordinal)
                ? last[CommandRun.Prefix.Length..]
                : last;
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static LabDaemon Of(LabPaths paths, string name, string[] arguments) =>
        new(name, arguments, paths.Log(name));
}

/// <summary>A daemon that was started by this process.</summary>
/// <param name="Daemon">The daemon.</param>
/// <param name="Pid">Its process.</param>
internal sealed record StartedDaemon(LabDaemon Daemon, int Pid)
{
    /// <summary>Whether it has ended; a dead child is buried.</summary>
    public bool HasEnded()
    {
        using ProcessHandle? handle = ProcessHandle.Open(Pid);
        return handle is null || handle.WaitForExit(TimeSpan.Zero);
    }
}
