using System.Collections.Generic;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>What validation asks of a fleet: each answer costs what it holds, not what the fleet does.</summary>
public interface IFleetFacts
{
    /// <summary>The nodes, by name.</summary>
    IEnumerable<NodeResource> Nodes { get; }

    /// <summary>Other pools that share addresses with one, in the order of addresses, the first few.</summary>
    IReadOnlyList<IpPool> Overlapping(IpPool pool);

    /// <summary>The names of the nodes with an underlay address, in order.</summary>
    IEnumerable<string> NodesAt(IpAddress address);

    /// <summary>The names of the nodes that were given a link-layer address for their tunnel device over a family, in order.
    /// </summary>
    IEnumerable<string> NodesWithTunnelMac(IpFamily family, MacAddress mac);

    /// <summary>The endpoints that are one interface of one workload, in order.</summary>
    IEnumerable<ResourceKey> EndpointsOf(EndpointKey key);

    /// <summary>The static routes to a destination with a metric, by name.</summary>
    IEnumerable<StaticRoute> RoutesAt(IpPrefix destination, int metric);
}
