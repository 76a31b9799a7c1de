using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Manifests;
using Weft.App.Yaml;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Model.Resources;

namespace Weft.App.Lab;

/// <summary>A lab as the user's files declare it, checked as a whole: nothing is made for a file that is
/// wrong.</summary>
internal sealed class LabSource
{
    private const string BuiltIn = "quickstart.yaml";

    private LabSource(
        LabTopology topology,
        DocumentNode document,
        string file,
        IReadOnlyList<(string Source, DocumentNode Document)> documents,
        IReadOnlyList<Resource> resources) =>
        (Topology, Document, File, Documents, Resources) = (topology, document, file, documents, resources);

    /// <summary>The lab.</summary>
    public LabTopology Topology { get; }

    /// <summary>Its document.</summary>
    public DocumentNode Document { get; }

    /// <summary>The file it stands in.</summary>
    public string File { get; }

    /// <summary>The resources' documents, each with its file.</summary>
    public IReadOnlyList<(string Source, DocumentNode Document)> Documents { get; }

    /// <summary>The resources.</summary>
    public IReadOnlyList<Resource> Resources { get; }

    /// <summary>Reads files; without any, the quickstart that comes with the program. Fails with all errors of
    /// all files, each with its place.</summary>
    public static LabSource Read(IReadOnlyList<string> files, string? name)
    {
        IReadOnlyList<Manifest> manifests = files.Count > 0 ? ManifestFiles.Read(files) : [ReadBuiltIn()];
        List<Manifest> labs = [.. manifests.Where(manifest => manifest.Documents.Any(IsLab))];
        string where = string.Join(", ", manifests.Select(manifest => manifest.Source));
        if (labs.Count == 0)
        {
            ManifestFiles.Refuse([new Diagnostic(
                "", $"no document of kind {LabTopology.Kind} ({LabTopology.ApiVersion})", Position.Start, where)]);
        }

        if (labs.Count > 1)
        {
            throw new CommandFailure($"{where}: {labs.Count} files with a document of kind {LabTopology.Kind}; a lab has one");
        }

        List<Diagnostic> errors = [];
        Manifest main = labs[0];
        LabFile? file = LabFile.Bind(main.Documents, main.Source, errors);
        List<(string Source, DocumentNode Document)> documents =
            [.. manifests.SelectMany(m => m.Documents.Where(d => !IsLab(d)).Select(d => (m.Source, d)))];
        List<Resource> resources = [.. file?.Resources ?? []];
        foreach (Manifest other in manifests.Where(manifest => manifest != main))
        {
            resources.AddRange(
                other.Documents.Select(d => ResourceBinder.Bind(d, other.Source, errors)).OfType<Resource>());
        }

        ManifestFiles.Refuse(errors);
        LabTopology topology = Renamed(file ?? throw new CommandFailure($"{where}: not a lab"), name);
        LabSource source = new(topology, main.Documents.First(IsLab), main.Source, documents, resources);
        ManifestFiles.Refuse(source.CheckTogether());
        return source;
    }

    private static LabTopology Renamed(LabFile file, string? name) =>
        name is null ? file.Lab : file.Lab with { Name = LabName.Demand(name) };

    // What the server would refuse only after everything was built: pools that overlap, names given twice.
    private List<Diagnostic> CheckTogether()
    {
        List<Resource> after = [.. Resources, .. LabResources.Of(Topology)];
        List<Diagnostic> errors = [];
        List<ResourceChange> changes = [.. after.Select(resource => new ResourceChange(null, resource))];
        foreach ((int change, Diagnostic problem) in FleetValidation.CheckAll(after, changes))
        {
            bool ofFile = change < Documents.Count && Documents.Count == Resources.Count;
            errors.Add(ofFile
                ? problem with
                {
                    Position = DocumentPath.PositionOf(Documents[change].Document, problem.Path),
                    Source = Documents[change].Source,
                }
                : problem with { Source = File });
        }

        return errors;
    }

    private static bool IsLab(DocumentNode document) =>
        document is MappingNode mapping && mapping.FindText("kind") == LabTopology.Kind;

    private static Manifest ReadBuiltIn()
    {
        using Stream stream = typeof(LabSource).Assembly.GetManifestResourceStream(BuiltIn)
            ?? throw new InvalidOperationException($"{BuiltIn} is not in the program");
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        List<Diagnostic> errors = [];
        bool parsed = YamlDocuments.TryParse(
            copy.ToArray(), BuiltIn, errors, out IReadOnlyList<DocumentNode> documents);
        ManifestFiles.Refuse(errors);
        return new Manifest(BuiltIn, parsed ? DocumentSet.Flatten(documents) : []);
    }
}
