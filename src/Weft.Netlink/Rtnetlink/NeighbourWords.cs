using System;

namespace Weft.Netlink.Rtnetlink;

/// <summary>How sure the kernel is of a neighbour (NUD_... in <c>linux/neighbour.h</c>).</summary>
[Flags]
public enum NeighbourState : ushort
{
    /// <summary>NUD_NONE.</summary>
    None = 0x00,

    /// <summary>NUD_INCOMPLETE: asked, not answered.</summary>
    Incomplete = 0x01,

    /// <summary>NUD_REACHABLE.</summary>
    Reachable = 0x02,

    /// <summary>NUD_STALE.</summary>
    Stale = 0x04,

    /// <summary>NUD_DELAY.</summary>
    Delay = 0x08,

    /// <summary>NUD_PROBE.</summary>
    Probe = 0x10,

    /// <summary>NUD_FAILED: no answer.</summary>
    Failed = 0x20,

    /// <summary>NUD_NOARP: none is needed.</summary>
    NoArp = 0x40,

    /// <summary>NUD_PERMANENT: put there, and stays.</summary>
    Permanent = 0x80,
}

/// <summary>Flags of a neighbour (NTF_... in <c>linux/neighbour.h</c>).</summary>
[Flags]
public enum NeighbourFlags : byte
{
    /// <summary>None.</summary>
    None = 0x00,

    /// <summary>NTF_USE.</summary>
    Use = 0x01,

    /// <summary>NTF_SELF: of the device itself, not of the bridge that it is a port of.</summary>
    Self = 0x02,

    /// <summary>NTF_MASTER: of the bridge that the device is a port of.</summary>
    Master = 0x04,

    /// <summary>NTF_PROXY: this host answers for the address.</summary>
    Proxy = 0x08,

    /// <summary>NTF_EXT_LEARNED: put there by a control plane.</summary>
    ExternallyLearned = 0x10,

    /// <summary>NTF_OFFLOADED.</summary>
    Offloaded = 0x20,

    /// <summary>NTF_STICKY.</summary>
    Sticky = 0x40,

    /// <summary>NTF_ROUTER: it is an IPv6 router.</summary>
    Router = 0x80,
}

/// <summary><c>struct ndmsg</c> and NDA_..., <c>linux/neighbour.h</c>.</summary>
/// <remarks><code>
///  0       1       2       3       4
/// | family| pad                   |
/// | interface index               |
/// | state         | flags | type  | attributes (NDA_...) ...
/// </code></remarks>
internal static class NeighbourFormat
{
    public const int FixedLength = TypeOffset + 1;
    public const int IndexOffset = 4;
    public const int StateOffset = IndexOffset + 4;
    public const int FlagsOffset = StateOffset + 2;
    public const int TypeOffset = FlagsOffset + 1;

    public const ushort Destination = 1; // NDA_DST
    public const ushort LinkLayerAddress = 2; // NDA_LLADDR
    public const ushort Vni = 7; // NDA_VNI
    public const ushort Index = 8; // NDA_IFINDEX
    public const ushort Master = 9; // NDA_MASTER
    public const ushort Protocol = 12; // NDA_PROTOCOL
}
