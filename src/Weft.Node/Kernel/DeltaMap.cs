using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;

namespace Weft.Node.Kernel;

/// <summary>Two pictures of the same things, what is desired and what is actual, and the keys in which they differ.
/// </summary>
/// <remarks>The difference is kept up to date by each change, so that looking at it costs what differs and not what
/// there is. Keys come out in order: what is sent never depends on hashing or on history.</remarks>
/// <typeparam name="TKey">Names a thing.</typeparam>
/// <typeparam name="TValue">A thing; equal values need no change.</typeparam>
/// <param name="groupOf">The group by which what is there can be asked for (<see cref="ActualOf"/>); none is of no group.</param>
internal sealed class DeltaMap<TKey, TValue>(Func<TValue, string?>? groupOf = null)
    where TKey : struct, IComparable<TKey>
    where TValue : class
{
    private readonly Dictionary<TKey, TValue> _desired = [];
    private readonly Dictionary<TKey, TValue> _actual = [];
    private readonly SortedSet<TKey> _pending = [];
    private readonly Dictionary<string, HashSet<TKey>> _groups = new(StringComparer.Ordinal);

    /// <summary>Keys whose desired and actual values differ, in order.</summary>
    public IReadOnlyCollection<TKey> Pending => _pending;

    /// <summary>What is desired, in no order.</summary>
    public IReadOnlyDictionary<TKey, TValue> Desired => _desired;

    /// <summary>What is there, in no order.</summary>
    public IReadOnlyDictionary<TKey, TValue> Actual => _actual;

    /// <summary>Wants a value under a key; none wants nothing there.</summary>
    public void Desire(TKey key, TValue? value) => Set(_desired, key, value);

    /// <summary>Notes what is there under a key; none notes that nothing is.</summary>
    public void Observe(TKey key, TValue? value)
    {
        if (groupOf is not null)
        {
            Regroup(key, _actual.TryGetValue(key, out TValue? before) ? groupOf(before) : null, value is null ? null : groupOf(value));
        }

        Set(_actual, key, value);
    }

    /// <summary>What is there of a group, in the order of the keys: it costs what the group has, and not what there is.</summary>
    public IReadOnlyList<TValue> ActualOf(string group) =>
        _groups.TryGetValue(group, out HashSet<TKey>? keys) ? [.. keys.Order().Select(k => _actual[k])] : [];

    /// <summary>Whether desired and actual differ under a key.</summary>
    public bool IsPending(TKey key) => _pending.Contains(key);

    /// <summary>The value wanted under a key.</summary>
    public bool TryGetDesired(TKey key, [NotNullWhen(true)] out TValue? value) => _desired.TryGetValue(key, out value);

    /// <summary>The value there under a key.</summary>
    public bool TryGetActual(TKey key, [NotNullWhen(true)] out TValue? value) => _actual.TryGetValue(key, out value);

    private void Regroup(TKey key, string? before, string? after)
    {
        if (before == after)
        {
            return;
        }

        if (before is not null && _groups[before].Remove(key) && _groups[before].Count == 0)
        {
            _groups.Remove(before);
        }

        if (after is not null)
        {
            if (!_groups.TryGetValue(after, out HashSet<TKey>? keys))
            {
                keys = [];
                _groups.Add(after, keys);
            }

            keys.Add(key);
        }
    }

    private void Set(Dictionary<TKey, TValue> map, TKey key, TValue? value)
    {
        if (value is null)
        {
            map.Remove(key);
        }
        else
        {
            map[key] = value;
        }

        bool desired = _desired.TryGetValue(key, out TValue? want);
        bool actual = _actual.TryGetValue(key, out TValue? have);
        if (desired == actual && (!desired || want!.Equals(have)))
        {
            _pending.Remove(key);
        }
        else
        {
            _pending.Add(key);
        }
    }
}
