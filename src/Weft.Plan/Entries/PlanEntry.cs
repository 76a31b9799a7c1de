using System.Collections.Generic;
using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Plan.Entries;

/// <summary>One fact that a node needs, under a key that is unique within the node's plan.</summary>
/// <remarks>Each entry is a pure function of (store revision, node, key): that is why a delta of a plan is a list
/// of entries, and why an incremental plan equals one compiled from scratch. Values compare by content.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "entry")]
[JsonDerivedType(typeof(SelfEntry), "self")]
[JsonDerivedType(typeof(PoolEntry), "pool")]
[JsonDerivedType(typeof(OwnBlockEntry), "ownBlock")]
[JsonDerivedType(typeof(RemoteBlockEntry), "remoteBlock")]
[JsonDerivedType(typeof(PeerEntry), "peer")]
[JsonDerivedType(typeof(WorkloadEntry), "workload")]
[JsonDerivedType(typeof(StaticRouteEntry), "staticRoute")]
[JsonDerivedType(typeof(OutgoingNatEntry), "outgoingNat")]
[JsonDerivedType(typeof(AllocationEntry), "allocation")]
[JsonDerivedType(typeof(ReservationEntry), "reservation")]
[JsonDerivedType(typeof(NamespaceEntry), "namespace")]
[JsonDerivedType(typeof(LoanEntry), "loan")]
public abstract record PlanEntry
{
    /// <summary>The key; plans are ordered by it, ordinally.</summary>
    [JsonIgnore]
    public abstract string Key { get; }

    /// <summary>The resource that this entry follows from, as <c>kind/name</c>: ARCHITECTURE, law 7.</summary>
    [JsonIgnore]
    public abstract string Cause { get; }
}

/// <summary>The node itself: its underlay addresses, and whether it needs a tunnel device.</summary>
public sealed record SelfEntry : PlanEntry
{
    /// <summary>The key of this entry; a plan has at most one.</summary>
    public const string TheKey = "self";

    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>Which Node resource of that name it is: one that was deleted and applied again is another one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Uid { get; init; }

    /// <summary>The underlay's IPv4 address with its subnet, from <c>spec.bgp.ipv4Address</c>.</summary>
    public IpInterfaceAddress? Ipv4 { get; init; }

    /// <summary>The underlay's IPv6 address with its subnet, from <c>spec.bgp.ipv6Address</c>.</summary>
    public IpInterfaceAddress? Ipv6 { get; init; }

    /// <summary>Whether some pool may encapsulate over an IPv4 underlay, so that the node has <c>vxlan.weft</c>.</summary>
    public required bool OverIpv4 { get; init; }

    /// <summary>Whether some pool may encapsulate over an IPv6 underlay, so that the node has <c>vxlan6.weft</c>.</summary>
    public bool OverIpv6 { get; init; }

    /// <summary>Whether some pool encapsulates IPv4 in IPv4 (<c>ipipMode</c>), so that the node has <c>ipip.weft</c>.</summary>
    public bool Ipip { get; init; }

    /// <summary>The link-layer address of the tunnel device over IPv4.</summary>
    public required MacAddress TunnelMac { get; init; }

    /// <summary>The link-layer address of the tunnel device over IPv6.</summary>
    public MacAddress TunnelMacV6 { get; init; }

    /// <summary>The IPv4 tunnel address that the store knows of; the agent's journal owns it. All tunnel devices of
    /// the node have it: one address per family is enough for the node itself to talk through any of them.</summary>
    public IpAddress? TunnelIpv4 { get; init; }

    /// <summary>The IPv6 tunnel address that the store knows of; the agent's journal owns it.</summary>
    public IpAddress? TunnelIpv6 { get; init; }

    /// <summary>The MTU of the interface that has <see cref="Ipv4"/>, as the store knows it; the agent measures it.</summary>
    public int? UnderlayMtu { get; init; }

    /// <summary>The MTU of the interface that has <see cref="Ipv6"/>, as the store knows it; the agent measures it.</summary>
    public int? UnderlayMtuV6 { get; init; }

    /// <summary>Whether somebody has deleted the node: it gets no new address, and its agent gives back what nobody uses.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Leaving { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => TheKey;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"Node/{Node}";
}

/// <summary>A pool, and whether this node may take addresses from it.</summary>
public sealed record PoolEntry : PlanEntry
{
    /// <summary>The pool's name.</summary>
    public required string Name { get; init; }

    /// <summary>The pool's prefix.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>Whether this node may claim blocks and give out addresses: selected, enabled, not going away.</summary>
    public required bool Allocates { get; init; }

    /// <summary>Whether the pool may encapsulate, so that tunnel addresses are taken from it.</summary>
    public required bool Tunnels { get; init; }

    /// <summary>Whether workloads get no address of it: its <c>allowedUses</c> leave them out.</summary>
    public bool NoWorkloads { get; init; }

    /// <summary>Whether addresses are given out only to who names the pool or the address (<c>assignmentMode: Manual</c>).
    /// </summary>
    public bool ByNameOnly { get; init; }

    /// <summary>Whether it has a <c>namespaceSelector</c> that a namespace without labels does not match: of such a namespace
    /// the plan has no entry.</summary>
    public bool ClosedByDefault { get; init; }

    /// <summary>Whether packets from this pool to outside all pools leave with the node's address.</summary>
    public bool NatOutgoing { get; init; }

