using System;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>How nodes translate what leaves all pools (Calico's <c>FelixConfiguration</c>, the fields that mean something
/// here). <c>default</c> is for all nodes; <c>node.NAME</c> overrides it on one, field by field.</summary>
public sealed record FelixConfiguration : Resource
{
    /// <summary>The name of the one for all nodes.</summary>
    public const string DefaultName = "default";

    private const string NodePrefix = "node.";

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.FelixConfiguration;

    /// <summary>The IPv4 address that packets leave with; none for the node's own.</summary>
    public IpAddress? NatOutgoingAddress { get; init; }

    /// <summary>The ports that TCP and UDP leave with; <see cref="PortRange.None"/> for any; none if not said.</summary>
    public PortRange? NatPortRange { get; init; }

    /// <summary>What is not translated besides packets between pools; none if not said.</summary>
    public NatExclusions? NatOutgoingExclusions { get; init; }

    /// <summary>The only interface that packets are translated on, a final <c>+</c> for any ending; none for all.</summary>
    public string? IptablesNatOutgoingInterfaceFilter { get; init; }

    /// <summary>The node that this is for; none if it is for all.</summary>
    public string? Node => Metadata.Name.StartsWith(NodePrefix, StringComparison.Ordinal)
        ? Metadata.Name[NodePrefix.Length..]
        : null;

    /// <summary>The name of the one for a node.</summary>
    public static string NameOf(string node) => NodePrefix + node;
}

/// <summary>Destinations that <c>natOutgoing</c> leaves alone.</summary>
public enum NatExclusions
{
    /// <summary>Addresses of pools.</summary>
    IPPoolsOnly,

    /// <summary>Addresses of pools, and of the fleet's nodes.</summary>
    IPPoolsAndHostIPs,
}
