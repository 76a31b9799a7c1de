using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Plan.Entries;

/// <summary>How addresses are given out in the whole fleet (Calico's <c>IPAMConfiguration</c>); none means its defaults.
/// </summary>
public sealed record AllocationEntry : PlanEntry
{
    /// <summary>The key of this entry; a plan has at most one.</summary>
    public const string TheKey = "allocation";

    /// <summary>Whether a node uses addresses of its own blocks only, and never borrows.</summary>
    public bool StrictAffinity { get; init; }

    /// <summary>The most blocks that a node may have; none is the default of the server.</summary>
    public int? MaxBlocksPerHost { get; init; }

    /// <summary>Whether blocks are not claimed when they are needed (<c>autoAllocateBlocks: false</c>).</summary>
    public bool ClaimsNoBlocks { get; init; }

    /// <summary>How long an address rests after its release, in seconds.</summary>
    public int CooldownSeconds { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => TheKey;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => "IPAMConfiguration/default";
}

/// <summary>Addresses that nobody gets (Calico's <c>IPReservation</c>), of those that lie in pools of the plan. Who has one
/// already keeps it.</summary>
public sealed record ReservationEntry : PlanEntry
{
    /// <summary>The reservation's name.</summary>
    public required string Name { get; init; }

    /// <summary>The ranges, in order.</summary>
    public required IReadOnlyList<IpPrefix> Cidrs { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"IPReservation/{Name}";

    /// <summary>The key of a reservation's entry.</summary>
    public static string KeyOf(string name) => $"reservation/{name}";

    /// <inheritdoc/>
    public bool Equals(ReservationEntry? other) => other is not null && Name == other.Name && Cidrs.SequenceEqual(other.Cidrs);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(System.StringComparison.Ordinal);
}

/// <summary>What a namespace says of its workloads' pools. A plan has it for namespaces that name pools, and for all of
/// them while any pool has a <c>namespaceSelector</c>.</summary>
public sealed record NamespaceEntry : PlanEntry
{
    /// <summary>The namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The names of the pools whose <c>namespaceSelector</c> does not match it, in order.</summary>
    public IReadOnlyList<string> ClosedPools { get; init => field = value ?? []; } = [];

    /// <summary>Names or CIDRs of its IPv4 pools (annotation <c>cni.projectcalico.org/ipv4pools</c>); empty if it names none.
    /// </summary>
    public IReadOnlyList<string> Ipv4Pools { get; init => field = value ?? []; } = [];

    /// <summary>Names or CIDRs of its IPv6 pools (annotation <c>cni.projectcalico.org/ipv6pools</c>).</summary>
    public IReadOnlyList<string> Ipv6Pools { get; init => field = value ?? []; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"Namespace/{Name}";

    /// <summary>The key of a namespace's entry.</summary>
    public static string KeyOf(string name) => $"namespace/{name}";

    /// <inheritdoc/>
    public bool Equals(NamespaceEntry? other) =>
        other is not null && Name == other.Name && ClosedPools.SequenceEqual(other.ClosedPools)
        && Ipv4Pools.SequenceEqual(other.Ipv4Pools) && Ipv6Pools.SequenceEqual(other.Ipv6Pools);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(System.StringComparison.Ordinal);
}

/// <summary>Another node may use one address of this node's block: in the plan of the node that lends it, until it is
/// given back.</summary>
/// <remarks>The lender's journal decides which address it is, so that it has one owner at any instant; the borrower then
/// has it as a block of one address (<see cref="OwnBlockEntry.Lender"/>), and everybody a route to it.</remarks>
public sealed record LoanEntry : PlanEntry
{
    /// <summary>The loan's name in the store.</summary>
    public required string Name { get; init; }

    /// <summary>The block of this node that the address is taken from.</summary>
    public required IpPrefix Block { get; init; }

    /// <summary>The node that borrows.</summary>
    public required string Borrower { get; init; }

    /// <summary>The one address that is asked for; none if any will do.</summary>
    public IpAddress? Wanted { get; init; }

    /// <summary>The address that was lent, as the store knows it; none until this node's journal has chosen.</summary>
    public IpAddress? Address { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"AddressLoan/{Name}";

    /// <summary>The key of a loan's entry.</summary>
    public static string KeyOf(string name) => $"loan/{name}";
}
