using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Sockets;

public sealed class NetlinkSocketTests
{
    [Fact]
    public void A_new_namespace_has_one_link_and_it_is_down()
    {
        using TestNamespace blue = new();
        Link lo = Assert.Single(blue.Dump<RtnetlinkMessage.LinkChanged>(LinkRequests.Dump())).Link;
        Assert.Equal("lo", lo.Name);
        Assert.False(lo.IsUp);
    }

    [Fact]
    public void A_veth_pair_made_across_namespaces_is_as_meant()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        MacAddress one = MacAddress.Parse("ee:ee:ee:00:00:01");
        MacAddress two = MacAddress.Parse("ee:ee:ee:00:00:02");
        blue.Do(LinkRequests.NewVeth("b0", new VethPeer("eth0", two, 1400, green.Path), one, 1400, up: true));
        blue.Do(LinkRequests.SetByName("b0", alias: "shop/web"));
        green.Do(LinkRequests.SetByName("eth0", up: true));
        Link near = blue.LinkOf("b0");
        Link far = green.LinkOf("eth0");
        Assert.Equal(("veth", one, 1400u, true, "shop/web"), (near.Kind, near.Address, near.Mtu, near.IsUp, near.Alias));
        Assert.Equal(("veth", two, 1400u, true), (far.Kind, far.Address, far.Mtu, far.IsUp));
        Assert.Equal(far.Index, near.LinkIndex);
        Assert.NotNull(near.LinkNamespaceId);
    }

    [Fact]
    public void A_refusal_carries_the_kernels_own_sentence()
    {
        using TestNamespace blue = new();
        Route route = new() { Destination = IpPrefix.Parse("10.0.0.0/24"), Gateway = IpAddress.Parse("192.0.2.1") };
        KernelError? error = blue.Socket.Execute(RouteRequests.Add(route)).Error;
        Assert.NotNull(error);
        Assert.Equal("ENETUNREACH", error.Name);
        Assert.Equal("Nexthop has invalid gateway", error.Message);
    }
}
