using Weft.Model.Documents;

namespace Weft.Model.Resources;

/// <summary>What every resource has, with Kubernetes' names and meaning.</summary>
public sealed record Metadata
{
    /// <summary>The name, unique within kind and namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; empty for a kind without.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>What selectors match.</summary>
    public LabelMap Labels { get; init; } = LabelMap.Empty;

    /// <summary>What nothing selects by.</summary>
    public LabelMap Annotations { get; init; } = LabelMap.Empty;

    /// <summary>One for each resource ever made; empty before it is stored.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The store's revision that last changed the resource; 0 before it is stored. A text in documents.</summary>
    public long ResourceVersion { get; init; }

    /// <summary>How often the specification changed; 0 before the resource is stored.</summary>
    public long Generation { get; init; }

    /// <summary>RFC 3339; none before the resource is stored.</summary>
    public string? CreationTimestamp { get; init; }

    /// <summary>RFC 3339, when somebody asked for removal; none if nobody did.</summary>
    public string? DeletionTimestamp { get; init; }

    /// <summary>Who must agree before the resource goes.</summary>
    public ValueList<string> Finalizers { get; init; } = [];

    /// <summary>Whether somebody asked for removal, and it is not done yet.</summary>
    public bool IsTerminating => DeletionTimestamp is not null;
}
