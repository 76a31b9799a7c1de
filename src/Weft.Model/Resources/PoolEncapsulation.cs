namespace Weft.Model.Resources;

/// <summary>How packets to a pool are encapsulated, and when; at most one of the two is not Never.</summary>
/// <param name="Vxlan">When in VXLAN.</param>
/// <param name="Ipip">When as IPv4 in IPv4.</param>
public readonly record struct PoolEncapsulation(EncapsulationMode Vxlan, EncapsulationMode Ipip)
{
    /// <summary>When packets are encapsulated, by whichever protocol.</summary>
    public EncapsulationMode Mode => Ipip != EncapsulationMode.Never ? Ipip : Vxlan;
}
