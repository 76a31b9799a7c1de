using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Node.Detection;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>What the brain makes of its host: addresses that come and go, settings that somebody turns, drivers and
/// next hops that are not there.</summary>
public sealed class AgentBrainHostTests
{
    [Fact]
    public void A_workload_has_an_address_of_each_family_of_those_all_or_none()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        agent.Server.Put(BrainNode.PoolV6() with { Cidr = IpPrefix.Parse("fd00:65::/126") });
        foreach (string workload in (string[])["a", "b", "c", "d"])
        {
            agent.Kernel.AddNamespace(BrainNode.PathOf(workload));
        }

        // The IPv6 pool has four addresses: one is the node's.
        AgentAnswer[] answers = [.. ((string[])["a", "b", "c", "d"]).Select(w => agent.AskAndRun(BrainNode.Add(w)))];
        Assert.All(answers[..3], a => Assert.Equal(["10.65.0.", "fd00:65:"],
            a.Connection!.Addresses.Select(x => x.Address.ToString()[..8])));
        Assert.All(answers[..3], a => Assert.Equal(["169.254.1.1", "fe80::1"], a.Connection!.Gateways.Select(g => g.ToString())));
        Assert.Contains("IPPool default6", answers[3].Fault?.Message, StringComparison.Ordinal);
        Assert.Equal(3, agent.Book().Workloads.Count);
        agent.Run(10);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void An_IPv6_address_that_the_kernel_does_not_listen_to_yet_is_waited_for()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        agent.Kernel.Unsettled.UnionWith(Enumerable.Range(0, 4).Select(i => BrainNode.PoolCidrV6.At((uint)i)));
        agent.Kernel.AddNamespace(BrainNode.PathOf("a"));
        agent.Kernel.AddNamespace(BrainNode.PathOf("b"));
        long soon = agent.Ask(BrainNode.Add("a"));
        agent.Run(1);
        Assert.DoesNotContain(soon, agent.Answers.Keys);
        agent.Kernel.Unsettled.Clear();
        agent.Run(0.1);
        Assert.Null(agent.Answers[soon].Fault);

