using System;
using System.Linq;
using Weft.Net;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Plan;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>The blocks of a node that was deleted may be another's, whatever its own disk says; those of a store with another
/// history are what that says.</summary>
public sealed class DeletedNodeTests
{
    [Fact]
    public void A_deleted_node_gives_out_no_address_when_its_agent_was_killed_and_hears_no_server()
    {
        FakeAgent agent = Connected(out PlanFrame whole);
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame
        {
            Revision = 900,
            Follows = whole.Revision,
            Removals = [.. whole.Upserts.Select(e => e.Key)],
        }));
        agent.Run(1);
        agent.Restart();
        agent.Run(1);
        Assert.NotNull(Connect(agent, "late").Fault);
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 901 }));
        Assert.Contains("was deleted", Connect(agent, "later").Fault?.Message, StringComparison.Ordinal);
        agent.Tell(new BrainEvent.PlanArrived(whole with { Revision = 902 }));
        Assert.Null(Connect(agent, "last").Fault);
    }

    [Fact]
    public void A_node_that_was_deleted_while_its_agent_was_away_gives_out_no_address()
    {
        FakeAgent agent = Connected(out PlanFrame whole);
        agent.Restart();
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 900 }));
        Assert.Contains("was deleted", Connect(agent, "late").Fault?.Message, StringComparison.Ordinal);
        agent.Restart();
        Assert.NotNull(Connect(agent, "later").Fault);
        agent.Tell(new BrainEvent.PlanArrived(whole with { Revision = 902 }));
        Assert.Null(Connect(agent, "last").Fault);
    }

    [Fact]
    public void A_node_that_is_being_removed_gives_out_no_address_and_gives_back_what_nobody_uses()
    {
        FakeAgent agent = BrainNode.Started(blocks: 2);
        Assert.Null(Connect(agent, "web").Fault);
        agent.Run(3);
        string before = agent.Kernel.Ours();
        agent.Server.Put(BrainNode.Self() with { Leaving = true }, BrainNode.Pool() with { Allocates = false });
        agent.Run(1);
        AgentFault refused = Connect(agent, "late").Fault!;
        Assert.Contains("Node n1 was deleted, and is being removed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("connect it on another node", refused.Details, StringComparison.Ordinal);

        // Who lives there keeps what it has, and the tunnels that it needs; the block that nobody uses goes at once.
        Assert.Null(agent.AskAndRun(BrainNode.Add("web")).Fault);
        Assert.Equal(["10.65.0.0/30"], agent.Server.Entries.OfType<OwnBlockEntry>().Select(block => block.Cidr.ToString()));
        Assert.Equal(
            before.Split('\n').Where(line => !line.Contains("10.65.0.4/30", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            agent.Kernel.Ours().Split('\n').Order(StringComparer.Ordinal));
        Assert.NotNull(agent.Book().TunnelOf(IpFamily.Ipv4));

        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        agent.Run(1);
        Assert.Null(agent.Book().TunnelOf(IpFamily.Ipv4));
        Assert.Empty(agent.Server.Entries.OfType<OwnBlockEntry>());
        Assert.DoesNotContain("10.65.0.", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.True(agent.IsReady, agent.WaitingFor);

        // With the last of it the node goes, and with that what led to the others.
        agent.Server.Put(BrainNode.Remote(3, BlockPath.Vxlan));
        agent.Run(1);
        Assert.Contains("vxlan.weft", agent.Kernel.Ours(), StringComparison.Ordinal);
        foreach (string key in agent.Server.Entries.Select(entry => entry.Key).ToList())
        {
            agent.Server.Remove(key);
        }

        agent.Run(1);
        Assert.DoesNotContain("vxlan.weft", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Contains("node n1 was deleted", Assert.Single(agent.Report!.Findings).Message, StringComparison.Ordinal);

        // It is applied again: a node like any other.
        agent.Server.Put(BrainNode.Self(), BrainNode.Pool());
        agent.Run(1);
        Assert.Null(Connect(agent, "last").Fault);
        Assert.Empty(agent.Report!.Findings);
    }

    // While the rest of an address's cooldown lasts, nobody else may have it either.
    [Fact]
    public void What_rests_is_given_back_when_it_has_rested()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Server.Put(new AllocationEntry { CooldownSeconds = 30 });
        Assert.Null(Connect(agent, "web").Fault);
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        agent.Server.Put(BrainNode.Self(tunnel: false) with { Leaving = true }, BrainNode.Pool(tunnel: false) with { Allocates = false });
        agent.Run(10);
        Assert.Single(agent.Server.Entries.OfType<OwnBlockEntry>());
        agent.Run(30);
        Assert.Empty(agent.Server.Entries.OfType<OwnBlockEntry>());
    }

    [Fact]
    public void What_a_node_that_is_being_removed_has_lent_it_leaves_to_the_borrower()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        LoanEntry loan = new() { Name = "loan-1", Block = IpPrefix.Parse("10.65.0.0/30"), Borrower = "n2" };
        agent.Server.Put(loan);
        agent.Run(1);
        Assert.NotNull(agent.Book().LentAs("loan-1"));
        agent.Server.Put(loan with { Name = "loan-2" }, BrainNode.Self(tunnel: false) with { Leaving = true }, BrainNode.Pool(tunnel: false) with { Allocates = false });
        agent.Run(1);
        Assert.Null(agent.Book().LentAs("loan-2"));
        Assert.Equal(["loan-1"], agent.Server.Entries.OfType<LoanEntry>().Select(entry => entry.Name));
        Assert.Empty(agent.Server.Entries.OfType<OwnBlockEntry>());
        Assert.NotNull(agent.Book().LentAs("loan-1"));
    }

    // Taken back after the grace: its addresses may be others' by now.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_agent_that_comes_when_its_node_has_gone_uses_nothing_of_it_and_a_workload_gets_another_address(bool isKilled)
    {
        FakeAgent agent = Connected(out PlanFrame whole);
        agent.Restart();
        Assert.Contains("10.65.0.", agent.Kernel.Ours(), StringComparison.Ordinal);
        if (isKilled)
        {
            agent.JournalError = "no space left (ENOSPC)";
        }

        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 900 }));
        agent.Run(1);
        Assert.DoesNotContain("10.65.0.", agent.Kernel.Ours(), StringComparison.Ordinal);
        if (isKilled)
        {
            agent.JournalError = null;
            agent.Run(3);
            agent.Restart();
            agent.Run(1);
            Assert.DoesNotContain("10.65.0.", agent.Kernel.Ours(), StringComparison.Ordinal);
        }

        // It is applied again, and others have had its block in between; then nobody has it.
        PlanEntry[] others = [.. whole.Upserts.Where(entry => entry is not OwnBlockEntry and not WorkloadEntry)];
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame
        {
            Revision = 901,
            Upserts = [.. others, new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.8/30"), Pool = "default" }],
        }));
        agent.Run(1);
        Assert.DoesNotContain("10.65.0.0", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Contains("taken back when node n1 was deleted", Connect(agent, "web").Fault?.Message, StringComparison.Ordinal);
        Assert.Empty(agent.Actions.OfType<BrainAction.Publish>().Last().Workloads.Single().Addresses);
        Assert.Null(agent.AskAndRun(BrainNode.Del("web")).Fault);
        Assert.StartsWith("10.65.0.", Connect(agent, "web").Connection!.Addresses[0].Address.ToString(), StringComparison.Ordinal);
        Assert.Contains("10.65.0.9", agent.Kernel.Ours(), StringComparison.Ordinal);
        agent.Run(2);
        Assert.Empty(agent.Book().Yielded);
    }

    [Theory]
    [InlineData(900, false)]
    [InlineData(1, true)] // Another store: what it knows nothing of goes on.
    public void A_node_that_was_applied_again_while_its_agent_was_away_is_another_one(long revision, bool goesOn)
    {
        FakeAgent agent = BrainNode.Make(tunnel: false);
        agent.Server.Put(BrainNode.Self(tunnel: false) with { Uid = "one" });
        agent.Start();
        agent.Run(1);
        Assert.Null(Connect(agent, "web").Fault);
        agent.Run(3);
        agent.IsConnected = false;
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame
        {
            Revision = revision,
            Upserts = [BrainNode.Self(tunnel: false) with { Uid = "two" }, BrainNode.Pool(tunnel: false)],
        }));
        agent.Run(1);
        Assert.Equal(goesOn, agent.Kernel.Ours().Contains("10.65.0.0/32", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_lent_comes_back_when_another_history_knows_nothing_of_it()
    {
        FakeAgent agent = Connected(out PlanFrame whole);
        LoanEntry loan = new() { Name = "loan-1", Block = IpPrefix.Parse("10.65.0.0/30"), Borrower = "n2" };
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 500, Upserts = [.. whole.Upserts, loan] }));
        agent.Run(1);
        Assert.NotNull(agent.Book().LentAs("loan-1"));
        agent.Tell(new BrainEvent.PlanArrived(whole with { Revision = 5 }));
        agent.Run(20);
        Assert.NotNull(agent.Book().LentAs("loan-1"));
        agent.Run(20);
        Assert.Equal(5, agent.Book().Horizon);
        Assert.Null(agent.Book().LentAs("loan-1"));
    }

    [Fact]
    public void What_was_applied_of_another_history_is_not_said_to_be_applied_of_this_one()
    {
        FakeAgent agent = Connected(out PlanFrame whole);
        agent.Tell(new BrainEvent.PlanArrived(whole with { Revision = 500 }));
        agent.Run(1);
        Assert.Equal(500, agent.Report!.AppliedRevision);
        agent.Kernel.Refuse = _ => 12; // ENOMEM
        RemoteBlockEntry more = new() { Cidr = IpPrefix.Parse("10.65.0.8/30"), Pool = "default", Node = "n2", Path = BlockPath.Direct, Via = IpAddress.Parse("172.16.1.2") };
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 5, Upserts = [.. whole.Upserts, more] }));
        agent.Run(1);
        Assert.False(agent.IsReady);
        Assert.Equal(0, agent.Report!.AppliedRevision);
    }

    [Fact]
    public void A_server_that_was_started_anew_hears_from_a_node_that_its_store_has_lost_what_the_node_uses()
    {
        FakeAgent agent = Connected(out _);
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 1 }));
        agent.Run(1);
        Assert.Equal("10.65.0.0/30", Assert.Single(agent.Report!.Held!).ToString());
        int reports = agent.Actions.OfType<BrainAction.Report>().Count();
        agent.Tell(new BrainEvent.PlanArrived(new PlanFrame { Revision = 1 }));
        agent.Run(1);
        Assert.Equal(reports + 1, agent.Actions.OfType<BrainAction.Report>().Count());
    }

    [Fact]
    public void A_journal_that_was_lost_is_told_with_what_it_had()
    {
        FakeAgent agent = Connected(out _);
        agent.Restart();
        agent.Run(1);
        Assert.DoesNotContain(agent.Notes, note => note.Contains("was lost", StringComparison.Ordinal));
        agent.Journal.Clear();
        agent.Restart();
        agent.Run(1);
        Assert.Contains(agent.Notes, note => note.EndsWith(
            "the address journal is empty, and the store has 1 workloads of this node with addresses, shop/web/eth0 first: it was lost; their links are "
            + "taken away: disconnect them (DEL), and connect them again", StringComparison.Ordinal));
    }

    // Connected, with a plan on disk, and from here on told by the test.
    private static FakeAgent Connected(out PlanFrame whole)
    {
        FakeAgent agent = BrainNode.Started();
        Assert.Null(Connect(agent, "web").Fault);
        agent.Run(3);
        agent.IsConnected = false;
        whole = agent.Server.Snapshot();
        return agent;
    }

    private static AgentAnswer Connect(FakeAgent agent, string workload)
    {
        agent.Kernel.AddNamespace(BrainNode.PathOf(workload));
        return agent.AskAndRun(BrainNode.Add(workload));
    }
}
