using System;
using System.Linq;
using Weft.Net.Decoding;
using Xunit;

namespace Weft.Tests.Net.Decoding;

public sealed class ReassemblerTests
{
    private static readonly FragmentKey Key = new(1, 2, 3, 17);

    [Fact]
    public void Fragments_are_joined_in_whatever_order_they_come()
    {
        byte[] whole = [.. Enumerable.Range(0, 40).Select(i => (byte)i)];
        Reassembler reassembler = new();
        Assert.Null(reassembler.Take(Key, 32, hasMore: false, whole.AsSpan(32)));
        Assert.Null(reassembler.Take(Key, 0, hasMore: true, whole.AsSpan(0, 16)));
        Assert.Null(reassembler.Take(Key, 0, hasMore: true, whole.AsSpan(0, 16)));
        Assert.Null(reassembler.Take(Key with { Identification = 4 }, 16, hasMore: true, whole.AsSpan(16, 16)));
        Assert.Equal(whole, reassembler.Take(Key, 16, hasMore: true, whole.AsSpan(16, 16)));
        Assert.Equal(1, reassembler.UnfinishedCount);
    }

    [Fact]
    public void Fragments_that_overlap_are_never_joined()
    {
        Reassembler reassembler = new();
        Assert.Null(reassembler.Take(Key, 0, hasMore: true, new byte[16]));
        Assert.Null(reassembler.Take(Key, 8, hasMore: true, new byte[16]));
        Assert.Null(reassembler.Take(Key, 16, hasMore: false, new byte[16]));
    }

    [Fact]
    public void Unfinished_packets_are_bounded_and_the_oldest_goes()
    {
        Reassembler reassembler = new();
        for (uint i = 0; i <= Reassembler.UnfinishedMax; i++)
        {
            Assert.Null(reassembler.Take(Key with { Identification = i }, 0, hasMore: true, new byte[8]));
        }

        Assert.Equal(Reassembler.UnfinishedMax, reassembler.UnfinishedCount);
        Assert.Null(reassembler.Take(Key with { Identification = 0 }, 8, hasMore: false, new byte[8]));
        Assert.NotNull(reassembler.Take(Key with { Identification = 5 }, 8, hasMore: false, new byte[8]));
    }

    [Fact]
    public void Nothing_longer_than_an_IP_packet_is_joined()
    {
        Reassembler reassembler = new();
        Assert.Null(reassembler.Take(Key, 65_528, hasMore: false, new byte[8]));
        Assert.Equal(0, reassembler.UnfinishedCount);
    }
}
