using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;

namespace Weft.Netlink.Rtnetlink;

/// <summary>What the outer IPv4 header's "don't fragment" bit becomes (<c>enum ifla_vxlan_df</c>).</summary>
public enum VxlanDf : byte
{
    /// <summary>VXLAN_DF_UNSET: never set; oversized packets are fragmented silently.</summary>
    Unset = 0,

    /// <summary>VXLAN_DF_SET: always set.</summary>
    Set = 1,

    /// <summary>VXLAN_DF_INHERIT: as the inner packet has it; set if that is IPv6.</summary>
    Inherit = 2,
}

/// <summary>The settings of a VXLAN device (RFC 7348). The defaults are the kernel's, but for learning, which is off,
/// and the port, which is IANA's.</summary>
public sealed record VxlanSettings
{
    internal const string Kind = "vxlan";

    /// <summary>The port that IANA gave to VXLAN; the kernel's own default is 8472.</summary>
    public const ushort IanaPort = 4789;

    /// <summary>The VXLAN network identifier, 24 bits.</summary>
    public required uint Vni { get; init; }

    /// <summary>The source address of the outer packet; its family is the device's.</summary>
    public IpAddress? Local { get; init; }

    /// <summary>Where unknown destinations go: a multicast group or one remote VTEP; null drops them.</summary>
    public IpAddress? Group { get; init; }

    /// <summary>The index of the device that outer packets leave by; null lets the routes decide.</summary>
    public int? LowerIndex { get; init; }

    /// <summary>The UDP port.</summary>
    public ushort Port { get; init; } = IanaPort;

    /// <summary>Whether received packets teach the FDB.</summary>
    public bool Learning { get; init; }

    /// <summary>The outer DF bit.</summary>
    public VxlanDf Df { get; init; }

    /// <summary>The outer TTL; 0 is the kernel's choice.</summary>
    public byte Ttl { get; init; }

    /// <summary>Whether the outer TTL is the inner one.</summary>
    public bool TtlInherit { get; init; }

    /// <summary>Whether outer packets over IPv4 carry a UDP checksum.</summary>
    public bool UdpChecksum { get; init; } = true;

    /// <summary>Whether outer packets over IPv6 leave without a UDP checksum.</summary>
    public bool UdpZeroChecksum6Transmit { get; init; }

    /// <summary>Whether outer packets over IPv6 without a UDP checksum are accepted.</summary>
    public bool UdpZeroChecksum6Receive { get; init; }

    /// <summary>Reads the attributes IFLA_VXLAN_... of a link.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> data, [NotNullWhen(true)] out VxlanSettings? value)
    {
        value = null;
        if (!AttributeReader.TryParse(data, out AttributeReader attributes))
        {
            return false;
        }

        VxlanSettings settings = new() { Vni = 0, Port = 0, UdpChecksum = false };
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (!settings.TryWith(attribute, out settings))
            {
                return false;
            }
        }

        value = settings;
        return true;
    }

    internal void WriteTo(ref NetlinkWriter writer)
    {
        writer.AddUInt32(VxlanAttribute.Id, Vni);
        if (LowerIndex is int lower)
        {
            writer.AddInt32(VxlanAttribute.Link, lower);
        }

        if (Local is IpAddress local)
        {
            writer.AddAddress(local.Family == IpFamily.Ipv4 ? VxlanAttribute.Local : VxlanAttribute.Local6, local);
        }

        if (Group is IpAddress group)
        {
            writer.AddAddress(group.Family == IpFamily.Ipv4 ? VxlanAttribute.Group : VxlanAttribute.Group6, group);
        }

        writer.AddByte(VxlanAttribute.Ttl, Ttl);
        if (TtlInherit)
        {
            writer.AddFlag(VxlanAttribute.TtlInherit);
        }

        writer.AddByte(VxlanAttribute.Learning, AsByte(Learning));
        writer.AddUInt16NetworkOrder(VxlanAttribute.Port, Port);
        writer.AddByte(VxlanAttribute.Df, (byte)Df);
        writer.AddByte(VxlanAttribute.UdpChecksum, AsByte(UdpChecksum));
        writer.AddByte(VxlanAttribute.UdpZeroChecksum6Transmit, AsByte(UdpZeroChecksum6Transmit));
        writer.AddByte(VxlanAttribute.UdpZeroChecksum6Receive, AsByte(UdpZeroChecksum6Receive));
    }

    private static byte AsByte(bool value) => value ? (byte)1 : (byte)0;

    private bool TryWith(NetlinkAttribute attribute, out VxlanSettings settings)
    {
        settings = this;
        bool isByte = attribute.TryRead(out byte number);
        switch (attribute.Type)
        {
            case VxlanAttribute.Id when attribute.TryRead(out uint vni):
                settings = this with { Vni = vni };
                return true;
            case VxlanAttribute.Link when attribute.TryRead(out int lower):
                settings = this with { LowerIndex = lower == 0 ? null : lower };
                return true;
            case VxlanAttribute.Local or VxlanAttribute.Local6 when attribute.TryRead(out IpAddress local):
                settings = this with { Local = local.Number == 0 ? null : local };
                return true;
            case VxlanAttribute.Group or VxlanAttribute.Group6 when attribute.TryRead(out IpAddress group):
                settings = this with { Group = group.Number == 0 ? null : group };
                return true;
            case VxlanAttribute.Port when attribute.TryReadNetworkOrder(out ushort port):
                settings = this with { Port = port };
                return true;
            case VxlanAttribute.Ttl when isByte:
                settings = this with { Ttl = number };
                return true;
            case VxlanAttribute.TtlInherit:
                // The policy says flag; the dump says one byte.
                settings = this with { TtlInherit = !isByte || number != 0 };
                return true;
            case VxlanAttribute.Learning when isByte:
                settings = this with { Learning = number != 0 };
                return true;
            case VxlanAttribute.Df when isByte:
                settings = this with { Df = (VxlanDf)number };
                return true;
            case VxlanAttribute.UdpChecksum when isByte:
                settings = this with { UdpChecksum = number != 0 };
                return true;
            case VxlanAttribute.UdpZeroChecksum6Transmit when isByte:
                settings = this with { UdpZeroChecksum6Transmit = number != 0 };
                return true;
            case VxlanAttribute.UdpZeroChecksum6Receive when isByte:
                settings = this with { UdpZeroChecksum6Receive = number != 0 };
                return true;
            case VxlanAttribute.Id or VxlanAttribute.Link or VxlanAttribute.Local or VxlanAttribute.Local6
                or VxlanAttribute.Group or VxlanAttribute.Group6 or VxlanAttribute.Port or VxlanAttribute.Ttl
                or VxlanAttribute.Learning or VxlanAttribute.Df or VxlanAttribute.UdpChecksum
                or VxlanAttribute.UdpZeroChecksum6Transmit or VxlanAttribute.UdpZeroChecksum6Receive:
                return false;
            default:
                return true;
        }
    }
}
