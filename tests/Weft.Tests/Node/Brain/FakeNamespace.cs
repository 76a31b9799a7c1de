using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;
using static Weft.Node.Kernel.KernelNames;

namespace Weft.Tests.Node.Brain;

/// <summary>A network namespace of <see cref="FakeKernel"/>: tables, with the rules by which the real kernel lets
/// objects stand on each other.</summary>
internal sealed class FakeNamespace(int id)
{
    private int _lastIndex;

    /// <summary>The id by which the node's namespace calls this one.</summary>
    public int Id { get; } = id;

    public SortedDictionary<int, FakeLink> Links { get; } = [];

    public Dictionary<(int Index, IpInterfaceAddress Address), InterfaceAddress> Addresses { get; } = [];

    public Dictionary<(int Index, IpAddress Address, bool Proxy), Neighbour> Neighbours { get; } = [];

    public Dictionary<(int Index, MacAddress Mac), FdbEntry> Fdb { get; } = [];

    public SortedDictionary<uint, NextHop> NextHops { get; } = [];

    public Dictionary<(IpPrefix Destination, uint Metric), Route> Routes { get; } = [];

    public FakeLink? Find(string name) => Links.Values.FirstOrDefault(l => l.Link.Name == name);

    /// <summary>Whether the host answers for an address on a link.</summary>
    public bool IsProxy(string device, IpAddress address) =>
        Find(device) is { } link && Neighbours.ContainsKey((link.Link.Index, address, true));

    public FakeLink Make(Link link)
    {
        int index = ++_lastIndex;
        FakeLink made = new(link with { Index = index });
        Links.Add(index, made);
        return made;
    }

    /// <summary>Hears of each link that goes.</summary>
    public Action<string> LinkGone { get; init; } = _ => { };

    /// <summary>Takes a link away with all that stands on it; the kernel tells of the link only.</summary>
    public void Remove(int index)
    {
        if (Links.Remove(index, out FakeLink? gone))
        {
            LinkGone(gone.Link.Name);
        }

        RemoveAll(Addresses, k => k.Index == index);
        RemoveAll(Neighbours, k => k.Index == index);
        RemoveAll(Fdb, k => k.Index == index);
        ForgetRoutesOf(index);
        ForgetRoutesWithoutSource();
    }

    /// <summary>Linux: neighbours, also permanent ones, go when the link's own address changes; proxies do not.</summary>
    public void ForgetNeighboursOf(int index) => RemoveAll(Neighbours, k => k.Index == index && !k.Proxy);

    public void SetUp(FakeLink link, bool up)
    {
        link.Link = link.Link with { Flags = up ? link.Link.Flags | LinkFlags.Up : link.Link.Flags & ~LinkFlags.Up };
        if (!up)
        {
            // Linux: neighbours and IPv4 routes go with their interface, the routes silently.
            RemoveAll(Neighbours, k => k.Index == link.Link.Index && !k.Proxy);
            RemoveAll(Addresses, k => k.Index == link.Link.Index && k.Address.Address.Family == IpFamily.Ipv6);
            ForgetRoutesOf(link.Link.Index);
        }
    }

    public int Put(InterfaceAddress address)
    {
        if (!Links.ContainsKey(address.Index))
        {
            return KernelErrno.ENODEV;
        }

        Addresses[(address.Index, address.Address)] = address;
        return 0;
    }

    public int Delete(InterfaceAddress address)
    {
        bool removed = Addresses.Remove((address.Index, address.Address));
        ForgetRoutesWithoutSource();
        if (removed && address.Address.Address.Family == IpFamily.Ipv4
            && !Addresses.Keys.Any(a => a.Index == address.Index && a.Address.Address.Family == IpFamily.Ipv4))
        {
            ForgetRoutesOf(address.Index, IpFamily.Ipv4); // Linux, fib_disable_ip: no IPv4 address, no IPv4 routes.
        }

        return !Links.ContainsKey(address.Index) ? KernelErrno.ENODEV : removed ? 0 : KernelErrno.EADDRNOTAVAIL;
    }

