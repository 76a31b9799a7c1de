using Weft.Model.Documents;
using Weft.Model.Selectors;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A route that the administrator declares for nodes (<c>StaticRoute</c>, weft.dev/v1).</summary>
public sealed record StaticRoute : Resource
{
    /// <summary>The metric when none is given: before the host's own routes and Weft's.</summary>
    public const int MetricDefault = 50;

    /// <summary>Next hops of one route.</summary>
    public const int NextHopsMax = 64;

    /// <summary>The largest weight: the kernel keeps one less in 8 bits (struct rtnexthop).</summary>
    public const int WeightMax = 256;

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.StaticRoute;

    /// <summary>Where the route leads.</summary>
    public required IpPrefix Destination { get; init; }

    /// <summary>What is done with packets to it.</summary>
    public RouteAction Type { get; init; } = RouteAction.Unicast;

    /// <summary>The next hops of a unicast route: flows are shared among them by weight.</summary>
    public ValueList<RouteNextHop> NextHops { get; init; } = [];

    /// <summary>The nodes that have the route.</summary>
    public Selector NodeSelector { get; init; } = Selector.All;

    /// <summary>Of routes to one destination, the one with the smallest is used.</summary>
    public int Metric { get; init; } = MetricDefault;

    /// <summary>The route's MTU in bytes; none for the interface's.</summary>
    public int? Mtu { get; init; }
}

/// <summary>What a declared route does with packets.</summary>
public enum RouteAction
{
    /// <summary>Sends them to a next hop.</summary>
    Unicast,

    /// <summary>Drops them in silence.</summary>
    Blackhole,

    /// <summary>Answers that the destination is unreachable.</summary>
    Unreachable,

    /// <summary>Answers that it is prohibited.</summary>
    Prohibit,
}

/// <summary>One way of a declared route.</summary>
/// <param name="Address">The next hop's address; none if the destination is on the interface's own link.</param>
/// <param name="Interface">The interface; none if the kernel finds it by the address.</param>
/// <param name="Weight">Its share, 1 to 256.</param>
public sealed record RouteNextHop(IpAddress? Address, string? Interface, int Weight);
