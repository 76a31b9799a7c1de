using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;

namespace Weft.Netlink.Rtnetlink;

/// <summary>The settings of a device of IPv4 in IPv4 (RFC 2003), kind <c>ipip</c>: <c>linux/if_tunnel.h</c>.</summary>
public sealed record IpipSettings
{
    internal const string Kind = "ipip";

    private const ushort LocalAttribute = 2; // IFLA_IPTUN_LOCAL
    private const ushort RemoteAttribute = 3; // IFLA_IPTUN_REMOTE
    private const ushort TtlAttribute = 4; // IFLA_IPTUN_TTL
    private const ushort PathMtuAttribute = 10; // IFLA_IPTUN_PMTUDISC

    /// <summary>The source address of the outer packet.</summary>
    public IpAddress? Local { get; init; }

    /// <summary>The other end; null takes it from the route's next hop.</summary>
    public IpAddress? Remote { get; init; }

    /// <summary>The outer TTL; 0 is the inner one.</summary>
    public byte Ttl { get; init; }

    /// <summary>Whether the outer DF bit is always set; else it is the inner one.</summary>
    public bool AlwaysDf { get; init; }

    /// <summary>Reads the attributes IFLA_IPTUN_... of a link.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> data, [NotNullWhen(true)] out IpipSettings? value)
    {
        value = null;
        if (!AttributeReader.TryParse(data, out AttributeReader attributes))
        {
            return false;
        }

        IpipSettings settings = new();
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case LocalAttribute when attribute.TryRead(out IpAddress local):
                    settings = settings with { Local = local.Number == 0 ? null : local };
                    break;
                case RemoteAttribute when attribute.TryRead(out IpAddress remote):
                    settings = settings with { Remote = remote.Number == 0 ? null : remote };
                    break;
                case TtlAttribute when attribute.TryRead(out byte ttl):
                    settings = settings with { Ttl = ttl };
                    break;
                case PathMtuAttribute when attribute.TryRead(out byte always):
                    settings = settings with { AlwaysDf = always != 0 };
                    break;
                case LocalAttribute or RemoteAttribute or TtlAttribute or PathMtuAttribute:
                    return false;
            }
        }

        value = settings;
        return true;
    }

    internal void WriteTo(ref NetlinkWriter writer)
    {
        if (Local is IpAddress local)
        {
            writer.AddAddress(LocalAttribute, local);
        }

        if (Remote is IpAddress remote)
        {
            writer.AddAddress(RemoteAttribute, remote);
        }

        writer.AddByte(TtlAttribute, Ttl);
        writer.AddByte(PathMtuAttribute, AlwaysDf ? (byte)1 : (byte)0);
    }
}
