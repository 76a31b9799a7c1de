using System;
using System.Linq;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>Links that go: who waits for what.</summary>
public sealed class LeavingLinkTests
{
    private static string LinkOf(string workload) => KernelNames.HostInterface(new WorkloadId("shop", workload, "eth0"));

    private static int ReadingsOf(FakeAgent agent) => agent.Actions.OfType<BrainAction.SendNetlink>()
        .Count(s => s.Scope.Length == 0 && s.Requests.Count == KernelReader.Requests().Count);

    [Fact]
    public void A_disconnection_is_answered_when_the_link_is_gone_though_the_kernel_still_works_at_older_ones()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        string before = agent.Kernel.Ours();
        AgentBrainScriptTests.Connect(agent, "web");
        AgentBrainScriptTests.Connect(agent, "db");
        agent.HoldsRemovals = true;
        Assert.Null(agent.AskAndRun(BrainNode.Del("web"), 1).Fault);
        Assert.Null(agent.AskAndRun(BrainNode.Del("db"), 1).Fault);
        Assert.Equal(before, agent.Kernel.Ours());
        AgentAnswer again = AgentBrainScriptTests.Connect(agent, "web");
        Assert.Null(again.Fault);

        // What the kernel says at last is of the old link, and changes nothing.
        string with = agent.Kernel.Ours();
        int readings = ReadingsOf(agent);
        agent.HoldsRemovals = false;
        agent.AcknowledgeRemovals();
        agent.Run(0.4);
        Assert.Equal(with, agent.Kernel.Ours());
        Assert.Equal(readings, ReadingsOf(agent));
        Assert.Empty(agent.Notes);
    }

    [Fact]
    public void A_link_that_goes_soon_after_its_birth_and_takes_its_time_is_no_reason_to_read_everything()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        AgentBrainScriptTests.Connect(agent, "web");
        int readings = ReadingsOf(agent);
        agent.PostponesRemovals = true;
        long id = agent.Ask(BrainNode.Del("web"));
        agent.Run(0.001);

        // The kernel takes it down, tells that, and goes on to its end a while later.
        int index = agent.Kernel.Host.Find(LinkOf("web"))!.Link.Index;
        Assert.Equal(0, agent.Kernel.DoForeign("", LinkRequests.Set(index, up: false)));
        agent.Run(0.05);
        Assert.Equal(readings, ReadingsOf(agent));
        agent.DoRemovals();
        agent.Run(0.05);
        Assert.Null(agent.Answers[id].Fault);
        Assert.Equal(readings, ReadingsOf(agent));
        Assert.Empty(agent.Notes);
    }

    [Fact]
    public void A_disconnection_is_not_answered_before_the_link_is_gone()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        AgentBrainScriptTests.Connect(agent, "web");
        agent.PostponesRemovals = true;
        long id = agent.Ask(BrainNode.Del("web"));
        agent.Run(2);
        Assert.DoesNotContain(id, agent.Answers.Keys);
        Assert.DoesNotContain("route 10.65.0.0/32", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.NotNull(agent.Kernel.Host.Find(LinkOf("web")));
        agent.DoRemovals();
        agent.Run(0.1);
        Assert.Null(agent.Answers[id].Fault);
        Assert.Null(agent.Kernel.Host.Find(LinkOf("web")));
    }

    [Fact]
    public void A_link_is_not_made_before_the_one_of_its_name_is_gone()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        AgentBrainScriptTests.Connect(agent, "web");
        int old = agent.Kernel.Host.Find(LinkOf("web"))!.Link.Index;
        agent.PostponesRemovals = true;
        long gone = agent.Ask(BrainNode.Del("web"));
        agent.Run(0.1);
        long asked = agent.Ask(BrainNode.Add("web", "c2"));
        agent.Run(2);
        Assert.DoesNotContain(gone, agent.Answers.Keys);
        Assert.DoesNotContain(asked, agent.Answers.Keys);
        Assert.Equal(old, agent.Kernel.Host.Find(LinkOf("web"))!.Link.Index);
        agent.DoRemovals();
        agent.Run(1);
        Assert.Null(agent.Answers[gone].Fault);
        Assert.Null(agent.Answers[asked].Fault);
        Assert.NotEqual(old, agent.Kernel.Host.Find(LinkOf("web"))!.Link.Index);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.Empty(agent.Notes);
    }

    [Fact]
    public void A_workload_in_another_container_is_answered_with_its_new_link()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        AgentBrainScriptTests.Connect(agent, "web");
        int old = agent.Kernel.Host.Find(LinkOf("web"))!.Link.Index;
        agent.PostponesRemovals = true;
        agent.Kernel.AddNamespace(BrainNode.PathOf("web2"));
        long asked = agent.Ask(BrainNode.Add("web", "c2", BrainNode.PathOf("web2")));
        agent.Run(2);
        Assert.DoesNotContain(asked, agent.Answers.Keys);
        agent.DoRemovals();
        agent.Run(1);
        Assert.Null(agent.Answers[asked].Fault);
        Assert.NotEqual(old, agent.Kernel.Host.Find(LinkOf("web"))!.Link.Index);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    [Fact]
    public void What_the_kernel_acknowledges_counts_when_its_notices_are_lost()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        string before = agent.Kernel.Ours();
        AgentBrainScriptTests.Connect(agent, "web");
        agent.LosesNotices = true;
        Assert.Null(agent.AskAndRun(BrainNode.Del("web"), 1).Fault);
        Assert.Equal(before, agent.Kernel.Ours());
    }

    [Fact]
    public void A_link_that_the_kernel_keeps_is_asked_for_again()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        string before = agent.Kernel.Ours();
        AgentBrainScriptTests.Connect(agent, "web");
        int refusals = 3;
        agent.Kernel.Refuse = request =>
            request.ToString().StartsWith("RTM_DELLINK", StringComparison.Ordinal) && refusals-- > 0 ? Weft.Netlink.KernelErrno.EBUSY : 0;
        Assert.Null(agent.AskAndRun(BrainNode.Del("web"), 5).Fault);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Equal(-1, refusals);
    }

    [Fact]
    public void A_restart_takes_away_the_link_whose_turn_had_not_come()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        string before = agent.Kernel.Ours();
        AgentBrainScriptTests.Connect(agent, "web");
        agent.PostponesRemovals = true;
        agent.Ask(BrainNode.Del("web"));
        agent.Run(0.1);
        agent.PostponesRemovals = false;
        agent.Restart();
        agent.Run(1);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Empty(agent.Book().Workloads);
        Assert.Equal(2, agent.Actions.OfType<BrainAction.RemoveLinks>().Count());
    }
}
