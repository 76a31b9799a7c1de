using Weft.Net.Captures;

namespace Weft.Net.Filters;

/// <summary>For what packets a filter is to be compiled.</summary>
public sealed record FilterOptions
{
    /// <summary>The length that says "the whole packet".</summary>
    public const uint WholePacket = 262_144;

    /// <summary>What the packets begin with.</summary>
    public required LinkType LinkType { get; init; }

    /// <summary>Whether the kernel will run it on packets of its own: then VLAN tags lie beside the packet, and not in
    /// it.</summary>
    public bool IsLive { get; init; }

    /// <summary>How many bytes of a wanted packet are to be kept.</summary>
    public uint SnapLength { get; init; } = WholePacket;

    /// <summary>The mask of the network on which is captured, for <c>ip broadcast</c>; null if it is not known.</summary>
    public Ipv4Address? Netmask { get; init; }

    /// <summary>What names of hosts mean; null if none are known.</summary>
    public IFilterNames? Names { get; init; }
}
