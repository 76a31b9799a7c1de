using System.Globalization;

namespace Weft.Net;

/// <summary>A VXLAN network identifier: 24 bits (RFC 7348, section 5).</summary>
public readonly record struct Vni
{
    /// <summary>The largest identifier.</summary>
    public const uint Max = 0xFF_FFFF;

    /// <summary>An identifier; an invariant that it fits 24 bits.</summary>
    public Vni(uint value)
    {
        Invariant.Holds(value <= Max);
        Value = value;
    }

    /// <summary>The identifier as a number.</summary>
    public uint Value { get; }

    /// <summary>The decimal number.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
