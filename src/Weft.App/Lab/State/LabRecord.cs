using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.App.CommandLine;
using Weft.Linux.Files;
using Weft.Linux.Namespaces;
using Weft.Model.Documents;
using Weft.Model.Lab;

namespace Weft.App.Lab.State;

/// <summary>What is known of a running lab: on disk before the first namespace exists, so that whatever dies,
/// <c>weft lab down</c> knows what to remove.</summary>
internal sealed record LabRecord
{
    /// <summary>The lab's name.</summary>
    public required string Name { get; init; }

    /// <summary>When it was brought up, RFC 3339.</summary>
    public required string CreationTimestamp { get; init; }

    /// <summary>Whether each daemon is a process of its own.</summary>
    public required bool Processes { get; init; }

    /// <summary>Every network namespace that will be made.</summary>
    public required IReadOnlyList<string> Namespaces { get; init; }

    /// <summary>The Lab document of the file.</summary>
    public required JsonElement Document { get; init; }

    /// <summary>The record of a lab that is about to be made.</summary>
    public static LabRecord Of(
        LabPaths paths, LabTopology lab, DocumentNode document, bool processes, string now) => new()
        {
            Name = paths.Lab,
            CreationTimestamp = now,
            Processes = processes,
            Namespaces = [paths.UnderlayNamespace, .. MembersOf(lab).Select(paths.NamespaceOf)],
            Document = JsonSerializer.Deserialize(JsonText.Write(document), LabRecordJson.Default.JsonElement),
        };

    /// <summary>Reads the record of a lab; none if there is no such lab, or if it died before the record was
    /// there: then nothing was made.</summary>
    public static LabRecord? Read(LabPaths paths)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(paths.Record), LabRecordJson.Default.LabRecord);
        }
        catch (IOException)
        {
            return null;
        }
        catch (JsonException malformed)
        {
            throw new CommandFailure(
                $"{paths.Record} is damaged ({malformed.Message}): remove the namespaces weft-{paths.Lab}-* and "
                + $"{paths.Directory} by hand");
        }
    }

    /// <summary>The record of a lab that must exist.</summary>
    public static LabRecord Demand(LabPaths paths) =>
        Read(paths) ?? throw new CommandFailure($"no lab '{paths.Lab}'; 'weft lab list' shows those that run");

    /// <summary>Writes the record, so that it outlasts everything that follows.</summary>
    public void Write(LabPaths paths)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, LabRecordJson.Default.LabRecord);
        if (DurableFile.Replace(paths.Record, json) is { } error)
        {
            throw new CommandFailure($"{paths.Record}: {error}");
        }
    }

    /// <summary>The lab as its file had it.</summary>
    public LabTopology Topology()
    {
        List<Diagnostic> errors = [];
        DocumentNode? document = JsonText.ParseOne(Encoding.UTF8.GetBytes(Document.GetRawText()), null, errors);
        LabFile? file = document is null ? null : LabFile.Bind([document], null, errors);
        return file is null
            ? throw new CommandFailure(
                $"the record of lab '{Name}' is of another version of weft: {errors.FirstOrDefault()}")
            : file.Lab with { Name = Name };
    }

    /// <summary>All network namespaces of the lab, those of workloads that came later among them.</summary>
    public IReadOnlyList<string> AllNamespaces(LabPaths paths) =>
        [.. Namespaces.Concat(LaterNamespaces.Read(paths)).Distinct()];

    /// <summary>Fails if a namespace that the lab needs exists, or is promised to another lab.</summary>
    public void RefuseTakenNamespaces()
    {
        string? taken = Namespaces.FirstOrDefault(name => File.Exists(NetworkNamespace.PathOf(name)));
        if (taken is not null)
        {
            throw new CommandFailure($"network namespace {taken} exists already; choose another name with --name");
        }

        HashSet<string> wanted = [.. Namespaces];
        foreach (LabPaths other in LabPaths.All().Where(other => other.Lab != Name))
        {
            if (Read(other)?.AllNamespaces(other).FirstOrDefault(wanted.Contains) is { } promised)
            {
                throw new CommandFailure(
                    $"network namespace {promised} belongs to lab '{other.Lab}'; choose another name with --name");
            }
        }
    }

    private static IEnumerable<string> MembersOf(LabTopology lab) =>
    [
        .. lab.Routers.Select(router => router.Name),
        .. lab.Nodes.Select(node => node.Name),
        .. lab.Hosts.Select(host => host.Name),
        .. lab.Workloads.Select(workload => workload.Name),
    ];
}

/// <summary>The JSON of the record.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LabRecord))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class LabRecordJson : JsonSerializerContext;
