using System.Collections.Generic;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Lab;

/// <summary>A lab file: one Lab, and any resources for its server, in any order.</summary>
/// <param name="Lab">The lab.</param>
/// <param name="Resources">The resources, in the order of the file.</param>
/// <param name="Documents">The resources' documents, each the one that its resource was bound from.</param>
public sealed record LabFile(
    LabTopology Lab, IReadOnlyList<Resource> Resources, IReadOnlyList<DocumentNode> Documents)
{
    /// <summary>Binds the documents of a file; none if any diagnostic was added. Lists are taken apart here.</summary>
    public static LabFile? Bind(IReadOnlyList<DocumentNode> documents, string? source, List<Diagnostic> errors)
    {
        int before = errors.Count;
        BindingReport report = new(source, errors);
        List<(Resource Resource, DocumentNode Document)> resources = [];
        LabTopology? lab = null;
        foreach (DocumentNode document in DocumentSet.Flatten(documents))
        {
            if (document is MappingNode mapping && IsLab(mapping))
            {
                if (lab is not null)
                {
                    report.Add("kind", document.Position, "a file has one Lab, and this is another");
                }

                lab = new LabBinder(new BindingReport(source, errors)).Bind(mapping);
            }
            else if (ResourceBinder.Bind(document, source, errors) is Resource resource)
            {
                resources.Add((resource, document));
            }
        }

        if (lab is null)
        {
            report.Add(
                "", Position.Start, $"no Lab: one document must have apiVersion {LabTopology.ApiVersion} and kind {LabTopology.Kind}");
            return null;
        }

        CheckResources(lab, resources, report);
        return errors.Count > before
            ? null
            : new LabFile(lab, [.. resources.Select(pair => pair.Resource)], [.. resources.Select(pair => pair.Document)]);
    }

    private static bool IsLab(MappingNode document) =>
        document.FindText("kind") == LabTopology.Kind && document.FindText("apiVersion") == LabTopology.ApiVersion;

    private static void CheckResources(
        LabTopology lab, List<(Resource Resource, DocumentNode Document)> resources, BindingReport report)
    {
        HashSet<ResourceKey> keys = [];
        HashSet<string> members = [.. MemberNames(lab)];
        HashSet<string> nodes = [.. lab.Nodes.Select(node => node.Name)];
        foreach ((Resource resource, DocumentNode document) in resources)
        {
            void Refuse(string path, string message) =>
                report.Add(path, DocumentPath.PositionOf(document, path), message);

            if (!keys.Add(resource.Key))
            {
                Refuse("metadata.name", $"{resource.Key} is in the file twice");
            }

            if (FleetValidation.CheckWritable(resource.Kind) is Diagnostic readOnly)
            {
                Refuse(readOnly.Path, readOnly.Message);
            }

            if (resource is WorkloadEndpoint endpoint)
            {
                if (!nodes.Contains(endpoint.Node))
                {
                    Refuse("spec.node", $"there is no node '{endpoint.Node}' in this lab");
                }

                if (!members.Add(endpoint.WorkloadName))
                {
                    Refuse(
                        "metadata.name", $"'{endpoint.WorkloadName}' is the name of another member of this lab");
                }
            }
        }

        Resource[] all = [.. resources.Select(pair => pair.Resource)];
        ResourceChange[] changes = [.. all.Select(resource => new ResourceChange(null, resource))];
        foreach ((int change, Diagnostic problem) in FleetValidation.CheckAll(all, changes))
        {
            report.Add(
                problem.Path, DocumentPath.PositionOf(resources[change].Document, problem.Path), problem.Message);
        }
    }

    private static IEnumerable<string> MemberNames(LabTopology lab) =>
    [
        .. lab.Routers.Select(router => router.Name),
        .. lab.Nodes.Select(node => node.Name),
        .. lab.Hosts.Select(host => host.Name),
        .. lab.Workloads.Select(workload => workload.Name),
    ];
}
