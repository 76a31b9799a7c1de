using Weft.Model.Selectors;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A range that workloads' addresses are taken from (Calico's <c>IPPool</c>).</summary>
public sealed record IpPool : Resource
{
    /// <summary>The block size when none is given: 64 addresses.</summary>
    public const int BlockSizeDefault = 26;

    /// <summary>The smallest prefix length of a block: 4,096 addresses.</summary>
    public const int BlockSizeMin = 20;

    /// <summary>The largest prefix length of a block: one address.</summary>
    public const int BlockSizeMax = 32;

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.IpPool;

    /// <summary>The range. It cannot be changed.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The prefix length of the blocks that nodes get. It cannot be changed.</summary>
    public int BlockSize { get; init; } = BlockSizeDefault;

    /// <summary>When packets to this pool travel in VXLAN.</summary>
    public EncapsulationMode VxlanMode { get; init; } = EncapsulationMode.Never;

    /// <summary>The nodes whose workloads may get an address of this pool.</summary>
    public Selector NodeSelector { get; init; } = Selector.All;

    /// <summary>Whether no new addresses are given out.</summary>
    public bool Disabled { get; init; }
}
