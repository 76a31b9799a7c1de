using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;

namespace Weft.Node.Allocating;

/// <summary>One address that a workload is to get.</summary>
/// <param name="Family">Its family.</param>
/// <param name="Pools">The pools that it may come from, in the order in which they are tried.</param>
/// <param name="Fixed">The one address that it must be; none if any of the pools will do.</param>
internal sealed record AddressWish(IpFamily Family, IReadOnlyList<PoolEntry> Pools, IpAddress? Fixed);

/// <summary>Which pools a workload's addresses come from. In this order: the addresses that its runtime names, the pools that
/// its runtime names, those that its namespace names, those of its network, all that are open to it.</summary>
/// <param name="pools">The pools of the plan, in the order of their names.</param>
/// <param name="space">What the plan says of the workload's namespace; none if it says nothing.</param>
/// <param name="node">The node's name.</param>
internal sealed class PoolChoice(IReadOnlyCollection<PoolEntry> pools, NamespaceEntry? space, string node)
{
    private static readonly IpFamily[] AllFamilies = [IpFamily.Ipv4, IpFamily.Ipv6];

    /// <summary>The addresses that the workload is to get, all of them or none.</summary>
    /// <param name="call">What its runtime asks for.</param>
    /// <param name="whyNot">Why there can be none; none if there may be.</param>
    public IReadOnlyList<AddressWish> WishesOf(AgentCall call, out string? whyNot)
    {
        List<AddressWish> wishes = [];
        whyNot = null;
        foreach (IpFamily family in FamiliesOf(call))
        {
            if (call.Addresses.Count(a => a.Family == family) > 1)
            {
                whyNot = $"more than one {NameOf(family)} address is asked for";
                return [];
            }

            IReadOnlyList<string> named = NamesFor(family, call);
            List<PoolEntry> open = named.Count > 0 ? Named(named, family, out whyNot) : Automatic(family);
            IpAddress? wanted = call.Addresses.Any(a => a.Family == family) ? call.Addresses.First(a => a.Family == family) : null;
            if (whyNot is null && wanted is { } address)
            {
                open = Holding(address, named.Count > 0 && NamesPools(call, family) ? open : null, out whyNot);
            }

            whyNot ??= open.Count == 0 ? WhyNone(family) : null;
            if (whyNot is not null)
            {
                return [];
            }

            wishes.Add(new AddressWish(family, open, wanted));
        }

        whyNot = wishes.Count == 0 ? WhyNone(null) : null;
        return wishes;
    }

    private IEnumerable<IpFamily> FamiliesOf(AgentCall call) => AllFamilies.Where(family =>
        call.Families.Count > 0 ? call.Families.Contains(family) || call.Addresses.Any(a => a.Family == family)
        : call.Addresses.Count > 0 ? call.Addresses.Any(a => a.Family == family) || NamesPools(call, family)
        : NamesFor(family, call).Count > 0 || Automatic(family).Count > 0);

    private IReadOnlyList<string> NamesFor(IpFamily family, AgentCall call)
    {
        bool isIpv4 = family == IpFamily.Ipv4;
        IReadOnlyList<string> byCall = isIpv4 ? call.Ipv4Pools : call.Ipv6Pools;
        IReadOnlyList<string> byNamespace = (isIpv4 ? space?.Ipv4Pools : space?.Ipv6Pools) ?? [];
        return byCall.Count > 0 ? byCall : byNamespace.Count > 0 ? byNamespace : isIpv4 ? call.NetworkIpv4Pools : call.NetworkIpv6Pools;
    }

    private static bool NamesPools(AgentCall call, IpFamily family) =>
        (family == IpFamily.Ipv4 ? call.Ipv4Pools : call.Ipv6Pools).Count > 0;

    private List<PoolEntry> Automatic(IpFamily family) =>
        [.. pools.Where(p => p.Cidr.Family == family && !p.ByNameOnly && WhyNot(p) is null)];

    // Who names a pool wants it: one that cannot be used is said, and not passed over.
    private List<PoolEntry> Named(IReadOnlyList<string> names, IpFamily family, out string? whyNot)
    {
        List<PoolEntry> found = [];
        foreach (string name in names)
        {
            PoolEntry? pool = pools.FirstOrDefault(p => p.Name == name)
                ?? (IpPrefix.TryParse(name, out IpPrefix cidr) ? pools.FirstOrDefault(p => p.Cidr == cidr) : null);
            whyNot = pool is null ? $"there is no IPPool {name}"
                : pool.Cidr.Family != family ? $"IPPool {pool.Name} ({pool.Cidr}) has no {NameOf(family)} addresses"
                : WhyNot(pool);
            if (whyNot is not null)
            {
                return [];
            }

            found.Add(pool!);
        }

        whyNot = null;
        return found;
    }

    private List<PoolEntry> Holding(IpAddress address, List<PoolEntry>? among, out string? whyNot)
    {
        PoolEntry? pool = pools.Where(p => p.Cidr.Contains(address)).MaxBy(p => p.Cidr.Length);
        whyNot = pool is null ? $"{address} lies in no IPPool"
            : among?.Contains(pool) == false ? $"{address} lies in IPPool {pool.Name}, and other pools are named beside it"
            : WhyNot(pool);
        return whyNot is null ? [pool!] : [];
    }

    private string? WhyNot(PoolEntry pool) => 0 switch
    {
        _ when pool.Terminating => $"IPPool {pool.Name} is being removed",
        _ when !pool.Allocates => $"IPPool {pool.Name} is disabled, or its nodeSelector does not select Node {node}",
        _ when pool.NoWorkloads => $"IPPool {pool.Name} is not for workloads: its allowedUses leave them out",
        _ when space?.ClosedPools.Contains(pool.Name) ?? pool.ClosedByDefault =>
            $"IPPool {pool.Name} is not open to this namespace: its namespaceSelector does not match it",
        _ => null,
    };

    private string WhyNone(IpFamily? family)
    {
        const int Named = 4;
        List<string> reasons = [.. pools
            .Where(p => family is null || p.Cidr.Family == family)
            .Select(p => WhyNot(p) ?? $"IPPool {p.Name} is only for who names it: its assignmentMode is Manual")];
        string kind = family is { } only ? $"{NameOf(only)} " : "";
        string more = reasons.Count > Named ? $"; and {reasons.Count - Named} more" : "";
        return reasons.Count == 0
            ? $"no enabled {kind}IPPool selects node {node}: apply one"
            : $"no enabled {kind}IPPool selects node {node} and this workload: {string.Join("; ", reasons.Take(Named))}{more}";
    }

    private static string NameOf(IpFamily family) => family == IpFamily.Ipv4 ? "IPv4" : "IPv6";
}
