using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.App.Lab;

/// <summary>What <c>weft lab status -o json</c> prints: a contract, scripts read it.</summary>
internal sealed record LabStatus
{
    /// <summary>The lab's name.</summary>
    public required string Name { get; init; }

    /// <summary>When it was brought up.</summary>
    public required string CreationTimestamp { get; init; }

    /// <summary>Whether each daemon is a process of its own.</summary>
    public required bool Processes { get; init; }

    /// <summary>Whether every agent is ready and every workload connected.</summary>
    public required bool Ready { get; init; }

    /// <summary>The server's unix socket.</summary>
    public required string ServerSocket { get; init; }

    /// <summary>The segments of the underlay.</summary>
    public required IReadOnlyList<SegmentStatus> Segments { get; init; }

    /// <summary>The routers.</summary>
    public required IReadOnlyList<MemberStatus> Routers { get; init; }

    /// <summary>The nodes.</summary>
    public required IReadOnlyList<LabNodeStatus> Nodes { get; init; }

    /// <summary>The hosts.</summary>
    public required IReadOnlyList<MemberStatus> Hosts { get; init; }

    /// <summary>The workloads, those that came later among them.</summary>
    public required IReadOnlyList<WorkloadStatus> Workloads { get; init; }

    /// <summary>All members: where they are, and their addresses.</summary>
    [JsonIgnore]
    public IEnumerable<MemberPlace> Members =>
    [
        .. Nodes.Select(node => new MemberPlace(node.Name, node.Namespace, node.Addresses)),
        .. Routers.Concat(Hosts).Select(member => new MemberPlace(member.Name, member.Namespace, member.Addresses)),
        .. Workloads.Select(workload => new MemberPlace(workload.Name, workload.Namespace, workload.Addresses)),
    ];

    /// <summary>A member by its name; none if there is none.</summary>
    public MemberPlace? FindMember(string name) => Members.FirstOrDefault(member => member.Name == name);
}

/// <summary>Where a member is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its network namespace.</param>
/// <param name="Addresses">Its addresses.</param>
internal sealed record MemberPlace(string Name, string Namespace, IReadOnlyList<IpAddress> Addresses);

/// <summary>A segment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cidrs">Its subnets.</param>
/// <param name="Mtu">Its MTU.</param>
internal sealed record SegmentStatus(string Name, IReadOnlyList<IpPrefix> Cidrs, int Mtu);

/// <summary>An interface of a member.</summary>
/// <param name="Name"><c>eth0</c>.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Addresses">Its addresses with their subnets.</param>
internal sealed record InterfaceStatus(string Name, string Segment, IReadOnlyList<IpInterfaceAddress> Addresses);

/// <summary>A router or host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its network namespace.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Interfaces">The same by interface.</param>
internal sealed record MemberStatus(
    string Name, string Namespace, IReadOnlyList<IpAddress> Addresses, IReadOnlyList<InterfaceStatus> Interfaces);

/// <summary>A node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its network namespace.</param>
/// <param name="Addresses">Its addresses on the underlay.</param>
/// <param name="Interfaces">The same by interface.</param>
/// <param name="AgentSocket">Its agent's unix socket: absolute, 100 bytes at most.</param>
/// <param name="AgentPid">Its agent's process; null while it is dead.</param>
/// <param name="Ready">Whether its kernel holds all that is asked for.</param>
/// <param name="Waiting">What readiness waits for.</param>
internal sealed record LabNodeStatus(
    string Name,
    string Namespace,
    IReadOnlyList<IpAddress> Addresses,
    IReadOnlyList<InterfaceStatus> Interfaces,
    string AgentSocket,
    int? AgentPid,
    bool Ready,
    string Waiting);

/// <summary>A workload.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its network namespace.</param>
/// <param name="WorkloadNamespace">The namespace of its resource.</param>
/// <param name="Node">The node it is on.</param>
/// <param name="Addresses">Its addresses; none before it is connected.</param>
/// <param name="HostInterface">The host side of its link.</param>
/// <param name="Ready">Whether it can talk.</param>
internal sealed record WorkloadStatus(
    string Name,
    string Namespace,
    string WorkloadNamespace,
    string Node,
    IReadOnlyList<IpAddress> Addresses,
    string HostInterface,
    bool Ready);

/// <summary>One line of <c>weft lab list</c>.</summary>
/// <param name="Name">The lab's name.</param>
/// <param name="CreationTimestamp">When it was brought up; empty if that was interrupted.</param>
/// <param name="Processes">Whether each daemon is a process of its own.</param>
/// <param name="Nodes">How many nodes it has.</param>
/// <param name="Workloads">How many workloads it has now.</param>
internal sealed record LabSummary(string Name, string CreationTimestamp, bool Processes, int Nodes, int Workloads);

/// <summary>The JSON of what <c>weft lab</c> prints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LabStatus))]
[JsonSerializable(typeof(IReadOnlyList<LabSummary>))]
internal sealed partial class LabJson : JsonSerializerContext;
