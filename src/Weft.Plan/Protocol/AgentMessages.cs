using System.Collections.Generic;
using System.Text.Json.Serialization;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Plan.Protocol;

/// <summary>An agent asks for one more block of a pool: <c>POST /v1/nodes/{node}/blocks</c>.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Have">How many blocks of the pool the agent's plan holds. If the store already has more for this
/// node, the answer is the first one that the agent may not know: asking twice claims once.</param>
/// <param name="Wanted">An address that the block must hold; none if any block will do.</param>
public sealed record BlockClaim(string Pool, int Have, IpAddress? Wanted = null);

/// <summary>The block that was claimed. It also comes with the plan.</summary>
/// <param name="Cidr">The block; none if there is none yet.</param>
/// <param name="Revision">The store's revision that holds the claim.</param>
/// <param name="NotYet">Why there is none yet; none if there is one.</param>
public sealed record BlockClaimAnswer(IpPrefix? Cidr, long Revision, string? NotYet = null);

/// <summary>An agent gives an empty block back: <c>POST /v1/nodes/{node}/blocks/release</c>.</summary>
/// <param name="Cidr">The block, of which the agent's journal holds no address any more.</param>
/// <param name="Revision">The revision of the plan on which that was decided: a block that the node has got since is another
/// one, and stays, however late this arrives. None if the agent does not say.</param>
public sealed record BlockRelease(IpPrefix Cidr, long? Revision = null);

/// <summary>An agent asks for one address of another node's block: <c>POST /v1/nodes/{node}/loans</c>. The address comes with
/// the plan, as a block of one address, when the lender has journalled it; it is given back like a block.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Have">How many borrowed addresses of the pool the agent's plan holds: asking twice borrows once.</param>
/// <param name="Wanted">The address that is asked for; none if any will do.</param>
public sealed record LoanRequest(string Pool, int Have, IpAddress? Wanted = null);

/// <summary>The loan that was begun.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Revision">The store's revision that holds it.</param>
public sealed record LoanRequestAnswer(string Name, long Revision);

/// <summary>The lender's answer: <c>POST /v1/nodes/{node}/loans/{name}</c>.</summary>
/// <param name="Address">The address, which the lender's journal holds as lent; none if there is none to lend.</param>
public sealed record LoanDecision(IpAddress? Address);

/// <summary>What an agent says of itself: <c>POST /v1/nodes/{node}/report</c>. Only its own node's facts.</summary>
public sealed record NodeReport
{
    /// <summary>The revision of the plan that is in the kernel, all of it.</summary>
    public required long AppliedRevision { get; init; }

    /// <summary>Whether the kernel holds what the plan asks for.</summary>
    public required bool Ready { get; init; }

    /// <summary>The agent's process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The MTU of the interface that has the node's IPv4 address; none if there is no such interface.</summary>
    public int? UnderlayMtu { get; init; }

    /// <summary>The MTU of the interface that has the node's IPv6 address; none if there is no such interface.</summary>
    public int? UnderlayMtuV6 { get; init; }

    /// <summary>The IPv4 tunnel address from the journal.</summary>
    public IpAddress? TunnelIpv4 { get; init; }

    /// <summary>The same under the key that <c>weft status -o json</c> has had from the first, since keys are never
    /// renamed; only the server's answer has it.</summary>
    public IpAddress? TunnelAddress { get; init; }

    /// <summary>The IPv6 tunnel address from the journal.</summary>
    public IpAddress? TunnelIpv6 { get; init; }

    /// <summary>The IPv4 address that the agent found on its host; none if it has none, or was told not to look.</summary>
    public IpInterfaceAddress? DetectedIpv4 { get; init; }

    /// <summary>The IPv6 address that the agent found on its host.</summary>
    public IpInterfaceAddress? DetectedIpv6 { get; init; }

    /// <summary>Whether the node's kernel refuses to make an IPIP device: no pool can reach it that way.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool LacksIpip { get; init; }

    /// <summary>Whether the agent was told that the node has no IPv4 address (<c>--ip none</c>): not the same as none found,
    /// which may be for a moment only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoIpv4 { get; init; }

    /// <summary>Whether the agent was told that the node has no IPv6 address (<c>--ip6 none</c>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NoIpv6 { get; init; }

