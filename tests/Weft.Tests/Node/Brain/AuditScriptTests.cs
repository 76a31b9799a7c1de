using System;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>The collector, in virtual time: what is gone is freed after the grace, what is in use never.</summary>
public sealed class AuditScriptTests
{
    private const int TypeOffset = 4; // nlmsg_type
    private const byte NewLink = 16; // RTM_NEWLINK
    private const int OutOfMemory = 12; // ENOMEM

    private static readonly TimeSpan Grace = AgentBrain.LeakGraceDefault;

    [Fact]
    public void A_workload_whose_namespace_and_link_are_gone_is_freed_after_the_grace_and_not_before()
    {
        FakeAgent agent = With("web", "db");
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(AgentBrain.AuditInterval.TotalSeconds + 1);
        Assert.Contains(agent.Report!.Findings, f => f.Message.StartsWith("10.65.0.0 of shop/web/eth0: the workload is gone", StringComparison.Ordinal));
        Assert.Equal([new PoolLeaks("default", 1, 0)], agent.Report.Leaks);
        agent.Run(Grace.TotalSeconds - 120);
        Assert.NotNull(agent.Book().Workloads.SingleOrDefault(w => w.Record.Id.Workload == "web"));
        agent.Run(180);
        Assert.Equal(["db"], agent.Book().Workloads.Select(w => w.Record.Id.Workload));
        Assert.Equal(["db"], agent.Server.Workloads.Select(w => w.Workload));
        Assert.Contains(agent.Notes, n => n.Contains("shop/web/eth0 is gone for 15 min", StringComparison.Ordinal));
        Assert.Equal([new PoolLeaks("default", 0, 1)], agent.Report.Leaks);
        Assert.Empty(agent.Report.Findings);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Theory]
    [InlineData("comes back")]
    [InlineData("added again")]
    [InlineData("agent starts")]
    [InlineData("declared")]
    [InlineData("path only")]
    public void What_is_in_use_or_kept_is_not_freed(string what)
    {
        FakeAgent agent = With("web");
        if (what == "declared")
        {
            agent.Server.Put(agent.Server.Workloads.Single() with { Declared = true });
            agent.Run(1);
        }

        if (what == "path only")
        {
            agent.Kernel.HidePath(BrainNode.PathOf("web"));
        }
        else
        {
            agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        }

        for (double passed = 0; passed < 3 * Grace.TotalSeconds; passed += 300)
        {
            agent.Run(300);
            if (what == "agent starts")
            {
                agent.Restart(); // Always before the grace has passed since a start: nothing is known of before.
            }

            if (passed == 600 && what is "comes back" or "added again")
            {
                agent.Kernel.AddNamespace(what == "comes back" ? BrainNode.PathOf("web") : "/run/netns/other");
                if (what == "added again")
                {
                    Assert.Null(agent.AskAndRun(BrainNode.Add("web", "c2", "/run/netns/other")).Fault);
                }
            }
        }

        Assert.Equal(["web"], agent.Book().Workloads.Select(w => w.Record.Id.Workload));
        Assert.DoesNotContain(agent.Notes, n => n.Contains("is freed", StringComparison.Ordinal));
    }

