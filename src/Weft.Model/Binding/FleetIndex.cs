using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>A fleet's resources by what must be distinct among them: built in one walk.</summary>
internal sealed class FleetIndex
{
    private readonly List<IpPool> _pools = [];
    private readonly Dictionary<IpAddress, List<string>> _nodes = [];
    private readonly Dictionary<EndpointKey, List<ResourceKey>> _endpoints = [];

    /// <summary>Indexes all resources.</summary>
    public FleetIndex(IReadOnlyCollection<Resource> resources)
    {
        foreach (Resource resource in resources)
        {
            switch (resource)
            {
                case IpPool pool:
                    _pools.Add(pool);
                    break;
                case NodeResource node:
                    Add(node.BgpIpv4Address, node);
                    Add(node.BgpIpv6Address, node);
                    break;
                case WorkloadEndpoint endpoint:
                    ListOf(_endpoints, endpoint.EndpointKey).Add(endpoint.Key);
                    break;
                default:
                    break;
            }
        }

        _pools.Sort(static (a, b) => string.CompareOrdinal(a.Metadata.Name, b.Metadata.Name));
    }

    /// <summary>The pools, by name.</summary>
    public IReadOnlyList<IpPool> Pools => _pools;

    /// <summary>The nodes with an underlay address, by name.</summary>
    public IEnumerable<string> NodesAt(IpAddress address) =>
        _nodes.TryGetValue(address, out List<string>? names) ? names.Order(System.StringComparer.Ordinal) : [];

    /// <summary>The endpoints that are one interface of one workload, by name.</summary>
    public IEnumerable<ResourceKey> EndpointsOf(EndpointKey key) =>
        _endpoints.TryGetValue(key, out List<ResourceKey>? keys) ? keys.Order() : [];

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
