using System;
using System.CommandLine;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.Picture;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab show</c>: the network as a picture in text.</summary>
internal static class LabShowCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Verb verb = new("show", "Draw the network: segments, routers, nodes, workloads and their addresses.", "weft lab show --name quickstart") { name };
        verb.Runs(async (parse, cancelled) =>
        {
            LabStatus status = await LabInspection.InspectAsync(LabName.Meant(parse.GetValue(name)), cancelled).ConfigureAwait(false);
            Console.Out.Write(LabPicture.Draw(status));
            return ExitCode.Done;
        });
        return verb;
    }
}
