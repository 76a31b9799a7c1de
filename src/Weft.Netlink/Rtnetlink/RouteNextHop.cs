using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;

namespace Weft.Netlink.Rtnetlink;

/// <summary>One way of a route that has several (<c>struct rtnexthop</c>).</summary>
/// <param name="Gateway">The next router; null if the destination is on the link.</param>
/// <param name="OutputInterface">The interface it leaves by.</param>
/// <param name="Weight">Its share, 1 to 256.</param>
/// <param name="Flags">The flags.</param>
public readonly record struct RouteNextHop(
    IpAddress? Gateway, int OutputInterface, int Weight = 1, RouteFlags Flags = RouteFlags.None);

/// <summary>The ways of a route, in their order. Two lists are equal if their elements are.</summary>
public sealed class RouteNextHops : IReadOnlyList<RouteNextHop>, IEquatable<RouteNextHops>
{
    private readonly RouteNextHop[] _items;

    /// <summary>The list of these elements.</summary>
    public RouteNextHops(IEnumerable<RouteNextHop> items) => _items = [.. items];

    /// <summary>No element: the route has at most one way, which it names itself.</summary>
    public static RouteNextHops None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public RouteNextHop this[int index] => _items[index];

    /// <inheritdoc/>
    public bool Equals(RouteNextHops? other) => other is not null && _items.SequenceEqual(other._items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RouteNextHops);

    /// <inheritdoc/>
    public override int GetHashCode() => _items.Length == 0 ? 0 : _items[0].GetHashCode();

    /// <inheritdoc/>
    public IEnumerator<RouteNextHop> GetEnumerator() => ((IEnumerable<RouteNextHop>)_items).GetEnumerator();

    /// <summary>The elements, separated by commas.</summary>
    public override string ToString() => string.Join(", ", _items);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
