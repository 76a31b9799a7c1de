using System;

namespace Weft.Agent;

/// <summary>Collects the youngest garbage while nothing happens, so that the next change does not have to wait for it: a
/// collection takes longer than a change does.</summary>
/// <remarks>What is allocated and when it is collected is the process's, which may host many agents: whoever is quiet
/// collects for all. While nobody is, the runtime collects when the youngest generation is full.</remarks>
internal sealed class QuietCollector
{
    /// <summary>How long nothing must have happened: what an agent has just decided is on its way out by then.</summary>
    public static readonly TimeSpan QuietFor = TimeSpan.FromMilliseconds(2);

    /// <summary>Less garbage is not worth a collection. Half of what the youngest generation holds (Weft.App.csproj): the
    /// other half is room for what happens next.</summary>
    public const long BytesMin = 512 * 1024;

    private readonly TimeProvider _time;
    private readonly Func<(int Collections, long Allocated)> _look;
    private readonly Action _collect;
    private (int Collections, long Allocated) _last;
    private long _busyAt;

    /// <summary>Of this process.</summary>
    public QuietCollector(TimeProvider time)
        : this(
            time,
            () => (GC.CollectionCount(0), GC.GetTotalAllocatedBytes()),
            () => GC.Collect(0, GCCollectionMode.Forced, blocking: true))
    {
    }

    /// <summary>Of whatever says how often it was collected and what was allocated since its start.</summary>
    internal QuietCollector(TimeProvider time, Func<(int Collections, long Allocated)> look, Action collect)
    {
        _time = time;
        _look = look;
        _collect = collect;
        _last = look();
        _busyAt = time.GetTimestamp();
    }

    /// <summary>Notes that something happened.</summary>
    public void Disturb() => _busyAt = _time.GetTimestamp();

    /// <summary>Collects if there is enough garbage, and it has been quiet.</summary>
    /// <returns>When to ask again although nothing happens; none if there is no reason to.</returns>
    public TimeSpan? Collect()
    {
        (int Collections, long Allocated) found = _look();
        if (found.Collections != _last.Collections)
        {
            _last = found; // The runtime did, or another agent.
        }

        if (found.Allocated - _last.Allocated < BytesMin)
        {
            return null;
        }

        TimeSpan left = QuietFor - _time.GetElapsedTime(_busyAt);
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        _collect();
        _last = _look();
        return null;
    }
}
