using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Output;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.App.Commands.Ipam;

/// <summary><c>weft ipam check</c>: every address in use and its owner; whether store, journals and kernels agree.</summary>
internal static class IpamCheckCommand
{
    private const string Examples = """
        weft ipam check
        weft ipam check -o wide           # every address with its owner
        weft ipam check -o json | jq '.problems[] | select(.mendsItself | not)'
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string> output = OutputOption.Of(OutputFormat.Table, OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml);
        ServerAddress address = new();
        Verb verb = new(
            "check", "Compare store, journals and kernels; fails if something is not right that does not mend itself.", Examples)
        {
            output,
        };
        address.AddTo(verb);
        verb.Runs(async (parse, cancelled) =>
        {
            using ServerClient server = address.Connect(parse);
            using Terminal.Progress progress = new();
            progress.Say("asking the agents");
            IpamCheck check = await server.IpamCheckAsync(cancelled);
            progress.Dispose();
            Print(Console.Out, check, parse.FormatIn(output));
            return check.Problems.All(problem => problem.MendsItself) ? ExitCode.Done : ExitCode.Failed;
        });
        return verb;
    }

    /// <summary>Prints what was found.</summary>
    internal static void Print(TextWriter output, IpamCheck check, OutputFormat format)
    {
        if (format is not (OutputFormat.Table or OutputFormat.Wide))
        {
            DocumentOutput.Write(output, format, check, PlanJson.Default.IpamCheck);
            return;
        }

        if (format == OutputFormat.Wide)
        {
            TextTable table = new("ADDRESS", "NODE", "USE", "OWNER", "STATE", "POOL", "BLOCK");
            foreach (CheckedAddress address in check.Addresses)
            {
                table.Add(
                    address.Address.ToString(),
                    address.Node,
                    Word(address.Use.ToString()),
                    address.Owner,
                    address.State is { } state ? Word(state.ToString()) : "not asked",
                    address.Pool ?? "",
                    address.Block?.ToString() ?? "");
            }

            table.WriteTo(output);
            output.WriteLine();
        }

        int inUse = check.Addresses.Count(address => address.Use != AddressUse.Lent);
        string away = check.Away.Count > 0 ? $"; not asked, for their agents are away: {string.Join(", ", check.Away)}" : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{inUse} addresses in use, {check.Nodes.Count} nodes asked{away}."));
        if (check.Problems.Count == 0)
        {
            output.WriteLine($"Store, journals and kernels agree at revision {check.Revision}.");
            return;
        }

        foreach (IpamProblem problem in check.Problems)
        {
            string word = problem.MendsItself ? "notice" : Terminal.Bad("error");
            output.WriteLine($"  {word} {problem.Message}");
            output.WriteLine($"    mend: {problem.Mend}");
        }
    }

    // Of a name in code the words: InUse is "in use".
    private static string Word(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? " " : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
