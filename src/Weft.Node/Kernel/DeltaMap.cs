using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Node.Kernel;

/// <summary>Two pictures of the same things, what is desired and what is actual, and the keys in which they differ.
/// </summary>
/// <remarks>The difference is kept up to date by each change, so that looking at it costs what differs and not what
/// there is. Keys come out in order: what is sent never depends on hashing or on history.</remarks>
/// <typeparam name="TKey">Names a thing.</typeparam>
/// <typeparam name="TValue">A thing; equal values need no change.</typeparam>
internal sealed class DeltaMap<TKey, TValue>
    where TKey : struct, IComparable<TKey>
    where TValue : class
{
    private readonly Dictionary<TKey, TValue> _desired = [];
    private readonly Dictionary<TKey, TValue> _actual = [];
    private readonly SortedSet<TKey> _pending = [];

    /// <summary>Keys whose desired and actual values differ, in order.</summary>
    public IReadOnlyCollection<TKey> Pending => _pending;

    /// <summary>What is desired, in no order.</summary>
    public IReadOnlyDictionary<TKey, TValue> Desired => _desired;

    /// <summary>What is there, in no order.</summary>
    public IReadOnlyDictionary<TKey, TValue> Actual => _actual;

    /// <summary>Wants a value under a key; none wants nothing there.</summary>
    public void Desire(TKey key, TValue? value) => Set(_desired, key, value);

    /// <summary>Notes what is there under a key; none notes that nothing is.</summary>
    public void Observe(TKey key, TValue? value) => Set(_actual, key, value);

    /// <summary>Whether desired and actual differ under a key.</summary>
    public bool IsPending(TKey key) => _pending.Contains(key);

    /// <summary>The value wanted under a key.</summary>
    public bool TryGetDesired(TKey key, [NotNullWhen(true)] out TValue? value) => _desired.TryGetValue(key, out value);

    /// <summary>The value there under a key.</summary>
    public bool TryGetActual(TKey key, [NotNullWhen(true)] out TValue? value) => _actual.TryGetValue(key, out value);

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
