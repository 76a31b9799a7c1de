using System.CommandLine;
using Weft.App.CommandLine;
using Weft.App.Lab;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab down</c>.</summary>
internal static class LabDownCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Verb verb = new(
            "down", "Remove a lab: returns when nothing of it is left.", "weft lab down --name quickstart")
        {
            name,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            if (LabName.MeantOrNone(parse.GetValue(name)) is { } paths
                && System.IO.Directory.Exists(paths.Directory))
            {
                LabCommand.DemandRoot("down");
                await LabDown.RunAsync(paths, cancelled);
            }

            return ExitCode.Done;
        });
        return verb;
    }
}
