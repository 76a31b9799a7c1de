using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>What an agent does, told in virtual time against a kernel of tables.</summary>
public sealed class AgentBrainScriptTests
{
    [Fact]
    public void A_node_becomes_ready_with_its_tunnel_and_its_routes()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put(BrainNode.Remote(3, BlockPath.Vxlan));
        agent.Server.Put(BrainNode.Remote(4, BlockPath.Direct));
        agent.Run(1);
        Assert.Equal("", agent.WaitingFor);
        string ours = agent.Kernel.Ours();
        Assert.Contains("link vxlan.weft vxlan", ours, StringComparison.Ordinal);
        Assert.Contains("route 10.65.0.0/30 300 Unreachable", ours, StringComparison.Ordinal);
        Assert.Contains("route 10.66.3.0/26 200 Unicast vxlan.weft 172.16.2.3 10.65.0.0 1450 OnLink", ours, StringComparison.Ordinal);
        Assert.Contains("route 10.66.4.0/26 200 Unicast eth0 172.16.1.4 172.16.1.1", ours, StringComparison.Ordinal);
        Assert.Contains("fdb 66:00:00:00:00:03 vxlan.weft 172.16.2.3", ours, StringComparison.Ordinal);
        Assert.Equal(agent.Server.Revision, agent.Report?.AppliedRevision);
        Assert.Empty(agent.Report!.Findings);
        Assert.Empty(agent.Notes);
    }

    [Fact]
    public void A_node_that_starts_is_not_ready_for_a_moment_before_its_tunnel_has_its_address()
    {
        FakeAgent agent = BrainNode.Make(blocks: 0);
        agent.SavePlan(agent.Server.Snapshot());
        agent.Server.Reachable = false;
        agent.Start();
        agent.Run(3);
        Assert.Equal("a tunnel address", agent.WaitingFor);
        agent.Server.Reachable = true;
        agent.Run(3);
        Assert.Equal("", agent.WaitingFor);
        AgentBrain again = new();
        bool wasReady = false;
        foreach (RecordedStep step in agent.Steps)
        {
            List<BrainAction> actions = [];
            Instant now = new(step.At);
            if (step.Event is { } happened)
            {
                again.Handle(happened, now, actions);
            }
            else
            {
                again.OnDeadline(now, actions);
            }

            Assert.False(wasReady && !again.IsReady, $"it was ready, and waits for {again.WaitingFor}");
            wasReady = again.IsReady;
        }

        Assert.True(wasReady);
    }

    [Fact]
    public void A_node_for_whose_tunnel_there_is_no_address_goes_on_without_and_says_so()
    {
        FakeAgent agent = BrainNode.Make(blocks: 0);
        agent.Server.Refusal = "IPPool default is exhausted";
        agent.Start();
        agent.Run(3);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Contains(agent.Report!.Findings, f => f.Message == "the node itself has no IPv4 tunnel address: IPPool default is exhausted");
        int reports = agent.Actions.OfType<BrainAction.Report>().Count();
        agent.Run(60);
        Assert.Equal(reports, agent.Actions.OfType<BrainAction.Report>().Count());

        agent.Server.Refusal = null;
        agent.Run(3);
        Assert.NotNull(agent.Book().TunnelOf(IpFamily.Ipv4));
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Empty(agent.Report.Findings);
    }

    [Fact]
    public void A_workload_is_connected_published_and_disconnected()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        string before = agent.Kernel.Ours();
        AgentAnswer answer = Connect(agent, "web");
        Assert.Null(answer.Fault);
        Assert.Equal("10.65.0.0/32", answer.Connection!.Addresses[0].ToString());
        Assert.Equal(1500, answer.Connection.Mtu);
        agent.Run(1);
        Assert.Equal(answer.Connection.Addresses[0].Address, agent.Server.Workloads.Single().Addresses[0]);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        agent.Restart(); // It has not read the kernel yet when it is asked.
        Assert.Null(agent.AskAndRun(BrainNode.Add("web") with { Command = AgentCommand.Check }).Fault);
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        Assert.Equal(before, agent.Kernel.Ours());
        agent.Run(3);
        Assert.Empty(agent.Server.Workloads);
        Assert.Empty(agent.Notes);
        Assert.Equal(102, agent.AskAndRun(BrainNode.Add("web") with { Command = AgentCommand.Check }).Fault?.Code);
    }

    [Fact]
    public void A_restart_on_a_kernel_that_is_right_sends_nothing_but_dumps()
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        int changes = agent.Kernel.Changes;
        int notes = agent.Notes.Count;
        agent.Restart();
        agent.IsConnected = false;
        agent.Run(5);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(changes, agent.Kernel.Changes);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Equal(notes, agent.Notes.Count);
    }

    [Fact]
    public void What_a_former_run_made_stays_while_there_is_no_plan_and_no_underlay_address()
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        agent.LosePlan();
        agent.IsConnected = false;
        agent.Restart();
        agent.Run(5);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.False(agent.IsReady);
        agent.IsConnected = true;
        agent.Run(2);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.True(agent.IsReady, agent.WaitingFor);

        int eth0 = agent.Kernel.Host.Find("eth0")!.Link.Index;
        InterfaceAddress own = new() { Index = eth0, Address = IpInterfaceAddress.Parse("172.16.1.1/24") };
        agent.Kill();
        agent.Kernel.Host.Addresses.Remove((eth0, own.Address));
        agent.Restart();
        agent.Run(2);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Equal("underlay", agent.Report!.Findings.Single().Subject is "Node/n1" ? "underlay" : "");
        agent.Kernel.DoForeign("", AddressRequests.New(own));
        agent.Run(2);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(before, agent.Kernel.Ours());
    }

    public static TheoryData<string> Drifts => ["route", "device", "device down", "neighbour", "address", "stray route", "inside", "stray device"];

    [Theory]
    [MemberData(nameof(Drifts))]
    public void Drift_is_put_right_within_a_second_and_noted_exactly_once(string what)
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        int notes = agent.Notes.Count;
        Damage(agent, what);
        agent.Run(1);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Single(agent.Notes.Skip(notes));
        agent.Run(400);
        Assert.Single(agent.Notes.Skip(notes));
    }

    [Fact]
    public void What_the_server_takes_and_does_not_show_is_told_again_with_pauses_and_holds_nothing_else_up()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Server.Forgets = true;
        Connect(agent, "a");
        agent.Run(1);
        Connect(agent, "b");
        int before = agent.Actions.OfType<BrainAction.Publish>().Count();
        Assert.Equal(["a", "b"], agent.Actions.OfType<BrainAction.Publish>().SelectMany(p => p.Workloads).Select(w => w.Workload));
        agent.Run(10);
        Assert.InRange(agent.Actions.OfType<BrainAction.Publish>().Count() - before, 8, 11); // Each of the two every two seconds.
        agent.Server.Forgets = false;
        agent.Run(3);
        Assert.Equal(["a", "b"], agent.Server.Workloads.Select(w => w.Workload));
    }

    [Fact]
    public void A_full_disk_fails_the_call_and_leaves_nothing_behind()
    {
        FakeAgent agent = BrainNode.Started();
        string before = agent.Kernel.Ours();
        agent.JournalError = "no space left (ENOSPC)";
        AgentAnswer answer = Connect(agent, "web");
        Assert.Equal(5, answer.Fault?.Code);
        Assert.Contains("no space left", answer.Fault!.Message, StringComparison.Ordinal);
        agent.Run(30);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Empty(agent.Server.Workloads);
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("no space left", StringComparison.Ordinal));
        agent.JournalError = null;
        Assert.Null(Connect(agent, "web").Fault);
        Assert.Equal(2, agent.Book().Workloads.Count + (agent.Book().TunnelOf(IpFamily.Ipv4) is null ? 0 : 1));
        agent.Run(1);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void A_disconnection_that_cannot_be_written_down_takes_nothing_away()
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        agent.JournalError = "no space left (ENOSPC)";
        Assert.Equal(5, agent.AskAndRun(BrainNode.Del("web")).Fault?.Code);
        agent.Run(5);
        Assert.Equal(before, agent.Kernel.Ours());
        agent.JournalError = null;
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void A_block_is_claimed_once_and_a_refusal_names_its_reason()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false, blocks: 0);
        Assert.Null(Connect(agent, "web").Fault);
        Assert.Null(Connect(agent, "a").Fault);
        Assert.Null(Connect(agent, "b").Fault);
        agent.Run(10);
        Assert.Equal(1, agent.Server.Claims);

        // The next block is asked for when the last but few addresses are taken; nobody waits for that, nor hears of it.
        agent.Server.Refusal = "IPPool default is exhausted";
        Assert.Null(Connect(agent, "c").Fault);
        agent.Run(60);
        Assert.InRange(agent.Server.Claims, 4, 8);
        Assert.Contains(agent.Report!.Findings, f => f.Message.StartsWith("of 4 addresses of pool default on this node 4 are taken", StringComparison.Ordinal));
        Assert.Empty(agent.Notes);
        AgentAnswer refused = Connect(agent, "d");
        Assert.Equal(100, refused.Fault?.Code);
        Assert.Contains("IPPool default is exhausted", refused.Fault!.Message, StringComparison.Ordinal);
        Assert.Contains("no node lends an address", refused.Fault.Message, StringComparison.Ordinal);
        agent.Server.Refusal = null;
        agent.Server.Reachable = false;
        agent.Run(2);
        Assert.Equal(11, Connect(agent, "e").Fault?.Code);
        agent.Server.Reachable = true;
        agent.Run(2);
        Assert.Null(Connect(agent, "e").Fault);
    }

    [Fact]
    public void The_next_block_is_claimed_before_somebody_waits_and_an_empty_one_is_given_back()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            Assert.Null(Connect(agent, name).Fault);
        }

        agent.Run(1);
        Assert.Equal(2, agent.Server.Entries.OfType<OwnBlockEntry>().Count());
        agent.Server.Reachable = false;
        Assert.Null(Connect(agent, "e").Fault);
        agent.Server.Reachable = true;
        agent.AskAndRun(BrainNode.Del("e"));
        agent.Run(300);
        Assert.Equal(2, agent.Server.Entries.OfType<OwnBlockEntry>().Count()); // With one block all were taken: it stays.
        agent.AskAndRun(BrainNode.Del("b"));
        agent.Run(100);
        Assert.Equal(2, agent.Server.Entries.OfType<OwnBlockEntry>().Count());
        Assert.Null(agent.AskAndRun(BrainNode.Del("a")).Fault);
        agent.Run(70);
        Assert.Single(agent.Server.Entries.OfType<OwnBlockEntry>());
        Assert.Empty(agent.Book().Yielded);
        Assert.Empty(agent.Report!.Findings);
        Assert.Equal(2, Assert.Single(agent.Report.Blocks!).Free);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void The_nodes_own_address_is_asked_for_until_there_is_a_block()
    {
        FakeAgent agent = BrainNode.Make(blocks: 0);
        agent.Server.Refusal = "IPPool default is exhausted";
        agent.Start();
        agent.Run(10);
        Assert.InRange(agent.Server.Claims, 2, 12);
        Assert.Single(agent.Notes);
        agent.Server.Refusal = null;
        agent.Run(2);
        Assert.NotNull(agent.Book().TunnelOf(IpFamily.Ipv4));
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void When_a_pool_goes_the_tunnel_address_moves_and_empty_blocks_are_given_back()
    {
        FakeAgent agent = BrainNode.Started();
        IpAddress? first = agent.Book().TunnelOf(IpFamily.Ipv4);
        Assert.NotNull(first);
        agent.Server.Put(new PoolEntry { Name = "next", Cidr = IpPrefix.Parse("10.70.0.0/28"), Allocates = true, Tunnels = true, BlockSize = 30 });
        agent.Server.Put(BrainNode.Pool(terminating: true));
        agent.Server.Refusal = "not now";
        agent.Run(5);
        agent.Server.Refusal = null;
        agent.Run(5);
        Assert.StartsWith("10.70.", agent.Book().TunnelOf(IpFamily.Ipv4).ToString(), StringComparison.Ordinal);
        Assert.Equal("10.70.0.0/30", agent.Server.Entries.OfType<OwnBlockEntry>().Single().Cidr.ToString());
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void A_snapshot_of_a_store_that_was_lost_keeps_the_last_plan()
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        agent.IsConnected = false;
        agent.Tell(new BrainEvent.PlanArrived(new Weft.Plan.PlanFrame { Revision = 1 }));
        agent.Run(2);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("does not know node n1", StringComparison.Ordinal));
        Assert.Null(Connect(agent, "late").Fault);
    }

    [Fact]
    public void Addresses_that_a_full_disk_kept_from_being_given_out_do_not_rest()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Server.Put(new AllocationEntry { CooldownSeconds = 600 });
        IpAddress used = Connect(agent, "web").Connection!.Addresses[0].Address;
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        agent.Server.Refusal = "no more";
        agent.JournalError = "no space left (ENOSPC)";
        foreach (string name in (string[])["a", "b", "c", "d", "e"])
        {
            Assert.Contains("journal", Connect(agent, name).Fault?.Message, StringComparison.Ordinal);
        }

        agent.JournalError = null;
        string[] given = [.. ((string[])["a", "b", "c"]).Select(name => Connect(agent, name).Connection!.Addresses[0].Address.ToString())];
        Assert.Equal(["10.65.0.1", "10.65.0.2", "10.65.0.3"], given);
        Assert.Equal("10.65.0.0", used.ToString());

        // The one that was used rests still, as long as before.
        Assert.NotNull(Connect(agent, "d").Fault);
        agent.Run(600);
        Assert.Equal(used, Connect(agent, "d").Connection!.Addresses[0].Address);
    }

    [Fact]
    public void A_deleted_node_uses_and_gives_out_no_address_and_follows_the_server_again_when_it_is_applied()
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        agent.IsConnected = false;
        Weft.Plan.PlanFrame whole = agent.Server.Snapshot();
        agent.Tell(new BrainEvent.PlanArrived(new Weft.Plan.PlanFrame
        {
            Revision = 900,
            Follows = whole.Revision,
            Removals = [.. whole.Upserts.Select(e => e.Key)],
        }));
        agent.Run(2);
        foreach (string others in (string[])["10.65.0.", "10.66.", "vxlan.weft"])
        {
            Assert.DoesNotContain(others, agent.Kernel.Ours(), StringComparison.Ordinal);
        }

        Assert.Contains("was deleted", Connect(agent, "late").Fault?.Message, StringComparison.Ordinal);
        agent.Tell(new BrainEvent.PlanArrived(new Weft.Plan.PlanFrame { Revision = 901, Follows = 900 }));
        agent.Tell(new BrainEvent.PlanArrived(whole with { Revision = 902, Follows = 901 }));
        agent.Run(2);
        Assert.Equal(before, agent.Kernel.Ours()); // The same blocks, anew.
        Assert.Null(Connect(agent, "late").Fault);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void An_interface_that_a_workload_had_before_is_left_as_it_is()
    {
        FakeAgent agent = Busy();
        string path = BrainNode.PathOf("theirs");
        agent.Kernel.AddNamespace(path);
        Assert.Equal(0, agent.Kernel.DoForeign(path, LinkRequests.NewVeth("eth0", new VethPeer("far"), mtu: 1400)));
        FakeNamespace space = agent.Kernel.Find(path)!;
        int addresses = space.Addresses.Count;
        int routes = space.Routes.Count;
        Assert.NotNull(agent.AskAndRun(BrainNode.Add("theirs", "c1")).Fault);
        Assert.Equal(1400u, space.Find("eth0")!.Link.Mtu);
        Assert.Equal(addresses, space.Addresses.Count);
        Assert.Equal(routes, space.Routes.Count);
    }

    [Fact]
    public void A_container_that_takes_over_a_workload_keeps_its_address_and_the_old_one_cannot_end_it()
    {
        FakeAgent agent = Busy();
        int notes = agent.Notes.Count;
        agent.Kernel.AddNamespace("/run/netns/web2");
        AgentAnswer again = agent.AskAndRun(
            BrainNode.Add("web", "c2", "/run/netns/web2") with { Labels = new Dictionary<string, string> { ["app"] = "next" } });
        Assert.Null(again.Fault);
        Assert.Null(agent.AskAndRun(BrainNode.Del("web", "c1")).Fault);
        agent.Run(3);
        Assert.Equal("next", agent.Actions.OfType<BrainAction.Publish>().Last().Workloads.Single().Labels["app"]);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.NotNull(agent.Kernel.Find("/run/netns/web2")!.Find("eth0"));
        Assert.Null(agent.Kernel.Find(BrainNode.PathOf("web"))!.Find("eth0"));
        Assert.Null(agent.AskAndRun(BrainNode.Add("web", "c3", "/run/netns/web2")).Fault);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.Equal(notes, agent.Notes.Count);
    }

    [Fact]
    public void Two_incarnations_that_wait_at_once_do_not_fight()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Kernel.AddNamespace(BrainNode.PathOf("web"));
        agent.Kernel.Refuse = request => (RtnetlinkType)request.Header.Type == RtnetlinkType.RTM_NEWROUTE ? KernelErrno.EBUSY : 0;
        long first = agent.Ask(BrainNode.Add("web", "c1"));
        agent.Run(1);
        long second = agent.Ask(BrainNode.Add("web", "c2"));
        agent.Run(1);
        Assert.Equal(11, agent.Answers[first].Fault?.Code);
        agent.Kernel.Refuse = _ => 0;
        agent.Run(5);
        Assert.Null(agent.Answers[second].Fault);
        Assert.Equal(2, agent.Journal.Count);
    }

    [Fact]
    public void A_workload_asked_for_while_it_leaves_is_connected_when_it_has_left()
    {
        FakeAgent agent = Busy();
        long del = agent.Ask(BrainNode.Del("web"));
        long add = agent.Ask(BrainNode.Add("web", "c2"));
        agent.Run(1);
        Assert.Null(agent.Answers[del].Fault);
        Assert.Null(agent.Answers[add].Fault);
        Assert.Equal(0, agent.Unanswered);
    }

    [Fact]
    public void A_refused_object_is_tried_less_and_less_and_holds_nothing_else_up()
    {
        FakeAgent agent = Busy();
        string before = agent.Kernel.Ours();
        byte[] victim = [10, 66, 9, 0];
        agent.Kernel.Refuse = request => (RtnetlinkType)request.Header.Type == RtnetlinkType.RTM_NEWROUTE
            && request.Bytes.Span.IndexOf(victim) >= 0 ? KernelErrno.EINVAL : 0;
        agent.Server.Put(BrainNode.Remote(9, BlockPath.Direct));
        agent.Run(60);
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("10.66.9.0/26", StringComparison.Ordinal));
        Assert.InRange(agent.Actions.OfType<BrainAction.SendNetlink>().Count(a => a.Requests.Any(r => r.Bytes.Span.IndexOf(victim) >= 0)), 5, 15);
        int notes = agent.Notes.Count;
        Damage(agent, "device");
        agent.Run(1);
        Assert.Equal(before, string.Join('\n', agent.Kernel.Ours().Split('\n')
            .Where(l => !l.Contains("IPAMBlock/10.66.9.0/26", StringComparison.Ordinal)))); // Its set has it all the same.
        Assert.Single(agent.Notes.Skip(notes));
        agent.Server.Remove("block/10.66.9.0/26");
        agent.Run(1);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void A_link_that_cannot_be_taken_away_is_not_tried_without_pause()
    {
        FakeAgent agent = Busy();
        agent.Kernel.Refuse = request => (RtnetlinkType)request.Header.Type == RtnetlinkType.RTM_DELLINK ? KernelErrno.EBUSY : 0;
        Damage(agent, "inside");
        agent.Kernel.AddNamespace("/run/netns/web2");
        agent.Ask(BrainNode.Add("web", "c2", "/run/netns/web2"));
        agent.Run(20);
        agent.Kernel.Refuse = _ => 0;
        agent.Run(40);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void A_workload_whose_namespace_goes_is_reported_and_keeps_its_address_until_it_is_disconnected()
    {
        FakeAgent agent = Busy();
        int said = agent.Notes.Count;
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(AgentBrain.EndingPause.TotalSeconds - 1);
        Assert.Empty(agent.Notes.Skip(said));
        Assert.DoesNotContain(agent.Report!.Findings, f => f.Subject == "WorkloadEndpoint/shop/web");

        // Told once, however often it is looked at.
        agent.Run(AgentBrain.ResyncInterval.TotalSeconds * 2);
        Assert.StartsWith("shop/web/eth0 is not connected: ", Assert.Single(agent.Notes.Skip(said)), StringComparison.Ordinal);
        Assert.Contains(agent.Report!.Findings, f => f.Subject == "WorkloadEndpoint/shop/web");
        Assert.True(agent.IsReady, agent.WaitingFor);
        agent.Kernel.AddNamespace(BrainNode.PathOf("web"));
        Assert.Null(agent.AskAndRun(BrainNode.Add("web")).Fault);
        agent.Run(AgentBrain.AuditInterval.TotalSeconds + 1);
        Assert.Empty(agent.Report!.Findings);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void A_container_that_ends_before_it_is_disconnected_is_nobodys_trouble()
    {
        FakeAgent agent = Busy();
        string[] found = [.. agent.Report!.Findings.Select(f => f.Message)];
        int said = agent.Notes.Count;
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(0.5);
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        agent.Run(60);
        Assert.Empty(agent.Notes.Skip(said));
        Assert.Equal(found, agent.Report.Findings.Select(f => f.Message));

        // A link that somebody deletes is made again, and told of.
        int link = agent.Kernel.Host.Find(KernelNames.HostInterface(new WorkloadId("shop", "db", "eth0")))!.Link.Index;
        Assert.Equal(0, agent.Kernel.DoForeign("", LinkRequests.Delete(link)));
        agent.Run(1);
        Assert.Contains("changed by others, put right: device", Assert.Single(agent.Notes.Skip(said)), StringComparison.Ordinal);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void A_workload_whose_block_another_node_has_claims_its_address_no_more()
    {
        FakeAgent agent = Busy();
        OwnBlockEntry block = agent.Server.Entries.OfType<OwnBlockEntry>().First();
        agent.Server.Put(new RemoteBlockEntry { Cidr = block.Cidr, Pool = block.Pool, Node = "n9", Path = BlockPath.Underlay });
        agent.Run(3);
        string ours = agent.Kernel.Ours();
        Assert.DoesNotContain("route 10.65.0.1/32", ours, StringComparison.Ordinal);
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("node n9 has now", StringComparison.Ordinal));
        Assert.Contains("node n9", agent.AskAndRun(BrainNode.Add("web") with { Command = AgentCommand.Check }).Fault!.Message, StringComparison.Ordinal);
        Assert.NotNull(agent.AskAndRun(BrainNode.Add("web")).Fault);
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        AgentAnswer again = Connect(agent, "web");
        Assert.False(block.Cidr.Contains(Assert.Single(again.Connection!.Addresses).Address));
        Assert.False(agent.Book().TunnelOf(IpFamily.Ipv4) is { } tunnel && block.Cidr.Contains(tunnel));
    }

    [Theory]
    [InlineData("shop/a", "web", "eth0", "c1", "/n", 4)]
    [InlineData("shop", "we/b", "eth0", "c1", "/n", 4)]
    [InlineData("shop", "", "eth0", "c1", "/n", 4)]
    [InlineData("shop", "web", "eth%d", "c1", "/n", 4)]
    [InlineData("shop", "web", "..", "c1", "/n", 4)]
    [InlineData("shop", "web", "eth0", "", "/n", 4)]
    [InlineData("shop", "web", "eth0", "c1", "relative", 4)]
    [InlineData("shop", "web", "eth0", "c1", "", 4)]
    [InlineData(null, null, null, null, null, 4)]
    public void A_call_that_names_nothing_sensible_is_refused(
        string? space, string? workload, string? device, string? container, string? path, int code)
    {
        FakeAgent agent = BrainNode.Started();
        foreach (AgentCommand command in (AgentCommand[])[AgentCommand.Add, AgentCommand.Del, AgentCommand.Check])
        {
            AgentAnswer answer = agent.AskAndRun(new AgentCall
            {
                Command = command,
                Namespace = space!,
                Workload = workload!,
                Interface = device!,
                ContainerId = container!,
                NetworkNamespace = path!,
            });
            Assert.True(answer.Fault?.Code == code || command != AgentCommand.Add, answer.ToString());
        }

        Assert.Equal(6, agent.AskAndRun(new AgentCall { Command = (AgentCommand)77 }).Fault?.Code);
        Dictionary<string, string> labels = new() { ["a b"] = "c" };
        Assert.Equal(4, agent.AskAndRun(BrainNode.Add("web") with { Labels = labels }).Fault?.Code);
    }

    [Fact]
    public void Every_event_is_taken_and_every_action_has_a_name_in_recordings()
    {
        BrainEvent[] events =
        [
            new BrainEvent.Started("n1", null, []),
            new BrainEvent.PlanArrived(new Weft.Plan.PlanFrame { Revision = 1 }),
            new BrainEvent.ServerLost("gone"),
            new BrainEvent.KernelAnswered("", 1, []),
            new BrainEvent.KernelNoticed(null, []),
            new BrainEvent.KernelOverrun(),
            new BrainEvent.RulesetNoticed([]),
            new BrainEvent.RulesetOverrun(),
            new BrainEvent.RulesetUnheard("no"),
            new BrainEvent.SysctlAnswered("", "x", "no"),
            new BrainEvent.OffloadProbed(5, OffloadVerdict.Broken),
            new BrainEvent.LinksRemoved([7], [new RequestOutcome(0, null, [])]),
            new BrainEvent.OffloadSet("vxlan.weft", "no", false),
            new BrainEvent.Called(1, new AgentCall { Command = AgentCommand.Status }),
            new BrainEvent.JournalWritten(5, null),
            new BrainEvent.PlanWritten(5, null),
            new BrainEvent.BlockClaimed("p", null, "no"),
            new BrainEvent.BlockReleased(BrainNode.PoolCidr, "no"),
            new BrainEvent.LoanRequested("p", null, "no"),
            new BrainEvent.LoanDecided("l", "no"),
            new BrainEvent.Published(5, 5, null),
            new BrainEvent.NamespacesSeen(5, [null]),
            new BrainEvent.Asked("a-1", new Weft.Plan.Protocol.AgentRequest.Audit()),
        ];
        Type[] cases = [.. typeof(BrainEvent).GetNestedTypes().Where(t => t.IsAssignableTo(typeof(BrainEvent)))];
        Assert.Equal(cases.Select(c => c.Name).Order(), events.Select(e => e.GetType().Name).Order());
        AgentBrain brain = new();
        List<BrainAction> actions = [];
        foreach (BrainEvent happened in events)
        {
            brain.Handle(happened, new Instant(1), actions);
            brain.OnDeadline(new Instant(1), actions);
        }

        Assert.NotEmpty(actions);
    }

    internal static AgentAnswer Connect(FakeAgent agent, string workload)
    {
        agent.Kernel.AddNamespace(BrainNode.PathOf(workload));
        return agent.AskAndRun(BrainNode.Add(workload));
    }

    private static FakeAgent Busy()
    {
        FakeAgent agent = BrainNode.Started(blocks: 2);
        agent.Server.Put(BrainNode.Remote(3, BlockPath.Vxlan));
        agent.Server.Put(BrainNode.Remote(4, BlockPath.Direct));
        Assert.Null(Connect(agent, "web").Fault);
        Assert.Null(Connect(agent, "db").Fault);
        agent.Run(3);
        Assert.True(agent.IsReady, agent.WaitingFor);
        return agent;
    }

    private static void Damage(FakeAgent agent, string what)
    {
        int tunnel = agent.Kernel.Host.Find("vxlan.weft")!.Link.Index;
        (string path, NetlinkRequest request) = what switch
        {
            "route" => ("", RouteRequests.Delete(agent.Kernel.Host.Routes.Values.First(r => r.Gateway is not null))),
            "device" => ("", LinkRequests.Delete(tunnel)),
            "device down" => ("", LinkRequests.Set(tunnel, up: false)),
            "neighbour" => ("", NeighbourRequests.Delete(agent.Kernel.Host.Neighbours.Values.First(n => n.Index == tunnel))),
            "address" => ("", AddressRequests.Delete(agent.Kernel.Host.Addresses.Values.First(a => a.Index == tunnel))),
            "stray route" => ("", RouteRequests.Add(new Route
            {
                Destination = IpPrefix.Parse("10.99.0.0/24"),
                OutputInterface = tunnel,
                Protocol = KernelNames.Protocol,
            })),
            "stray device" => ("", LinkRequests.NewVxlan("weft0123456789a", new VxlanSettings { Vni = 7 })),
            _ => (BrainNode.PathOf("web"), LinkRequests.Delete(agent.Kernel.Find(BrainNode.PathOf("web"))!.Find("eth0")!.Link.Index)),
        };
        Assert.Equal(0, agent.Kernel.DoForeign(path, request));
    }
}
