using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>When the offload of a tunnel device is tried, whom it asks, and what follows from the answer.</summary>
public sealed class OffloadScriptTests
{
    private const string Device = "vxlan.weft";
    private const string DeviceV6 = "vxlan6.weft";

    [Theory]
    [InlineData(Stack.Ipv4, Device)]
    [InlineData(Stack.Ipv6, DeviceV6)]
    public void A_device_is_tried_once_by_its_own_way_and_left_as_it_is_when_that_works(Stack stack, string device)
    {
        FakeAgent agent = Started(stack, 3, 4);
        BrainAction.ProbeOffload probe = Assert.Single(Probes(agent));
        IpFamily family = device == Device ? IpFamily.Ipv4 : IpFamily.Ipv6;
        Assert.Equal((device, agent.Book().TunnelOf(family), TunnelOf(3, family)), (probe.Device, probe.Source, probe.Target));

        agent.Server.Put(Remote(5, stack));
        agent.Tell(new BrainEvent.KernelOverrun());
        agent.Run(400);
        Assert.Single(Probes(agent));
        Assert.Empty(Sets(agent));
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void Each_device_is_tried()
    {
        FakeAgent agent = Started(Stack.Dual, 3);
        Assert.Equal([Device, DeviceV6], Probes(agent).Select(p => p.Device));
        Assert.Equal([TunnelOf(3, IpFamily.Ipv4), TunnelOf(3, IpFamily.Ipv6)], Probes(agent).Select(p => p.Target));
    }

    [Fact]
    public void Nobody_is_asked_before_another_node_has_a_tunnel_address()
    {
        FakeAgent agent = Started(Stack.Ipv4);
        agent.Server.Put(Remote(3, Stack.Ipv4).Select(e => e is PeerEntry peer ? peer with { TunnelIpv4 = null } : e).ToArray());
        agent.Run(400);
        Assert.Empty(Probes(agent));
        agent.Server.Put(Remote(3, Stack.Ipv4));
        agent.Run(1);
        Assert.Single(Probes(agent));
    }

    [Fact]
    public void What_is_spoiled_is_turned_off_and_told()
    {
        FakeAgent agent = Spoiled();
        BrainAction.SetOffload set = Sets(agent)[0];
        Assert.Equal((Device, false), (set.Device, set.On));
        Finding finding = Assert.Single(agent.Report!.Findings);
        Assert.Equal(FindingSeverity.Notice, finding.Severity);
        Assert.Contains("packets to node n3 arrived only with finished ones; tx-checksumming of vxlan.weft is turned off", finding.Message,
            StringComparison.Ordinal);
        Assert.Contains(finding.Message, agent.Notes);
        Assert.Single(Probes(agent));
        Assert.DoesNotContain(agent.Notes, n => n.Contains("changed by others", StringComparison.Ordinal));
        Assert.True(agent.IsReady, agent.WaitingFor);
    }

    [Fact]
    public void What_somebody_turns_on_again_is_put_right_and_told_once()
    {
        FakeAgent agent = Spoiled();
        agent.Kernel.Set(new BrainAction.SetOffload(Device, On: true));
        agent.Run(1);
        Assert.Contains(IndexOf(agent), agent.Kernel.FinishesChecksums);
        Assert.Single(agent.Notes, "changed by others, put right: tx-checksumming of vxlan.weft");
    }

    [Fact]
    public void A_device_made_anew_is_tried_anew_but_not_over_what_is_known_to_spoil()
    {
        FakeAgent works = Started(Stack.Ipv4, 3);
        works.Kernel.DoForeign("", LinkRequests.Delete(IndexOf(works)));
        works.Run(1);
        Assert.Equal(2, Probes(works).Count);

        FakeAgent spoiled = Spoiled();
        int before = IndexOf(spoiled);
        spoiled.Kernel.DoForeign("", LinkRequests.Delete(before));
        spoiled.Run(1);
        Assert.NotEqual(before, IndexOf(spoiled));
        Assert.Contains(IndexOf(spoiled), spoiled.Kernel.FinishesChecksums);
        Assert.Single(Probes(spoiled));
        Assert.Single(spoiled.Report!.Findings);
    }

    [Fact]
    public void Another_interface_below_has_the_device_tried_anew()
    {
        FakeAgent agent = Spoiled();
        agent.Kernel.Spoils.Clear();
        int eth0 = agent.Kernel.Host.Find("eth0")!.Link.Index;
        InterfaceAddress moved = new() { Index = eth0, Address = IpInterfaceAddress.Parse("172.16.1.1/24") };
        agent.Kernel.DoForeign("", AddressRequests.Delete(moved));
        agent.Kernel.AddUnderlay("198.51.100.7/24", device: "eth1");
        int eth1 = agent.Kernel.Host.Find("eth1")!.Link.Index;
        agent.Kernel.DoForeign("", AddressRequests.Replace(moved with { Index = eth1 }));
        agent.Run(2);
        Assert.DoesNotContain(IndexOf(agent), agent.Kernel.FinishesChecksums);
        Assert.Equal(2, Probes(agent).Count);
        Assert.DoesNotContain(agent.Report!.Findings, f => f.Message.Contains("checksum", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_nobody_answers_the_next_node_is_asked_ever_more_seldom_and_nothing_is_told()
    {
        FakeAgent agent = BrainNode.Make();
        agent.Kernel.Deaf.UnionWith([TunnelOf(3, IpFamily.Ipv4), TunnelOf(4, IpFamily.Ipv4)]);
        Meet(agent, Stack.Ipv4, 3, 4);
        agent.Start();
        agent.Run(8);
        Assert.Equal([3, 4, 3, 4], Probes(agent).Select(p => NodeOf(p.Target)));
        agent.Run(3600);
        Assert.InRange(Probes(agent).Count, 10, 30);
        Assert.Empty(agent.Report!.Findings);
        agent.Kernel.Deaf.Clear();
        agent.Run(301);
        int answered = Probes(agent).Count;
        agent.Run(3600);
        Assert.Equal(answered, Probes(agent).Count);
    }

    [Fact]
    public void A_new_run_leaves_off_what_is_off_and_tries_it_when_somebody_turns_it_on()
    {
        FakeAgent agent = Spoiled();
        agent.Restart();
        agent.Run(2);
        Assert.Contains(IndexOf(agent), agent.Kernel.FinishesChecksums);
        Assert.DoesNotContain(Sets(agent), s => s.On);
        Assert.Contains("'ethtool -K vxlan.weft tx on' has it tried again", Assert.Single(agent.Report!.Findings).Message,
            StringComparison.Ordinal);

        agent.Kernel.Spoils.Clear();
        agent.Kernel.Set(new BrainAction.SetOffload(Device, On: true));
        agent.Run(2);
        Assert.DoesNotContain(IndexOf(agent), agent.Kernel.FinishesChecksums);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void The_findings_go_with_the_device()
    {
        FakeAgent agent = Spoiled();
        agent.Server.Put(BrainNode.Self(tunnel: false), BrainNode.Pool(tunnel: false));
        agent.Run(2);
        Assert.Null(agent.Kernel.Host.Find(Device));
        Assert.Empty(agent.Report!.Findings);
    }

    private static FakeAgent Spoiled()
    {
        FakeAgent agent = BrainNode.Make();
        agent.Kernel.Spoils.Add(Device);
        Meet(agent, Stack.Ipv4, 3);
        agent.Start();
        agent.Run(2);
        Assert.Contains(IndexOf(agent), agent.Kernel.FinishesChecksums);
        return agent;
    }

    private static FakeAgent Started(Stack stack, params int[] nodes)
    {
        FakeAgent agent = BrainNode.Make(stack: stack);
        Meet(agent, stack, nodes);
        agent.Start();
        agent.Run(2);
        return agent;
    }

    /// <summary>Tells a node of others that have tunnel addresses.</summary>
    internal static void Meet(FakeAgent agent, Stack stack, params int[] nodes)
    {
        if (stack.HasIpv4())
        {
            agent.Server.Put(BrainNode.Pool(name: "other") with
            {
                Cidr = IpPrefix.Parse("10.66.0.0/16"),
                BlockSize = 26,
                Allocates = false,
            });
        }

        if (stack.HasIpv6())
        {
            agent.Server.Put(BrainNode.PoolV6(name: "other6") with
            {
                Cidr = IpPrefix.Parse("fd00:66::/32"),
                BlockSize = 122,
                Allocates = false,
            });
        }

        foreach (int node in nodes)
        {
            agent.Server.Put(Remote(node, stack));
        }
    }

    private static PlanEntry[] Remote(int node, Stack stack) =>
    [
        .. BrainNode.Remote(node, BlockPath.Vxlan, stack).Select(e => e is PeerEntry peer
            ? peer with
            {
                TunnelIpv4 = stack.HasIpv4() ? TunnelOf(node, IpFamily.Ipv4) : null,
                TunnelIpv6 = stack.HasIpv6() ? TunnelOf(node, IpFamily.Ipv6) : null,
            }
            : e),
    ];

    private static IpAddress TunnelOf(int node, IpFamily family) =>
        IpAddress.Parse(family == IpFamily.Ipv4 ? $"10.66.{node}.7" : $"fd00:66:{node}::7");

    private static int NodeOf(IpAddress tunnel) => Enumerable.Range(0, 9).Single(n => TunnelOf(n, tunnel.Family) == tunnel);

    private static int IndexOf(FakeAgent agent) => agent.Kernel.Host.Find(Device)!.Link.Index;

    private static List<BrainAction.ProbeOffload> Probes(FakeAgent agent) => [.. agent.Actions.OfType<BrainAction.ProbeOffload>()];

    private static List<BrainAction.SetOffload> Sets(FakeAgent agent) => [.. agent.Actions.OfType<BrainAction.SetOffload>()];
}
