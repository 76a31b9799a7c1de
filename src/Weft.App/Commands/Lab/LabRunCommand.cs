using System;
using System.Collections.Generic;
using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.State;
using Weft.Linux.Processes;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab run -f FILE</c>: up, check, down. Without root in a user, mount and network namespace
/// of its own.</summary>
internal static class LabRunCommand
{
    private const string Examples = """
        weft lab run -f examples/quickstart.yaml
        # in a script: the exit code says whether all checks passed
        weft lab run -f lab.yaml -o json > results.json
        """;

    // A private /run: sockets and namespaces of the lab live there, and nothing of it outlives the last process.
    private const string Enter = "mount -t tmpfs tmpfs /run && exec \"$0\" \"$@\"";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string[]> files = ApplyCommand.FileOption("The lab and its resources (default: the quickstart)");
        Option<string?> name = LabName.Option("the file's metadata.name");
        Option<bool> processes = LabUpCommand.ProcessesOption();
        Option<string> output = LabCheckCommand.OutputOf();
        Verb verb = new("run", "Bring a lab up, run its checks, take it down; without root too.", Examples)
        {
            files,
            name,
            processes,
            output,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            LabSource source = LabSource.Read(parse.GetValue(files) ?? [], parse.GetValue(name));
            if (!Environment.IsPrivilegedProcess)
            {
                return await RunInsideAsync(cancelled);
            }

            LabPaths paths = await LabUp.RunAsync(source, parse.GetValue(processes), cancelled);
            try
            {
                return await LabCheckCommand.RunAsync(paths, parse.FormatIn(output), cancelled);
            }
            finally
            {
                await LabDown.RunAsync(paths, CancellationToken.None);
            }
        });
        return verb;
    }

    // A process with several threads cannot make itself a user namespace: util-linux does it, and starts us
    // again there.
    private static async Task<int> RunInsideAsync(CancellationToken cancelled)
    {
        string self = Environment.ProcessPath
            ?? throw new CommandFailure("where is the weft binary? /proc is not mounted");
        List<string> arguments = ["--user", "--map-root-user", "--net", "--mount", "sh", "-c", Enter, self];
        arguments.AddRange(Environment.GetCommandLineArgs()[1..]);
        try
        {
            using Process inside = Process.Start(
                new ProcessStartInfo("unshare", arguments) { UseShellExecute = false })
                ?? throw new CommandFailure("unshare did not start");
            using ProcessHandle? handle = ProcessHandle.Open(inside.Id);
            await using CancellationTokenRegistration passing = cancelled.Register(
                () => handle?.Signal(ProcessSignal.Terminate));
            await inside.WaitForExitAsync(CancellationToken.None);
            return inside.ExitCode;
        }
        catch (Win32Exception missing)
        {
            throw new CommandFailure($"without root, 'weft lab run' needs unshare (util-linux): {missing.Message}");
        }
    }
}
