using System;
using System.Collections;
using System.Collections.Generic;
using Weft.Net;
using Weft.Netlink.Rtnetlink;

namespace Weft.Node.Kernel;

/// <summary>The kinds of kernel objects, in the order in which they are made; they are taken away in reverse.</summary>
internal enum ObjectKind : byte
{
    /// <summary>A link of ours: a workload's veth, a tunnel device, or a workload's own interface.</summary>
    Link,

    /// <summary>An address on such a link.</summary>
    Address,

    /// <summary>A permanent neighbour on such a link.</summary>
    Neighbour,

    /// <summary>A proxy neighbour on the host side of a workload's link.</summary>
    ProxyNeighbour,

    /// <summary>A forwarding entry of a tunnel device: which VTEP has a link-layer address.</summary>
    Fdb,

    /// <summary>A next-hop object: the way to another node, which many routes share.</summary>
    NextHop,

    /// <summary>A route that carries our protocol number.</summary>
    Route,

    /// <summary>Our table of nf_tables. What it is made of comes in the order of <c>RulesetWriter</c>.</summary>
    Table,

    /// <summary>A chain of our table, without its rules.</summary>
    Chain,

    /// <summary>A set of our table, without its elements.</summary>
    Set,

    /// <summary>All rules of a chain.</summary>
    Rules,

    /// <summary>An element of a set.</summary>
    Element,

    /// <summary>What a workload's link lets in: a chain of our table at the link's ingress.</summary>
    Guard,
}

/// <summary>Names one object within a network namespace.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Id">What makes it unique within its kind, in words that people know.</param>
internal readonly record struct ObjectKey(ObjectKind Kind, string Id) : IComparable<ObjectKey>
{
    /// <inheritdoc/>
    public int CompareTo(ObjectKey other)
    {
        // Enum.CompareTo would make two objects of each comparison.
        int order = (int)Kind - (int)other.Kind;
        return order != 0 ? order : string.CompareOrdinal(Id, other.Id);
    }

    /// <summary><c>route 10.65.0.64/26 metric 200</c>.</summary>
    public override string ToString() => Kind switch
    {
        ObjectKind.Link => $"device {Id}",
        ObjectKind.Address => $"address {Id}",
        ObjectKind.Neighbour => $"neighbour {Id}",
        ObjectKind.ProxyNeighbour => $"proxy neighbour {Id}",
        ObjectKind.Fdb => $"forwarding entry {Id}",
        ObjectKind.NextHop => $"next hop {Id}",
        ObjectKind.Table => $"table {Id}",
        ObjectKind.Chain => $"chain {Id}",
        ObjectKind.Set => $"set {Id}",
        ObjectKind.Rules => $"rules of chain {Id}",
        ObjectKind.Element => $"element {Id}",
        ObjectKind.Guard => $"guard of {Id}",
        _ => $"route {Id}",
    };
}

/// <summary>An object as it should be, or as the kernel has it. Equal values mean: nothing to do.</summary>
internal abstract record KernelObject
{
    /// <summary>The name of the object within its network namespace.</summary>
    public abstract ObjectKey Key { get; }

    /// <summary>The device that it is, or that takes it away when it goes; empty for what needs none.</summary>
    public abstract string StandsOn { get; }
}

/// <summary>A link.</summary>
internal sealed record LinkObject : KernelObject
{
    public required string Name { get; init; }

    /// <summary><c>veth</c>, <c>vxlan</c> or <c>ipip</c>.</summary>
    public required string LinkKind { get; init; }

    public required MacAddress Mac { get; init; }

    public required uint Mtu { get; init; }

    public bool Up { get; init; } = true;

    /// <summary>For people who read <c>ip link</c>: what the link is for. None where others own the text.</summary>
    public string? Alias { get; init; }

    /// <summary>The group by which rules know what the link is for (<see cref="KernelNames.WorkloadGroup"/>,
    /// <see cref="KernelNames.TunnelGroup"/>); 0 where others own it.</summary>
    public uint Group { get; init; }

    public TunnelSettings? Tunnel { get; init; }

    /// <summary>Whether the kernel is told to make no link-local address of its own when the link goes up. It is said
    /// when the link is made or set up, and not looked at afterwards.</summary>
    public bool OwnsLinkLocal { get; init; }

    public override ObjectKey Key => KeyOf(Name);

    public override string StandsOn => Name;

    public bool Equals(LinkObject? other) =>
        other is not null && Name == other.Name && LinkKind == other.LinkKind && Mac == other.Mac && Mtu == other.Mtu
        && Up == other.Up && Alias == other.Alias && Group == other.Group && Tunnel == other.Tunnel;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public static ObjectKey KeyOf(string name) => new(ObjectKind.Link, name);
}

