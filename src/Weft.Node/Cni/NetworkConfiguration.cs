using System;
using System.Collections.Generic;
using Weft.Net;

namespace Weft.Node.Cni;

/// <summary>What a network configuration says: the administrator's file, and what the runtime has put into it for this call
/// (CNI specification 1.1.0, sections 1 and 3).</summary>
internal sealed record NetworkConfiguration
{
    /// <summary>The specification's version.</summary>
    public CniVersion Version { get; init; }

    /// <summary>The network's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The namespace of workloads whose runtime names none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The name of the interface to make, in a chain whose first plugin takes <c>CNI_IFNAME</c>; empty: that.</summary>
    public string Interface { get; init; } = "";

    /// <summary>Whether the interface may have the default route.</summary>
    public bool IncludesDefaultRoutes { get; init; } = true;

    /// <summary>Pools of this network, where neither workload nor namespace names any.</summary>
    public IReadOnlyList<string> NetworkIpv4Pools { get; init; } = [];

    /// <summary>The same for IPv6.</summary>
    public IReadOnlyList<string> NetworkIpv6Pools { get; init; } = [];

    /// <summary>Pools that the workload's annotations name.</summary>
    public IReadOnlyList<string> Ipv4Pools { get; init; } = [];

    /// <summary>The same for IPv6.</summary>
    public IReadOnlyList<string> Ipv6Pools { get; init; } = [];

    /// <summary>Addresses that the workload must have.</summary>
    public IReadOnlyList<IpAddress> Addresses { get; init; } = [];

    /// <summary>Families that it must have an address of.</summary>
    public IReadOnlyList<IpFamily> Families { get; init; } = [];

    /// <summary>The link-layer address that it must have.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The workload's labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What the result says of name servers, as JSON; none if nobody says.</summary>
    public string? DnsText { get; init; }

    /// <summary>What the plugins before this one have made; none if nothing is said of it.</summary>
    public PreviousResult? Previous { get; init; }

    /// <summary>For GC: what is still there, each a container and an interface; none if nothing is said of it.</summary>
    public IReadOnlySet<(string ContainerId, string Interface)>? ValidAttachments { get; init; }
}
