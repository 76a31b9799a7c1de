using System.Collections.Generic;
using Weft.Net;

namespace Weft.Plan.Protocol;

/// <summary>How addresses are used: <c>GET /v1/ipam</c>. What the store says, so also of nodes whose agent is away.</summary>
public sealed record IpamStatus
{
    /// <summary>The store's revision.</summary>
    public required long Revision { get; init; }

    /// <summary>The pools, by name.</summary>
    public IReadOnlyList<PoolUsage> Pools { get; init => field = value ?? []; } = [];
}

/// <summary>How one pool is used. Numbers of addresses above 2^53 are rounded.</summary>
public sealed record PoolUsage
{
    /// <summary>The pool's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its range.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The prefix length of its blocks.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Whether new addresses are given out.</summary>
    public required bool Allocates { get; init; }

    /// <summary>Addresses of the range.</summary>
    public required double Size { get; init; }

    /// <summary>Blocks that nodes have.</summary>
    public required int Blocks { get; init; }

    /// <summary>Blocks of the range.</summary>
    public required double BlocksMax { get; init; }

    /// <summary>Addresses that workloads and nodes have.</summary>
    public required long InUse { get; init; }

    /// <summary>Of those, the ones that lie in another node's block.</summary>
    public required long Borrowed { get; init; }

    /// <summary>Addresses of an <c>IPReservation</c> that nobody has.</summary>
    public required double Reserved { get; init; }

    /// <summary>Addresses that somebody may still get, of blocks and beside them; those that rest are among them.</summary>
    public required double Free { get; init; }

    /// <summary>How much of the pool is in use or reserved, in percent.</summary>
    public required double UsedPercent { get; init; }

    /// <summary>The nodes that have blocks of it, or borrow from it, by name.</summary>
    public IReadOnlyList<NodeUsage> Nodes { get; init => field = value ?? []; } = [];
}

/// <summary>How one node uses a pool.</summary>
public sealed record NodeUsage
{
    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>Addresses that its workloads and itself have, borrowed ones among them.</summary>
    public required long InUse { get; init; }

    /// <summary>Addresses that it borrows from other nodes' blocks.</summary>
    public required int Borrowed { get; init; }

    /// <summary>Addresses of workloads that are gone, and look leaked; none if its agent does not say.</summary>
    public int? Candidates { get; init; }

    /// <summary>Addresses that its collector freed since its agent started; none if its agent does not say.</summary>
    public long? Reclaimed { get; init; }

    /// <summary>Its blocks, in order.</summary>
    public IReadOnlyList<BlockUsage> Blocks { get; init => field = value ?? []; } = [];

    /// <summary>The addresses that it borrows, in order.</summary>
    public IReadOnlyList<BorrowedAddress> Borrows { get; init => field = value ?? []; } = [];
}

/// <summary>How one block is used.</summary>
public sealed record BlockUsage
{
    /// <summary>The block.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>Its addresses.</summary>
    public required int Size { get; init; }

    /// <summary>Addresses that workloads of its node have.</summary>
    public required int Workloads { get; init; }

    /// <summary>Addresses that the node itself has in its tunnels.</summary>
    public required int Tunnels { get; init; }

    /// <summary>Addresses that other nodes borrow.</summary>
    public required int Lent { get; init; }

    /// <summary>Addresses of an <c>IPReservation</c> that nobody has.</summary>
    public required int Reserved { get; init; }

    /// <summary>Addresses that were released a moment ago; none if the node's agent does not say.</summary>
    public int? Resting { get; init; }

    /// <summary>Addresses that somebody may get, resting ones among them.</summary>
    public required int Free { get; init; }
}

/// <summary>An address that a node has out of another one's block.</summary>
/// <param name="Address">The address.</param>
/// <param name="Lender">The node whose block it is.</param>
/// <param name="Block">The block.</param>
public sealed record BorrowedAddress(IpAddress Address, string Lender, IpPrefix Block);

/// <summary>Whose an address is, or why nobody's: <c>GET /v1/ipam/addresses/{address}</c>.</summary>
public sealed record AddressInfo
{
    /// <summary>The address.</summary>
    public required IpAddress Address { get; init; }

    /// <summary>Whose it is, or why nobody's.</summary>
    public required AddressStanding Standing { get; init; }

    /// <summary>The same in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The node that uses it; none if nobody does.</summary>
    public string? Node { get; init; }

    /// <summary>Who uses it: <c>shop/web/eth0</c>, or the node's name.</summary>
    public string? Owner { get; init; }

    /// <summary>The runtime's id of the workload.</summary>
    public string? ContainerId { get; init; }

    /// <summary>Since when the endpoint is in the store (RFC 3339).</summary>
    public string? Since { get; init; }

    /// <summary>The pool that it lies in.</summary>
    public string? Pool { get; init; }

    /// <summary>The block that it lies in.</summary>
    public IpPrefix? Block { get; init; }

    /// <summary>The node that has the block.</summary>
    public string? BlockNode { get; init; }

    /// <summary>The reservation that covers it.</summary>
    public string? Reservation { get; init; }
}

/// <summary>Whose an address is, or why nobody's.</summary>
public enum AddressStanding
{
    /// <summary>A workload's.</summary>
    Workload,

    /// <summary>A node's own in its tunnels.</summary>
    Tunnel,

    /// <summary>A node's own on its underlay.</summary>
    Node,

    /// <summary>Lent to a node, which has not given it to a workload.</summary>
    Lent,

    /// <summary>A reservation keeps it from everybody.</summary>
    Reserved,

    /// <summary>It was released, and rests.</summary>
    Resting,

    /// <summary>The next workload of its block's node may get it.</summary>
    Free,

    /// <summary>In a pool, but no node has its block.</summary>
    NoBlock,

    /// <summary>In no pool.</summary>
    NoPool,
}
