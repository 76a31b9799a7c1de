using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Brings the store's endpoints in line with what an agent's journal says of its workloads.</summary>
/// <remarks>A publication that cannot be followed is refused alone, with its reason as outcome: one workload must not
/// hold up the others of its node.</remarks>
internal static class PublicationDecision
{
    /// <summary>Decides.</summary>
    public static Decision Decide(
        FleetState state, string node, IReadOnlyList<WorkloadPublication> publications, Stamp stamp)
    {
        Draft draft = new(state);
        List<ApplyResult> results = new(publications.Count);
        foreach (WorkloadPublication publication in publications)
        {
            results.Add(publication.Present
                ? Appear(draft, node, publication, stamp)
                : Disappear(draft, node, publication));
        }

        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes, Results = results };
    }

    private static ApplyResult Appear(Draft draft, string node, WorkloadPublication publication, Stamp stamp)
    {
        WorkloadEndpoint? stored = draft.Current.FindEndpoint(KeyOf(publication));
        if (stored is not null && stored.Node != node)
        {
            return Result(publication, stored.Metadata.Name, $"refused: {stored.Key} is on Node {stored.Node}");
        }

        if (draft.Current.FindNode(node) is null)
        {
            return Result(publication, publication.Workload, $"refused: there is no Node {node}");
        }

        // What a node says after it was taken back, or from a journal that is older than the store.
        foreach (IpAddress address in publication.Addresses)
        {
            if (OwnerOf(draft.Current, address) is { } owner && owner != node)
            {
                return Result(
                    publication, stored?.Metadata.Name ?? publication.Workload, $"refused: {address} belongs to Node {owner}, not to {node}");
            }
        }

        string problem = "";
        WorkloadEndpoint? endpoint = stored ?? Make(node, publication, stamp, out problem);
        if (endpoint is null)
        {
            return Result(publication, publication.Workload, $"refused: {problem}");
        }

        // Another container under the name: its labels are its own. Those of the same one an administrator may have changed.
        if (stored is { IsOfAgent: true } && stored.ContainerId != publication.ContainerId
            && Make(node, publication, stamp, out _) is { } fresh)
        {
            endpoint = stored with { Metadata = stored.Metadata with { Labels = fresh.Metadata.Labels } };
        }

        WorkloadEndpoint realised = endpoint with
        {
            ContainerId = publication.ContainerId.Length == 0 ? null : publication.ContainerId,
            IpNetworks = [.. publication.Addresses.Select(IpPrefix.Host)],
            Mac = publication.Mac,
            InterfaceName = publication.HostInterface.Length == 0 ? null : publication.HostInterface,
        };
        if (realised.Equals(stored))
        {
            return Result(publication, stored.Metadata.Name, "unchanged");
        }

        draft.Put(stored is null ? realised : Next(realised));
        return Result(publication, realised.Metadata.Name, stored is null ? "created" : "configured");
    }

    private static string? OwnerOf(FleetState state, IpAddress address) =>
        state.FindLoanOf(address)?.Borrower
        ?? (state.FindBlockOf(address) is { } block ? block.Node ?? block.Affinity : null);

    private static ApplyResult Disappear(Draft draft, string node, WorkloadPublication publication)
    {
        if (draft.Current.FindEndpoint(KeyOf(publication)) is not { } stored || stored.Node != node)
        {
            return Result(publication, publication.Workload, "unchanged");
        }

        if (stored.IsOfAgent || stored.Metadata.IsTerminating)
        {
            draft.Remove(stored);
            return Result(publication, stored.Metadata.Name, "deleted");
        }

        WorkloadEndpoint cleared = stored with { ContainerId = null, IpNetworks = [], Mac = null, InterfaceName = null };
        if (cleared.Equals(stored))
        {
            return Result(publication, stored.Metadata.Name, "unchanged");
        }

        draft.Put(Next(cleared));
        return Result(publication, stored.Metadata.Name, "configured");
    }

    // The binder computes the name as Calico does. Not every interface and workload gives one that a resource can have (an
    // interface may be called net_1, a name may be too long): then it is one of our own, the same each time.
    private static WorkloadEndpoint? Make(
        string node, WorkloadPublication publication, Stamp stamp, out string problem) =>
        Make("", node, publication, stamp, out problem) ?? Make(
            FormattableString.Invariant($"workload-{StableHash.Of(publication.Namespace, publication.Workload, publication.Interface):x16}"),
            node,
            publication,
            stamp,
            out problem);

    // Bound like any document, so that an agent cannot store what an administrator could not.
    private static WorkloadEndpoint? Make(
        string name, string node, WorkloadPublication publication, Stamp stamp, out string problem)
    {
        WorkloadEndpoint wanted = new()
        {
            Metadata = new Metadata
            {
                Name = name,
                Namespace = publication.Namespace,
                Labels = new LabelMap(publication.Labels),
                Annotations = LabelMap.Empty.With(WorkloadEndpoint.OriginAnnotation, WorkloadEndpoint.OriginAgent),
            },
            Node = node,
            Workload = publication.Workload,
            Endpoint = publication.Interface,
        };
        List<Diagnostic> errors = [];
        Resource? bound = ResourceBinder.Bind(ResourceWriter.ToTree(wanted), null, errors);
        problem = errors.Count > 0 ? errors[0].ToString() : "";
        return bound is WorkloadEndpoint endpoint
            ? endpoint with { Metadata = stamp.Born(endpoint.Metadata) }
            : null;
    }

    private static WorkloadEndpoint Next(WorkloadEndpoint endpoint) =>
        endpoint with { Metadata = endpoint.Metadata with { Generation = endpoint.Metadata.Generation + 1 } };

    private static EndpointKey KeyOf(WorkloadPublication publication) =>
        new(publication.Namespace, publication.Workload, publication.Interface);

    private static ApplyResult Result(WorkloadPublication publication, string name, string outcome) =>
        new(ResourceKinds.WorkloadEndpoint.Kind, publication.Namespace, name, outcome);
}
