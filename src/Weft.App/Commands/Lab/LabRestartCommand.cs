using System.CommandLine;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.State;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab restart NODE</c>.</summary>
internal static class LabRestartCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Argument<string> node = new("NODE")
        {
            Description = $"The node whose agent to restart; '{LabRestart.Server}' is the server",
        };
        Verb verb = new(
            "restart",
            "End a node's agent, if it lives, and start it, and what it needs and is dead; returns when it is ready.",
            "weft lab restart --name quickstart n1")
        {
            name,
            node,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            LabPaths paths = LabName.Meant(parse.GetValue(name));
            LabCommand.DemandRoot("restart");
            await LabRestart.RunAsync(paths, parse.GetRequiredValue(node), cancelled);
            return ExitCode.Done;
        });
        return verb;
    }
}
