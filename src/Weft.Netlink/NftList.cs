using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace Weft.Netlink;

/// <summary>A list that never changes. Two are equal if their elements are, in the same order.</summary>
[CollectionBuilder(typeof(NftList), nameof(NftList.Create))]
public sealed class NftList<T> : IReadOnlyList<T>, IEquatable<NftList<T>>
{
    private readonly T[] _items;

    internal NftList(T[] items) => _items = items;

    /// <summary>No element.</summary>
    public static NftList<T> Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <inheritdoc/>
    public bool Equals(NftList<T>? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NftList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        int hash = _items.Length;
        foreach (T item in _items)
        {
            hash = unchecked((hash * 31) + (item?.GetHashCode() ?? 0));
        }

        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    /// <summary>The elements, in brackets.</summary>
    public override string ToString() => $"[{string.Join(", ", _items.Select(item => item?.ToString()))}]";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes lists.</summary>
public static class NftList
{
    /// <summary>The list of these elements.</summary>
    public static NftList<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? NftList<T>.Empty : new(items.ToArray());
}
