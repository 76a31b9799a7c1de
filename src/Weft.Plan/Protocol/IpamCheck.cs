using System.Collections.Generic;
using Weft.Net;

namespace Weft.Plan.Protocol;

/// <summary>Store, journals and kernels compared: <c>GET /v1/ipam/check</c>.</summary>
public sealed record IpamCheck
{
    /// <summary>The store's revision that was compared.</summary>
    public required long Revision { get; init; }

    /// <summary>The nodes whose agents answered, by name.</summary>
    public IReadOnlyList<string> Nodes { get; init => field = value ?? []; } = [];

    /// <summary>The nodes whose agents did not, by name: of their addresses only the store was asked.</summary>
    public IReadOnlyList<string> Away { get; init => field = value ?? []; } = [];

    /// <summary>Every address that anybody has, in order.</summary>
    public IReadOnlyList<CheckedAddress> Addresses { get; init => field = value ?? []; } = [];

    /// <summary>What is not right: first what does not mend itself.</summary>
    public IReadOnlyList<IpamProblem> Problems { get; init => field = value ?? []; } = [];
}

/// <summary>An address that somebody has.</summary>
public sealed record CheckedAddress
{
    /// <summary>The address.</summary>
    public required IpAddress Address { get; init; }

    /// <summary>The node that has it.</summary>
    public required string Node { get; init; }

    /// <summary>What it is used for.</summary>
    public required AddressUse Use { get; init; }

    /// <summary>Who has it: <c>shop/web/eth0</c>, or the node's name.</summary>
    public required string Owner { get; init; }

    /// <summary>How it stands with it; none if its agent is away.</summary>
    public AddressState? State { get; init; }

    /// <summary>The pool that it lies in; none if in none.</summary>
    public string? Pool { get; init; }

    /// <summary>The block that it lies in; none if in none.</summary>
    public IpPrefix? Block { get; init; }
}

/// <summary>Something that is not right with addresses.</summary>
public sealed record IpamProblem
{
    /// <summary>The sort of problem.</summary>
    public required IpamProblemKind Kind { get; init; }

    /// <summary>The node that it is on; none if on no single one.</summary>
    public string? Node { get; init; }

    /// <summary>The address, where it is one.</summary>
    public IpAddress? Address { get; init; }

    /// <summary>What is not right.</summary>
    public required string Message { get; init; }

    /// <summary>How it is mended: by itself, or by what somebody must do.</summary>
    public required string Mend { get; init; }

    /// <summary>Whether nobody has to do anything.</summary>
    public required bool MendsItself { get; init; }
}

/// <summary>Sorts of problems with addresses.</summary>
public enum IpamProblemKind
{
    /// <summary>Two have the same address.</summary>
    Doubled,

    /// <summary>Its workload is gone, and nobody has given it back.</summary>
    Leaked,

    /// <summary>Its workload is gone, and a resource of an administrator keeps it.</summary>
    Kept,

    /// <summary>The node's journal has it, and the store gives its block to another node or to nobody.</summary>
    OutsideBlocks,

    /// <summary>The node's journal has it, and its kernel does not.</summary>
    NotInKernel,

    /// <summary>The node's kernel has it, and its journal does not.</summary>
    NotInJournal,

    /// <summary>The node's journal has it, and the store does not.</summary>
    NotInStore,

    /// <summary>The store has it, and the node's journal does not.</summary>
    OnlyInStore,

    /// <summary>A block, or an endpoint, of a node that does not exist.</summary>
    NoNode,

    /// <summary>A block that lies in no pool, or overlaps another one.</summary>
    WrongBlock,

    /// <summary>The node's agent did not answer.</summary>
    Away,
}

/// <summary>Frees a leaked address: <c>POST /v1/ipam/release</c>.</summary>
/// <param name="Address">The address.</param>
public sealed record ReleaseRequest(IpAddress Address);

/// <summary>The address is free.</summary>
/// <param name="Address">The address.</param>
/// <param name="Node">The node whose it was.</param>
/// <param name="Owner">Who had it: <c>shop/web/eth0</c>.</param>
public sealed record ReleaseAnswer(IpAddress Address, string Node, string Owner);
