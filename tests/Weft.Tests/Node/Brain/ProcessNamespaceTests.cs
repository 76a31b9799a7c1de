using System;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>Workloads whose namespace is named by a process: the number may be another process's some day.</summary>
public sealed class ProcessNamespaceTests
{
    private const string Path = "/proc/77/ns/net";

    [Fact]
    public void Which_namespace_it_is_is_journalled_once_and_survives_that_the_journal_is_made_anew()
    {
        FakeAgent agent = Connected();
        agent.Run(200);
        NamespaceSeen seen = Assert.Single(agent.Journal.OfType<NamespaceSeen>());
        Assert.Equal(seen, agent.Book().ToRecords().OfType<NamespaceSeen>().Single());
    }

    [Fact]
    public void After_a_start_no_link_comes_into_the_namespace_of_a_process_that_has_the_number_now()
    {
        FakeAgent agent = Connected();
        agent.Kill();
        agent.Kernel.RemoveNamespace(Path);
        agent.Kernel.AddNamespace(Path); // Another process's.
        agent.Restart();
        agent.Run(400);
        Assert.Equal(["lo"], agent.Kernel.Find(Path)!.Links.Values.Select(link => link.Link.Name));
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("the number is another process's by now", StringComparison.Ordinal));
        agent.Run(AgentBrain.LeakGraceDefault.TotalSeconds);
        Assert.Empty(agent.Book().Workloads);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void After_a_start_a_link_that_is_missing_is_made_again_where_it_was()
    {
        FakeAgent agent = Connected();
        string before = agent.Kernel.Ours();
        agent.Kill();
        agent.Kernel.DoForeign("", LinkRequests.Delete(agent.Kernel.Host.Find(LinkOf(agent))!.Link.Index));
        agent.Restart();
        agent.Run(1);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.True(agent.IsReady, agent.WaitingFor);
    }

    [Fact]
    public void While_the_agent_lives_a_link_that_others_delete_is_right_again_within_a_second()
    {
        FakeAgent agent = Connected();
        string before = agent.Kernel.Ours();
        agent.Restart();
        agent.Run(5);
        agent.Kernel.DoForeign("", LinkRequests.Delete(agent.Kernel.Host.Find(LinkOf(agent))!.Link.Index));
        agent.Run(1);
        Assert.Equal(before, agent.Kernel.Ours());
    }

    [Fact]
    public void A_process_that_ended_is_not_looked_for_by_its_number_again()
    {
        FakeAgent agent = Connected();
        agent.Kernel.RemoveNamespace(Path);
        agent.Run(10);
        agent.Kernel.AddNamespace(Path);
        agent.Run(AgentBrain.ResyncInterval.TotalSeconds + 10);
        Assert.Equal(["lo"], agent.Kernel.Find(Path)!.Links.Values.Select(link => link.Link.Name));
        Assert.Null(agent.AskAndRun(BrainNode.Add("web", "c2", Path)).Fault); // Its runtime says that it is the one.
        Assert.Contains("eth0", agent.Kernel.Find(Path)!.Links.Values.Select(link => link.Link.Name));
    }

    [Fact]
    public void An_address_of_a_process_whose_number_is_anothers_is_freed_on_request()
    {
        FakeAgent agent = Connected();
        agent.Kernel.RemoveNamespace(Path);
        agent.Run(1);
        agent.Kernel.AddNamespace(Path);
        agent.Tell(new BrainEvent.Asked("a", new AgentRequest.ReleaseAddress(IpAddress.Parse("10.65.0.0"))));
        agent.Run(2);
        Assert.IsType<AgentReply.Released>(agent.Replies["a"]);
    }

    private static string LinkOf(FakeAgent agent) => KernelNames.HostInterface(agent.Book().Workloads.Single().Record.Id);

    private static FakeAgent Connected()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Kernel.AddNamespace(Path);
        AgentAnswer answer = agent.AskAndRun(BrainNode.Add("web", "c1", Path));
        Assert.Null(answer.Fault);
        agent.Run(AgentBrain.AuditInterval.TotalSeconds + 5);
        return agent;
    }
}
