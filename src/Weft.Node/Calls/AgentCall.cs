using System.Collections.Generic;
using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Node.Calls;

/// <summary>What a container runtime asks of the agent: one line of JSON on the agent's unix socket, and one line
/// back. The lab's runtime and the CNI plugin come in this same way.</summary>
/// <remarks>Members that a caller leaves out arrive as null from generated JSON code, whatever their initialisers
/// say: so the getters give the defaults.</remarks>
public sealed record AgentCall
{
    /// <summary>What is asked.</summary>
    public required AgentCommand Command { get; init; }

    /// <summary>The workload's namespace (a resource's, not the kernel's).</summary>
    public string Namespace { get => field ?? "default"; init; } = "default";

    /// <summary>The workload's name.</summary>
    public string Workload { get => field ?? ""; init; } = "";

    /// <summary>The interface inside the workload.</summary>
    public string Interface { get => field ?? "eth0"; init; } = "eth0";

    /// <summary>The runtime's id of this incarnation of the workload.</summary>
    public string ContainerId { get => field ?? ""; init; } = "";

    /// <summary>The path of the workload's network namespace.</summary>
    public string NetworkNamespace { get => field ?? ""; init; } = "";

    /// <summary>The name of the network (CNI's <c>name</c>) that the workload is connected to; empty if nobody says.</summary>
    public string Network { get => field ?? ""; init; } = "";

    /// <summary>Names or CIDRs of the IPv4 pools to take an address from; empty for those that the namespace names, or all.
    /// </summary>
    public IReadOnlyList<string> Ipv4Pools { get => field ?? []; init; } = [];

    /// <summary>Names or CIDRs of the IPv6 pools to take an address from.</summary>
    public IReadOnlyList<string> Ipv6Pools { get => field ?? []; init; } = [];

    /// <summary>Names or CIDRs of the IPv4 pools of its network: they count where neither <see cref="Ipv4Pools"/> nor the
    /// namespace names any.</summary>
    public IReadOnlyList<string> NetworkIpv4Pools { get => field ?? []; init; } = [];

    /// <summary>Names or CIDRs of the IPv6 pools of its network.</summary>
    public IReadOnlyList<string> NetworkIpv6Pools { get => field ?? []; init; } = [];

    /// <summary>The addresses that it must have, at most one of each family; empty if any will do.</summary>
    public IReadOnlyList<IpAddress> Addresses { get => field ?? []; init; } = [];

    /// <summary>The families that it must have an address of; empty for those that there are pools for.</summary>
    public IReadOnlyList<IpFamily> Families { get => field ?? []; init; } = [];

    /// <summary>The link-layer address that its interface must have; none for the one that follows from its name.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The families whose default route this interface shall not have; of the others it has it unless another
    /// interface of the workload does.</summary>
    public IReadOnlyList<IpFamily> NoDefaultRoutes { get => field ?? []; init; } = [];

    /// <summary>Labels for the endpoint, used when its resource does not exist yet.</summary>
    public IReadOnlyDictionary<string, string> Labels { get => field ?? new Dictionary<string, string>(); init; } =
        new Dictionary<string, string>();

    /// <summary>The CNI plugin's request, for <see cref="AgentCommand.Cni"/>; nothing else of the call counts then.</summary>
    public CniRequest? Cni { get; init; }
}

/// <summary>What can be asked of an agent.</summary>
public enum AgentCommand
{
    /// <summary>Connect a workload; the answer comes when it can talk. Asking again for the same workload and
    /// container answers the same.</summary>
    Add,

    /// <summary>Disconnect a workload; the answer comes when its address may be used again. A workload that is not
    /// known is disconnected already.</summary>
    Del,

    /// <summary>Is the workload connected as the journal has it?</summary>
    Check,

    /// <summary>Is the agent ready, and what has it applied?</summary>
    Status,

    /// <summary>What the CNI plugin was asked, to be answered in CNI's words.</summary>
    Cni,
}

/// <summary>The agent's answer to one call.</summary>
public sealed record AgentAnswer
{
    /// <summary>What went wrong; none if all is well.</summary>
    public AgentFault? Fault { get; init; }

    /// <summary>The workload's connection, for Add and Check.</summary>
    public WorkloadConnection? Connection { get; init; }

    /// <summary>The agent's state, for Status.</summary>
    public AgentStatus? Status { get; init; }

    /// <summary>What the CNI plugin prints, for Cni: results and errors alike.</summary>
    public CniAnswer? Cni { get; init; }
}

/// <summary>Why a call failed.</summary>
/// <param name="Code">The CNI error code: 4 bad environment, 7 invalid configuration, 11 try again later, 100 and up
/// our own (CNI specification, "Error").</param>
/// <param name="Message">What and where, in one line.</param>
/// <param name="Details">How to mend it.</param>
public sealed record AgentFault(int Code, string Message, string Details);

/// <summary>How a workload is connected.</summary>
/// <param name="HostInterface">The link's host side.</param>
/// <param name="Interface">The link's name in the workload.</param>
/// <param name="Mac">The link-layer address in the workload.</param>
/// <param name="Mtu">The link's MTU in bytes.</param>
/// <param name="Addresses">The addresses, each a /32 or /128.</param>
/// <param name="Gateways">The gateways, one per family of the addresses.</param>
public sealed record WorkloadConnection(
    string HostInterface,
    string Interface,
    MacAddress Mac,
    int Mtu,
    IReadOnlyList<IpInterfaceAddress> Addresses,
    IReadOnlyList<IpAddress> Gateways)
{
    /// <summary>What is reached through the gateway of its family: everything, unless another interface of the workload has
    /// the default route.</summary>
    public IReadOnlyList<IpPrefix> Routes { get => field ?? []; init; } = [];
}

/// <summary>What an agent says of itself.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Ready">Whether the kernel holds all that the plan and the journal ask for.</param>
/// <param name="ProcessId">The agent's process.</param>
/// <param name="PlanRevision">The revision of the plan it has.</param>
/// <param name="AppliedRevision">The revision that is in the kernel.</param>
/// <param name="Waiting">What readiness waits for; empty when ready.</param>
public sealed record AgentStatus(
    string Node, bool Ready, int ProcessId, long PlanRevision, long AppliedRevision, string Waiting);

/// <summary>The JSON of calls and answers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentCall))]
[JsonSerializable(typeof(AgentAnswer))]
public sealed partial class CallJson : JsonSerializerContext;
