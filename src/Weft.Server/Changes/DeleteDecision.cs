using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Fleet;

namespace Weft.Server.Changes;

/// <summary>Decides what deleting resources changes: backwards through the list, all of them or none.</summary>
/// <remarks>What is in use somewhere is only marked, and goes when its user has let go: a pool with its last block, an
/// endpoint when its agent says so, a node when its agent can use no address of the fleet any more.</remarks>
internal static class DeleteDecision
{
    private const string DefaultNamespace = "default";
    private const int NamesInMessage = 10;

    /// <summary>Decides.</summary>
    /// <param name="state">The state.</param>
    /// <param name="documents">What is deleted.</param>
    /// <param name="stamp">When.</param>
    /// <param name="isConnected">Whether a node's agent is connected. One that is gone cannot remove its workloads: they do not
    /// keep the node.</param>
    public static Decision Decide(
        FleetState state, IReadOnlyList<DocumentNode> documents, Stamp stamp, Func<string, bool> isConnected)
    {
        List<FieldProblem> wrong = [];
        List<FieldProblem> missing = [];
        List<FieldProblem> refused = [];
        List<ResourceKey> keys = [];
        Draft draft = new(state);
        for (int i = documents.Count - 1; i >= 0; i--)
        {
            if (KeyOf(documents[i], i, wrong) is not { } key)
            {
                continue;
            }

            keys.Insert(0, key);
            if (state.Find(key) is null)
            {
                missing.Add(new FieldProblem(i, "metadata.name", $"{key} does not exist"));
            }
            else if (draft.Current.Find(key) is { } resource && Leave(draft, resource, stamp, isConnected) is { } reason)
            {
                refused.Add(new FieldProblem(i, "metadata.name", reason));
            }
        }

        Departures.Settle(draft);
        return (wrong, missing, refused) switch
        {
            ({ Count: > 0 }, _, _) => Refuse(RefusalKind.Invalid, wrong),
            (_, { Count: > 0 }, _) => Refuse(RefusalKind.NotFound, missing),
            (_, _, { Count: > 0 }) => Refuse(RefusalKind.Conflict, refused),
            _ => new Decision { Changes = draft.Changes, Results = [.. keys.Select(key => Result(draft, key))] },
        };
    }

    private static Decision Refuse(RefusalKind kind, List<FieldProblem> problems)
    {
        problems.Reverse();
        string rest = problems.Count > 1 ? FormattableString.Invariant($" (and {problems.Count - 1} more problems)") : "";
        return Decision.Refuse(kind, $"nothing was deleted: {problems[0].Message}{rest}", problems);
    }

    private static ApplyResult Result(Draft draft, ResourceKey key) => new(
        key.Kind, key.Namespace, key.Name, draft.Current.Find(key) is null ? "deleted" : "terminating");

    // Null when it is done; else why it cannot be.
    private static string? Leave(Draft draft, Resource resource, Stamp stamp, Func<string, bool> isConnected)
    {
        switch (resource)
        {
            case WorkloadEndpoint { IpNetworks.Count: 0 }:
            case NamespaceResource or StaticRoute or FelixConfiguration or IpReservation or IpamConfiguration:
                draft.Remove(resource);
                return null;
            case NodeResource when StayingOn(draft.Current, resource.Metadata.Name, isConnected) is { Count: > 0 } staying:
                string named = string.Join(", ", staying.Take(NamesInMessage).Select(e => $"{e.Metadata.Namespace}/{e.WorkloadName}"));
                string rest = staying.Count > NamesInMessage
                    ? FormattableString.Invariant($" and {staying.Count - NamesInMessage} more")
                    : "";
                return $"Node {resource.Metadata.Name} has workload endpoints: {named}{rest}; delete them first";
            case IpPool pool:
                draft.Put(PoolTransition.Carry(pool with { Metadata = stamp.Leaving(pool.Metadata) }, pool));
                return null;
            default:
                draft.Put(resource with { Metadata = stamp.Leaving(resource.Metadata) });
                return null;
        }
    }

    private static List<WorkloadEndpoint> StayingOn(FleetState state, string node, Func<string, bool> isConnected) =>
    [
        .. state.EndpointsOfNode(node)
            .Where(endpoint => !endpoint.Metadata.IsTerminating && (!endpoint.IsOfAgent || isConnected(node))),
    ];

    private static ResourceKey? KeyOf(DocumentNode document, int index, List<FieldProblem> wrong)
    {
        // Both what this command's own clients send, and a whole resource document.
        MappingNode? fields = document as MappingNode;
        MappingNode? metadata = fields?.Find("metadata") as MappingNode ?? fields;
        string apiVersion = fields?.FindText("apiVersion") ?? "";
        string kindName = fields?.FindText("kind") ?? "";
        string name = metadata?.FindText("name") ?? "";
        if (ResourceKinds.Find(apiVersion, kindName) is not { } kind)
        {
            string known = string.Join(", ", ResourceKinds.All.Select(k => $"{k.Kind} ({k.ApiVersion})"));
            wrong.Add(new FieldProblem(index, "kind", $"'{kindName}' of '{apiVersion}' is not supported; kinds known: {known}"));
            return null;
        }

        if (kind.ReadOnly)
        {
            wrong.Add(new FieldProblem(index, "kind", $"{kind} is written by Weft only: it cannot be deleted"));
            return null;
        }

        if (name.Length == 0)
        {
            wrong.Add(new FieldProblem(index, "metadata.name", "is required"));
            return null;
        }

        string given = metadata?.FindText("namespace") ?? "";
        return new ResourceKey(kind.Kind, !kind.Namespaced ? "" : given.Length == 0 ? DefaultNamespace : given, name);
    }
}
