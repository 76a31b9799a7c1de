using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Plan.Entries;

/// <summary>How packets that leave all pools are translated on this node, where it differs from the default
/// (<c>FelixConfiguration</c>). Without this entry they leave with the node's own address, from any port.</summary>
public sealed record OutgoingNatEntry : PlanEntry
{
    /// <summary>The key of this entry; a plan has at most one.</summary>
    public const string TheKey = "outgoingNat";

    /// <summary>The resource that it follows from.</summary>
    public required string Configuration { get; init; }

    /// <summary><c>natOutgoingAddress</c>: the IPv4 address to leave with; none for the node's.</summary>
    public IpAddress? Address { get; init; }

    /// <summary><c>natPortRange</c>: the first port for TCP and UDP; none for any.</summary>
    public int? PortMin { get; init; }

    /// <summary>The last port.</summary>
    public int? PortMax { get; init; }

    /// <summary><c>natOutgoingExclusions: IPPoolsAndHostIPs</c>: packets to nodes of the fleet are not translated.</summary>
    public bool ExcludeHosts { get; init; }

    /// <summary><c>iptablesNATOutgoingInterfaceFilter</c>: only packets that leave through this interface are
    /// translated; a final <c>+</c> stands for any characters. None for all interfaces.</summary>
    public string? Interface { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => TheKey;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"FelixConfiguration/{Configuration}";
}
