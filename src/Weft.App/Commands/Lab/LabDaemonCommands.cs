using System;
using System.CommandLine;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.App.Lab.State;
using Weft.App.Lab.Workloads;

namespace Weft.App.Commands.Lab;

/// <summary>The hidden verbs that <c>weft lab up</c> starts and that go on running.</summary>
internal static class LabDaemonCommands
{
    /// <summary>The server and all agents of a lab.</summary>
    public static Command CreateNodes() =>
        Create(LabDaemon.NodesVerb, "The server and all agents of a lab.", LabNodes.RunAsync);

    /// <summary>The container runtime of a lab.</summary>
    public static Command CreateRuntime() =>
        Create(LabDaemon.RuntimeVerb, "The container runtime of a lab.", LabRuntime.RunAsync);

    private static Command Create(
        string name, string description, Func<LabPaths, LabRecord, Action<string>, CancellationToken, Task> run)
    {
        Option<string> state = new("--state") { Description = "The lab's folder", Required = true };
        Command verb = new(name, description) { state };
        verb.Hidden = true;
        verb.Runs(async (parse, cancelled) =>
        {
            LabPaths paths = LabPaths.Of(Path.GetFileName(parse.GetRequiredValue(state)));
            await run(paths, LabRecord.Demand(paths), Daemon.Log, cancelled);
            return ExitCode.Done;
        });
        return verb;
    }
}
