using System;
using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Selectors;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A range that workloads' addresses are taken from (Calico's <c>IPPool</c>).</summary>
public sealed record IpPool : Resource
{
    /// <summary>The prefix length of an IPv4 pool's blocks when none is given: 64 addresses.</summary>
    public const int BlockSizeDefault = 26;

    /// <summary>The same for IPv6: 64 addresses too.</summary>
    public const int BlockSizeDefaultV6 = 122;

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.IpPool;

    /// <summary>The range. It cannot be changed.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The prefix length of the blocks that nodes get. It cannot be changed.</summary>
    public int BlockSize { get; init; } = BlockSizeDefault;

    /// <summary>When packets to this pool travel in VXLAN.</summary>
    public EncapsulationMode VxlanMode { get; init; } = EncapsulationMode.Never;

    /// <summary>When packets to this pool travel as IPv4 in IPv4. At most one of the two modes is not Never.</summary>
    public EncapsulationMode IpipMode { get; init; } = EncapsulationMode.Never;

    /// <summary>Whether packets from this pool to outside all pools leave with their node's address.</summary>
    public bool NatOutgoing { get; init; }

    /// <summary>The nodes whose workloads may get an address of this pool.</summary>
    public Selector NodeSelector { get; init; } = Selector.All;

    /// <summary>Whether no new addresses are given out.</summary>
    public bool Disabled { get; init; }

    /// <summary>What addresses are for.</summary>
    public PoolUses AllowedUses { get; init; } = PoolUses.All;

    /// <summary>Who gets addresses without naming the pool or the address.</summary>
    public AssignmentMode AssignmentMode { get; init; } = AssignmentMode.Automatic;

    /// <summary>The namespaces whose workloads may get an address without naming the pool; none for all. A pool with one has no
    /// tunnel addresses.</summary>
    public Selector? NamespaceSelector { get; init; }

    /// <summary><c>status.sending</c>: how packets are sent while not every node can receive what the specification
    /// says; none if it is in force. Only the server writes it.</summary>
    public PoolEncapsulation? Sending { get; init; }

    /// <summary><c>status.receiving</c>: the other ways in which packets may still come. Only the server writes it.</summary>
    public ValueList<PoolEncapsulation> Receiving { get; init; } = [];

    /// <summary><c>status.since</c>: the revision that asked for the change of encapsulation that is under way, where the
    /// pool itself was written again since. Only the server writes it.</summary>
    public long? Since { get; init; }

    /// <summary>What the specification says.</summary>
    public PoolEncapsulation Specified => new(VxlanMode, IpipMode);

    /// <summary>How packets are sent now.</summary>
    public PoolEncapsulation InForce => Sending ?? Specified;

    /// <summary>Every way in which packets may come: as specified, as sent now, as sent before.</summary>
    public IEnumerable<PoolEncapsulation> Ways => [Specified, InForce, .. Receiving];

    /// <summary>The bounds of <see cref="BlockSize"/>: 4,096 addresses to one, and its default.</summary>
    public static (int Min, int Max, int Default) BlockSizesOf(IpFamily family) =>
        family == IpFamily.Ipv6 ? (116, 128, BlockSizeDefaultV6) : (20, 32, BlockSizeDefault);
}

/// <summary>What addresses of a pool are for.</summary>
[Flags]
public enum PoolUses
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Workloads.</summary>
    Workload = 1,

    /// <summary>Nodes' own tunnel addresses.</summary>
    Tunnel = 2,

    /// <summary>Both: the default.</summary>
    All = Workload | Tunnel,
}

/// <summary>Who gets addresses of a pool.</summary>
public enum AssignmentMode
{
    /// <summary>Any workload that the pool's selectors match.</summary>
    Automatic,

    /// <summary>Only who names the pool, or an address of it.</summary>
    Manual,
}
