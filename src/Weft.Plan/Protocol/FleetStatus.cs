using System.Collections.Generic;

namespace Weft.Plan.Protocol;

/// <summary>What the server knows of the fleet: <c>GET /v1/status</c>.</summary>
public sealed record FleetStatus
{
    /// <summary>The store's revision.</summary>
    public required long Revision { get; init; }

    /// <summary>The nodes, by name.</summary>
    public required IReadOnlyList<NodeStatus> Nodes { get; init; }

    /// <summary>What is not right that belongs to no single node.</summary>
    public IReadOnlyList<Finding> Findings { get; init => field = value ?? []; } = [];
}

/// <summary>One node as the server sees it.</summary>
public sealed record NodeStatus
{
    /// <summary>The node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether an agent is connected now.</summary>
    public required bool Connected { get; init; }

    /// <summary>Whether the agent is connected and has all of its plan, at the store's revision, in the kernel.</summary>
    public required bool Current { get; init; }

    /// <summary>The agent's last report; none if it never reported to this server.</summary>
    public NodeReport? Report { get; init; }

    /// <summary>Blocks that the node has.</summary>
    public required int Blocks { get; init; }

    /// <summary>Workload endpoints on the node.</summary>
    public required int Workloads { get; init; }
}

/// <summary>What <c>apply</c> and <c>delete</c> did: one line per resource, in the order given.</summary>
/// <param name="Revision">The store's revision that holds it all.</param>
/// <param name="Results">One result per resource.</param>
public sealed record ApplyAnswer(long Revision, IReadOnlyList<ApplyResult> Results);

/// <summary>What happened to one resource.</summary>
/// <param name="Kind">The kind, as in the document.</param>
/// <param name="Namespace">The namespace; empty for a kind without.</param>
/// <param name="Name">The name.</param>
/// <param name="Outcome"><c>created</c>, <c>configured</c>, <c>unchanged</c>, <c>deleted</c> or <c>terminating</c>.</param>
public sealed record ApplyResult(string Kind, string Namespace, string Name, string Outcome);

/// <summary>A refusal: nothing was changed.</summary>
/// <param name="Message">What is wrong and how to mend it, in one line.</param>
/// <param name="Problems">Each problem with its place, where there are several.</param>
public sealed record ServerError(string Message, IReadOnlyList<FieldProblem> Problems);

/// <summary>A problem of one field of one document.</summary>
/// <param name="Document">The document's index in the request, from 0.</param>
/// <param name="Path">The field's path, <c>spec.cidr</c>; empty for the whole document.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record FieldProblem(int Document, string Path, string Message);
