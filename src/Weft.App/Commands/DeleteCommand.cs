using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Manifests;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Plan.Protocol;

namespace Weft.App.Commands;

/// <summary><c>weft delete KIND NAME | -f FILE</c>: all or nothing, a file backwards.</summary>
internal static class DeleteCommand
{
    private const string Examples = """
        weft delete ippool default
        weft delete workload web -n shop --lab quickstart --wait
        weft delete -f manifests/
        """;

    /// <summary>The namespace of a namespaced resource when none is given, as in Kubernetes.</summary>
    private const string DefaultNamespace = "default";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Argument<string?> kind = new("KIND")
        {
            HelpName = "KIND",
            Description = "What to delete: ippool, workload, ...",
            Arity = ArgumentArity.ZeroOrOne,
        };
        kind.CompletionSources.Add(
            _ => ResourcePaths.Words().Select(word => new System.CommandLine.Completions.CompletionItem(word)));
        Argument<string[]> names = new("NAME") { Description = "The names", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> inNamespace = new("--namespace", "-n")
        {
            Description = $"The namespace (default {DefaultNamespace})",
            HelpName = "NS",
        };
        Option<string[]> files = ApplyCommand.FileOption(
            "Delete what these files or directories declare; - is stdin");
        ServerAddress address = new();
        Settling settling = new();
        Verb verb = new(
            "delete",
            "Delete resources; all or nothing; a file backwards. What is still in use is 'terminating', and goes with its last user: weft status says what a node waits for.",
            Examples)
        {
            kind,
            names,
            inNamespace,
            files,
        };
        address.AddTo(verb);
        settling.AddTo(verb);
        verb.Runs(async (parse, cancelled) =>
        {
            List<(string Source, DocumentNode Document)> references = References(
                parse.GetValue(kind),
                parse.GetValue(names) ?? [],
                parse.GetValue(inNamespace),
                parse.GetValue(files) ?? []);
            using ServerClient server = address.Connect(parse);
            ApplyAnswer answer = await DeleteAsync(server, references, cancelled);
            ApplyCommand.Print(Console.Out, answer);
            await settling.WaitAsync(parse, server, answer, cancelled);
            return ExitCode.Done;
        });
        return verb;
    }

    private static async Task<ApplyAnswer> DeleteAsync(
        ServerClient server, List<(string Source, DocumentNode Document)> references, CancellationToken cancelled)
    {
        try
        {
            return await server.DeleteAsync([.. references.Select(reference => reference.Document)], cancelled);
        }
        catch (ServerRefusal refusal)
        {
            throw refusal.Error.Problems.Count > 0 && references.All(reference => reference.Source.Length == 0)
                ? new CommandFailure(string.Join('\n', refusal.Error.Problems.Select(problem => problem.Message)))
                : ProblemPlaces.Locate(refusal, references);
        }
    }

    private static List<(string Source, DocumentNode Document)> References(
        string? kind, string[] names, string? inNamespace, string[] files)
    {
        if (files.Length > 0 == (kind is not null))
        {
            throw CommandFailure.Usage("say either KIND NAME or -f FILE; see 'weft delete --help'");
        }

        if (kind is not null)
        {
            ResourceKind meant = ResourcePaths.KindOf(kind);
            return names.Length > 0
                ? [.. names.Select(name => ("", (DocumentNode)ResourcePaths.Reference(meant, inNamespace ?? DefaultNamespace, name)))]
                : throw CommandFailure.Usage($"which {meant.Singular}? say its name");
        }

        List<Diagnostic> errors = [];
        List<(string Source, DocumentNode Document)> references = [];
        foreach (Manifest manifest in ManifestFiles.Read(files))
        {
            references.AddRange(manifest.Documents.Select(
                document => (manifest.Source, ReferenceTo(manifest.Source, document, errors))));
        }

        ManifestFiles.Refuse(errors);
        return references.Count > 0
            ? references
            : throw new CommandFailure($"no resource in {string.Join(", ", files)}");
    }

    /// <summary>What <c>/v1/delete</c> takes for the resource that a document declares; the document itself if
    /// errors were added.</summary>
    internal static DocumentNode ReferenceTo(string source, DocumentNode document, List<Diagnostic> errors)
    {
        MappingNode? mapping = document as MappingNode;
        MappingNode? metadata = mapping?.Find("metadata") as MappingNode;
        string apiVersion = mapping?.FindText("apiVersion") ?? "";
        string kind = mapping?.FindText("kind") ?? "";
        ResourceKind? known = ResourceKinds.Find(apiVersion, kind);
        if (known is null)
        {
            errors.Add(new Diagnostic(
                "kind",
                $"'{apiVersion} {kind}' is not a kind that can be deleted",
                DocumentPath.PositionOf(document, "kind"),
                source));
            return document;
        }

        string? name = metadata?.FindText("name") is { Length: > 0 } given
            ? given
            : ComputedName(source, document, known, errors);
        return name is null
            ? document
            : ResourcePaths.Reference(known, metadata?.FindText("namespace") ?? DefaultNamespace, name) with
            {
                Position = document.Position,
            };
    }

    // An endpoint may leave its name to the binding, as apply lets it; what keeps it from having one is then the
    // binding's to say.
    private static string? ComputedName(
        string source, DocumentNode document, ResourceKind kind, List<Diagnostic> errors)
    {
        if (kind == ResourceKinds.WorkloadEndpoint)
        {
            return ResourceBinder.Bind(document, source, errors)?.Metadata.Name;
        }

        errors.Add(new Diagnostic(
            "metadata.name", "is required", DocumentPath.PositionOf(document, "metadata"), source));
        return null;
    }
}
