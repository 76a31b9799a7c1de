using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using Weft.Net;
using Weft.Plan.Blocks;
using Xunit;

namespace Weft.Tests.Plan.Blocks;

public sealed class BlockArithmeticTests
{
    [Theory]
    [InlineData("10.65.0.0/16", 26, 0, "10.65.0.0/26")]
    [InlineData("10.65.0.0/16", 26, 5, "10.65.1.64/26")]
    [InlineData("10.65.0.0/16", 26, 1023, "10.65.255.192/26")]
    [InlineData("10.65.0.0/26", 26, 0, "10.65.0.0/26")]
    [InlineData("0.0.0.0/0", 32, 4294967295, "255.255.255.255/32")]
    [InlineData("fd00::/48", 122, 1, "fd00::40/122")]
    public void The_nth_block_of_a_pool(string pool, int blockSize, long index, string block) =>
        Assert.Equal(IpPrefix.Parse(block), BlockArithmetic.At(IpPrefix.Parse(pool), blockSize, (UInt128)index));

    [Fact]
    public void A_pool_smaller_than_a_block_holds_none()
    {
        Assert.Equal(UInt128.Zero, BlockArithmetic.CountOf(IpPrefix.Parse("10.0.0.0/28"), 26));
        Assert.False(BlockArithmetic.TryNextFree(IpPrefix.Parse("10.0.0.0/28"), 26, ImmutableSortedSet<IpPrefix>.Empty, out _));
    }

    [Fact]
    public void The_next_free_block_is_the_lowest_that_overlaps_no_claim()
    {
        Gen.Int[0, 63].HashSet[0, 64].Select(Gen.Int[0, 3]).Sample((indexes, odd) =>
        {
            IpPrefix pool = IpPrefix.Parse("10.65.16.0/20");
            List<IpPrefix> claimed = [.. indexes.Select(i => BlockArithmetic.At(pool, 26, (UInt128)i))];
            claimed.Add(IpPrefix.Parse("10.65.15.192/26"));
            claimed.Add(IpPrefix.Parse("10.65.32.0/26"));
            if (odd == 1)
            {
                claimed.Add(IpPrefix.Parse("10.65.17.0/24"));
            }

            claimed.Sort();
            IEnumerable<IpPrefix> all = Enumerable.Range(0, 64).Select(i => BlockArithmetic.At(pool, 26, (UInt128)i));
            IpPrefix expected = all.FirstOrDefault(b => !claimed.Any(c => c.Overlaps(b)));
            bool found = BlockArithmetic.TryNextFree(pool, 26, claimed, out IpPrefix free);
            Assert.Equal(expected != default, found);
            Assert.Equal(expected, free);

            // By halving: the lowest where all claims are the pool's own, and in any case a free one.
            ImmutableSortedSet<IpPrefix> own =
                [.. odd == 2 ? claimed.Where(c => pool.Contains(c)) : claimed];
            Assert.Equal(found, BlockArithmetic.TryNextFree(pool, 26, own, out free));
            Assert.True(odd != 2 || free == expected);
            Assert.True(!found || !claimed.Any(c => c.Overlaps(free)));
        });
    }

    [Fact]
    public void A_free_block_of_a_great_pool_is_found_at_once()
    {
        IpPrefix pool = IpPrefix.Parse("fd65::/64");
        ImmutableSortedSet<IpPrefix> claimed =
            [.. Enumerable.Range(0, 50_000).Where(i => i != 31_415).Select(i => BlockArithmetic.At(pool, 122, (UInt128)i))];
        Assert.True(BlockArithmetic.TryNextFree(pool, 122, claimed, out IpPrefix free));
        Assert.Equal(BlockArithmetic.At(pool, 122, 31_415), free);
        Assert.True(BlockArithmetic.TryNextFree(pool, 122, claimed.Add(free), out free));
        Assert.Equal(BlockArithmetic.At(pool, 122, 50_000), free);
    }

    [Fact]
    public void An_exhausted_pool_is_described_with_its_size_its_holders_and_what_would_help()
    {
        string text = PoolExhausted.Describe("default", IpPrefix.Parse("10.65.0.0/24"), 26, ["n2", "n1", "n2", "n3"]);
        Assert.Equal(
            "IPPool default (10.65.0.0/24) has no free block: all 4 blocks of /26 are taken (n2 2, n1 1, n3 1); "
            + "add another IPPool, or remove workloads of this node",
            text);
        string many = PoolExhausted.Describe(
            "p", IpPrefix.Parse("10.0.0.0/16"), 26, Enumerable.Range(0, 9).Select(i => $"n{i}"));
        Assert.Contains("and 4 more nodes", many, StringComparison.Ordinal);
    }
}
