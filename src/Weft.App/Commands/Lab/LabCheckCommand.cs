using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.Checks;
using Weft.App.Lab.State;
using Weft.App.Output;
using Weft.Model.Lab;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab check</c>: runs the checks of the lab's file.</summary>
internal static class LabCheckCommand
{
    private const string Examples = """
        weft lab check --name quickstart
        weft lab check -o json | jq '.[] | select(.passed | not)'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Option<string> output = OutputOf();
        Verb verb = new(
            "check", "Prove with real packets who reaches whom; exit code 1 if a check fails.", Examples)
        {
            name,
            output,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            LabCommand.DemandRoot("check");
            LabPaths paths = LabName.Meant(parse.GetValue(name));
            LabRecord.Demand(paths);
            return await RunAsync(paths, parse.FormatIn(output), cancelled);
        });
        return verb;
    }

    /// <summary><c>-o</c> of this verb.</summary>
    public static Option<string> OutputOf() =>
        OutputOption.Of(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);

    /// <summary>Runs the checks and prints what they found; fails if one failed.</summary>
    public static async Task<int> RunAsync(LabPaths paths, OutputFormat format, CancellationToken cancelled)
    {
        IReadOnlyList<LabCheck> checks = LabRecord.Demand(paths).Topology().Checks;
        LabStatus status = await LabInspection.InspectAsync(paths, cancelled);
        IReadOnlyList<CheckResult> results = await new CheckRunner(status).RunAsync(checks, cancelled);
        if (format == OutputFormat.Table)
        {
            Print(results);
        }
        else
        {
            DocumentOutput.Write(Console.Out, format, results, CheckJson.Default.IReadOnlyListCheckResult);
        }

        int failed = results.Count(result => !result.Passed);
        return failed == 0 ? ExitCode.Done : throw new CommandFailure($"{failed} of {results.Count} checks failed");
    }

    private static void Print(IReadOnlyList<CheckResult> results)
    {
        TextTable table = new("RESULT", "FROM", "TO", "FAMILY", "PROTO", "EXPECTED", "SEEN AS", "MS", "DETAIL");
        foreach (CheckResult result in results)
        {
            if (result.Families.Count == 0)
            {
                Add(table, result, result.Passed, "", null, result.Milliseconds, result.Detail);
            }

            foreach (FamilyResult one in result.Families)
            {
                Add(table, result, one.Passed, one.Family, one.SourceSeen, one.Milliseconds, one.Detail);
            }
        }

        table.WriteTo(Console.Out, (_, cell) => cell switch
        {
            "ok" => Terminal.Good(cell),
            "FAILED" => Terminal.Bad(cell),
            _ => cell,
        });
    }

    private static void Add(
        TextTable table, CheckResult check, bool passed, string family, string? source, double took, string detail) =>
        table.Add(
            passed ? "ok" : "FAILED",
            check.From,
            check.To,
            family,
            What(check),
            check.Expect,
            source ?? "",
            took.ToString("0.0", CultureInfo.InvariantCulture),
            detail);

    private static string What(CheckResult check) => (check.Port, check.Size) switch
    {
        ({ } port, _) => string.Create(CultureInfo.InvariantCulture, $"{check.Proto}/{port}"),
        (_, { } size) => string.Create(CultureInfo.InvariantCulture, $"{check.Proto} of {size} bytes"),
        _ => check.Proto,
    };
}