    [Fact]
    public void After_a_start_of_the_host_what_comes_back_has_its_address_again_and_the_rest_is_freed_together()
    {
        const int workloads = 40;
        const int returning = 10;
        FakeAgent agent = BrainNode.Make(tunnel: false, blocks: 0);
        agent.Server.Put(
            BrainNode.Pool(tunnel: false) with { Cidr = IpPrefix.Parse("10.70.0.0/24"), BlockSize = 26 },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.70.0.0/26"), Pool = "default" });
        agent.Start();
        agent.Run(1);
        string[] names = [.. Enumerable.Range(0, workloads).Select(n => FormattableString.Invariant($"w{n}"))];
        Array.ForEach(names, name => Connect(agent, name));
        agent.Run(5);
        string[] before = [.. agent.Book().Workloads.Select(w => $"{w.Record.Id} {w.Record.Addresses[0]}")];
        agent.Kill();
        Array.ForEach(names, name => agent.Kernel.RemoveNamespace(BrainNode.PathOf(name)));
        agent.Restart();
        agent.Run(300);
        foreach (string name in names.Take(returning))
        {
            agent.Kernel.AddNamespace($"/run/netns/new-{name}");
            Assert.Null(agent.AskAndRun(BrainNode.Add(name, "c2", $"/run/netns/new-{name}")).Fault);
        }

        int looked = agent.Actions.OfType<BrainAction.LookForNamespaces>().Count();
        agent.Run(Grace.TotalSeconds - 400);
        Assert.Equal(workloads, agent.Book().Workloads.Count);
        agent.Run(200);
        Assert.Equal(returning, agent.Book().Workloads.Count);
        Assert.Subset(before.ToHashSet(), agent.Book().Workloads.Select(w => $"{w.Record.Id} {w.Record.Addresses[0]}").ToHashSet());
        Assert.Equal([new PoolLeaks("default", 0, workloads - returning)], agent.Report!.Leaks);
        Assert.InRange(agent.Actions.OfType<BrainAction.LookForNamespaces>().Count() - looked, 1, 15);
        Assert.Equal(returning, agent.Server.Workloads.Count());
    }

    [Fact]
    public void Looking_asks_nobody_anything_while_every_workload_has_its_link()
    {
        FakeAgent agent = With("web", "db");
        agent.Run(3_600);
        Assert.Empty(agent.Actions.OfType<BrainAction.LookForNamespaces>());
    }

    [Fact]
    public void A_grace_shorter_than_the_interval_counts_from_the_first_sighting()
    {
        FakeAgent agent = BrainNode.Make(tunnel: false);
        agent.LeakGrace = TimeSpan.FromSeconds(2);
        agent.Start();
        agent.Run(1);
        Connect(agent, "web");
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(1.5);
        Assert.Single(agent.Book().Workloads);
        agent.Run(4);
        Assert.Empty(agent.Book().Workloads);
    }

    [Fact]
    public void While_the_journal_cannot_be_written_nothing_is_freed_and_afterwards_it_is()
    {
        FakeAgent agent = With("web");
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(120);
        agent.JournalError = "no space left";
        agent.Run(Grace.TotalSeconds + 120);
        Assert.Single(agent.Book().Workloads);
        agent.JournalError = null;
        agent.Run(Grace.TotalSeconds + 120);
        Assert.Empty(agent.Book().Workloads);
    }

    [Fact]
    public void An_audit_accounts_for_every_address_with_its_state()
    {
        FakeAgent agent = With("web", "db");
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(1);
        NodeAudit audit = Assert.IsType<AgentReply.Audited>(Ask(agent, new AgentRequest.Audit())).Audit;
        Assert.Equal([IpPrefix.Parse("10.65.0.0/30")], audit.Blocks);
        Assert.Equal(agent.Server.Revision, audit.PlanRevision);
        Assert.Equal(
            ["10.65.0.0 shop/web/eth0 Leaked", "10.65.0.1 shop/db/eth0 InUse"],
            audit.Addresses.Select(a => $"{a.Address} {a.Owner} {a.State}"));
        Assert.Equal((int)Grace.TotalSeconds, audit.Addresses[0].FreedInSeconds);
        Assert.Null(audit.Addresses[1].FreedInSeconds);
        Assert.Empty(audit.Unknown);
    }

    [Fact]
    public void An_audit_tells_of_addresses_that_rest_and_of_those_that_are_lent()
    {
        FakeAgent agent = With("web", "db");
        agent.Server.Put(
            new AllocationEntry { CooldownSeconds = 60 },
            new LoanEntry { Name = "loan-1", Block = IpPrefix.Parse("10.65.0.0/30"), Borrower = "n2" });
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        agent.Run(5);
        NodeAudit audit = Assert.IsType<AgentReply.Audited>(Ask(agent, new AgentRequest.Audit())).Audit;
        RestingAddress rests = Assert.Single(audit.Resting);
        Assert.Equal(IpAddress.Parse("10.65.0.0"), rests.Address);
        Assert.InRange(rests.Seconds, 50, 60);
        AuditedAddress lent = audit.Addresses.Single(a => a.Use == AddressUse.Lent);
        Assert.Equal((IpAddress.Parse("10.65.0.2"), "n2", AddressState.InUse), (lent.Address, lent.Owner, lent.State));
        Assert.Equal("10.65.0.2 is lent to n2: it comes back when nobody uses it there", Refusal(agent, "10.65.0.2"));
        agent.Run(60);
        Assert.Empty(Assert.IsType<AgentReply.Audited>(Ask(agent, new AgentRequest.Audit())).Audit.Resting);
    }

    [Fact]
    public void A_leaked_address_is_freed_on_request_at_once_and_one_in_use_is_refused_with_what_uses_it()
    {
        FakeAgent agent = With("web", "db");
        Assert.Contains("its link weft", Refusal(agent, "10.65.0.1"), StringComparison.Ordinal);
        Assert.Equal("10.65.0.3 is nobody's: it is free", Refusal(agent, "10.65.0.3"));
        Assert.Equal("10.65.0.9 is in no block of n1", Refusal(agent, "10.65.0.9"));
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(1);
        Assert.Equal("shop/web/eth0", Assert.IsType<AgentReply.Released>(Ask(agent, Release("10.65.0.0"))).Owner);
        Assert.Equal(["db"], agent.Book().Workloads.Select(w => w.Record.Id.Workload));
        Assert.Equal("10.65.0.0 is nobody's: it is free", Refusal(agent, "10.65.0.0"));
    }

    [Fact]
    public void An_administrator_may_free_also_what_a_resource_keeps_when_it_is_gone()
    {
        FakeAgent agent = With("web");
        agent.Server.Put(agent.Server.Workloads.Single() with { Declared = true });
        agent.Kernel.RemoveNamespace(BrainNode.PathOf("web"));
        agent.Run(1);
        NodeAudit audit = Assert.IsType<AgentReply.Audited>(Ask(agent, new AgentRequest.Audit())).Audit;
        Assert.Equal((AddressState.Kept, null), (audit.Addresses[0].State, audit.Addresses[0].FreedInSeconds));
        Assert.IsType<AgentReply.Released>(Ask(agent, Release("10.65.0.0")));
        Assert.Empty(agent.Book().Workloads);
    }

    [Fact]
    public void An_address_whose_block_is_not_the_nodes_any_more_is_a_finding_until_it_is_again()
    {
        FakeAgent agent = With("web");
        agent.Server.Refusal = "no";
        agent.Server.Remove("block/10.65.0.0/30");
        agent.Run(AgentBrain.AuditInterval.TotalSeconds + 1);
        Assert.Contains(agent.Report!.Findings, f => f.Message.StartsWith("10.65.0.0 of shop/web/eth0: in no block of this node", StringComparison.Ordinal));
        Assert.Equal("10.65.0.0/30", Assert.Single(agent.Report!.Held!).ToString());
        agent.Server.Refusal = null;
        agent.Run(AgentBrain.AuditInterval.TotalSeconds + 1);
        Assert.Null(agent.Report!.Held);
        Assert.Empty(agent.Report!.Findings);
        Assert.Single(agent.Book().Workloads);
    }

    [Fact]
    public void A_workload_whose_namespace_is_there_is_not_freed_on_request_although_its_link_is_missing()
    {
        FakeAgent agent = With("web");
        agent.Kernel.Refuse = request => request.Bytes.Span[TypeOffset] == NewLink ? OutOfMemory : 0;
        agent.Kernel.DoForeign("", LinkRequests.Delete(
            agent.Kernel.Host.Find(Weft.Node.Kernel.KernelNames.HostInterface(agent.Book().Workloads.Single().Record.Id))!.Link.Index));
        agent.Run(1);
        Assert.Equal("shop/web/eth0 has 10.65.0.0: its network namespace /run/netns/web is there", Refusal(agent, "10.65.0.0"));
    }

    [Fact]
    public void Releases_of_what_does_not_come_to_an_end_are_answered_all_the_same_and_leave_room_for_other_requests()
    {
        FakeAgent agent = With("web");
        agent.PostponesRemovals = true;
        agent.Ask(BrainNode.Del("web"));
        agent.Run(1);
        for (int i = 0; i < AgentBrain.AskedMax; i++)
        {
            agent.Tell(new BrainEvent.Asked($"release {i}", Release("10.65.0.0")));
        }

        agent.Run(AgentBrain.CallLimit.TotalSeconds + 1);
        Assert.Equal(AgentBrain.AskedMax, agent.Replies.Values.Count(
            r => r is AgentReply.Refused { Why: "shop/web/eth0 is being disconnected, and that did not come to an end within 10 s: see weft status" }));
        Assert.IsType<AgentReply.Audited>(Ask(agent, new AgentRequest.Audit()));
        agent.PostponesRemovals = false;
        agent.DoRemovals();
        agent.Run(1);
        Assert.Empty(agent.Book().Workloads);
    }

    private static string Refusal(FakeAgent agent, string address) =>
        Assert.IsType<AgentReply.Refused>(Ask(agent, Release(address))).Why;

    private static AgentRequest.ReleaseAddress Release(string address) => new(IpAddress.Parse(address));

    private static AgentReply Ask(FakeAgent agent, AgentRequest request)
    {
        string id = $"r{agent.Replies.Count}";
        agent.Tell(new BrainEvent.Asked(id, request));
        agent.Run(2);
        return agent.Replies[id];
    }

    private static FakeAgent With(params string[] workloads)
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        Array.ForEach(workloads, workload => Connect(agent, workload));
        agent.Run(3);
        return agent;
    }

    private static void Connect(FakeAgent agent, string workload)
    {
        agent.Kernel.AddNamespace(BrainNode.PathOf(workload));
        AgentAnswer answer = agent.AskAndRun(BrainNode.Add(workload));
        Assert.Null(answer.Fault);
    }
}
