using System;
using System.Collections.Generic;
using Weft.Net;

namespace Weft.Plan.Blocks;

/// <summary>How a pool is cut into blocks of equal size, and which of them is free.</summary>
public static class BlockArithmetic
{
    /// <summary>How many blocks of a size a pool holds; 0 when a block is larger than the pool.</summary>
    public static UInt128 CountOf(IpPrefix pool, int blockSize) =>
        blockSize < pool.Length ? 0 : UInt128.One << Math.Min(blockSize - pool.Length, 127);

    /// <summary>The block at <paramref name="index"/>, counted from 0; must lie inside the pool.</summary>
    public static IpPrefix At(IpPrefix pool, int blockSize, UInt128 index)
    {
        Invariant.Holds(index < CountOf(pool, blockSize));
        return new IpPrefix(pool.At(index << (pool.Address.BitLength - blockSize)), blockSize);
    }

    /// <summary>The lowest block of a pool that shares no address with any claimed one.</summary>
    /// <remarks>One pass over what is claimed, whatever the pool's size; claims of other pools, of other sizes and
    /// overlapping ones are allowed.</remarks>
    /// <param name="pool">The pool.</param>
    /// <param name="blockSize">The length of a block's prefix.</param>
    /// <param name="claimed">Blocks that are taken, in ascending order.</param>
    /// <param name="free">The lowest free block.</param>
    /// <returns>False when every block is taken.</returns>
    public static bool TryNextFree(IpPrefix pool, int blockSize, IEnumerable<IpPrefix> claimed, out IpPrefix free)
    {
        ArgumentNullException.ThrowIfNull(claimed);
        free = default;
        UInt128 count = CountOf(pool, blockSize);
        int shift = pool.Address.BitLength - blockSize;
        UInt128 next = 0;
        foreach (IpPrefix taken in claimed)
        {
            if (!taken.Overlaps(pool))
            {
                continue;
            }

            UInt128 first = taken.Address.Number <= pool.Address.Number
                ? 0
                : (taken.Address.Number - pool.Address.Number) >> shift;
            if (first > next)
            {
                break;
            }

            UInt128 last = (UInt128.Min(taken.Last.Number, pool.Last.Number) - pool.Address.Number) >> shift;
            next = UInt128.Max(next, last + 1);
        }

        if (next >= count)
        {
            return false;
        }

        free = At(pool, blockSize, next);
        return true;
    }
}
