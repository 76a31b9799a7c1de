using System;
using CsCheck;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Net;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("10.65.0.0/16", "10.65.255.255")]
    [InlineData("10.65.0.1/32", "10.65.0.1")]
    [InlineData("0.0.0.0/0", "255.255.255.255")]
    [InlineData("fd00::/8", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::1/128", "::1")]
    public void A_prefix_knows_its_last_address(string text, string last)
    {
        IpPrefix prefix = IpPrefix.Parse(text);
        Assert.Equal(text, prefix.ToString());
        Assert.Equal(last, prefix.Last.ToString());
        Assert.True(prefix.Contains(prefix.Last));
    }

    [Theory]
    [InlineData("10.65.0.1/16")] // Host bits are set.
    [InlineData("10.65.0.0")]
    [InlineData("10.65.0.0/")]
    [InlineData("10.65.0.0/33")]
    [InlineData("10.65.0.0/016")]
    [InlineData("10.65.0.0/-1")]
    [InlineData("10.65.0.0/+8")]
    [InlineData("::/129")]
    [InlineData("/8")]
    public void Text_that_is_no_prefix_is_refused(string text)
    {
        Assert.False(IpPrefix.TryParse(text, out _));
    }

    [Fact]
    public void Text_and_value_agree_both_ways_in_both_families()
    {
        Gen.Select(Gen.Bool, Gen.ULong, Gen.ULong, Gen.Int[0, 128]).Sample((isV4, upper, lower, length) =>
        {
            UInt128 number = ((UInt128)upper << 64) | lower;
            IpAddress address = isV4
                ? new IpAddress(new Ipv4Address((uint)(lower & uint.MaxValue)))
                : new IpAddress(new Ipv6Address(number));
            IpPrefix prefix = new(address, isV4 ? length / 4 : length);
            Assert.Equal(address, IpAddress.Parse(address.ToString()));
            Assert.Equal(prefix, IpPrefix.Parse(prefix.ToString()));
            Assert.True(prefix.Contains(address));
            byte[] bytes = new byte[address.ByteLength];
            address.WriteTo(bytes);
            Assert.True(IpAddress.TryReadFrom(bytes, out IpAddress read));
            Assert.Equal(address, read);
        });
    }

    [Theory]
    [InlineData("02:00:5e:00:00:ff", "02:00:5e:00:00:ff")]
    [InlineData("02-00-5E-00-00-FF", "02:00:5e:00:00:ff")]
    public void A_link_address_is_read_in_both_forms(string text, string canonical)
    {
        Assert.Equal(canonical, MacAddress.Parse(text).ToString());
    }

    [Theory]
    [InlineData("02:00:5e:00:00")]
    [InlineData("02:00-5e:00:00:ff")]
    [InlineData("02:00:5e:00:00:fg")]
    [InlineData("02:00:5e:00:00: f")]
    [InlineData("")]
    public void Text_that_is_no_link_address_is_refused(string text)
    {
        Assert.False(MacAddress.TryParse(text, out _));
    }

    [Fact]
    public void A_stable_hash_is_the_same_in_every_process_and_version()
    {
        Assert.Equal(StableHash.Of("shop", "web"), StableHash.Of("shop", "web"));
        Assert.NotEqual(StableHash.Of("sho", "pweb"), StableHash.Of("shop", "web"));
        Assert.Equal(StableHashOfShopWeb, StableHash.Of("shop", "web"));
    }

    private const ulong StableHashOfShopWeb = 0x104f56ba7bbc775d;
}
