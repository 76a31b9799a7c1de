using System.Collections.Generic;
using System.Linq;
using Weft.App.Up;
using Weft.Net;
using Xunit;

namespace Weft.Tests.App.Up;

public sealed class PoolChoiceTests
{
    [Theory]
    [InlineData("", "10.65.0.0/16")]
    [InlineData("192.168.1.0/24 172.17.0.0/16", "10.65.0.0/16")]
    [InlineData("10.65.3.4/32", "10.66.0.0/16")]
    [InlineData("10.64.0.0/10", "10.128.0.0/16")]
    [InlineData("10.0.0.0/8", "100.64.0.0/16")]
    [InlineData("10.0.0.0/8 100.64.0.0/10 172.16.0.0/12", "192.168.0.0/16")]
    public void The_first_private_range_that_overlaps_nothing_is_taken(string seen, string chosen) =>
        Assert.Equal(IpPrefix.Parse(chosen), PoolChoice.Ipv4(Seen(seen)));

    [Fact]
    public void Where_everything_is_taken_none_is_chosen() =>
        Assert.Null(PoolChoice.Ipv4(Seen("10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.7.0/24")));

    [Fact]
    public void An_IPv6_range_is_of_a_site_of_its_own_and_none_where_that_is_taken()
    {
        Assert.Equal(IpPrefix.Parse("fd12:3456:789a::/64"), PoolChoice.Ipv6([], 0xABCDEF_12_3456_789A));
        Assert.Null(PoolChoice.Ipv6(Seen("fd12:3456::/32"), 0x12_3456_789A));
    }

    private static List<SeenRange> Seen(string ranges) =>
        [.. ranges.Split(' ').Where(range => range.Length > 0).Select(range => new SeenRange(IpPrefix.Parse(range), "a test"))];
}
