using System.Collections.Generic;
using Weft.Linux.Host;
using Weft.Netlink.Nftables;

namespace Weft.App.Doctor;

/// <summary>What was read of a host, without an opinion: <see cref="HostJudgement"/> has that. Null is what could not be
/// read.</summary>
internal sealed record HostFacts
{
    /// <summary>The kernel's release: <c>6.18.44</c>.</summary>
    public required string KernelRelease { get; init; }

    /// <summary>The rights that are missing, by their names (<c>CAP_NET_ADMIN</c>).</summary>
    public IReadOnlyList<string> MissingCapabilities { get; init; } = [];

    /// <summary>What became of each part of the kernel that was tried; null if none could be.</summary>
    public IReadOnlyList<Trial>? Trials { get; init; }

    /// <summary>Why nothing could be tried.</summary>
    public string? TrialsFailed { get; init; }

    /// <summary>Whether an agent runs in this network namespace.</summary>
    public bool AgentRuns { get; init; }

    /// <summary><c>net.ipv4.ip_forward</c>.</summary>
    public bool? ForwardsIpv4 { get; init; }

    /// <summary><c>net.ipv6.conf.all.forwarding</c>; null without IPv6.</summary>
    public bool? ForwardsIpv6 { get; init; }

    /// <summary>Whether the kernel forwards IPv6 interface by interface (<c>force_forwarding</c>).</summary>
    public bool CanForceForwarding { get; init; }

    /// <summary><c>net.ipv6.conf.all.disable_ipv6</c>; null without IPv6.</summary>
    public bool? Ipv6IsOff { get; init; }

    /// <summary>Our links, and the interfaces by which this host reaches others, as they are set for IPv6.</summary>
    public IReadOnlyList<Ipv6Link> Ipv6Links { get; init; } = [];

    /// <summary><c>net.ipv4.conf.all.rp_filter</c>: 0 no, 1 strict, 2 loose.</summary>
    public int? ReversePathFilter { get; init; }

    /// <summary>Interfaces that forward IPv6 and for that reason accept no router advertisements any more.</summary>
    public IReadOnlyList<string> DeafToRouters { get; init; } = [];

    /// <summary>All chains of nf_tables in this namespace; null if they could not be read.</summary>
    public IReadOnlyList<NftChain>? Chains { get; init; }

    /// <summary>The rules of tables that may stand in the way.</summary>
    public IReadOnlyList<NftRule> Rules { get; init; } = [];

    /// <summary>The filter tables of the old iptables; null if they could not be read.</summary>
    public IReadOnlyList<LegacyFilter>? LegacyFilters { get; init; }

    /// <summary>How systemd-networkd is set up; null if it does not run.</summary>
    public NetworkdSettings? Networkd { get; init; }

    /// <summary>Whether NetworkManager leaves our interfaces alone; null if it does not run.</summary>
    public bool? NetworkManagerSparesUs { get; init; }

    /// <summary>Whether the clock is kept true.</summary>
    public bool? ClockIsSynchronised { get; init; }

    /// <summary>How many descriptors a process may have at most (RLIMIT_NOFILE, hard).</summary>
    public ulong? DescriptorsMax { get; init; }
}

/// <summary>A part of the kernel that was used for real, in a network namespace made for it.</summary>
/// <param name="Feature">Which.</param>
/// <param name="Error">The kernel's refusal; null if it did what it was asked.</param>
internal sealed record Trial(KernelFeature Feature, string? Error);

/// <summary>How an interface is set for IPv6.</summary>
/// <param name="Name">The interface.</param>
/// <param name="IsForced">Whether it forwards, whatever is set for all (<c>force_forwarding</c>).</param>
/// <param name="Serves">Whether it is one of ours that an agent has set up for a workload's IPv6: as a router that answers
/// for the gateway.</param>
internal sealed record Ipv6Link(string Name, bool IsForced, bool Serves);

/// <summary>Whether systemd-networkd takes away what it did not make itself.</summary>
/// <param name="RemovesRoutes">ManageForeignRoutes is not "no".</param>
/// <param name="RemovesRules">ManageForeignRoutingPolicyRules is not "no".</param>
internal sealed record NetworkdSettings(bool RemovesRoutes, bool RemovesRules);

/// <summary>A part of the kernel that Weft uses.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="IsRequired">Whether Weft cannot do without.</param>
/// <param name="Purpose">What it is for, and what is not to be had without it.</param>
/// <param name="Mend">The command that brings it.</param>
internal sealed record KernelFeature(string Name, bool IsRequired, string Purpose, string Mend)
{
    private const string NewerKernel = "install a newer kernel of your distribution";

    public static KernelFeature Veth { get; } =
        new("veth", true, "a workload's link to its node", "modprobe veth");

    public static KernelFeature Ipv6 { get; } = new(
        "IPv6",
        false,
        "without it workloads get IPv4 addresses only",
        "remove ipv6.disable=1 from the kernel's command line and reboot");

    public static KernelFeature Vxlan { get; } =
        new("VXLAN over IPv4", true, "the overlay between nodes", "modprobe vxlan");

    public static KernelFeature VxlanV6 { get; } = new(
        "VXLAN over IPv6", false, "the overlay between nodes that have IPv6 addresses only", "modprobe vxlan");

    public static KernelFeature Ipip { get; } = new(
        "IPIP", false, "only pools with ipipMode need it; VXLAN does the same", "modprobe ipip");

    public static KernelFeature ProxyNeighbours { get; } = new(
        "proxy neighbours", true, "how a workload finds its gateway again", NewerKernel);

    public static KernelFeature ForceForwarding { get; } = new(
        "IPv6 forwarding by interface",
        false,
        "without it (Linux 6.17) IPv6 is forwarded on all interfaces, and router advertisements need accept_ra=2",
        NewerKernel);

    public static KernelFeature Nftables { get; } = new(
        "nf_tables", true, "protection, policy and translation", "modprobe nf_tables");

    public static KernelFeature Sets { get; } = new(
        "nf_tables: sets of several fields", true, "which node may send from which addresses in a tunnel", NewerKernel);

    public static KernelFeature Ingress { get; } = new(
        "nf_tables: ingress of a link (Linux 5.10)", true, "a workload sends from its own addresses only", NewerKernel);

    public static KernelFeature Nat { get; } = new(
        "nf_tables: address translation", true, "the way out of the pools", "modprobe nft_chain_nat nft_nat");

    public static KernelFeature Fib { get; } = new(
        "nf_tables: fib", true, "which packets are for this node", "modprobe nft_fib_inet");

    public static KernelFeature Tracking { get; } = new(
        "nf_tables: ct", true, "connections in policy", "modprobe nft_ct nf_conntrack");

    public static KernelFeature MssClamp { get; } = new(
        "nf_tables: TCP MSS", true, "TCP through tunnels of a smaller MTU", NewerKernel);

    public static KernelFeature Conntrack { get; } = new(
        "conntrack by netlink", true, "connections that must end when a backend goes", "modprobe nf_conntrack_netlink");
}
