namespace Weft.Model.Resources;

/// <summary>When packets between workloads on two nodes travel inside an outer packet.</summary>
public enum EncapsulationMode
{
    /// <summary>Never: the underlay must know the way.</summary>
    Never,

    /// <summary>Only between nodes that are not on one subnet.</summary>
    CrossSubnet,

    /// <summary>Between any two nodes.</summary>
    Always,
}
