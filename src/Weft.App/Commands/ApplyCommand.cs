using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Manifests;
using Weft.Plan.Protocol;

namespace Weft.App.Commands;

/// <summary><c>weft apply -f FILE|DIR|-</c>: create or change resources, all or nothing per file.</summary>
internal static class ApplyCommand
{
    private const string Examples = """
        weft apply -f pool.yaml
        weft apply -f manifests/ --lab quickstart --wait
        cat pool.yaml | weft apply -f -
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string[]> files = FileOption("Files or directories of YAML or JSON; - is stdin");
        files.Required = true;
        ServerAddress address = new();
        Settling settling = new();
        Verb verb = new(
            "apply", "Create or change resources; all or nothing per file; one line per resource.", Examples)
        {
            files,
        };
        address.AddTo(verb);
        settling.AddTo(verb);
        verb.Runs((parse, cancelled) =>
            RunAsync(parse, parse.GetRequiredValue(files), address, settling, cancelled));
        return verb;
    }

    /// <summary><c>-f</c>, which may come several times.</summary>
    public static Option<string[]> FileOption(string description) => new("--filename", "-f")
    {
        Description = description,
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Prints what happened to each resource.</summary>
    public static void Print(TextWriter output, ApplyAnswer answer)
    {
        foreach (ApplyResult result in answer.Results)
        {
            string place = result.Namespace.Length == 0 ? result.Name : $"{result.Namespace}/{result.Name}";
            output.WriteLine($"{result.Kind}/{place} {result.Outcome}");
        }
    }

    private static async Task<int> RunAsync(
        ParseResult parse, string[] files, ServerAddress address, Settling settling, CancellationToken cancelled)
    {
        IReadOnlyList<Manifest> manifests = ManifestFiles.Read(files);
        if (manifests.All(manifest => manifest.Documents.Count == 0))
        {
            throw new CommandFailure($"no resource in {string.Join(", ", files)}");
        }

        using ServerClient server = address.Connect(parse);
        ApplyAnswer? last = null;
        foreach (Manifest manifest in manifests.Where(manifest => manifest.Documents.Count > 0))
        {
            try
            {
                last = await server.ApplyAsync(manifest.Documents, cancelled);
            }
            catch (ServerRefusal refusal)
            {
                throw ProblemPlaces.Locate(
                    refusal, [.. manifest.Documents.Select(document => (manifest.Source, document))]);
            }

            Print(Console.Out, last);
        }

        if (last is not null)
        {
            await settling.WaitAsync(parse, server, last, cancelled);
        }

        return ExitCode.Done;
    }
}
