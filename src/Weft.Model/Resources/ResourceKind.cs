using Weft.Model.Documents;

namespace Weft.Model.Resources;

/// <summary>A kind of resource: its names in documents, in the API's paths and on the command line.</summary>
public sealed record ResourceKind
{
    /// <summary><c>projectcalico.org/v3</c>, or <c>v1</c> for Kubernetes' core.</summary>
    public required string ApiVersion { get; init; }

    /// <summary><c>IPPool</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>ippools</c>: the name in paths of the API.</summary>
    public required string Plural { get; init; }

    /// <summary><c>ippool</c>.</summary>
    public required string Singular { get; init; }

    /// <summary>Other words that people type, <c>blocks</c> for <c>ipamblocks</c>.</summary>
    public ValueList<string> ShortNames { get; init; } = [];

    /// <summary>Whether its resources live in a namespace.</summary>
    public bool Namespaced { get; init; }

    /// <summary>Whether only Weft itself writes it.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The part of <see cref="ApiVersion"/> before the slash; empty for Kubernetes' core.</summary>
    public string Group => ApiVersion.IndexOf('/') is int slash and >= 0 ? ApiVersion[..slash] : "";

    /// <summary>The part of <see cref="ApiVersion"/> after the slash.</summary>
    public string Version => ApiVersion[(ApiVersion.IndexOf('/') + 1)..];

    /// <summary><c>IPPool</c>.</summary>
    public override string ToString() => Kind;
}
