using System.Linq;
using System.Text.Json;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Netlink;

public sealed class LinkKernelTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("ee:ee:ee:00:00:01");

    public static TheoryData<VxlanSettings> Tunnels =>
    [
        new VxlanSettings { Vni = 4096, Local = IpAddress.Parse("192.0.2.1"), Df = VxlanDf.Inherit },
        new VxlanSettings
        {
            Vni = 0xFF_FFFF,
            Local = IpAddress.Parse("2001:db8::1"),
            Port = 8472,
            Learning = true,
            Ttl = 64,
            UdpZeroChecksum6Transmit = true,
            UdpZeroChecksum6Receive = true,
        },
        new VxlanSettings
        {
            Vni = 1,
            Group = IpAddress.Parse("192.0.2.9"),
            Df = VxlanDf.Set,
            TtlInherit = true,
            UdpChecksum = false,
        },
    ];

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void A_vxlan_device_comes_back_as_it_was_meant(VxlanSettings settings)
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVxlan("vxlan.weft", settings, Mac, 1450, up: true));
        Link link = blue.LinkOf("vxlan.weft");
        Assert.Equal(settings, link.Vxlan);
        Assert.Equal(("vxlan", Mac, 1450u, true), (link.Kind, link.Address, link.Mtu, link.IsUp));
        JsonElement data = blue.Ip("link show vxlan.weft")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(settings.Vni, data.GetProperty("id").GetUInt32());
        Assert.Equal(settings.Port, data.GetProperty("port").GetInt32());
        Assert.Equal(settings.Learning, data.GetProperty("learning").GetBoolean());
    }

    [Fact]
    public void A_vxlan_device_over_a_lower_device_names_it()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b")));
        VxlanSettings settings = new() { Vni = 7, Local = IpAddress.Parse("192.0.2.1"), LowerIndex = blue.LinkOf("a").Index };
        blue.Do(LinkRequests.NewVxlan("v", settings));
        Assert.Equal(settings, blue.LinkOf("v").Vxlan);
    }

    [Fact]
    public void A_bridge_takes_ports_and_lets_them_go()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewBridge("br0", Mac, 9000, up: true));
        Link bridge = blue.LinkOf("br0");
        Assert.Equal(("bridge", Mac, 9000u, true), (bridge.Kind, bridge.Address, bridge.Mtu, bridge.IsUp));
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b")));
        int port = blue.LinkOf("a").Index;
        blue.Do(LinkRequests.Set(port, master: bridge.Index));
        Assert.Equal(bridge.Index, blue.LinkOf("a").Master);
        blue.Do(LinkRequests.Set(port, master: 0));
        Assert.Null(blue.LinkOf("a").Master);
    }

    [Fact]
    public void A_link_changes_what_was_asked_and_nothing_else()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), Mac));
        Link before = blue.LinkOf("a");
        blue.Do(LinkRequests.Set(before.Index, mtu: 1400));
        Assert.Equal(before with { Mtu = 1400 }, blue.LinkOf("a"));
        blue.Do(LinkRequests.Set(before.Index, alias: "a workload"));
        Assert.Equal(before with { Mtu = 1400, Alias = "a workload" }, blue.LinkOf("a"));
        blue.Do(LinkRequests.Set(before.Index, up: true, newName: "weft0123456789a"));
        Assert.True(blue.LinkOf("weft0123456789a").IsUp);
        blue.Do(LinkRequests.Set(before.Index, up: false));
        Assert.False(blue.LinkOf("weft0123456789a").IsUp);
    }

    [Fact]
    public void A_link_moves_to_another_namespace_and_is_found_there()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b")));
        blue.Do(LinkRequests.SetByName("b", moveToNamespace: green.Path));
        Assert.Equal("veth", green.LinkOf("b").Kind);
        Assert.Equal("ENODEV", blue.Socket.Execute(LinkRequests.GetByName("b")).Error?.Name);
        byte[] id = Assert.Single(blue.Do(NamespaceIdRequests.Get(green.Path)));
        Assert.True(RtnetlinkMessage.TryDecode(id, out RtnetlinkMessage? value));
        Assert.Equal(blue.LinkOf("a").LinkNamespaceId, ((RtnetlinkMessage.NamespaceIdChanged)value).Id.Id);
    }

    [Fact]
    public void A_namespace_has_no_number_until_it_is_given_one()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        RtnetlinkMessage.NamespaceIdChanged none =
            blue.Dump<RtnetlinkMessage.NamespaceIdChanged>(NamespaceIdRequests.Get(green.Path)).Single();
        Assert.Null(none.Id.Id);
        blue.Do(NamespaceIdRequests.New(green.Path, 42));
        Assert.Equal(
            42, blue.Dump<RtnetlinkMessage.NamespaceIdChanged>(NamespaceIdRequests.Get(green.Path)).Single().Id.Id);
    }

    [Fact]
    public void Without_address_generation_a_link_has_no_link_local_address()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), Mac));
        blue.Do(LinkRequests.SetInet6AddrGenModeByName("a", Inet6AddressGenerationMode.None));
        blue.Do(LinkRequests.SetByName("b", up: true));
        blue.Do(LinkRequests.SetByName("a", up: true));
        int index = blue.LinkOf("a").Index;
        Assert.DoesNotContain(
            blue.Dump<RtnetlinkMessage.AddressChanged>(AddressRequests.Dump(IpFamily.Ipv6)),
            address => address.Address.Index == index);
        Assert.Equal("none", blue.Ip("link show a")[0].GetProperty("inet6_addr_gen_mode").GetString());
    }

    [Fact]
    public void Deleting_one_end_of_a_veth_takes_the_other()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b")));
        blue.Do(LinkRequests.NewBridge("br0"));
        blue.Do(LinkRequests.Delete(blue.LinkOf("a").Index));
        blue.Do(LinkRequests.DeleteByName("br0"));
        Assert.Equal(
            "lo", Assert.Single(blue.Dump<RtnetlinkMessage.LinkChanged>(LinkRequests.Dump())).Link.Name);
    }

    [Fact]
    public void A_name_that_is_taken_is_refused()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewBridge("br0"));
        KernelError? error = blue.Socket.Execute(LinkRequests.NewBridge("br0")).Error;
        Assert.Equal(KernelErrno.EEXIST, error?.Errno);
    }
}
