namespace Weft.Model.Resources;

/// <summary>How addresses are given out in the whole fleet (Calico's <c>IPAMConfiguration</c>); there is one, called
/// <see cref="TheName"/>.</summary>
public sealed record IpamConfiguration : Resource
{
    /// <summary>The only name.</summary>
    public const string TheName = "default";

    /// <summary>The most that <see cref="MaxBlocksPerHost"/> can be (Calico's CRD).</summary>
    public const int MaxBlocksPerHostMax = 1_000_000;

    /// <summary>The most that <see cref="IpCooldownSeconds"/> can be (Calico's CRD).</summary>
    public const int IpCooldownSecondsMax = 1_200;

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.IpamConfiguration;

    /// <summary>Whether a node uses addresses of its own blocks only, and never borrows.</summary>
    public bool StrictAffinity { get; init; }

    /// <summary>Whether nodes get blocks when they need them.</summary>
    public bool AutoAllocateBlocks { get; init; } = true;

    /// <summary>The most blocks that a node may have; 0 for no limit. (Calico makes 20 of 0.)</summary>
    public int MaxBlocksPerHost { get; init; }

    /// <summary>How long an address rests after its release.</summary>
    public int IpCooldownSeconds { get; init; }
}
