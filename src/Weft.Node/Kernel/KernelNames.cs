using System;
using System.Buffers;
using System.Globalization;
using Weft.Net;
using Weft.Node.Allocation;

namespace Weft.Node.Kernel;

/// <summary>The names, numbers and fixed addresses by which our kernel objects are recognised (docs/guide.md, "What is in a node's kernel").
/// </summary>
public static class KernelNames
{
    /// <summary>The tunnel device over an IPv4 underlay.</summary>
    public const string TunnelDevice = "vxlan.weft";

    /// <summary>The protocol number that our routes, neighbours and addresses carry (<c>rtm_protocol</c>).</summary>
    public const byte Protocol = 87;

    /// <summary>The VXLAN network identifier (RFC 7348).</summary>
    public const uint Vni = 4096;

    /// <summary>The UDP port that IANA gave to VXLAN (RFC 7348, section 8).</summary>
    public const ushort VxlanPort = 4789;

    private const string LinkPrefix = "weft";
    private const int LinkHexDigits = 11;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The link-layer address of every workload link's host side, and so of every workload's gateway.</summary>
    public static MacAddress GatewayMac { get; } = new(0xEE_EE_EE_EE_EE_EE);

    /// <summary>The gateway of every workload: a link-local address (RFC 3927) that no link has.</summary>
    public static IpAddress Gateway { get; } = new(new Ipv4Address(0xA9_FE_01_01));

    /// <summary>What the tunnel device has while the node has no tunnel address: the kernel takes all routes and
    /// neighbours of a device away when its last address goes (fib_disable_ip).</summary>
    public static IpAddress TunnelPlaceholder { get; } = new(new Ipv4Address(0xA9_FE_01_02));

    /// <summary>The host side's name: <c>weft</c> and 11 hex digits, 15 characters as <c>IFNAMSIZ</c> allows.</summary>
    public static string HostInterface(WorkloadId id) =>
        LinkPrefix + Hash(id).ToString("x16", CultureInfo.InvariantCulture)[..LinkHexDigits];

    /// <summary>The link-layer address of a workload's interface: locally administered, the same on every node.</summary>
    public static MacAddress WorkloadMac(WorkloadId id) => new(0x02_00_00_00_00_00 | (Hash(id) & 0xFF_FFFF_FFFF));

    /// <summary>Whether a device is ours by its name.</summary>
    public static bool IsOurs(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device is TunnelDevice or "vxlan6.weft"
            || (device.Length == LinkPrefix.Length + LinkHexDigits
                && device.StartsWith(LinkPrefix, StringComparison.Ordinal)
                && !device.AsSpan(LinkPrefix.Length).ContainsAnyExcept(LowerHex));
    }

    private static ulong Hash(WorkloadId id) => StableHash.Of(id.Namespace, id.Workload, id.Interface);
}

/// <summary>Metrics of our routes in the main table, one for each source of routes.</summary>
internal static class RouteMetrics
{
    /// <summary>A workload of this node.</summary>
    public const uint Workload = 100;

    /// <summary>A block of another node.</summary>
    public const uint RemoteBlock = 200;

    /// <summary>A block of this node: unreachable, unless a workload has the address.</summary>
    public const uint OwnBlock = 300;

    /// <summary>In a workload's own namespace, where IPv4's default is 0.</summary>
    public const uint InWorkload = 0;
}