    public int Put(Neighbour neighbour)
    {
        bool proxy = (neighbour.Flags & NeighbourFlags.Proxy) != 0;
        if (!Links.TryGetValue(neighbour.Index, out FakeLink? link))
        {
            return KernelErrno.ENODEV;
        }

        if (!proxy && !link.Link.IsUp)
        {
            return KernelErrno.ENETDOWN;
        }

        Neighbours[(neighbour.Index, neighbour.Destination, proxy)] =
            proxy ? neighbour with { LinkLayerAddress = null } : neighbour;
        return 0;
    }

    public int Delete(Neighbour neighbour) => !Links.ContainsKey(neighbour.Index)
        ? KernelErrno.ENODEV
        : Neighbours.Remove((neighbour.Index, neighbour.Destination, (neighbour.Flags & NeighbourFlags.Proxy) != 0))
            ? 0
            : KernelErrno.ENOENT;

    public int Put(FdbEntry entry)
    {
        if (!Links.ContainsKey(entry.Index))
        {
            return KernelErrno.ENODEV;
        }

        Fdb[(entry.Index, entry.Address)] = entry;
        return 0;
    }

    public int Delete(FdbEntry entry) => !Links.ContainsKey(entry.Index)
        ? KernelErrno.ENODEV
        : Fdb.Remove((entry.Index, entry.Address)) ? 0 : KernelErrno.ENOENT;

    public int Put(NextHop hop)
    {
        if (hop.OutputInterface is not { } index || !Links.TryGetValue(index, out FakeLink? link))
        {
            return KernelErrno.ENODEV;
        }

        return !link.Link.IsUp ? KernelErrno.ENETDOWN : NextHops.TryAdd(hop.Id, hop) ? 0 : KernelErrno.EEXIST;
    }

    public int Delete(NextHop hop)
    {
        foreach ((IpPrefix, uint) key in Routes.Where(r => r.Value.NextHopId == hop.Id).Select(r => r.Key).ToList())
        {
            Routes.Remove(key); // Linux: with the object go its routes, without a word.
        }

        return NextHops.Remove(hop.Id) ? 0 : KernelErrno.ENOENT;
    }

    public int Put(Route route)
    {
        if (route.NextHopId is { } id)
        {
            if (!NextHops.TryGetValue(id, out NextHop? hop))
            {
                return KernelErrno.EINVAL;
            }

            route = route with { OutputInterface = hop.OutputInterface, Gateway = hop.Gateway, Flags = hop.Flags };
        }

        if (route is { OutputInterface: null, Gateway: { } next })
        {
            // The interface is found by the gateway.
            if (Addresses.Keys.FirstOrDefault(a => a.Address.Prefix.Contains(next)) is not { Index: > 0 } by)
            {
                return KernelErrno.ENETUNREACH;
            }

            route = route with { OutputInterface = by.Index };
        }

        if (route.OutputInterface is { } index)
        {
            if (!Links.TryGetValue(index, out FakeLink? link))
            {
                return KernelErrno.ENODEV;
            }

            if (!link.Link.IsUp)
            {
                return KernelErrno.ENETDOWN;
            }
        }

        if (route.PreferredSource is { } source && !Addresses.Keys.Any(a => a.Address.Address == source))
        {
            return KernelErrno.EINVAL;
        }

        if (route.Gateway is { } gateway && (route.Flags & RouteFlags.OnLink) == 0
            && !Addresses.Keys.Any(a => a.Index == route.OutputInterface && a.Address.Prefix.Contains(gateway))
            && !Routes.Values.Any(r => r.Gateway is null && r.OutputInterface == route.OutputInterface && r.Destination.Contains(gateway)))
        {
            return KernelErrno.ENETUNREACH;
        }

        Routes[(route.Destination, route.Priority)] = route;
        return 0;
    }

