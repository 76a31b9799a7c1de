using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;

namespace Weft.Model.Documents;

/// <summary>Keys and values, sorted by key in ordinal order; never changes; equals another with the same content.</summary>
/// <remarks>For labels and annotations: a resource has few, so a lookup is a binary search.</remarks>
public sealed class LabelMap : IReadOnlyDictionary<string, string>, IEquatable<LabelMap>
{
    private readonly string[] _keys;
    private readonly string[] _values;

    /// <summary>A map of these pairs; the last of several with one key stands.</summary>
    public LabelMap(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        SortedDictionary<string, string> sorted = new(StringComparer.Ordinal);
        foreach ((string key, string value) in pairs)
        {
            sorted[key] = value;
        }

        _keys = [.. sorted.Keys];
        _values = [.. sorted.Values];
    }

    /// <summary>The map without pairs.</summary>
    public static LabelMap Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _keys.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _keys;

    /// <inheritdoc/>
    public IEnumerable<string> Values => _values;

    /// <inheritdoc/>
    public string this[string key] =>
        TryGetValue(key, out string? value) ? value : throw new KeyNotFoundException($"no key '{key}'");

    /// <summary>A map with this pair besides, or instead of the one with the same key.</summary>
    public LabelMap With(string key, string value) => new(this.Append(KeyValuePair.Create(key, value)));

    /// <summary>A map without this key.</summary>
    public LabelMap Without(string key) => ContainsKey(key) ? new(this.Where(pair => pair.Key != key)) : this;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Array.BinarySearch(_keys, key, StringComparer.Ordinal) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        int index = Array.BinarySearch(_keys, key, StringComparer.Ordinal);
        value = index >= 0 ? _values[index] : null;
        return index >= 0;
    }

    /// <summary>The pairs in the order of their keys.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            yield return KeyValuePair.Create(_keys[i], _values[i]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(LabelMap? other) =>
        other is not null && _keys.AsSpan().SequenceEqual(other._keys) && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelMap);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        unchecked
        {
            int hash = Count;
            for (int i = 0; i < _keys.Length; i++)
            {
                hash = (hash * 31) + _keys[i].GetHashCode(StringComparison.Ordinal);
                hash = (hash * 31) + _values[i].GetHashCode(StringComparison.Ordinal);
            }

            return hash;
        }
    }

    /// <summary><c>app=web,tier=front</c>.</summary>
    public override string ToString() => string.Join(',', this.Select(pair => $"{pair.Key}={pair.Value}"));
}
