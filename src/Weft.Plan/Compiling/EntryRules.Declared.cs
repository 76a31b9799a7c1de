using System.Diagnostics;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan.Entries;

namespace Weft.Plan.Compiling;

/// <summary>What administrators declare for nodes: static routes, and how what leaves is translated.</summary>
internal static partial class EntryRules
{
    /// <summary>Whether a node has a static route: it is selected, and no earlier route of the same destination and
    /// metric is. <see cref="FleetFindings"/> names those that lose.</summary>
    public static bool Has(FleetState state, NodeResource node, StaticRoute route) =>
        route.NodeSelector.Matches(node.Metadata.Labels)
        && state.RoutesAt(route.Destination, route.Metric)
            .First(other => other.NodeSelector.Matches(node.Metadata.Labels)).Metadata.Name == route.Metadata.Name;

    private static StaticRouteEntry? Route(FleetState state, NodeResource self, StaticRoute route) =>
        !Has(state, self, route)
            ? null
            : new StaticRouteEntry
            {
                Name = route.Metadata.Name,
                Destination = route.Destination,
                Type = route.Type switch
                {
                    RouteAction.Unicast => StaticRouteType.Unicast,
                    RouteAction.Blackhole => StaticRouteType.Blackhole,
                    RouteAction.Unreachable => StaticRouteType.Unreachable,
                    RouteAction.Prohibit => StaticRouteType.Prohibit,
                    _ => throw new UnreachableException(),
                },
                Metric = route.Metric,
                NextHops = [.. route.NextHops.Select(hop => new StaticNextHop(hop.Address, hop.Interface, hop.Weight))],
                Mtu = route.Mtu,
            };

    // The node's own configuration goes before the one for all, field by field.
    private static OutgoingNatEntry? OutgoingNat(FelixConfiguration? all, FelixConfiguration? own)
    {
        if ((own ?? all) is not { } named)
        {
            return null;
        }

        PortRange ports = own?.NatPortRange ?? all?.NatPortRange ?? PortRange.None;
        OutgoingNatEntry unsaid = new() { Configuration = named.Metadata.Name };
        OutgoingNatEntry entry = unsaid with
        {
            Address = own?.NatOutgoingAddress ?? all?.NatOutgoingAddress,
            PortMin = ports.IsNone ? null : ports.Min,
            PortMax = ports.IsNone ? null : ports.Max,
            ExcludeHosts =
                (own?.NatOutgoingExclusions ?? all?.NatOutgoingExclusions) == NatExclusions.IPPoolsAndHostIPs,
            Interface = Filter(own?.IptablesNatOutgoingInterfaceFilter ?? all?.IptablesNatOutgoingInterfaceFilter),
        };
        return entry == unsaid ? null : entry;
    }

    // Any ending of no name is every interface. Kept in the resource: of one node it overrides what is said for all.
    private static string? Filter(string? name) => name == "+" ? null : name;
}
