using System.Collections.Generic;
using Weft.App.Lab.Picture;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.App.Lab.Picture;

public sealed class NodeRoutesTests
{
    private static readonly Dictionary<int, string> Links = new() { [3] = "eth0", [7] = "vxlan.weft" };

    [Fact]
    public void Routes_are_written_in_the_words_of_ip_route()
    {
        Assert.Equal("unreachable 10.65.0.64/26", NodeRoutes.Describe(
            new Route { Destination = IpPrefix.Parse("10.65.0.64/26"), Type = RouteType.Unreachable }, Links));
        Assert.Equal("10.65.0.0/26 via 172.16.2.2 dev vxlan.weft src 10.65.0.64 mtu 1450", NodeRoutes.Describe(
            new Route
            {
                Destination = IpPrefix.Parse("10.65.0.0/26"),
                Gateway = IpAddress.Parse("172.16.2.2"),
                OutputInterface = 7,
                PreferredSource = IpAddress.Parse("10.65.0.64"),
                Mtu = 1450,
            },
            Links));
        Assert.Equal(
            "fd00:9::/64 nexthop via fd00:1::1 dev eth0 weight 2 nexthop dev if9 weight 1",
            NodeRoutes.Describe(
                new Route
                {
                    Destination = IpPrefix.Parse("fd00:9::/64"),
                    NextHops = new RouteNextHops(
                        [new RouteNextHop(IpAddress.Parse("fd00:1::1"), 3, 2), new RouteNextHop(null, 9)]),
                },
                Links));
        Assert.Equal("10.65.0.65 dev if9", NodeRoutes.Describe(
            new Route { Destination = IpPrefix.Parse("10.65.0.65/32"), OutputInterface = 9 }, Links));
    }
}