        agent.Kernel.Unsettled.UnionWith(Enumerable.Range(0, 4).Select(i => BrainNode.PoolCidrV6.At((uint)i)));
        AgentAnswer never = agent.AskAndRun(BrainNode.Add("b"));
        Assert.Equal(11, never.Fault?.Code);
        Assert.Contains("waited 10 s for the kernel to listen to address fd00:65::", never.Fault?.Message, StringComparison.Ordinal);
        Assert.Null(agent.AskAndRun(BrainNode.Del("b")).Fault);
        agent.Run(1);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void The_address_of_the_plan_stays_while_the_host_has_it_and_a_renumbered_node_is_followed()
    {
        FakeAgent agent = BrainNode.Started();
        Assert.Equal("172.16.1.1/24", agent.Report!.DetectedIpv4.ToString());
        Assert.Empty(agent.Report.Findings);

        // A second interface takes the default route: told, and not followed.
        agent.Kernel.AddUnderlay("198.51.100.7/24", device: "eth1");
        int eth1 = agent.Kernel.Host.Find("eth1")!.Link.Index;
        agent.Kernel.DoForeign("", AddressRequests.Replace(Address(eth1, "198.51.100.7/24")));
        agent.Kernel.DoForeign("", LinkRequests.Set(eth1, mtu: 1400));
        agent.Kernel.DoForeign("", RouteRequests.Add(new Route { Destination = IpPrefix.Parse("0.0.0.0/0"), OutputInterface = eth1 }));
        agent.Run(1);
        Assert.Equal("172.16.1.1/24", agent.Report!.DetectedIpv4.ToString());
        Assert.Contains("default-route would choose 198.51.100.7/24 on eth1", Assert.Single(agent.Report.Findings).Message, StringComparison.Ordinal);

        // Now the host is renumbered: reported, and local forwarding goes on until the server has followed.
        agent.Kernel.AddNamespace(BrainNode.PathOf("a"));
        IpAddress workload = agent.AskAndRun(BrainNode.Add("a")).Connection!.Addresses[0].Address;
        int eth0 = agent.Kernel.Host.Find("eth0")!.Link.Index;
        agent.Kernel.DoForeign("", AddressRequests.Delete(Address(eth0, "172.16.1.1/24")));
        agent.Run(1);
        Assert.Equal("198.51.100.7/24", agent.Report!.DetectedIpv4.ToString());
        Assert.Contains(agent.Notes, n => n.Contains("no 172.16.1.1 any more", StringComparison.Ordinal)
            && n.Contains("198.51.100.7/24", StringComparison.Ordinal));
        Route route = agent.Kernel.Host.Routes.Values.Single(r => r.Destination == IpPrefix.Host(workload));
        Assert.Equal(agent.Book().TunnelOf(IpFamily.Ipv4), route.PreferredSource);
        agent.Server.Put(BrainNode.Self() with { Ipv4 = agent.Report.DetectedIpv4 });
        agent.Run(2);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Contains("198.51.100.7", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Contains("mtu 1350", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void An_agent_that_is_to_have_no_address_of_a_family_says_so_which_is_not_the_same_as_none_found()
    {
        FakeAgent agent = BrainNode.Make();
        agent.Start();
        agent.Run(1);
        Assert.Equal((null, false), (agent.Report!.DetectedIpv6, agent.Report.NoIpv6));
        agent = BrainNode.Make();
        agent.Addressing = new AddressingOptions { Ipv6 = AddressingOptions.None };
        agent.Start();
        agent.Run(1);
        Assert.Equal((null, true), (agent.Report!.DetectedIpv6, agent.Report.NoIpv6));
        Assert.Equal(("172.16.1.1/24", false), (agent.Report.DetectedIpv4.ToString(), agent.Report.NoIpv4));
    }

    [Fact]
    public void A_node_whose_cable_is_pulled_out_is_not_renumbered()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Kernel.AddUnderlay("198.51.100.7/24", device: "eth1");
        int eth1 = agent.Kernel.Host.Find("eth1")!.Link.Index;
        int eth0 = agent.Kernel.Host.Find("eth0")!.Link.Index;
        agent.Kernel.DoForeign("", AddressRequests.Replace(Address(eth1, "198.51.100.7/24")));
        agent.Kernel.DoForeign("", LinkRequests.Set(eth1, mtu: 1400));
        agent.Kernel.DoForeign("", RouteRequests.Add(new Route { Destination = IpPrefix.Parse("0.0.0.0/0"), OutputInterface = eth1 }));
        agent.Kernel.DoForeign("", LinkRequests.Set(eth0, up: false));
        agent.Run(2);
        Assert.Equal("172.16.1.1/24", agent.Report!.DetectedIpv4.ToString());
        agent.Tell(new BrainEvent.KernelOverrun());
        agent.Run(2);
        Assert.Equal("172.16.1.1/24", agent.Report!.DetectedIpv4.ToString());

        // Somebody else has it: it is the host's no more.
        InterfaceAddress duplicate = Address(eth0, "172.16.1.1/24") with { Flags = AddressFlags.DadFailed };
        agent.Kernel.DoForeign("", AddressRequests.Replace(duplicate));
        agent.Run(2);
        Assert.Equal("198.51.100.7/24", agent.Report!.DetectedIpv4.ToString());
    }

    [Fact]
    public void An_ipv6_workload_is_connected_where_no_tunnel_is_wide_enough_for_its_family()
    {
        FakeAgent agent = BrainNode.Make(stack: Stack.Dual);
        FakeLink eth0 = agent.Kernel.Host.Find("eth0")!;
        eth0.Link = eth0.Link with { Mtu = 1329 };
        agent.Server.Put(BrainNode.Self(stack: Stack.Ipv4));
        agent.Kernel.AddNamespace(BrainNode.PathOf("a"));
        agent.Start();
        agent.Run(1);
        IpAddress address = agent.AskAndRun(BrainNode.Add("a")).Connection!.Addresses[1].Address;
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Null(agent.Kernel.Host.Routes.Values.Single(r => r.Destination == IpPrefix.Host(address)).PreferredSource);

        // One byte more, and the tunnel device carries the tunnel address.
        agent.Kernel.DoForeign("", LinkRequests.Set(eth0.Link.Index, mtu: 1330));
        agent.Run(2);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(agent.Book().TunnelOf(IpFamily.Ipv6),
            agent.Kernel.Host.Routes.Values.Single(r => r.Destination == IpPrefix.Host(address)).PreferredSource);
    }

    [Theory]
    [InlineData("default-route")]
    [InlineData("first-found")]
    [InlineData("can-reach=fd00:9::9")]
    public void Packets_of_ipv6_may_come_in_by_the_interfaces_of_declared_routes_and_of_the_default_route(string method)
    {
        FakeAgent made = BrainNode.Make(stack: Stack.Dual);
        FakeAgent agent = new("n1", made.Kernel, made.Server) { Addressing = new() { Ipv6Method = method } };
        agent.Kernel.AddUnderlay("fd00:9::1/64", device: "eth1");
        agent.Kernel.AddUnderlay("192.0.2.1/24", device: "eth2");
        agent.Kernel.AddUnderlay("198.51.100.1/24", device: "eth3");
        agent.Kernel.AddUnderlay("203.0.113.1/24", device: "eth4");
        agent.Kernel.Host.Put(new Route
        {
            Destination = IpPrefix.Parse("::/0"),
            OutputInterface = agent.Kernel.Host.Find("eth3")!.Link.Index,
        });
        agent.Server.Put(Declared("far", "fd00:99::/64", new StaticNextHop(IpAddress.Parse("fd00:9::2"), null, 1)));
        agent.Start();
        agent.Run(2);
        agent.Server.Put(
            Declared("link", "fd00:98::/64", new StaticNextHop(null, "eth2", 1)),
            Declared("other", "192.0.3.0/24", new StaticNextHop(null, "eth4", 1)));
        agent.Run(2);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(["eth0", "eth1", "eth2", "eth3"], agent.Kernel.Settings.Keys
            .Where(s => s.EndsWith("/force_forwarding", StringComparison.Ordinal) && s.Contains("/eth", StringComparison.Ordinal))
            .Select(s => s.Split('/')[2]));
        Assert.Equal("fd00:1::1/64", agent.Report!.DetectedIpv6.ToString());

        // An interface that is made anew begins with the kernel's settings: nobody turned them.
        int said = agent.Notes.Count;
        agent.Kernel.DoForeign("", LinkRequests.Delete(agent.Kernel.Host.Find("eth1")!.Link.Index));
        agent.Run(1);
        agent.Kernel.Settings.Remove(" ipv6/conf/eth1/force_forwarding");
        agent.Kernel.AddUnderlay("fd00:9::1/64", device: "eth1");
        int eth1 = agent.Kernel.Host.Find("eth1")!.Link.Index;
        agent.Kernel.DoForeign("", LinkRequests.Set(eth1, mtu: 1500));
        agent.Kernel.DoForeign("", AddressRequests.Replace(Address(eth1, "fd00:9::1/64")));
        agent.Run(1);
        Assert.Equal("1", agent.Kernel.Settings[" ipv6/conf/eth1/force_forwarding"]);
        Assert.DoesNotContain(agent.Notes.Skip(said), n => n.Contains("force_forwarding", StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_namespace_whose_path_is_used_again_begins_with_the_kernels_settings()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        string path = BrainNode.PathOf("a");
        for (int i = 0; i < 2; i++)
        {
            agent.Kernel.AddNamespace(path);
            agent.Kernel.Settings[$"{path} ipv6/conf/eth0/disable_ipv6"] = "1"; // As some runtimes leave it.
            Assert.Null(agent.AskAndRun(BrainNode.Add("a", $"c{i}")).Fault);
            agent.Run(1);
            Assert.Equal("0", agent.Kernel.Settings[$"{path} ipv6/conf/eth0/disable_ipv6"]);
            Assert.Null(agent.AskAndRun(BrainNode.Del("a", $"c{i}")).Fault);
            agent.Kernel.RemoveNamespace(path);
        }

        Assert.Empty(agent.Notes);
    }

    [Fact]
    public void A_node_without_an_address_connects_workloads_and_is_ready()
    {
        FakeAgent agent = BrainNode.Make(tunnel: false);
        agent.Server.Put(BrainNode.Self(tunnel: false) with { Ipv4 = null });
        agent.Kernel.AddNamespace(BrainNode.PathOf("a"));
        agent.Start();
        agent.Run(1);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Null(agent.AskAndRun(BrainNode.Add("a")).Fault);
        Assert.Equal("172.16.1.1/24", agent.Report!.DetectedIpv4.ToString()); // What the server may give it.
    }

    [Fact]
    public void An_underlay_address_that_is_looked_for_duplicates_of_is_not_used_before_that_ends()
    {
        FakeAgent agent = BrainNode.Make(stack: Stack.Ipv6);
        int eth0 = agent.Kernel.Host.Find("eth0")!.Link.Index;
        InterfaceAddress address = Address(eth0, "fd00:1::1/64");
        agent.Kernel.Host.Put(address with { Flags = AddressFlags.Tentative });
        agent.Start();
        agent.Run(1);
        Assert.False(agent.IsReady);
        Assert.DoesNotContain("fd00:1::1", agent.Kernel.Ours(), StringComparison.Ordinal);
        agent.Kernel.DoForeign("", AddressRequests.Replace(address));
        agent.Run(1);
        Assert.True(agent.IsReady, agent.WaitingFor);
    }

    [Fact]
    public void A_kernel_without_ipip_is_told_once_and_disturbs_nothing()
    {
        FakeAgent agent = BrainNode.Make();
        agent.Kernel.Refuse = request => request.Header.Type == (ushort)RtnetlinkType.RTM_NEWLINK
            && request.Bytes.Span.IndexOf("ipip\0"u8) >= 0 ? KernelErrno.EOPNOTSUPP : 0;
        agent.Server.Put(BrainNode.Self() with { Ipip = true });
        agent.Server.Put(new RemoteBlockEntry
        {
            Cidr = IpPrefix.Parse("10.66.9.0/26"),
            Pool = "other",
            Node = "n9",
            Path = BlockPath.Ipip,
            Via = IpAddress.Parse("172.16.2.9"),
            Mtu = 1480,
        });
        agent.Start();
        agent.Run(5);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Contains("vxlanMode", Assert.Single(agent.Report!.Findings).Message, StringComparison.Ordinal);
        Assert.True(agent.Report.LacksIpip);
        int changes = agent.Kernel.Changes;
        agent.Run(60);
        Assert.Equal(changes, agent.Kernel.Changes);

        // Each reading of everything tries, and disturbs nothing.
        string ours = agent.Kernel.Ours();
        int done = agent.Actions.Count;
        agent.Run(AgentBrain.ResyncInterval.TotalSeconds * 3);
        Assert.Equal(3, agent.Actions.Skip(done).OfType<BrainAction.SendNetlink>()
            .Count(s => s.Requests.Any(r => r.Bytes.Span.IndexOf("ipip\0"u8) >= 0)));
        Assert.Empty(agent.Actions.Skip(done).OfType<BrainAction.Report>());
        Assert.DoesNotContain(agent.Actions.Skip(done).OfType<BrainAction.SendNftables>(), s => s.IsTransaction);
        Assert.Equal(ours, agent.Kernel.Ours());

        // The driver comes: seen when everything is read anew.
        agent.Kernel.Refuse = _ => 0;
        agent.Tell(new BrainEvent.KernelOverrun());
        agent.Run(2);
        Assert.Empty(agent.Report!.Findings);
        Assert.False(agent.Report.LacksIpip);
        Assert.Contains("10.66.9.0/26 200 Unicast ipip.weft 172.16.2.9", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Contains("link ipip.weft ipip", agent.Kernel.Ours(), StringComparison.Ordinal);
        agent.Server.Put(BrainNode.Self());
        agent.Run(2);
        Assert.DoesNotContain("ipip", agent.Kernel.Ours(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tunnel_device_that_gets_another_link_layer_address_has_its_neighbours_again_and_nobody_is_blamed()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        agent.Server.Put(BrainNode.Remote(3, BlockPath.Vxlan, Stack.Dual));
        agent.Run(1);
        int neighbours = Count(agent);
        Assert.NotEqual(0, neighbours);
        int said = agent.Notes.Count;
        MacAddress other = new(0x66_00_00_00_77_77);
        agent.Server.Put(BrainNode.Self(stack: Stack.Dual) with { TunnelMac = other });
        agent.Run(0.1);
        Assert.Contains(other.ToString(), agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Equal(neighbours, Count(agent));
        Assert.Equal([], agent.Notes.Skip(said));

        static int Count(FakeAgent agent) => agent.Kernel.Ours().Split('\n')
            .Count(line => line.Contains("neighbour ", StringComparison.Ordinal) && line.Contains("vxlan", StringComparison.Ordinal));
    }

    [Fact]
    public void A_declared_route_whose_next_hop_is_not_there_is_a_finding_and_is_made_when_it_comes()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put(
            Declared("lost", "192.0.2.0/24", new StaticNextHop(IpAddress.Parse("198.51.100.1"), null, 1)),
            Declared("absent", "192.0.3.0/24", new StaticNextHop(null, "eth7", 1)),
            Declared("here", "192.0.4.0/24", new StaticNextHop(IpAddress.Parse("172.16.1.254"), null, 1)));
        agent.Run(5);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(["StaticRoute/absent", "StaticRoute/lost"], agent.Report!.Findings.Select(f => f.Subject).Order());
        int changes = agent.Kernel.Changes;
        agent.Run(10);
        Assert.Equal(changes, agent.Kernel.Changes);

        // Tried again with an interface that does not help: that is no reason not to be ready.
        int done = agent.Actions.Count;
        agent.Kernel.AddUnderlay("203.0.113.7/24", device: "eth8");
        agent.Kernel.DoForeign("", LinkRequests.Set(agent.Kernel.Host.Find("eth8")!.Link.Index, mtu: 1500));
        agent.Run(2);
        Assert.NotEqual(changes, agent.Kernel.Changes);
        Assert.DoesNotContain(agent.Actions.Skip(done).OfType<BrainAction.Report>(), r => !r.Content.Ready);
        agent.Kernel.AddUnderlay("198.51.100.7/24", device: "eth7");
        int eth7 = agent.Kernel.Host.Find("eth7")!.Link.Index;
        agent.Kernel.DoForeign("", LinkRequests.Set(eth7, mtu: 1500));
        agent.Kernel.DoForeign("", AddressRequests.Replace(Address(eth7, "198.51.100.7/24")));
        agent.Run(1);
        Assert.DoesNotContain(agent.Report!.Findings, f => f.Subject.StartsWith("StaticRoute", StringComparison.Ordinal));
        Assert.Equal(3, agent.Kernel.Host.Routes.Keys.Count(r => r.Destination.ToString().StartsWith("192.0.", StringComparison.Ordinal)));
        agent.Server.Remove(StaticRouteEntry.KeyOf("here"));
        agent.Run(1);
        Assert.DoesNotContain("192.0.4.0/24", agent.Kernel.Ours(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_forwarding_is_for_all_interfaces_those_that_take_router_advertisements_go_on_taking_them()
    {
        FakeAgent agent = BrainNode.Make(stack: Stack.Dual);
        agent.Kernel.Missing.Add("force_forwarding");
        agent.Start();
        agent.Run(1);
        List<string> set = [.. agent.Actions.OfType<BrainAction.EnsureSysctl>().Select(a => a.Path)];
        Assert.Equal("2", agent.Kernel.Settings[" ipv6/conf/eth0/accept_ra"]);
        Assert.Equal("1", agent.Kernel.Settings[" ipv6/conf/all/forwarding"]);
        Assert.True(set.IndexOf("ipv6/conf/eth0/accept_ra") < set.IndexOf("ipv6/conf/all/forwarding"));
        Assert.DoesNotContain(" ipv6/conf/vxlan.weft/accept_ra", agent.Kernel.Settings.Keys);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void A_setting_that_somebody_turns_is_right_again_and_told_once()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        agent.Run(1);
        int said = agent.Notes.Count;
        agent.Kernel.Settings[" ipv4/ip_forward"] = "0";
        Notice(agent, new() { Family = IpFamily.Ipv4, Index = InterfaceConfiguration.AllInterfaces, Forwarding = 0 });
        agent.Run(0.1);
        Assert.Equal("1", agent.Kernel.Settings[" ipv4/ip_forward"]);
        Assert.Equal("changed by others, put right: ipv4/ip_forward (was 0)", Assert.Single(agent.Notes.Skip(said)));

        // Forwarding turned off everywhere takes each interface's with it.
        foreach (string device in (string[])["eth0", KernelNames.TunnelDevice, KernelNames.TunnelDeviceV6])
        {
            agent.Kernel.Settings[$" ipv6/conf/{device}/force_forwarding"] = "0";
        }

        Notice(agent, new() { Family = IpFamily.Ipv6, Index = InterfaceConfiguration.AllInterfaces, Forwarding = 0 });
        agent.Run(0.1);
        Assert.Contains("ipv6/conf/vxlan6.weft/force_forwarding (was 0)", agent.Notes.Skip(said + 1).Single(), StringComparison.Ordinal);

        // Of one interface's force_forwarding the kernel tells without the value.
        agent.Kernel.Settings[" ipv6/conf/eth0/force_forwarding"] = "0";
        Notice(agent, new() { Family = IpFamily.Ipv6, Index = agent.Kernel.Host.Find("eth0")!.Link.Index });
        agent.Run(0.1);
        Assert.Equal("1", agent.Kernel.Settings[" ipv6/conf/eth0/force_forwarding"]);
        Assert.Equal(said + 3, agent.Notes.Count);
    }

    [Fact]
    public void A_tunnel_device_is_loose_while_all_interfaces_are_strict_and_else_asks_no_route()
    {
        const string OfAll = " ipv4/conf/all/rp_filter";
        const string OfTunnel = " ipv4/conf/vxlan.weft/rp_filter";
        FakeAgent agent = BrainNode.Make();
        agent.Kernel.Settings[OfAll] = "1";
        agent.Start();
        agent.Run(1);
        Assert.Equal("2", agent.Kernel.Settings[OfTunnel]);

        Turn("0");
        Assert.Equal("0", agent.Kernel.Settings[OfTunnel]);
        Turn("1");
        Assert.Equal("2", agent.Kernel.Settings[OfTunnel]);
        Assert.Equal("1", agent.Kernel.Settings[OfAll]); // It is the host's.
        Assert.Empty(agent.Notes);

        void Turn(string value)
        {
            agent.Kernel.Settings[OfAll] = value;
            Notice(agent, new() { Family = IpFamily.Ipv4, Index = InterfaceConfiguration.AllInterfaces, ReversePathFilter = value[0] - '0' });
            agent.Run(0.1);
        }
    }

    private static StaticRouteEntry Declared(string name, string destination, params StaticNextHop[] hops) => new()
    {
        Name = name,
        Destination = IpPrefix.Parse(destination),
        Type = StaticRouteType.Unicast,
        Metric = 150,
        NextHops = hops,
    };

    private static InterfaceAddress Address(int index, string address) =>
        new() { Index = index, Address = IpInterfaceAddress.Parse(address) };

    private static void Notice(FakeAgent agent, InterfaceConfiguration settings) =>
        agent.Tell(new BrainEvent.KernelNoticed(null, settings.ToMessage()));
}
