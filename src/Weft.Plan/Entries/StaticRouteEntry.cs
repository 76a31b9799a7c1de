using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Plan.Entries;

/// <summary>What a static route does with packets to its destination.</summary>
public enum StaticRouteType
{
    /// <summary>Sends them to a next hop.</summary>
    Unicast,

    /// <summary>Drops them in silence.</summary>
    Blackhole,

    /// <summary>Answers "destination unreachable" (ICMP host unreachable, ICMPv6 no route).</summary>
    Unreachable,

    /// <summary>Answers "administratively prohibited".</summary>
    Prohibit,
}

/// <summary>One way to a static route's destination.</summary>
/// <param name="Address">The next hop; none if the destination is on the device's own link.</param>
/// <param name="Device">The interface; none if the kernel finds it by the next hop's address.</param>
/// <param name="Weight">Its share among several next hops, 1 to 256.</param>
public sealed record StaticNextHop(IpAddress? Address, string? Device, int Weight);

/// <summary>A route that the administrator declared for this node (<c>StaticRoute</c>, weft.dev/v1).</summary>
public sealed record StaticRouteEntry : PlanEntry
{
    /// <summary>The resource's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it leads.</summary>
    public required IpPrefix Destination { get; init; }

    /// <summary>What it does.</summary>
    public required StaticRouteType Type { get; init; }

    /// <summary>Its metric: the smaller wins.</summary>
    public required int Metric { get; init; }

    /// <summary>The next hops of a unicast route, in order; several share the flows by weight (ECMP).</summary>
    public IReadOnlyList<StaticNextHop> NextHops { get; init => field = value ?? []; } = [];

    /// <summary>The route's MTU in bytes; none for the device's.</summary>
    public int? Mtu { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Cause => $"StaticRoute/{Name}";

    /// <summary>The key of a static route's entry.</summary>
    public static string KeyOf(string name) => $"staticRoute/{name}";

    /// <inheritdoc/>
    public bool Equals(StaticRouteEntry? other) =>
        other is not null && Name == other.Name && Destination == other.Destination && Type == other.Type
        && Metric == other.Metric && Mtu == other.Mtu && NextHops.SequenceEqual(other.NextHops);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(System.StringComparison.Ordinal);
}
