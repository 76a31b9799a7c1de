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
