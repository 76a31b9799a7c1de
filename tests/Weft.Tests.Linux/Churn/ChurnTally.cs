using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Weft.Tests.Linux.Churn;

/// <summary>How far a run is, and what happened in it. Any thread may count.</summary>
internal sealed class ChurnTally
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<double> _adds = [];
    private int _lives;
    private int _pluginKillsDue;

    /// <summary>Containers that have come and gone.</summary>
    public int Lives => Volatile.Read(ref _lives);

    /// <summary>A container has come and gone.</summary>
    public void Lived() => Interlocked.Increment(ref _lives);

    /// <summary>Counts something.</summary>
    public void Count(string what) => _counts.AddOrUpdate(what, 1, (_, before) => before + 1);

    /// <summary>How often something was counted.</summary>
    public int Of(string what) => _counts.GetValueOrDefault(what);

    /// <summary>An ADD was answered, after so long.</summary>
    public void Answered(TimeSpan took) => _adds.Add(took.TotalMilliseconds);

    /// <summary>The next call shall die in the middle.</summary>
    public void OrderPluginKill() => Interlocked.Increment(ref _pluginKillsDue);

    /// <summary>Whether this call is the one.</summary>
    public bool TakePluginKill()
    {
        if (Interlocked.Decrement(ref _pluginKillsDue) >= 0)
        {
            return true;
        }

        Interlocked.Increment(ref _pluginKillsDue);
        return false;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        double[] adds = [.. _adds.Order()];
        IEnumerable<string> lines = _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}: {c.Value}");
        string answered = adds.Length == 0
            ? "no ADD was answered"
            : FormattableString.Invariant($"ADD answered after {adds[adds.Length / 2]:0} ms at the median, {adds[^1]:0} ms at most");
        return $"{Lives} containers came and went; {answered}\n{string.Join('\n', lines)}";
    }
}
