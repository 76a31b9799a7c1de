using System.Collections.Generic;
using Weft.Net;

namespace Weft.Plan.Protocol;

/// <summary>What an agent says of its node's addresses: the journal, beside what the kernel holds.</summary>
public sealed record NodeAudit
{
    /// <summary>The revision of the agent's plan.</summary>
    public required long PlanRevision { get; init; }

    /// <summary>The blocks that its plan gives it, in order.</summary>
    public IReadOnlyList<IpPrefix> Blocks { get; init => field = value ?? []; } = [];

    /// <summary>The journal's addresses, in order.</summary>
    public IReadOnlyList<AuditedAddress> Addresses { get; init => field = value ?? []; } = [];

    /// <summary>Addresses that were released, and are not given out again yet.</summary>
    public IReadOnlyList<RestingAddress> Resting { get; init => field = value ?? []; } = [];

    /// <summary>Addresses that the kernel has on links of ours, and the journal does not know.</summary>
    public IReadOnlyList<IpAddress> Unknown { get; init => field = value ?? []; } = [];
}

/// <summary>One address of a node's journal.</summary>
public sealed record AuditedAddress
{
    /// <summary>The address.</summary>
    public required IpAddress Address { get; init; }

    /// <summary>What it is used for.</summary>
    public required AddressUse Use { get; init; }

    /// <summary>Whose it is: <c>shop/web/eth0</c>, the node that borrows it, or the node's own name.</summary>
    public required string Owner { get; init; }

    /// <summary>How it stands with it.</summary>
    public required AddressState State { get; init; }

    /// <summary>The path of the workload's network namespace; empty if it is not a workload's.</summary>
    public string NetworkNamespace { get; init => field = value ?? ""; } = "";

    /// <summary>The runtime's id of the workload; empty if it is not a workload's.</summary>
    public string ContainerId { get; init => field = value ?? ""; } = "";

    /// <summary>The link's host side; empty if it is not a workload's.</summary>
    public string HostInterface { get; init => field = value ?? ""; } = "";

    /// <summary>Seconds until the collector frees it, if it goes on looking leaked; none if it does not look so.</summary>
    public int? FreedInSeconds { get; init; }
}

/// <summary>What an address is used for.</summary>
public enum AddressUse
{
    /// <summary>A workload's.</summary>
    Workload,

    /// <summary>The node's own in its tunnels.</summary>
    Tunnel,

    /// <summary>Lent to another node, whose workload has it.</summary>
    Lent,
}

/// <summary>How it stands with an address of a node's journal.</summary>
public enum AddressState
{
    /// <summary>In the kernel.</summary>
    InUse,

    /// <summary>Not in the kernel yet, or not any more, and on its way there: its network namespace is there.</summary>
    Connecting,

    /// <summary>On its way out of the kernel.</summary>
    Disconnecting,

    /// <summary>Its network namespace is gone, and so is its link: nobody uses it, and nobody has given it back.</summary>
    Leaked,

    /// <summary>The same, but a resource of an administrator keeps the address for the workload.</summary>
    Kept,
}

/// <summary>A free address that is not given out yet.</summary>
/// <param name="Address">The address.</param>
/// <param name="Seconds">For how long, in seconds.</param>
public sealed record RestingAddress(IpAddress Address, int Seconds);
