using System;
using System.Collections.Generic;
using Weft.Net.Bytes;
using Weft.Netlink;
using Xunit;

namespace Weft.Tests.Netlink;

public sealed class NetlinkMessageReaderTests
{
    // Two messages: 17 bytes and three of padding, then 16.
    private const string Two = "11000000100000000100000002000000ff000000" + "10000000030002000100000002000000";

    [Fact]
    public void A_datagram_is_split_at_the_padding()
    {
        List<NetlinkHeader> headers = Read(Hex.ToBytes(Two), out bool malformed);
        Assert.False(malformed);
        Assert.Equal(
            [new NetlinkHeader(17, 16, NetlinkFlags.None, 1, 2), new NetlinkHeader(16, 3, NetlinkFlags.NLM_F_MULTI, 1, 2)],
            headers);
    }

    [Fact]
    public void Every_truncation_ends_and_says_that_it_is_malformed_unless_it_is_between_messages()
    {
        byte[] datagram = Hex.ToBytes(Two);
        for (int length = 0; length < datagram.Length; length++)
        {
            int count = Read(datagram.AsSpan(0, length), out bool malformed).Count;
            Assert.Equal(length >= 17 ? 1 : 0, count);
            Assert.Equal(length is not (0 or (>= 17 and <= 20)), malformed);
        }
    }

    [Theory]
    [InlineData("0f000000100000000100000002000000")]
    [InlineData("00000000100000000100000002000000")]
    [InlineData("ffffffff100000000100000002000000")]
    public void A_length_that_cannot_be_ends_the_reading(string hex)
    {
        Assert.Empty(Read(Hex.ToBytes(hex), out bool malformed));
        Assert.True(malformed);
    }

    private static List<NetlinkHeader> Read(ReadOnlySpan<byte> datagram, out bool malformed)
    {
        List<NetlinkHeader> headers = [];
        NetlinkMessageReader reader = new(datagram);
        while (reader.TryRead(out NetlinkMessageView message))
        {
            Assert.Equal(message.Header.Length, message.Bytes.Length);
            headers.Add(message.Header);
        }

        malformed = reader.IsMalformed;
        return headers;
    }
}
