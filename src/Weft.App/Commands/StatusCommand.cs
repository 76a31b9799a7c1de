using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Output;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.App.Commands;

/// <summary><c>weft status</c>: nodes and agents, what is not right, and why.</summary>
internal static class StatusCommand
{
    private const string Examples = """
        weft status --lab quickstart
        weft status -o json | jq '.findings'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string> output = OutputOption.Of(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        ServerAddress address = new();
        Verb verb = new("status", "Show nodes and agents, what is not right, and why.", Examples) { output };
        address.AddTo(verb);
        verb.Runs(async (parse, cancelled) =>
        {
            using ServerClient server = address.Connect(parse);
            FleetStatus status = await server.StatusAsync(cancelled);
            OutputFormat format = parse.FormatIn(output);
            if (format == OutputFormat.Table)
            {
                Print(status);
            }
            else
            {
                DocumentOutput.Write(Console.Out, format, status, PlanJson.Default.FleetStatus);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static void Print(FleetStatus status)
    {
        TextTable table = new("NODE", "AGENT", "CURRENT", "MTU", "TUNNEL", "BLOCKS", "WORKLOADS");
        foreach (NodeStatus node in status.Nodes)
        {
            table.Add(
                node.Name,
                node.Connected ? "connected" : node.Report is null ? "never seen" : "gone",
                node.Current ? "yes" : "no",
                Both(node.Report?.UnderlayMtu, node.Report?.UnderlayMtuV6),
                Both(node.Report?.TunnelIpv4, node.Report?.TunnelIpv6),
                node.Blocks.ToString(CultureInfo.InvariantCulture),
                node.Workloads.ToString(CultureInfo.InvariantCulture));
        }

        table.WriteTo(Console.Out, (_, cell) => cell switch
        {
            "connected" or "yes" => Terminal.Good(cell),
            "never seen" or "gone" or "no" => Terminal.Bad(cell),
            _ => cell,
        });
        string[] findings =
        [
            .. status.Findings.Select(Describe),
            .. status.Nodes.SelectMany(
                node => (node.Report?.Findings ?? []).Select(finding => $"{node.Name}: {Describe(finding)}")),
        ];
        Console.Out.WriteLine();
        Console.Out.WriteLine(
            findings.Length == 0 ? $"Nothing is wrong at revision {status.Revision}." : "What is not right:");
        foreach (string finding in findings)
        {
            Console.Out.WriteLine($"  {finding}");
        }
    }

    // What both families have alike is said once.
    private static string Both(object? ipv4, object? ipv6) => string.Join(
        ',', new object?[] { ipv4, ipv6 }.OfType<object>().Distinct().Select(value => FormattableString.Invariant($"{value}")));

    private static string Describe(Finding finding) =>
        $"{(finding.Severity == FindingSeverity.Error ? Terminal.Bad("error") : "notice")} {finding.Subject}: {finding.Message}";
}
