using Weft.Net.Captures;

namespace Weft.Net.Filters;

/// <summary>A place in a packet: a constant, and a word of scratch memory to be added if it varies.</summary>
/// <param name="Constant">The part that is known.</param>
/// <param name="Register">The word's number; -1 for none.</param>
internal readonly record struct PacketOffset(uint Constant, int Register = -1)
{
    public bool IsVariable => Register >= 0;

    public PacketOffset Plus(uint bytes) => this with { Constant = unchecked(Constant + bytes) };
}

/// <summary>Where the headers lie that a primitive asks about. Words such as <c>vlan</c> move it, for what follows them in
/// the text, as in libpcap.</summary>
internal sealed record FilterLayout
{
    private const uint EthernetTypeAt = 12;
    private const uint EthernetLength = 14;

    /// <summary>What the packet begins with.</summary>
    public required LinkType Link { get; init; }

    /// <summary>The link layer's header.</summary>
    public required PacketOffset LinkHeader { get; init; }

    /// <summary>The field that says what follows it.</summary>
    public required PacketOffset TypeField { get; init; }

    /// <summary>What follows the link layer's header.</summary>
    public required PacketOffset Payload { get; init; }

    /// <summary>How far behind it the network header begins: 4 for each MPLS label.</summary>
    public uint NetworkAt { get; init; }

    /// <summary>The same for packets with an IEEE 802.2 header.</summary>
    public uint NetworkAfterLlcAt { get; init; }

    /// <summary>How many MPLS labels have been passed.</summary>
    public int Labels { get; init; }

    /// <summary>How many VLAN tags have been passed.</summary>
    public int Tags { get; init; }

    /// <summary>Whether it is the packet that was captured, and not one within it.</summary>
    public bool IsOutermost { get; init; } = true;

    /// <summary>Whether it is what Geneve carries, which may have no link layer of its own.</summary>
    public bool MayLackLink { get; init; }

    /// <summary>The layout of a whole packet; null if filters know nothing of its link type.</summary>
    public static FilterLayout? Of(LinkType link) => link switch
    {
        LinkType.Ethernet => Ethernet(new PacketOffset(0)),
        LinkType.LinuxCooked => Plain(link, 14, 16),
        LinkType.LinuxCooked2 => Plain(link, 0, 20),
        LinkType.Null or LinkType.Loop => Plain(link, 0, 4),
        LinkType.Ppp or LinkType.PppHdlc => Plain(link, 2, 4),
        LinkType.PppEther => Plain(link, 6, 8),
        LinkType.Raw or LinkType.Ipv4 or LinkType.Ipv6 => Plain(link, 0, 0),
        _ => null,
    };

    /// <summary>An Ethernet frame at a place.</summary>
    public static FilterLayout Ethernet(PacketOffset at) => new()
    {
        Link = LinkType.Ethernet,
        LinkHeader = at,
        TypeField = at.Plus(EthernetTypeAt),
        Payload = at.Plus(EthernetLength),
        NetworkAfterLlcAt = 3,
    };

    /// <summary>An IP packet at a place.</summary>
    public static FilterLayout Ip(PacketOffset at) => new()
    {
        Link = LinkType.Raw,
        LinkHeader = at,
        TypeField = at,
        Payload = at,
    };

    private static FilterLayout Plain(LinkType link, uint typeAt, uint length) => new()
    {
        Link = link,
        LinkHeader = new PacketOffset(0),
        TypeField = new PacketOffset(typeAt),
        Payload = new PacketOffset(length),
    };
}
