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

    /// <summary>The tunnel device over an IPv6 underlay.</summary>
    public const string TunnelDeviceV6 = "vxlan6.weft";

    /// <summary>The device of IPv4 in IPv4 (RFC 2003).</summary>
    public const string IpipDevice = "ipip.weft";

    /// <summary>The protocol number that our routes, neighbours and addresses carry (<c>rtm_protocol</c>).</summary>
    public const byte Protocol = 87;

    /// <summary>The group of workloads' links (<c>ip link</c>, IFLA_GROUP).</summary>
    public const uint WorkloadGroup = 0x57_00_00_01;

    /// <summary>The group of our tunnel devices: rules tell by it what came in a tunnel.</summary>
    public const uint TunnelGroup = 0x57_00_00_02;

    /// <summary>The first of the groups of links that are down and go together.</summary>
    public const uint LeavingGroup = 0x57_00_01_00;

    /// <summary>How many such groups are used at once.</summary>
    public const int LeavingGroups = 8;

    /// <summary>The VXLAN network identifier (RFC 7348).</summary>
    public const uint Vni = 4096;

    /// <summary>The UDP port that IANA gave to VXLAN (RFC 7348, section 8).</summary>
    public const ushort VxlanPort = 4789;

    /// <summary>The first number of our next-hop objects; there is room for 2^24.</summary>
    internal const uint NextHopIdMin = 0x57_00_00_00;

    /// <summary>The last number of our next-hop objects.</summary>
    internal const uint NextHopIdMax = 0x57_FF_FF_FF;

    /// <summary>The prefix length of a workload's link-local address (RFC 4291, 2.5.6).</summary>
    internal const int LinkLocalLength = 64;

    private static UInt128 LinkLocalPrefix => (UInt128)0xFE80_0000_0000_0000 << 64;

    private const string LinkPrefix = "weft";
    private const int LinkHexDigits = 11;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The link-layer address of every workload link's host side, and so of every workload's gateway.</summary>
    public static MacAddress GatewayMac { get; } = new(0xEE_EE_EE_EE_EE_EE);

    /// <summary>The gateway of every workload: a link-local address (RFC 3927) that no link has.</summary>
    public static IpAddress Gateway { get; } = new(new Ipv4Address(0xA9_FE_01_01));

    /// <summary>The IPv6 gateway of every workload: a link-local address that no link has.</summary>
    public static IpAddress GatewayV6 { get; } = new(new Ipv6Address(LinkLocalPrefix | 1));

    /// <summary>What the tunnel device has while the node has no tunnel address: the kernel takes all routes and
    /// neighbours of a device away when its last address goes (fib_disable_ip).</summary>
    public static IpAddress TunnelPlaceholder { get; } = new(new Ipv4Address(0xA9_FE_01_02));

    /// <summary>The one table of nf_tables that is ours, in the family <c>inet</c>.</summary>
    public const string Table = "weft";

    /// <summary>The scope in which the objects of <see cref="Table"/> lie, beside the paths of network namespaces.</summary>
    public const string RulesetScope = "nftables";

    /// <summary>The host side's name: <c>weft</c> and 11 hex digits, 15 characters as <c>IFNAMSIZ</c> allows.</summary>
    public static string HostInterface(WorkloadId id) =>
        LinkPrefix + Hash(id).ToString("x16", CultureInfo.InvariantCulture)[..LinkHexDigits];

    /// <summary>The link-layer address of a workload's interface: locally administered, the same on every node.</summary>
    public static MacAddress WorkloadMac(WorkloadId id) => new(0x02_00_00_00_00_00 | (Hash(id) & 0xFF_FFFF_FFFF));

    /// <summary>The link-layer address of a workload's interface: the one that was asked for, else that of its name.</summary>
    internal static MacAddress MacOf(WorkloadAssigned record) => record.Mac ?? WorkloadMac(record.Id);

    /// <summary>Whether a device is ours by its name.</summary>
    public static bool IsOurs(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return IsTunnel(device)
            || (device.Length == LinkPrefix.Length + LinkHexDigits
                && device.StartsWith(LinkPrefix, StringComparison.Ordinal)
                && !device.AsSpan(LinkPrefix.Length).ContainsAnyExcept(LowerHex));
    }

    /// <summary>Whether a device is one of our tunnel devices, by its name.</summary>
    public static bool IsTunnel(string device) => device is TunnelDevice or TunnelDeviceV6 or IpipDevice;

    /// <summary>The VXLAN device over an underlay of a family.</summary>
    public static string VxlanOver(IpFamily outer) => outer == IpFamily.Ipv4 ? TunnelDevice : TunnelDeviceV6;

    /// <summary>Every workload's gateway of a family.</summary>
    public static IpAddress GatewayOf(IpFamily family) => family == IpFamily.Ipv4 ? Gateway : GatewayV6;

    /// <summary>The link-local address that follows from a link-layer address (RFC 4291, appendix A).</summary>
    internal static IpAddress LinkLocalOf(MacAddress mac)
    {
        UInt128 identifier = unchecked((((mac.Value ^ 0x02_00_00_00_00_00) >> 24) << 40) | 0xFF_FE00_0000 | (mac.Value & 0xFF_FFFF));
        return new IpAddress(new Ipv6Address(LinkLocalPrefix | identifier));
    }

    /// <summary>The link-local address by which routes through a VXLAN device name another node. Linux takes no IPv4
    /// next hop for an IPv6 route, nor an IPv6 one that another interface reaches; this one it always takes.</summary>
    /// <param name="underlay">The other node's underlay address.</param>
    internal static IpAddress NextHopOf(IpAddress underlay) => new(new Ipv6Address(LinkLocalPrefix
        | (underlay.Family == IpFamily.Ipv4
            ? underlay.Number
            : StableHash.Of(underlay.ToString()) | 0x8000_0000_0000_0000)));

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

    /// <summary>What a route has of which nobody says the metric: 0 in IPv4; the kernel makes 1024 of it in IPv6.</summary>
    public static uint DefaultOf(IpFamily family) => family == IpFamily.Ipv4 ? 0u : 1024u;
}
