using System.Collections.Generic;
using Weft.Net;

namespace Weft.App.Lab.Workloads;

/// <summary>What the lab's runtime keeps on disk of each workload that it made: enough to undo it, and to
/// show it.</summary>
internal sealed record ConnectedWorkload
{
    /// <summary>The workload's name, and its file's.</summary>
    public required string Name { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The endpoint's resource.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>The interface inside.</summary>
    public required string Interface { get; init; }

    /// <summary>This incarnation.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The name of its network namespace.</summary>
    public required string NetworkNamespace { get; init; }

    /// <summary>Whether the agent has answered that it can talk.</summary>
    public bool Connected { get; init; }

    /// <summary>Its addresses.</summary>
    public IReadOnlyList<IpAddress> Addresses { get; init; } = [];

    /// <summary>Its link-layer address.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The link's host side.</summary>
    public string HostInterface { get; init; } = "";

    /// <summary>The link's MTU.</summary>
    public int Mtu { get; init; }
}
