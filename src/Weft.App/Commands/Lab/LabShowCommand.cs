using System;
using System.CommandLine;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.Picture;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab show</c>: the network as a picture in text, and what can be seen in it.</summary>
internal static class LabShowCommand
{
    private const string Examples = """
        weft lab show
        # the routes that Weft put into a node's kernel
        weft lab show --routes n1
        # one packet, captured on every interface that it passes
        weft lab show --way web search
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Option<string?> routes = new("--routes")
        {
            Description = "Weft's routes in the kernel of a node",
            HelpName = "NODE",
        };
        Option<string[]> way = new("--way")
        {
            Description = "Send one packet, and show every interface that it passes",
            HelpName = "FROM TO",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        Verb verb = new("show", "Draw the network, or show what happens in it.", Examples) { name, routes, way };
        verb.Runs(async (parse, cancelled) =>
        {
            LabCommand.DemandRoot("show");
            LabStatus status = await LabInspection.InspectAsync(LabName.Meant(parse.GetValue(name)), cancelled);
            if (parse.GetValue(routes) is { } node)
            {
                string place = status.Nodes.FirstOrDefault(n => n.Name == node)?.Namespace
                    ?? throw new CommandFailure($"'{node}' is not a node of lab '{status.Name}'");
                Print(NodeRoutes.Read(place));
            }
            else if (parse.GetValue(way) is [string from, string to])
            {
                Print(await PacketWay.CaptureAsync(status, from, to, cancelled));
            }
            else
            {
                Console.Out.Write(LabPicture.Draw(status));
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static void Print(System.Collections.Generic.IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            Console.Out.WriteLine(line);
        }
    }
}