    /// <summary>The prefix length of the pool's blocks.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Whether the pool is being removed: empty blocks are given back, addresses in use go on.</summary>
    public bool Terminating { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"IPPool/{Name}";

    /// <summary>The key of a pool's entry.</summary>
    public static string KeyOf(string name) => $"pool/{name}";
}

/// <summary>A block that belongs to this node.</summary>
public sealed record OwnBlockEntry : PlanEntry
{
    /// <summary>The block.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The name of the pool it is a part of.</summary>
    public required string Pool { get; init; }

    /// <summary>The node that lent it, if it is one address out of that node's block; no tunnel address is taken from it.
    /// </summary>
    public string? Lender { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => RemoteBlockEntry.KeyOf(Cidr);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"IPAMBlock/{Cidr}";
}

/// <summary>How packets of this node reach a block of another one.</summary>
public enum BlockPath
{
    /// <summary>No route of ours: the underlay's own routing must know the way (<c>vxlanMode: Never</c>).</summary>
    Underlay,

    /// <summary>Plain, to the other node's underlay address, which is on the same segment.</summary>
    Direct,

    /// <summary>In VXLAN, to the other node's underlay address, of either family.</summary>
    Vxlan,

    /// <summary>IPv4 in IPv4 (RFC 2003), to the other node's IPv4 underlay address.</summary>
    Ipip,
}

/// <summary>A block that belongs to another node, and the way there.</summary>
public sealed record RemoteBlockEntry : PlanEntry
{
    /// <summary>The block.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The name of the pool it is a part of.</summary>
    public required string Pool { get; init; }

    /// <summary>The node that has it.</summary>
    public required string Node { get; init; }

    /// <summary>The way there.</summary>
    public required BlockPath Path { get; init; }

    /// <summary>The other node's underlay address that packets are sent to; none when the path is the underlay's own.
    /// Plain paths are of the block's family; an encapsulation may be of the other one.</summary>
    public IpAddress? Via { get; init; }

    /// <summary>The owner's IPv4 underlay address, whatever the path: who may send us this block's addresses in a tunnel.</summary>
    public IpAddress? OwnerIpv4 { get; init; }

    /// <summary>The owner's IPv6 underlay address, whatever the path.</summary>
    public IpAddress? OwnerIpv6 { get; init; }

    /// <summary>The route's MTU in bytes where an encapsulation makes it smaller than the interface's.</summary>
    public int? Mtu { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Cidr);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"IPAMBlock/{Cidr}";

    /// <summary>The key of a block's entry, own or remote: a block has one owner.</summary>
    public static string KeyOf(IpPrefix cidr) => $"block/{cidr}";
}

/// <summary>Another node that has an underlay address, and what this one exchanges with it.</summary>
public sealed record PeerEntry : PlanEntry
{
    /// <summary>The other node's name.</summary>
    public required string Node { get; init; }

    /// <summary>Its IPv4 underlay address.</summary>
    public IpAddress? Ipv4 { get; init; }

    /// <summary>Its IPv6 underlay address.</summary>
    public IpAddress? Ipv6 { get; init; }

    /// <summary>Whether packets travel in VXLAN over IPv4 between the two nodes.</summary>
    public bool OverIpv4 { get; init; }

    /// <summary>Whether packets travel in VXLAN over IPv6 between the two nodes.</summary>
    public bool OverIpv6 { get; init; }

    /// <summary>Whether packets travel as IPv4 in IPv4 between the two nodes.</summary>
    public bool Ipip { get; init; }

    /// <summary>The link-layer address of its tunnel device over IPv4.</summary>
    public required MacAddress TunnelMac { get; init; }

    /// <summary>The link-layer address of its tunnel device over IPv6.</summary>
    public MacAddress TunnelMacV6 { get; init; }

    /// <summary>Its IPv4 tunnel address, in one of its blocks: where the node itself answers through a tunnel.</summary>
    public IpAddress? TunnelIpv4 { get; init; }

    /// <summary>Its IPv6 tunnel address.</summary>
    public IpAddress? TunnelIpv6 { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Node);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"Node/{Node}";

    /// <summary>The key of a peer's entry.</summary>
    public static string KeyOf(string node) => $"peer/{node}";
}

/// <summary>What the store says of a workload of this node. The agent's journal owns the address; this follows.</summary>
public sealed record WorkloadEntry : PlanEntry
{
    /// <summary>The workload's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>The workload's own name, as its runtime says it.</summary>
    public required string Workload { get; init; }

    /// <summary>The interface inside the workload.</summary>
    public required string Interface { get; init; }

    /// <summary>The runtime's id of this incarnation; empty until the agent has published it.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The addresses that the store knows of, in order.</summary>
    public required IReadOnlyList<IpAddress> Addresses { get; init; }

    /// <summary>Whether somebody asked for the endpoint to be removed.</summary>
    public bool Terminating { get; init; }

    /// <summary>Whether the endpoint is a resource of an administrator, and not one that an agent made for a workload: then
    /// the workload keeps its addresses also while it does not run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Declared { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Namespace, Name);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"WorkloadEndpoint/{Namespace}/{Name}";

    /// <summary>The key of a workload's entry.</summary>
    public static string KeyOf(string workloadNamespace, string name) => $"workload/{workloadNamespace}/{name}";

    /// <inheritdoc/>
    public bool Equals(WorkloadEntry? other) =>
        other is not null && Namespace == other.Namespace && Name == other.Name && Workload == other.Workload
        && Interface == other.Interface && ContainerId == other.ContainerId && Terminating == other.Terminating && Declared == other.Declared
        && System.Linq.Enumerable.SequenceEqual(Addresses, other.Addresses);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(System.StringComparison.Ordinal);
}
