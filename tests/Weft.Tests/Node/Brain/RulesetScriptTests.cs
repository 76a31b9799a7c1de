using System.Collections.Generic;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>The ruleset beside links and routes: what comes first, what goes last, and what happens when it cannot be had.
/// </summary>
public sealed class RulesetScriptTests
{
    [Fact]
    public void A_workloads_link_is_made_down_goes_up_with_its_guard_and_keeps_it_until_it_is_gone()
    {
        FakeAgent agent = BrainNode.Started();
        bool wasUp = false;
        agent.Kernel.Ruleset.Refuse = r => // The guard's first request: what is the link like at that moment?
        {
            wasUp |= NftablesMessage.TryDecode(r.Bytes.Span, out NftablesMessage? message)
                && message is NftablesMessage.ChainChanged { Chain.Hook.Devices: [{ } device] } && agent.Kernel.Host.Find(device)!.Link.IsUp;
            return 0;
        };
        AgentBrainScriptTests.Connect(agent, "web");
        List<BrainAction> actions = agent.Actions;
        int birth = actions.FindIndex(a => a is BrainAction.SendNetlink { Scope: "" } send && send.Requests.Any(r => r.References.Count > 0));
        int guard = actions.FindIndex(birth, a => a is BrainAction.SendNftables { IsTransaction: true } send && IsGuard(send));
        Assert.True(guard > birth);
        Assert.False(wasUp);
        Assert.Contains(agent.Kernel.Host.Links.Values, l => l.Link.IsUp && KernelNames.IsOurs(l.Link.Name) && !KernelNames.IsTunnel(l.Link.Name));
        Assert.Contains(Guards(agent), l => l.Contains("WorkloadEndpoint/shop/web", System.StringComparison.Ordinal));

        actions.Clear();
        agent.AskAndRun(BrainNode.Del("web"));
        agent.Run(1);
        int death = actions.FindIndex(a => a is BrainAction.RemoveLinks);
        int taken = actions.FindIndex(a => a is BrainAction.SendNftables { IsTransaction: true });
        Assert.InRange(death, 0, taken);
        Assert.Empty(Guards(agent));
    }

