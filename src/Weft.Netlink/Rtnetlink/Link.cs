using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Flags of a link (IFF_... in <c>linux/if.h</c>).</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>IFF_UP: set up by the administrator.</summary>
    Up = 0x1,

    /// <summary>IFF_BROADCAST.</summary>
    Broadcast = 0x2,

    /// <summary>IFF_LOOPBACK.</summary>
    Loopback = 0x8,

    /// <summary>IFF_POINTOPOINT.</summary>
    PointToPoint = 0x10,

    /// <summary>IFF_RUNNING: operational (RFC 2863).</summary>
    Running = 0x40,

    /// <summary>IFF_NOARP.</summary>
    NoArp = 0x80,

    /// <summary>IFF_PROMISC.</summary>
    Promiscuous = 0x100,

    /// <summary>IFF_MULTICAST.</summary>
    Multicast = 0x1000,

    /// <summary>IFF_LOWER_UP: there is a carrier.</summary>
    LowerUp = 0x10000,
}

/// <summary>A network interface as the kernel tells it (RTM_NEWLINK). What is not modelled is ignored.</summary>
/// <remarks><code>
///  0       1       2               4
/// | family| pad   | type (ARPHRD) |
/// | index                         |
/// | flags                         |
/// | change mask                   | attributes (IFLA_...) ...
/// </code></remarks>
public sealed record Link
{
    internal const int FixedLength = ChangeOffset + 4;
    internal const int IndexOffset = 4;
    internal const int FlagsOffset = IndexOffset + 4;
    internal const int ChangeOffset = FlagsOffset + 4;

    /// <summary>The index, unique in the namespace.</summary>
    public required int Index { get; init; }

    /// <summary>The name, 15 bytes at most.</summary>
    public required string Name { get; init; }

    /// <summary>The driver's kind: <c>veth</c>, <c>bridge</c>, <c>vxlan</c>; null for loopback and hardware.</summary>
    public string? Kind { get; init; }

    /// <summary>The link-layer address, if it is one of 6 bytes.</summary>
    public MacAddress? Address { get; init; }

    /// <summary>The MTU.</summary>
    public uint Mtu { get; init; }

    /// <summary>The flags.</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>The index of the bridge that this link is a port of.</summary>
    public int? Master { get; init; }

    /// <summary>The index of the other end of a veth, or of the lower device (IFLA_LINK).</summary>
    public int? LinkIndex { get; init; }

    /// <summary>The namespace in which <see cref="LinkIndex"/> counts (IFLA_LINK_NETNSID); null for this one.</summary>
    public int? LinkNamespaceId { get; init; }

    /// <summary>Free text of 255 bytes at most (IFLA_IFALIAS).</summary>
    public string? Alias { get; init; }

    /// <summary>The group that an administrator counts it to (IFLA_GROUP): packets can be told by their link's; 0 if none
    /// says.</summary>
    public uint Group { get; init; }

    /// <summary>The settings of a VXLAN device.</summary>
    public VxlanSettings? Vxlan { get; init; }

    /// <summary>The settings of a device of IPv4 in IPv4.</summary>
    public IpipSettings? Ipip { get; init; }

    /// <summary>How IPv6 link-local addresses come about on it; null where IPv6 is not there.</summary>
    public Inet6AddressGenerationMode? Inet6Mode { get; init; }

    /// <summary>Whether it is set up.</summary>
    public bool IsUp => (Flags & LinkFlags.Up) != 0;

    /// <summary>Whether it is operational (RFC 2863): the kernel has seen the carrier, and sends through it.</summary>
    public bool IsRunning => (Flags & LinkFlags.Running) != 0;

    /// <summary>Whether it has a carrier.</summary>
    public bool HasCarrier => (Flags & LinkFlags.LowerUp) != 0;

    /// <summary>Reads what follows the header of RTM_NEWLINK or RTM_DELLINK.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Link? value)
    {
        value = null;
        if (payload.Length < FixedLength
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        Link link = new()
        {
            Index = HostOrder.ReadInt32(payload, IndexOffset),
            Flags = (LinkFlags)HostOrder.ReadUInt32(payload, FlagsOffset),
            Name = "",
        };
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (!link.TryWith(attribute, out link))
            {
                return false;
            }
        }

        value = link;
        return true;
    }

    private bool TryWith(NetlinkAttribute attribute, out Link link)
    {
        link = this;
        switch (attribute.Type)
        {
            case LinkAttribute.Name:
                link = this with { Name = attribute.ReadText() };
                return true;
            case LinkAttribute.Alias:
                link = this with { Alias = attribute.ReadText() };
                return true;
            case LinkAttribute.Address:
                link = attribute.TryRead(out MacAddress address) ? this with { Address = address } : this;
                return true;
            case LinkAttribute.Mtu when attribute.TryRead(out uint mtu):
                link = this with { Mtu = mtu };
                return true;
            case LinkAttribute.Master when attribute.TryRead(out int master):
                link = this with { Master = master };
                return true;
            case LinkAttribute.Link when attribute.TryRead(out int index):
                link = this with { LinkIndex = index };
                return true;
            case LinkAttribute.Group when attribute.TryRead(out uint group):
                link = this with { Group = group };
                return true;
            case LinkAttribute.LinkNamespaceId when attribute.TryRead(out int id):
                link = this with { LinkNamespaceId = id };
                return true;
            case LinkAttribute.LinkInfo:
                return attribute.TryReadNested(out AttributeReader info) && TryWithInfo(info, out link);
            case LinkAttribute.AddressFamilies:
                return attribute.TryReadNested(out AttributeReader families) && TryWithFamilies(families, out link);
            case LinkAttribute.Mtu or LinkAttribute.Master or LinkAttribute.Link or LinkAttribute.Group or LinkAttribute.LinkNamespaceId:
                return false;
            default:
                return true;
        }
    }

    private bool TryWithInfo(AttributeReader info, out Link link)
    {
        link = this;
        string? kind = null;
        ReadOnlySpan<byte> data = default;
        foreach (NetlinkAttribute attribute in info)
        {
            if (attribute.Type == LinkInfoAttribute.Kind)
            {
                kind = attribute.ReadText();
            }
            else if (attribute.Type == LinkInfoAttribute.Data)
            {
                data = attribute.Value;
            }
        }

        link = this with { Kind = kind };
        if (kind == IpipSettings.Kind)
        {
            bool isRead = IpipSettings.TryDecode(data, out IpipSettings? ipip);
            link = link with { Ipip = ipip };
            return isRead;
        }

        if (kind != VxlanSettings.Kind)
        {
            return true;
        }

        bool decoded = VxlanSettings.TryDecode(data, out VxlanSettings? vxlan);
        link = link with { Vxlan = vxlan };
        return decoded;
    }

    private bool TryWithFamilies(AttributeReader families, out Link link)
    {
        link = this;
        foreach (NetlinkAttribute family in families)
        {
            if (family.Type != AddressFamily.Inet6)
            {
                continue;
            }

            if (!family.TryReadNested(out AttributeReader inet6))
            {
                return false;
            }

            foreach (NetlinkAttribute attribute in inet6)
            {
                if (attribute.Type == Inet6Attribute.AddressGenerationMode && attribute.TryRead(out byte mode))
                {
                    link = link with { Inet6Mode = (Inet6AddressGenerationMode)mode };
                }
            }
        }

        return true;
    }
}