    /// <summary>Addresses of workloads that are gone, by pool; none if there are none and there were none.</summary>
    public IReadOnlyList<PoolLeaks>? Leaks { get; init; }

    /// <summary>What is not right, and why, in a stable order.</summary>
    public IReadOnlyList<Finding> Findings { get; init => field = value ?? []; } = [];

    /// <summary>How the addresses of the node's blocks are used, by block, borrowed addresses among them; none if the agent
    /// does not say. Told with the next report, and by itself when what it says has been different for a while: never for
    /// each workload. Kept in memory only, so that no report makes a revision.</summary>
    public IReadOnlyList<BlockUse>? Blocks { get; init; }

    /// <summary>Ranges of which the agent's journal has addresses and that its plan gives to nobody, or all of which it has any if
    /// the server does not know the node; none if there are none. A store that lost what it had gives them to nobody else.</summary>
    public IReadOnlyList<IpPrefix>? Held { get; init; }

    /// <summary>The address of a family that the agent found; none if what it says cannot be a node's.</summary>
    public IpInterfaceAddress? DetectedOf(IpFamily family) =>
        (family == IpFamily.Ipv4 ? DetectedIpv4 : DetectedIpv6) is { } found
        && found.Address.Family == family && found.Address.Number != 0
            ? found
            : null;

    /// <summary>Whether the agent was told that the node has no address of a family.</summary>
    public bool WantsNone(IpFamily family) => family == IpFamily.Ipv4 ? NoIpv4 : NoIpv6;
}

/// <summary>How the addresses of one block of a node are used, as its journal has it. The counts add up to the block's size:
/// each address has one use, and what holds it goes before what reserves it.</summary>
/// <param name="Cidr">The block; one address if it is borrowed.</param>
/// <param name="Workloads">Addresses that workloads have.</param>
/// <param name="Tunnels">Addresses that the node itself has.</param>
/// <param name="Lent">Addresses that other nodes borrow.</param>
/// <param name="Reserved">Addresses that nobody gets: of an <c>IPReservation</c>, or never given out.</param>
/// <param name="Resting">Addresses that were released, and are not given out again yet.</param>
/// <param name="Free">Addresses that the next workload may get.</param>
public sealed record BlockUse(
    IpPrefix Cidr, int Workloads, int Tunnels, int Lent, int Reserved, int Resting, int Free);

/// <summary>What a node's collector sees and did in a pool.</summary>
/// <param name="Pool">The pool's name; empty for addresses that are in none.</param>
/// <param name="Candidates">Addresses that look leaked, and are freed if they go on to.</param>
/// <param name="Reclaimed">Addresses that were freed since the agent started.</param>
public sealed record PoolLeaks(string Pool, int Candidates, long Reclaimed);

/// <summary>Something an operator should know.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Subject">What it is about: <c>IPPool/default</c>, <c>Route/10.65.0.64/26</c>.</param>
/// <param name="Message">What is not right, and how to mend it, in one sentence.</param>
public sealed record Finding(FindingSeverity Severity, string Subject, string Message);

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Works as asked; somebody should know.</summary>
    Notice,

    /// <summary>Something asked for does not work.</summary>
    Error,
}

/// <summary>What an agent's journal says of one workload: <c>PUT /v1/nodes/{node}/workloads</c>.</summary>
public sealed record WorkloadPublication
{
    /// <summary>The workload's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The workload's name, as its runtime says it.</summary>
    public required string Workload { get; init; }

    /// <summary>The interface inside the workload.</summary>
    public required string Interface { get; init; }

    /// <summary>Whether the workload is there. If not, the other fields are left out, and the endpoint is removed
    /// from the store, or only cleared if somebody else made the resource and did not ask for its removal.</summary>
    public required bool Present { get; init; }

    /// <summary>The runtime's id of this incarnation.</summary>
    public string ContainerId { get; init => field = value ?? ""; } = "";

    /// <summary>Labels, used when the endpoint's resource does not exist yet.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? LabelMap.Empty; } = LabelMap.Empty;

    /// <summary>The workload's addresses.</summary>
    public IReadOnlyList<IpAddress> Addresses { get; init => field = value ?? []; } = [];

    /// <summary>The link-layer address of the workload's interface.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The name of the link's host side.</summary>
    public string HostInterface { get; init => field = value ?? ""; } = "";
}
