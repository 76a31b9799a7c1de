using System;
using System.Collections.Generic;
using System.Collections.Immutable;
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

    /// <summary>The lowest free block of a pool whose claims are all blocks of it of one size: found by halving, so that
    /// the cost does not follow how many there are. Where they are something else, every claim is looked at.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="blockSize">The length of a block's prefix.</param>
    /// <param name="claimed">Blocks that are taken.</param>
    /// <param name="free">A free block.</param>
    /// <returns>False when every block is taken.</returns>
    public static bool TryNextFree(IpPrefix pool, int blockSize, ImmutableSortedSet<IpPrefix> claimed, out IpPrefix free)
    {
        ArgumentNullException.ThrowIfNull(claimed);
        int shift = pool.Address.BitLength - blockSize;

        // Distinct blocks of one size in order: the one at place i has at least the index i, and has just that as long
        // as no block before it is free.
        (int low, int high) = (0, claimed.Count);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            IpPrefix taken = claimed[middle];
            if (taken.Length != blockSize || !pool.Contains(taken))
            {
                return TryNextFree(pool, blockSize, (IEnumerable<IpPrefix>)claimed, out free);
            }

            bool full = (taken.Address.Number - pool.Address.Number) >> shift == (UInt128)middle;
            (low, high) = full ? (middle + 1, high) : (low, middle);
        }

        if ((UInt128)low < CountOf(pool, blockSize))
        {
            free = At(pool, blockSize, (UInt128)low);
            if (IsFree(free, claimed))
            {
                return true;
            }
        }

        return TryNextFree(pool, blockSize, (IEnumerable<IpPrefix>)claimed, out free);
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

    /// <summary>Whether a block shares no address with any claimed one, whatever those are.</summary>
    public static bool IsFree(IpPrefix block, ImmutableSortedSet<IpPrefix> claimed)
    {
        ArgumentNullException.ThrowIfNull(claimed);

        // None that holds the block, and none inside it, which would come next in order.
        for (int length = 0; length <= block.Length; length++)
        {
            if (claimed.Contains(new IpPrefix(block.Address, length)))
            {
                return false;
            }
        }

        (int low, int high) = (0, claimed.Count);
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = claimed[middle].CompareTo(block) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low == claimed.Count || !block.Contains(claimed[low]);
    }
}
