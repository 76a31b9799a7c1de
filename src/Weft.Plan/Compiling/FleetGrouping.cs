using System.Collections;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace Weft.Plan.Compiling;

/// <summary>Values by what they belong to, sorted within it. Never changes: a change makes another one.</summary>
internal sealed class FleetGrouping<TGroup, TKey, TValue>
    where TGroup : notnull
    where TKey : notnull
{
    private readonly ImmutableDictionary<TGroup, ImmutableSortedDictionary<TKey, TValue>> _groups;
    private readonly IComparer<TKey> _order;

    private FleetGrouping(ImmutableDictionary<TGroup, ImmutableSortedDictionary<TKey, TValue>> groups, IComparer<TKey> order) =>
        (_groups, _order) = (groups, order);

    /// <summary>None yet.</summary>
    public static FleetGrouping<TGroup, TKey, TValue> None(IComparer<TKey>? order = null) => new(
        ImmutableDictionary<TGroup, ImmutableSortedDictionary<TKey, TValue>>.Empty, order ?? Comparer<TKey>.Default);

    /// <summary>What belongs there, in order.</summary>
    public IReadOnlyCollection<TValue> Of(TGroup group) =>
        _groups.TryGetValue(group, out ImmutableSortedDictionary<TKey, TValue>? members) ? new Members(members) : [];

    /// <summary>With one value more, or another one under its key.</summary>
    public FleetGrouping<TGroup, TKey, TValue> With(TGroup group, TKey key, TValue value) => new(
        _groups.SetItem(
            group,
            _groups.GetValueOrDefault(group, ImmutableSortedDictionary.Create<TKey, TValue>(_order)).SetItem(key, value)),
        _order);

    /// <summary>Without the value under a key.</summary>
    public FleetGrouping<TGroup, TKey, TValue> Without(TGroup group, TKey key)
    {
        if (!_groups.TryGetValue(group, out ImmutableSortedDictionary<TKey, TValue>? members))
        {
            return this;
        }

        ImmutableSortedDictionary<TKey, TValue> rest = members.Remove(key);
        return new(rest.IsEmpty ? _groups.Remove(group) : _groups.SetItem(group, rest), _order);
    }

    // The dictionary's own view of its values does not know how many they are.
    private sealed class Members(ImmutableSortedDictionary<TKey, TValue> members) : IReadOnlyCollection<TValue>
    {
        public int Count => members.Count;

        public IEnumerator<TValue> GetEnumerator() => members.Values.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
