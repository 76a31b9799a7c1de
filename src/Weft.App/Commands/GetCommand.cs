using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Completions;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Output;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Model.Watch;

namespace Weft.App.Commands;

/// <summary><c>weft get KIND [NAME]</c>: what the server has.</summary>
internal static class GetCommand
{
    private const string Examples = """
        weft get workloads --lab quickstart
        weft get node n1 -o yaml
        weft get workloads -n shop -o json | jq -r '.[].spec.ipNetworks[]'
        weft get workloads -w
        """;

    private const string DefaultNamespace = "default";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Argument<string> kind = new("KIND")
        {
            HelpName = "KIND",
            Description = $"One of {string.Join(", ", ResourcePaths.Words())}",
        };
        kind.CompletionSources.Add(_ => ResourcePaths.Words().Select(word => new CompletionItem(word)));
        Argument<string?> name = new("NAME")
        {
            Description = "One resource; all if left out",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> inNamespace = new("--namespace", "-n")
        {
            Description = $"The namespace (default: all for a list, {DefaultNamespace} for one resource)",
            HelpName = "NS",
        };
        Option<string> output = OutputOption.Of(
            OutputFormat.Table, OutputFormat.Wide, OutputFormat.Yaml, OutputFormat.Json, OutputFormat.Name);
        Option<bool> watch = new("--watch", "-w")
        {
            Description = "Go on with each change; one object a line in JSON, one document each in YAML",
        };
        ServerAddress address = new();
        Verb verb = new("get", "Show resources.", Examples) { kind, name, inNamespace, output, watch };
        address.AddTo(verb);
        verb.Runs(async (parse, cancelled) =>
        {
            Question question = new(
                ResourcePaths.KindOf(parse.GetRequiredValue(kind)),
                parse.GetValue(name),
                parse.GetValue(inNamespace),
                parse.FormatIn(output));
            using ServerClient server = address.Connect(parse);
            if (parse.GetValue(watch))
            {
                await WatchAsync(server, question, cancelled);
            }
            else
            {
                await ShowAsync(server, question, cancelled);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static async Task ShowAsync(ServerClient server, Question question, CancellationToken cancelled)
    {
        if (question.Name is { } name)
        {
            string path = ResourcePaths.Of(question.Kind, question.Namespace ?? DefaultNamespace, name);
            DocumentNode resource = await server.GetAsync(path, cancelled);
            Write(question, [resource], one: true);
            return;
        }

        DocumentNode list = await server.GetAsync(
            ResourcePaths.ListOf(question.Kind, question.Namespace), cancelled);
        Write(question, ResourceList.ItemsOf(list), one: false);
    }

    private static async Task WatchAsync(ServerClient server, Question question, CancellationToken cancelled)
    {
        string path = ResourcePaths.ListOf(
            question.Kind, question.Namespace ?? (question.Name is null ? null : DefaultNamespace));
        DocumentNode list = await server.GetAsync(path, cancelled);
        DocumentNode[] wanted = [.. ResourceList.ItemsOf(list).Where(question.Wants)];
        if (question.Name is { } name && wanted.Length == 0)
        {
            string place = question.Kind.Namespaced ? $"{question.Namespace ?? DefaultNamespace}/" : "";
            throw new CommandFailure($"{question.Kind.Kind}/{place}{name} does not exist");
        }

        foreach (DocumentNode resource in wanted)
        {
            WriteChange(question, WatchFrameType.Added, resource);
        }

        try
        {
            await foreach (WatchFrame frame in server.WatchAsync(path, ResourceList.RevisionOf(list), cancelled))
            {
                if (frame.Type == WatchFrameType.Error)
                {
                    throw new CommandFailure($"the watch ended: {frame.Object.FindText("message")}");
                }

                if (frame.Type != WatchFrameType.Bookmark && question.Wants(frame.Object))
                {
                    WriteChange(question, frame.Type, frame.Object);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how a watch ends.
        }
    }

    private static void Write(Question question, IReadOnlyList<DocumentNode> resources, bool one)
    {
        switch (question.Format)
        {
            case OutputFormat.Json or OutputFormat.Yaml when one:
                DocumentOutput.Write(Console.Out, question.Format, resources[0]);
                break;
            case OutputFormat.Json or OutputFormat.Yaml:
                DocumentOutput.Write(Console.Out, question.Format, resources);
                break;
            case OutputFormat.Name:
                WriteNames(question, resources);
                break;
            default:
                ResourceTable.Write(Console.Out, question.Kind, resources, question.Format == OutputFormat.Wide);
                break;
        }
    }

    private static void WriteNames(Question question, IReadOnlyList<DocumentNode> resources)
    {
        foreach (DocumentNode resource in resources)
        {
            Console.Out.WriteLine(ResourceTable.NameOf(question.Kind, resource));
        }
    }

    private static void WriteChange(Question question, WatchFrameType type, DocumentNode resource)
    {
        if (question.Format is OutputFormat.Json or OutputFormat.Yaml)
        {
            DocumentOutput.WriteNext(
                Console.Out,
                question.Format,
                new MappingBuilder()
                    .Add("type", type.ToString().ToUpperInvariant())
                    .Add("object", resource)
                    .Build());
        }
        else
        {
            Console.Out.WriteLine(
                $"{type.ToString().ToUpperInvariant(),-8}   {ResourceTable.NameOf(question.Kind, resource)}");
        }

        Console.Out.Flush();
    }

    private sealed record Question(ResourceKind Kind, string? Name, string? Namespace, OutputFormat Format)
    {
        public bool Wants(DocumentNode resource) =>
            Name is null || ((resource as MappingNode)?.Find("metadata") as MappingNode)?.FindText("name") == Name;
    }
}
