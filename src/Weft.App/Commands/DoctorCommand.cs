using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Doctor;
using Weft.App.Output;

namespace Weft.App.Commands;

/// <summary><c>weft doctor</c>: can this host run Weft; what is missing; the command that mends it.</summary>
internal static class DoctorCommand
{
    private const string Examples = """
        sudo weft doctor
        sudo weft doctor -o json | jq -r '.checks[] | select(.mend) | .mend'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string> output = OutputOption.Of(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        Verb verb = new("doctor", "Can this host run Weft; what is missing; the command that mends it.", Examples)
        {
            output,
        };
        verb.Runs(parse =>
        {
            DoctorReport report = HostJudgement.Judge(HostReader.Read());
            OutputFormat format = parse.FormatIn(output);
            if (format == OutputFormat.Table)
            {
                Print(report);
            }
            else
            {
                DocumentOutput.Write(Console.Out, format, report, DoctorJson.Default.DoctorReport);
            }

            return report.CanRun ? ExitCode.Done : throw Missing(report);
        });
        return verb;
    }

    private static CommandFailure Missing(DoctorReport report)
    {
        string[] missing =
            [.. report.Checks.Where(check => check.Status == CheckStatus.Missing).Select(check => check.Name)];
        string names = string.Join(", ", missing.Distinct());
        return new CommandFailure(missing.Length == 1
            ? $"1 check is missing: {names}"
            : string.Create(CultureInfo.InvariantCulture, $"{missing.Length} checks are missing: {names}"));
    }

    private static void Print(DoctorReport report)
    {
        TextTable table = new("CHECK", "STATUS", "SEEN");
        foreach (DoctorCheck check in report.Checks)
        {
            table.Add(check.Name, WordOf(check.Status), check.Seen);
        }

        table.WriteTo(Console.Out, (column, cell) => column != 1 ? cell : cell switch
        {
            "ok" => Terminal.Good(cell),
            "missing" => Terminal.Bad(cell),
            _ => cell,
        });
        Console.Out.WriteLine();
        Console.Out.WriteLine(report switch
        {
            { CanRun: true } => "This host can run Weft.",
            { Checks: [{ Status: CheckStatus.Missing }, ..] } => "Whether this host can run Weft is seen only by root.",
            _ => "This host cannot run Weft as it is: mend what is missing.",
        });
        IGrouping<string?, DoctorCheck>[] mends =
            [.. report.Checks.Where(check => check.Mend is not null).GroupBy(check => check.Mend)];
        if (mends.Length > 0)
        {
            Console.Out.WriteLine("To mend:");
        }

        foreach (IGrouping<string?, DoctorCheck> mend in mends)
        {
            Console.Out.WriteLine($"  {Terminal.Faint($"# {string.Join(", ", mend.Select(check => check.Name))}")}");
            Console.Out.WriteLine($"  {mend.Key}");
        }
    }

    private static string WordOf(CheckStatus status) => status switch
    {
        CheckStatus.Ok => "ok",
        CheckStatus.Notice => "notice",
        _ => "missing",
    };
}