/// <summary>What is fixed when a tunnel device is made; another value means another device.</summary>
internal sealed record TunnelSettings(uint Vni, IpAddress Local, ushort Port);

/// <summary>The far end that a veth is made with, in another network namespace.</summary>
/// <param name="Scope">The path of that namespace.</param>
/// <param name="Interface">The far end as it should be there.</param>
internal sealed record VethPeerObject(string Scope, LinkObject Interface);

/// <summary>An address of a link.</summary>
internal sealed record AddressObject(string Device, IpInterfaceAddress Address) : KernelObject
{
    public override ObjectKey Key => new(ObjectKind.Address, $"{Address} dev {Device}");

    public override string StandsOn => Device;
}

/// <summary>A permanent neighbour.</summary>
internal sealed record NeighbourObject(string Device, IpAddress Address, MacAddress Mac) : KernelObject
{
    public override ObjectKey Key => new(ObjectKind.Neighbour, $"{Address} dev {Device}");

    public override string StandsOn => Device;
}

/// <summary>A proxy neighbour: the host answers for this address on the link.</summary>
internal sealed record ProxyNeighbourObject(string Device, IpAddress Address) : KernelObject
{
    public override ObjectKey Key => new(ObjectKind.ProxyNeighbour, $"{Address} dev {Device}");

    public override string StandsOn => Device;
}

/// <summary>Which VTEP has a link-layer address.</summary>
internal sealed record FdbObject(string Device, MacAddress Mac, IpAddress Vtep) : KernelObject
{
    public override ObjectKey Key => new(ObjectKind.Fdb, $"{Mac} dev {Device}");

    public override string StandsOn => Device;
}

/// <summary>A next-hop object: the way to another node over a tunnel device. Its number is of no meaning, as that of a link
/// (<see cref="KernelScope.TryGetNextHop"/>).</summary>
internal sealed record NextHopObject(string Device, IpAddress Gateway) : KernelObject
{
    public override ObjectKey Key => new(ObjectKind.NextHop, $"{Gateway} dev {Device}");

    public override string StandsOn => Device;
}

/// <summary>A route in the main table.</summary>
internal sealed record RouteObject : KernelObject
{
    public required IpPrefix Destination { get; init; }

    /// <summary>The metric, one per source of routes: IPv6 merges routes of equal metric silently.</summary>
    public required uint Metric { get; init; }

    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>The device; empty for routes that need none (unreachable), that have several ways, or whose device the
    /// kernel finds by the gateway.</summary>
    public string Device { get; init; } = "";

    public IpAddress? Gateway { get; init; }

    /// <summary>Whether device and gateway are said by their next-hop object. Linux compares each new IPv4 route with all
    /// ways through the same device that are said otherwise (fib_find_info hashes them by the device).</summary>
    public bool ByNextHop { get; init; }

    /// <summary>Whether the gateway is on the link although no route says so.</summary>
    public bool OnLink { get; init; }

    public IpAddress? PreferredSource { get; init; }

    /// <summary>Bytes, where smaller than the device's.</summary>
    public uint? Mtu { get; init; }

    /// <summary>The ways of a route that has several.</summary>
    public RouteWays Ways { get; init; } = RouteWays.None;

    public override ObjectKey Key => KeyOf(Destination, Metric);

    public override string StandsOn => Device;

    // Longer prefixes sort first: a gateway's own route must be there before the routes through it.
    public static ObjectKey KeyOf(IpPrefix destination, uint metric) =>
        new(ObjectKind.Route, $"{destination} metric {metric}");
}

/// <summary>One way of a route that has several.</summary>
/// <param name="Gateway">The next hop; none if the destination is on the link.</param>
/// <param name="Device">The device; empty if the kernel finds it by the gateway.</param>
/// <param name="Weight">Its share, 1 to 256.</param>
internal readonly record struct RouteWay(IpAddress? Gateway, string Device, int Weight);

/// <summary>The ways of a route, in their order. Two lists are equal if their elements are.</summary>
internal sealed class RouteWays(IEnumerable<RouteWay> items) : IReadOnlyList<RouteWay>, IEquatable<RouteWays>
{
    private readonly RouteWay[] _items = [.. items];

    public static RouteWays None { get; } = new([]);

    public int Count => _items.Length;

    public RouteWay this[int index] => _items[index];

    public bool Equals(RouteWays? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as RouteWays);

    public override int GetHashCode() => _items.Length;

    public IEnumerator<RouteWay> GetEnumerator() => ((IEnumerable<RouteWay>)_items).GetEnumerator();

    public override string ToString() => string.Join(", ", _items);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
