using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Netlink;

public sealed class NeighbourKernelTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("ee:ee:ee:00:00:09");

    [Theory]
    [InlineData("169.254.1.1", IpFamily.Ipv4)]
    [InlineData("fe80::1", IpFamily.Ipv6)]
    public void A_neighbour_comes_back_as_it_was_meant_moves_and_goes(string address, IpFamily family)
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
        Neighbour meant = new()
        {
            Index = blue.LinkOf("a").Index,
            Destination = IpAddress.Parse(address),
            LinkLayerAddress = Mac,
            State = NeighbourState.Permanent,
            Protocol = 87,
        };
        blue.Do(NeighbourRequests.Replace(meant));
        Assert.Contains(meant, Neighbours(blue, NeighbourRequests.Dump(family)));
        Assert.Contains(meant, Neighbours(blue, NeighbourRequests.Dump(family, meant.Index)));
        Neighbour moved = meant with { LinkLayerAddress = MacAddress.Parse("ee:ee:ee:00:00:0a") };
        blue.Do(NeighbourRequests.Replace(moved));
        Assert.Contains(moved, Neighbours(blue, NeighbourRequests.Dump(family)));
        blue.Do(NeighbourRequests.Delete(moved));
        Assert.DoesNotContain(moved, Neighbours(blue, NeighbourRequests.Dump(family)));
    }

    [Theory]
    [InlineData("169.254.1.1", IpFamily.Ipv4)]
    [InlineData("fe80::1", IpFamily.Ipv6)]
    public void A_proxy_neighbour_is_listed_among_the_proxies_only(string address, IpFamily family)
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
        Neighbour meant = new()
        {
            Index = blue.LinkOf("a").Index,
            Destination = IpAddress.Parse(address),
            Flags = NeighbourFlags.Proxy,
            Protocol = 87,
        };
        blue.Do(NeighbourRequests.Replace(meant));
        Assert.Equal(meant, Assert.Single(Neighbours(blue, NeighbourRequests.DumpProxies(family))));
        Assert.DoesNotContain(
            Neighbours(blue, NeighbourRequests.Dump(family)), other => other.Destination == meant.Destination);
        blue.Do(NeighbourRequests.Delete(meant));
        Assert.Empty(Neighbours(blue, NeighbourRequests.DumpProxies(family)));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", "192.0.2.3")]
    [InlineData("2001:db8::1", "2001:db8::2", "2001:db8::3")]
    public void A_forwarding_entry_comes_back_as_it_was_meant_moves_and_goes(string local, string one, string two)
    {
        using TestNamespace blue = new();
        VxlanSettings settings = new() { Vni = 4096, Local = IpAddress.Parse(local) };
        blue.Do(LinkRequests.NewVxlan("vxlan.weft", settings, up: true));
        int index = blue.LinkOf("vxlan.weft").Index;
        FdbEntry meant = new()
        {
            Index = index,
            Address = Mac,
            Destination = IpAddress.Parse(one),
            State = NeighbourState.Permanent,
            Flags = NeighbourFlags.Self,
        };
        blue.Do(FdbRequests.Replace(meant));
        Assert.Equal(meant, Assert.Single(Entries(blue, index)));
        FdbEntry moved = meant with { Destination = IpAddress.Parse(two) };
        blue.Do(FdbRequests.Replace(moved));
        Assert.Equal(moved, Assert.Single(Entries(blue, index)));
        Assert.Contains(moved, Entries(blue, null));
        blue.Do(FdbRequests.Delete(moved));
        Assert.Empty(Entries(blue, index));
    }

    [Fact]
    public void A_bridge_port_has_entries_of_its_bridge()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewBridge("br0", up: true));
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
        int bridge = blue.LinkOf("br0").Index;
        int port = blue.LinkOf("a").Index;
        blue.Do(LinkRequests.Set(port, master: bridge));
        FdbEntry meant = new()
        {
            Index = port,
            Address = Mac,
            State = NeighbourState.NoArp,
            Flags = NeighbourFlags.Master,
        };
        blue.Do(FdbRequests.Replace(meant));
        FdbEntry found = Entries(blue, port).Single(entry => entry.Address == Mac);
        Assert.Equal((bridge, NeighbourState.NoArp), (found.Master, found.State));
    }

    private static List<Neighbour> Neighbours(TestNamespace blue, Weft.Netlink.NetlinkRequest request) =>
        [.. blue.Dump<RtnetlinkMessage.NeighbourChanged>(request).Select(n => n.Neighbour)];

    private static List<FdbEntry> Entries(TestNamespace blue, int? index) =>
        [.. blue.Dump<RtnetlinkMessage.FdbChanged>(FdbRequests.Dump(index)).Select(e => e.Entry)];
}
