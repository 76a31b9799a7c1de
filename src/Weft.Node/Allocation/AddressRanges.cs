using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <summary>Ranges of addresses, without overlaps and in order: an address is found by halving.</summary>
internal sealed class AddressRanges
{
    private readonly List<(IpAddress First, IpAddress Last)> _ranges = [];

    /// <summary>No address.</summary>
    public static AddressRanges None { get; } = new();

    /// <summary>The addresses of these prefixes.</summary>
    public static AddressRanges Of(IEnumerable<IpPrefix> prefixes)
    {
        AddressRanges ranges = new();
        foreach (IpPrefix prefix in prefixes.Distinct().Order())
        {
            // Prefixes overlap only as one inside the other, and the one outside comes first.
            if (ranges._ranges.Count == 0 || ranges._ranges[^1].Last.Family != prefix.Family
                || ranges._ranges[^1].Last.Number < prefix.Address.Number)
            {
                ranges._ranges.Add((prefix.Address, prefix.Last));
            }
        }

        return ranges;
    }

    /// <summary>Whether an address is in a range, and the last address of that range.</summary>
    public bool Contains(IpAddress address, out IpAddress last)
    {
        last = address;
        int at = LastFrom(address);
        if (at < 0 || _ranges[at].Last.Family != address.Family || _ranges[at].Last.Number < address.Number)
        {
            return false;
        }

        last = _ranges[at].Last;
        return true;
    }

    /// <summary>How many addresses of a block are in a range.</summary>
    public UInt128 CountIn(IpPrefix block)
    {
        if (Contains(block.Address, out IpAddress last) && last.Number >= block.Last.Number)
        {
            return block.Count;
        }

        // Ranges and blocks are prefixes: one that begins in the block and does not hold it lies inside.
        UInt128 count = 0;
        for (int at = LastFrom(block.Address) + (IsInside(block, LastFrom(block.Address)) ? 0 : 1); IsInside(block, at); at++)
        {
            count += _ranges[at].Last.Number - _ranges[at].First.Number + 1;
        }

        return count;
    }

    private bool IsInside(IpPrefix block, int at) => at >= 0 && at < _ranges.Count && block.Contains(_ranges[at].First);

    // The last range that begins at an address or before it.
    private int LastFrom(IpAddress address)
    {
        (int low, int high) = (0, _ranges.Count);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = _ranges[middle].First.CompareTo(address) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }
}
