using System;
using System.Globalization;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A part of a pool that one node has, and gives addresses out of (Calico's <c>IPAMBlock</c>).</summary>
/// <remarks>Which address of it is whose is in the journal of the node's agent, and only there.</remarks>
public sealed record IpamBlock : Resource
{
    private const string HostAffinity = "host:";
    private const string GivenBackAffinity = "released:";

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.IpamBlock;

    /// <summary>The range.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The pool that it is a part of.</summary>
    public required string Pool { get; init; }

    /// <summary>Whose it is: <c>host:n1</c>; or whose it was, and nobody's now: <c>released:n1</c>.</summary>
    public required string Affinity { get; init; }

    /// <summary>Whether the other nodes are still being told of it: its node gives no address of it out before, so that whoever
    /// gets one is answered from everywhere.</summary>
    public bool Announcing { get; init; }

    /// <summary>The node that has it; none if it has another sort of owner.</summary>
    public string? Node =>
        Affinity.StartsWith(HostAffinity, StringComparison.Ordinal) ? Affinity[HostAffinity.Length..] : null;

    /// <summary>Whether its node has given it back, or lost it, and others still borrow of it: it is nobody's, and goes with the last
    /// of these loans.</summary>
    public bool IsGivenBack => Affinity.StartsWith(GivenBackAffinity, StringComparison.Ordinal);

    /// <summary>The block as it is from then on.</summary>
    public IpamBlock GivenBack() =>
        Node is { } node ? this with { Affinity = GivenBackAffinity + node, Announcing = false } : this;

    /// <summary>The block of a node.</summary>
    public static IpamBlock Of(IpPrefix cidr, string pool, string node) => new()
    {
        Metadata = new Metadata { Name = NameOf(cidr) },
        Cidr = cidr,
        Pool = pool,
        Affinity = HostAffinity + node,
    };

    /// <summary>The resource's name for a range, as in Calico: <c>10-65-0-0-26</c>.</summary>
    public static string NameOf(IpPrefix cidr) => string.Create(
        CultureInfo.InvariantCulture,
        $"{cidr.Address.ToString().Replace('.', '-').Replace(':', '-')}-{cidr.Length}");
}