    public int Delete(Route route)
    {
        bool found = Routes.TryGetValue((route.Destination, route.Priority), out Route? there)
            && there.Protocol == route.Protocol && there.Type == route.Type && there.NextHopId == route.NextHopId
            && (route.NextHopId is not null || there.Gateway == route.Gateway)
            && (route.OutputInterface is null || there.OutputInterface == route.OutputInterface);
        return found && Routes.Remove((route.Destination, route.Priority)) ? 0 : KernelErrno.ESRCH;
    }

    /// <summary>All that carries our marks, by names and not by indexes, sorted: two namespaces with the same text are
    /// the same to us.</summary>
    public IEnumerable<string> Ours(bool isHost)
    {
        foreach (Link link in Links.Values.Select(l => l.Link).Where(l => IsOurs(l.Name) || (!isHost && l.Name != "lo")))
        {
            yield return $"link {link.Name} {link.Kind} {link.Address} mtu {link.Mtu} up {link.IsUp} '{link.Alias}' "
                + $"{link.Vxlan?.Vni} {link.Vxlan?.Local} {link.Vxlan?.Port}";
        }

        foreach (InterfaceAddress address in Addresses.Values.Where(a => IsOnOurs(a.Index) || (!isHost && NameOf(a.Index) != "lo")))
        {
            yield return $"address {address.Address} {NameOf(address.Index)} {address.Protocol}";
        }

        foreach (Neighbour neighbour in Neighbours.Values.Where(n => !isHost || IsOnOurs(n.Index)))
        {
            yield return $"neighbour {neighbour.Destination} {NameOf(neighbour.Index)} {neighbour.LinkLayerAddress} "
                + $"{neighbour.State} {neighbour.Flags}";
        }

        foreach (FdbEntry entry in Fdb.Values.Where(f => !isHost || IsOnOurs(f.Index)))
        {
            yield return $"fdb {entry.Address} {NameOf(entry.Index)} {entry.Destination}";
        }

        foreach (Route route in Routes.Values.Where(r => r.Protocol == KernelNames.Protocol))
        {
            yield return $"route {route.Destination} {route.Priority} {route.Type} {NameOf(route.OutputInterface ?? 0)} "
                + $"{route.Gateway} {route.PreferredSource} {route.Mtu} {route.Flags} {(route.NextHopId is null ? "" : "by next hop")}";
        }

        foreach (NextHop hop in NextHops.Values)
        {
            yield return $"nexthop {hop.Gateway} {NameOf(hop.OutputInterface ?? 0)} {hop.Protocol} {hop.Flags}";
        }
    }

    private string NameOf(int index) => Links.TryGetValue(index, out FakeLink? link) ? link.Link.Name : "-";

    private bool IsOnOurs(int index) => IsOurs(NameOf(index));

    private void ForgetRoutesOf(int index, IpFamily? family = null)
    {
        // An interface that goes, or goes down, takes its next-hop objects along; one that loses its address does not.
        foreach (NextHop hop in NextHops.Values.Where(h => family is null && h.OutputInterface == index).ToList())
        {
            Delete(hop);
        }

        foreach ((IpPrefix, uint) key in Routes.Where(r => r.Value.OutputInterface == index && r.Value.NextHopId is null
            && (family is null || r.Key.Destination.Family == family)).Select(r => r.Key).ToList())
        {
            Routes.Remove(key);
        }
    }

    // Linux takes away, without a word, the IPv4 routes whose preferred source is gone; IPv6 ones lose the source.
    private void ForgetRoutesWithoutSource()
    {
        foreach (((IpPrefix, uint) key, Route route) in Routes.ToList())
        {
            if (route.PreferredSource is { } source && !Addresses.Keys.Any(a => a.Address.Address == source))
            {
                Routes.Remove(key);
                if (route.Destination.Family == IpFamily.Ipv6)
                {
                    Routes.Add(key, route with { PreferredSource = null });
                }
            }
        }
    }

    private static void RemoveAll<TKey, TValue>(Dictionary<TKey, TValue> map, Func<TKey, bool> goes)
        where TKey : notnull
    {
        foreach (TKey key in map.Keys.Where(goes).ToList())
        {
            map.Remove(key);
        }
    }
}
