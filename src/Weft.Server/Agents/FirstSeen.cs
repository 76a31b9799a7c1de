using System;
using System.Collections.Generic;
using System.Linq;

namespace Weft.Server.Agents;

/// <summary>How long things that pass have been there, counted from when this server first saw each.</summary>
/// <param name="time">Monotonic time.</param>
/// <typeparam name="TKey">Names one of them; what becomes another thing has another name.</typeparam>
internal sealed class FirstSeen<TKey>(TimeProvider time)
    where TKey : notnull
{
    private readonly Dictionary<TKey, long> _seen = [];

    /// <summary>Forgets what is there no more.</summary>
    public void Keep(IEnumerable<TKey> there)
    {
        HashSet<TKey> kept = [.. there];
        foreach (TKey gone in _seen.Keys.Where(key => !kept.Contains(key)).ToList())
        {
            _seen.Remove(gone);
        }
    }

    /// <summary>The time since it was seen first: none if that is now.</summary>
    public TimeSpan AgeOf(TKey key)
    {
        if (!_seen.TryGetValue(key, out long first))
        {
            first = time.GetTimestamp();
            _seen.Add(key, first);
        }

        return time.GetElapsedTime(first);
    }
}
