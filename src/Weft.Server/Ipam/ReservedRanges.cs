using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Plan.Compiling;

namespace Weft.Server.Ipam;

/// <summary>The addresses that reservations keep from everybody, as ranges that share none.</summary>
internal sealed class ReservedRanges
{
    private readonly List<(IpPrefix Range, string Reservation)> _ranges = [];

    public ReservedRanges(FleetState state)
    {
        // Sorted, what holds another one comes right before it: prefixes overlap only by holding one another.
        foreach ((IpPrefix range, string name) in state.Reservations
            .SelectMany(reservation => reservation.ReservedCidrs.Select(range => (range, reservation.Metadata.Name)))
            .OrderBy(pair => pair.range).ThenBy(pair => pair.range.Length))
        {
            if (_ranges.Count == 0 || !_ranges[^1].Range.Contains(range))
            {
                _ranges.Add((range, name));
            }
        }
    }

    /// <summary>The reservation that covers an address, or none.</summary>
    public string? Find(IpAddress address)
    {
        int next = NextAfter(address);
        return next > 0 && _ranges[next - 1].Range.Contains(address) ? _ranges[next - 1].Reservation : null;
    }

    /// <summary>How many addresses of a range are reserved.</summary>
    public double CountIn(IpPrefix within)
    {
        int first = NextAfter(within.Address);
        if (first > 0 && _ranges[first - 1].Range.Contains(within))
        {
            return (double)within.Count;
        }

        // Prefixes overlap only by holding one another: what begins inside ends inside.
        first -= first > 0 && within.Contains(_ranges[first - 1].Range) ? 1 : 0;
        double count = 0;
        for (int at = first; at < _ranges.Count && within.Contains(_ranges[at].Range); at++)
        {
            count += (double)_ranges[at].Range.Count;
        }

        return count;
    }

    // The first range that begins behind an address.
    private int NextAfter(IpAddress address)
    {
        (int low, int high) = (0, _ranges.Count);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = _ranges[middle].Range.Address.CompareTo(address) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Whether any are.</summary>
    public bool Any => _ranges.Count > 0;
}