    [Fact]
    public void A_link_whose_guard_is_refused_stays_down_and_the_call_says_so()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Kernel.AddNamespace(BrainNode.PathOf("web"));
        agent.Kernel.Ruleset.Refuse = r => NftablesMessage.TryDecode(r.Bytes.Span, out NftablesMessage? message)
            && message is NftablesMessage.ChainChanged { Deleted: false, Chain.Hook.Number: NftHookNumber.Ingress } ? KernelErrno.EOPNOTSUPP : 0;
        AgentAnswer answer = agent.AskAndRun(BrainNode.Add("web"), 12);
        Assert.NotNull(answer.Fault);
        Assert.DoesNotContain(agent.Kernel.Host.Links.Values, l => l.Link.IsUp && KernelNames.IsOurs(l.Link.Name) && !KernelNames.IsTunnel(l.Link.Name));
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("guard of weft", System.StringComparison.Ordinal));
    }

    [Fact]
    public void A_link_that_waits_for_its_guard_is_no_reason_to_read_everything()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Kernel.AddNamespace(BrainNode.PathOf("web"));
        agent.Kernel.Ruleset.Refuse = r => NftablesMessage.TryDecode(r.Bytes.Span, out NftablesMessage? message)
            && message is NftablesMessage.ChainChanged { Deleted: false, Chain.Hook.Number: NftHookNumber.Ingress } ? KernelErrno.EOPNOTSUPP : 0;
        agent.Ask(BrainNode.Add("web"));
        agent.Run(0.02);
        string link = agent.Kernel.Host.Links.Values.Single(l => KernelNames.IsOurs(l.Link.Name) && !KernelNames.IsTunnel(l.Link.Name)).Link.Name;
        int dumps = agent.Kernel.Dumps;
        agent.Kernel.Set(new BrainAction.SetOffload(link, false)); // The kernel tells of the link as it is, and does not say for whom.
        agent.Run(0.05);
        Assert.Equal(dumps, agent.Kernel.Dumps);
    }

    [Fact]
    public void A_link_that_others_took_away_comes_back_with_a_new_guard()
    {
        FakeAgent agent = BrainNode.Started();
        AgentBrainScriptTests.Connect(agent, "web");
        string before = agent.Kernel.Ours();
        int index = agent.Kernel.Host.Links.Values.Single(l => KernelNames.IsOurs(l.Link.Name) && !KernelNames.IsTunnel(l.Link.Name)).Link.Index;
        agent.Kernel.DoForeign("", LinkRequests.Delete(index));
        Assert.Empty(Guards(agent));
        agent.Run(2);
        Assert.NotEmpty(Guards(agent));
        Assert.Equal(before, agent.Kernel.Ours());
    }

    [Fact]
    public void Without_nf_tables_nothing_new_is_connected_and_the_finding_says_why()
    {
        FakeAgent agent = BrainNode.Make();
        agent.Kernel.Ruleset.Refuse = _ => KernelErrno.EOPNOTSUPP;
        agent.Kernel.AddNamespace(BrainNode.PathOf("web"));
        agent.Start();
        AgentAnswer answer = agent.AskAndRun(BrainNode.Add("web"), 12);
        Assert.NotNull(answer.Fault);
        Assert.DoesNotContain("vxlan.weft", agent.Kernel.Ours());
        Assert.Contains(agent.Report!.Findings, f => f.Severity == FindingSeverity.Error && f.Message.Contains("no new workload", System.StringComparison.Ordinal));

        agent.Kernel.Ruleset.Refuse = _ => 0;
        agent.Run(5);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.DoesNotContain(agent.Report.Findings, f => f.Message.Contains("no new workload", System.StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_refused_holds_nothing_else_up_and_is_told_after_three_tries()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Kernel.Ruleset.Refuse = r => NftablesMessage.TryDecode(r.Bytes.Span, out NftablesMessage? message)
            && message is NftablesMessage.ElementsChanged { Elements.Set: "vteps4" } ? KernelErrno.EINVAL : 0;
        agent.Server.Put(BrainNode.Remote(2, Weft.Plan.Entries.BlockPath.Vxlan));
        agent.Run(2);
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.Contains("element weft hosts4", System.StringComparison.Ordinal) && l.EndsWith("Node/n2", System.StringComparison.Ordinal));
        Assert.DoesNotContain(agent.Kernel.Ruleset.Lines(), l => l.Contains("element weft vteps4", System.StringComparison.Ordinal));
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("vteps4", System.StringComparison.Ordinal));
        agent.Kernel.Ruleset.Refuse = _ => 0;
        agent.Run(31);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.DoesNotContain(agent.Report.Findings, f => f.Message.Contains("vteps4", System.StringComparison.Ordinal));
    }

    [Fact]
    public void A_deleted_table_is_made_anew_in_one_transaction_and_told_of_once()
    {
        FakeAgent agent = BrainNode.Started();
        string before = agent.Kernel.Ours();
        int said = agent.Notes.Count;
        int transactions = agent.Kernel.Ruleset.Transactions;
        agent.Kernel.Ruleset.DoForeign(NftablesRequests.DeleteTable(NftFamily.Inet, "weft"));
        agent.Run(0.1);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Equal(transactions + 2, agent.Kernel.Ruleset.Transactions);
        Assert.Contains("table inet weft", Assert.Single(agent.Notes.Skip(said)));
    }

    [Fact]
    public void One_node_more_is_a_few_elements_and_no_rule()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put(BrainNode.Remote(2, Weft.Plan.Entries.BlockPath.Vxlan));
        agent.Run(1);
        agent.Actions.Clear();
        agent.Server.Put(BrainNode.Remote(3, Weft.Plan.Entries.BlockPath.Vxlan));
        agent.Run(1);
        BrainAction.SendNftables sent = Assert.Single(agent.Actions.OfType<BrainAction.SendNftables>());
        Assert.All(sent.Requests, r => Assert.True(
            NftablesMessage.TryDecode(r.Bytes.Span, out NftablesMessage? message) && message is NftablesMessage.ElementsChanged));
    }

    [Fact]
    public void Tunnels_are_checked_where_they_end_and_where_others_have_filters_before_their_connections_are_tracked()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put(BrainNode.Remote(2, Weft.Plan.Entries.BlockPath.Vxlan));
        agent.Run(1);
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("chain weft input", System.StringComparison.Ordinal));
        Assert.DoesNotContain(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("chain weft prerouting", System.StringComparison.Ordinal));

        agent.Kernel.Ruleset.DoForeign(
            NftablesRequests.AddTable(new NftTable { Family = NftFamily.Ipv4, Name = "nat" }),
            NftablesRequests.AddChain(new NftChain
            {
                Family = NftFamily.Ipv4,
                Table = "nat",
                Name = "PREROUTING",
                Hook = new NftHook(NftHook.Nat, NftHookNumber.Prerouting, NftHook.PriorityDestinationNat),
            }));
        agent.Run(2);
        Assert.DoesNotContain(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("chain weft input", System.StringComparison.Ordinal));
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("chain weft prerouting", System.StringComparison.Ordinal));
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("rule weft output", System.StringComparison.Ordinal));
        Assert.True(agent.IsReady, agent.WaitingFor);
    }

    [Fact]
    public void A_pool_that_cannot_be_translated_here_is_told_of_while_it_is_so()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put(BrainNode.PoolV6(tunnel: false) with { Allocates = false, NatOutgoing = true });
        agent.Run(1);
        Finding told = Assert.Single(agent.Report!.Findings);
        Assert.Contains("natOutgoing of pool default6", told.Message, System.StringComparison.Ordinal);
        Assert.Contains("spec.bgp.ipv6Address", told.Message, System.StringComparison.Ordinal);
        agent.Server.Put(BrainNode.PoolV6(tunnel: false) with { Allocates = false });
        agent.Run(1);
        Assert.Empty(agent.Report!.Findings);
    }

    private static bool IsGuard(BrainAction.SendNftables send) => send.Requests.Any(r =>
        NftablesMessage.TryDecode(r.Bytes.Span, out NftablesMessage? message)
        && message is NftablesMessage.ChainChanged { Chain.Hook.Number: NftHookNumber.Ingress });

    private static IEnumerable<string> Guards(FakeAgent agent) =>
        agent.Kernel.Ruleset.Lines().Where(l => l.StartsWith("rule weft weft", System.StringComparison.Ordinal));
}
