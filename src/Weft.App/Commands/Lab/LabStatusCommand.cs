using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Output;
using Weft.Net;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab status</c>.</summary>
internal static class LabStatusCommand
{
    private const string Examples = """
        weft lab status --name quickstart
        weft lab status -o json | jq -r '.nodes[] | "\(.name) \(.agentPid)"'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Option<string> output = OutputOption.Of(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        Verb verb = new(
            "status", "Show the members of a lab, their addresses and whether they are ready.", Examples)
        {
            name,
            output,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            LabCommand.DemandRoot("status");
            LabStatus status = await LabInspection.InspectAsync(LabName.Meant(parse.GetValue(name)), cancelled);
            OutputFormat format = parse.FormatIn(output);
            if (format == OutputFormat.Table)
            {
                Print(status);
            }
            else
            {
                DocumentOutput.Write(Console.Out, format, status, LabJson.Default.LabStatus);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static void Print(LabStatus status)
    {
        TextTable table = new("NAME", "ROLE", "READY", "NODE", "ADDRESSES", "AGENT", "NAMESPACE");
        foreach (MemberStatus router in status.Routers)
        {
            table.Add(router.Name, "router", "", "", Join(router.Addresses), "", router.Namespace);
        }

        foreach (LabNodeStatus node in status.Nodes)
        {
            string pid = node.AgentPid?.ToString(CultureInfo.InvariantCulture) ?? "dead";
            table.Add(node.Name, "node", node.Ready ? "yes" : "no", "", Join(node.Addresses), pid, node.Namespace);
        }

        foreach (MemberStatus host in status.Hosts)
        {
            table.Add(host.Name, "host", "", "", Join(host.Addresses), "", host.Namespace);
        }

        foreach (WorkloadStatus workload in status.Workloads)
        {
            table.Add(
                workload.Name,
                "workload",
                workload.Ready ? "yes" : "no",
                workload.Node,
                Join(workload.Addresses),
                "",
                workload.Namespace);
        }

        table.WriteTo(Console.Out, (_, cell) => cell switch
        {
            "yes" => Terminal.Good(cell),
            "no" or "dead" => Terminal.Bad(cell),
            _ => cell,
        });
        foreach (LabNodeStatus node in status.Nodes)
        {
            if (!node.Ready)
            {
                Console.Out.WriteLine($"{node.Name} is not ready: {node.Waiting}");
            }
        }
    }

    private static string Join(IEnumerable<IpAddress> addresses) => string.Join(',', addresses);
}
