namespace Weft.Net.Packets;

/// <summary>The two bytes of a tag (IEEE 802.1Q): priority, drop eligibility, VLAN identifier.</summary>
/// <param name="Value">The tag control information as it is on the wire.</param>
public readonly record struct VlanTag(ushort Value)
{
    /// <summary>The VLAN, 0 to 4095; 0 means priority only.</summary>
    public int Id => Value & 0xFFF;

    /// <summary>The priority code point, 0 to 7.</summary>
    public int Priority => Value >> 13;

    /// <summary>Whether the frame may be dropped first.</summary>
    public bool IsDropEligible => (Value & 0x1000) != 0;
}
