using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Output;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab list</c>.</summary>
internal static class LabListCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("all");
        Option<string> output = OutputOption.Of(
            OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name);
        Verb verb = new("list", "Show the labs that run on this host.", "weft lab list -o json")
        {
            name,
            output,
        };
        verb.Runs(parse =>
        {
            LabCommand.DemandRoot("list");
            IReadOnlyList<LabSummary> labs = LabInspection.List(
                parse.GetValue(name) is { } wanted ? LabName.Demand(wanted) : null);
            Write(labs, parse.FormatIn(output));
            return ExitCode.Done;
        });
        return verb;
    }

    private static void Write(IReadOnlyList<LabSummary> labs, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Json or OutputFormat.Yaml:
                DocumentOutput.Write(Console.Out, format, labs, LabJson.Default.IReadOnlyListLabSummary);
                break;
            case OutputFormat.Name:
                foreach (LabSummary lab in labs)
                {
                    Console.Out.WriteLine(lab.Name);
                }

                break;
            default:
                TextTable table = new("NAME", "NODES", "WORKLOADS", "DAEMONS", "CREATED");
                foreach (LabSummary lab in labs)
                {
                    table.Add(
                        lab.Name,
                        lab.Nodes.ToString(CultureInfo.InvariantCulture),
                        lab.Workloads.ToString(CultureInfo.InvariantCulture),
                        lab.Processes ? "processes" : "one process",
                        lab.CreationTimestamp.Length > 0 ? lab.CreationTimestamp : "interrupted");
                }

                table.WriteTo(Console.Out);
                break;
        }
    }
}
