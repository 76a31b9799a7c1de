using System;
using System.CommandLine;
using System.Diagnostics;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.State;
using Weft.App.Output;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab up</c>.</summary>
internal static class LabUpCommand
{
    private const string Examples = """
        weft lab up
        weft lab up -f examples/quickstart.yaml
        weft lab up -f lab.yaml -f policy.yaml --name blue --processes
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string[]> files = ApplyCommand.FileOption("The lab and its resources (default: the quickstart)");
        Option<string?> name = LabName.Option("the file's metadata.name");
        Option<bool> processes = ProcessesOption();
        Verb verb = new("up", "Bring a lab up; returns when every workload can talk.", Examples)
        {
            files,
            name,
            processes,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            LabSource source = LabSource.Read(parse.GetValue(files) ?? [], parse.GetValue(name));
            LabCommand.DemandRoot("up");
            Stopwatch clock = Stopwatch.StartNew();
            LabPaths paths = await LabUp.RunAsync(source, parse.GetValue(processes), cancelled);
            if (!Console.IsOutputRedirected)
            {
                Console.Out.WriteLine($"Lab {Terminal.Strong(paths.Lab)} is up ({clock.Elapsed.TotalSeconds:0.0} s). "
                    + $"See it with: weft lab show --name {paths.Lab}");
            }

            return ExitCode.Done;
        });
        return verb;
    }

    /// <summary><c>--processes</c>.</summary>
    public static Option<bool> ProcessesOption() =>
        new("--processes") { Description = "Run each agent and the server as a process of its own" };
}
