using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Settings of an interface in one family, some of those under <c>/proc/sys/net/ipvX/conf</c>, as the kernel
/// tells of them (RTM_NEWNETCONF): <c>linux/netconf.h</c>. A notice carries only the setting that has changed.
/// </summary>
public sealed record InterfaceConfiguration
{
    internal const int FixedLength = 4; // struct netconfmsg: the family, and padding.

    /// <summary>NETCONFA_IFINDEX_ALL: the settings of all interfaces.</summary>
    public const int AllInterfaces = -1;

    /// <summary>NETCONFA_IFINDEX_DEFAULT: what a new interface begins with.</summary>
    public const int NewInterfaces = -2;

    private const ushort IndexAttribute = 1; // NETCONFA_IFINDEX
    private const ushort ForwardingAttribute = 2; // NETCONFA_FORWARDING
    private const ushort ReversePathFilterAttribute = 3; // NETCONFA_RP_FILTER
    private const ushort ProxyNeighbourAttribute = 5; // NETCONFA_PROXY_NEIGH
    private const ushort ForceForwardingAttribute = 9; // NETCONFA_FORCE_FORWARDING, since Linux 6.17

    /// <summary>The family.</summary>
    public required IpFamily Family { get; init; }

    /// <summary>The interface, or <see cref="AllInterfaces"/> or <see cref="NewInterfaces"/>.</summary>
    public required int Index { get; init; }

    /// <summary><c>forwarding</c>.</summary>
    public int? Forwarding { get; init; }

    /// <summary><c>rp_filter</c>.</summary>
    public int? ReversePathFilter { get; init; }

    /// <summary><c>proxy_arp</c> or <c>proxy_ndp</c>.</summary>
    public int? ProxyNeighbour { get; init; }

    /// <summary><c>force_forwarding</c>.</summary>
    public int? ForceForwarding { get; init; }

    /// <summary>Reads what follows the header of RTM_NEWNETCONF or RTM_DELNETCONF.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out InterfaceConfiguration? value)
    {
        value = null;
        if (payload.Length < FixedLength || !AddressFamily.TryRead(payload[0], out IpFamily family)
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        int? index = null;
        InterfaceConfiguration settings = new() { Family = family, Index = 0 };
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type is not (IndexAttribute or ForwardingAttribute or ReversePathFilterAttribute
                or ProxyNeighbourAttribute or ForceForwardingAttribute))
            {
                continue;
            }

            if (!attribute.TryRead(out int number))
            {
                return false;
            }

            index = attribute.Type == IndexAttribute ? number : index;
            settings = attribute.Type switch
            {
                ForwardingAttribute => settings with { Forwarding = number },
                ReversePathFilterAttribute => settings with { ReversePathFilter = number },
                ProxyNeighbourAttribute => settings with { ProxyNeighbour = number },
                ForceForwardingAttribute => settings with { ForceForwarding = number },
                _ => settings,
            };
        }

        value = index is { } known ? settings with { Index = known } : null;
        return value is not null;
    }

    /// <summary>Lists the settings of all interfaces of a family.</summary>
    public static NetlinkRequest Dump(IpFamily family)
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETNETCONF, NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP, FixedLength);
        writer.Fixed[0] = AddressFamily.Of(family);
        return writer.ToDump();
    }

    internal byte[] ToMessage()
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWNETCONF, NetlinkFlags.None, FixedLength);
        writer.Fixed[0] = AddressFamily.Of(Family);
        writer.AddInt32(IndexAttribute, Index);
        foreach ((ushort type, int? setting) in ((ushort, int?)[])[(ForwardingAttribute, Forwarding),
            (ReversePathFilterAttribute, ReversePathFilter), (ProxyNeighbourAttribute, ProxyNeighbour),
            (ForceForwardingAttribute, ForceForwarding)])
        {
            if (setting is { } number)
            {
                writer.AddInt32(type, number);
            }
        }

        return writer.ToRequest().Bytes.ToArray();
    }
}
