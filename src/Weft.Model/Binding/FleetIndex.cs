using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>A fleet's resources by what must be distinct among them: built in one walk.</summary>
internal sealed class FleetIndex : IFleetFacts
{
    private const int OverlapsMax = 10;

    // Two prefixes overlap only if one holds the other: those inside another follow it in the order of addresses.
    private readonly List<IpPool> _pools = [];
    private readonly Dictionary<IpPrefix, List<IpPool>> _poolsByCidr = [];
    private readonly Dictionary<IpAddress, List<string>> _nodes = [];
    private readonly Dictionary<(IpFamily, MacAddress), List<string>> _tunnelMacs = [];
    private readonly Dictionary<EndpointKey, List<ResourceKey>> _endpoints = [];
    private readonly Dictionary<(IpPrefix, int), List<StaticRoute>> _routes = [];
    private readonly SortedDictionary<string, NodeResource> _nodesByName = new(System.StringComparer.Ordinal);

    /// <summary>Indexes all resources.</summary>
    public FleetIndex(IReadOnlyCollection<Resource> resources)
    {
        foreach (Resource resource in resources)
        {
            switch (resource)
            {
                case IpPool pool:
                    _pools.Add(pool);
                    ListOf(_poolsByCidr, pool.Cidr).Add(pool);
                    break;
                case NodeResource node:
                    _nodesByName[node.Metadata.Name] = node;
                    Add(node.BgpIpv4Address, node);
                    Add(node.BgpIpv6Address, node);
                    foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
                    {
                        if (node.GivenTunnelMac(family) is { } mac)
                        {
                            ListOf(_tunnelMacs, (family, mac)).Add(node.Metadata.Name);
                        }
                    }

                    break;
                case StaticRoute route:
                    ListOf(_routes, (route.Destination, route.Metric)).Add(route);
                    break;
                case WorkloadEndpoint endpoint:
                    ListOf(_endpoints, endpoint.EndpointKey).Add(endpoint.Key);
                    break;
                default:
                    break;
            }
        }

        _pools.Sort(static (a, b) =>
        {
            int order = a.Cidr.CompareTo(b.Cidr);
            return order != 0 ? order : string.CompareOrdinal(a.Metadata.Name, b.Metadata.Name);
        });
    }

    /// <inheritdoc/>
    public IEnumerable<NodeResource> Nodes => _nodesByName.Values;

    /// <inheritdoc/>
    public IReadOnlyList<IpPool> Overlapping(IpPool pool)
    {
        List<IpPool> found = [];
        for (int length = 0; length < pool.Cidr.Length; length++)
        {
            if (_poolsByCidr.TryGetValue(new IpPrefix(pool.Cidr.Address, length), out List<IpPool>? holders))
            {
                found.AddRange(holders);
            }
        }

        int first = FirstAtOrAfter(pool.Cidr);
        for (int i = first; i < _pools.Count && pool.Cidr.Contains(_pools[i].Cidr) && found.Count < OverlapsMax; i++)
        {
            if (_pools[i].Metadata.Name != pool.Metadata.Name)
            {
                found.Add(_pools[i]);
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public IEnumerable<string> NodesAt(IpAddress address) =>
        _nodes.TryGetValue(address, out List<string>? names) ? names.Order(System.StringComparer.Ordinal) : [];

    /// <inheritdoc/>
    public IEnumerable<string> NodesWithTunnelMac(IpFamily family, MacAddress mac) =>
        _tunnelMacs.TryGetValue((family, mac), out List<string>? names) ? names.Order(System.StringComparer.Ordinal) : [];

    /// <inheritdoc/>
    public IEnumerable<ResourceKey> EndpointsOf(EndpointKey key) =>
        _endpoints.TryGetValue(key, out List<ResourceKey>? keys) ? keys.Order() : [];

    /// <inheritdoc/>
    public IEnumerable<StaticRoute> RoutesAt(IpPrefix destination, int metric) =>
        _routes.TryGetValue((destination, metric), out List<StaticRoute>? routes)
            ? routes.OrderBy(route => route.Metadata.Name, System.StringComparer.Ordinal)
            : [];

    private int FirstAtOrAfter(IpPrefix cidr)
    {
        (int low, int high) = (0, _pools.Count);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = _pools[middle].Cidr.CompareTo(cidr) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static List<TValue> ListOf<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<TValue>? list))
        {
            list = [];
            lists.Add(key, list);
        }

        return list;
    }

    private void Add(IpInterfaceAddress? address, NodeResource node)
    {
        if (address is IpInterfaceAddress given)
        {
            ListOf(_nodes, given.Address).Add(node.Metadata.Name);
        }
    }
}
