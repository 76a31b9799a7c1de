using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>One interface of a workload on a node (Calico's <c>WorkloadEndpoint</c>).</summary>
public sealed record WorkloadEndpoint : Resource
{
    /// <summary>The orchestrator when none is given.</summary>
    public const string OrchestratorDefault = "weft";

    /// <summary>The workload's interface when none is given.</summary>
    public const string EndpointDefault = "eth0";

    /// <summary>The annotation of an endpoint that an agent made in the store, for a workload that came to its socket and
    /// not from a resource; its value is <see cref="OriginAgent"/>. It goes when the workload goes.</summary>
    public const string OriginAnnotation = "weft.dev/origin";

    /// <summary>The value of <see cref="OriginAnnotation"/>.</summary>
    public const string OriginAgent = "agent";

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.WorkloadEndpoint;

    /// <summary>The node that hosts the workload. It cannot be changed.</summary>
    public required string Node { get; init; }

    /// <summary>Who runs the workload.</summary>
    public string Orchestrator { get; init; } = OrchestratorDefault;

    /// <summary>The workload's name for its orchestrator; filled from the resource's name if there is no pod either.</summary>
    public string? Workload { get; init; }

    /// <summary>The pod's name, if the workload is one.</summary>
    public string? Pod { get; init; }

    /// <summary>The interface inside the workload.</summary>
    public string Endpoint { get; init; } = EndpointDefault;

    /// <summary>The runtime's id of this incarnation; its agent says it.</summary>
    public string? ContainerId { get; init; }

    /// <summary>The workload's addresses, each as /32 or /128; its agent says them.</summary>
    public ValueList<IpPrefix> IpNetworks { get; init; } = [];

    /// <summary>The name of the link's host side; its agent says it.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>The link-layer address of the workload's interface; its agent says it.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The ports that have a name.</summary>
    public ValueList<EndpointPort> Ports { get; init; } = [];

    /// <summary>What people call the workload: the pod's name, else the workload's, else the resource's.</summary>
    public string WorkloadName => Pod ?? Workload ?? Metadata.Name;

    /// <summary>Whether an agent made it in the store: it follows a workload, and no workload follows it.</summary>
    public bool IsOfAgent => Metadata.Annotations.GetValueOrDefault(OriginAnnotation) == OriginAgent;

    /// <summary>What tells one interface of one workload from all others in the fleet.</summary>
    public EndpointKey EndpointKey => new(Metadata.Namespace, WorkloadName, Endpoint);
}

/// <summary>What tells one interface of one workload from all others in the fleet.</summary>
/// <param name="Namespace">The workload's namespace.</param>
/// <param name="Workload">The workload's name.</param>
/// <param name="Endpoint">The interface inside the workload.</param>
public readonly record struct EndpointKey(string Namespace, string Workload, string Endpoint);

/// <summary>A port of a workload.</summary>
/// <param name="Name">The name that policies and services use; empty if it has none.</param>
/// <param name="Protocol">The transport protocol.</param>
/// <param name="Port">The number, from 1.</param>
public sealed record EndpointPort(string Name, TransportProtocol Protocol, int Port);

/// <summary>Transport protocols that have ports; the values are IANA's protocol numbers.</summary>
public enum TransportProtocol
{
    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>SCTP.</summary>
    Sctp = 132,
}
