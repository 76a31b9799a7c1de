using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Brain;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>The ruleset in a kernel that refuses, and beside others who change it at the worst moment.</summary>
public sealed class RulesetFaultTests
{
    private const int PeersOfALargeFleet = 1_000;

    [Fact]
    public void A_table_that_must_be_made_anew_is_so_without_what_the_kernel_refuses_and_links_and_routes_do_not_wait()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Kernel.Ruleset.DoForeign(NftablesRequests.AddChain(Chain("input", NftHookNumber.Input, priority: 5)));
        agent.Kernel.Ruleset.Refuse = r => Meaning(r) is NftablesMessage.ChainChanged { Deleted: false, Chain.Name: "neighbour-discovery" }
            ? KernelErrno.EOPNOTSUPP
            : 0;
        agent.Server.Put(BrainNode.Remote(2, BlockPath.Direct));
        agent.Run(0.05);
        Assert.Contains("10.66.2.0/26", agent.Kernel.Ours(), StringComparison.Ordinal);
        agent.Run(3);
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("chain neighbour-discovery", StringComparison.Ordinal));
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("rule weft input", StringComparison.Ordinal));
        Assert.DoesNotContain(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("chain weft neighbour-discovery", StringComparison.Ordinal));

        agent.Kernel.Ruleset.Refuse = _ => 0;
        agent.Run(31);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void A_table_that_vanishes_before_it_is_made_anew_is_there_again_at_once()
    {
        FakeAgent agent = BrainNode.Started();
        string before = agent.Kernel.Ours();
        agent.Kernel.Ruleset.DoForeign(NftablesRequests.AddChain(Chain("input", NftHookNumber.Input, priority: 5)));
        bool vanished = false;
        agent.Kernel.Ruleset.Refuse = r =>
        {
            if (!vanished && Meaning(r) is NftablesMessage.TableChanged { Deleted: false } && !IsQuestion(r))
            {
                vanished = true;
                agent.Kernel.Ruleset.TakeAway("weft");
            }

            return 0;
        };
        agent.Run(0.1);
        Assert.True(vanished);
        Assert.Equal(before, agent.Kernel.Ours());
    }

    [Fact]
    public void A_failure_of_the_whole_is_one_delay_and_one_finding_and_routes_do_not_wait()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Kernel.Ruleset.Refuse = r => IsQuestion(r) ? 0 : KernelErrno.ENOMEM;
        agent.Actions.Clear();
        agent.Server.Put([.. Enumerable.Range(2, 40).SelectMany(n => BrainNode.Remote(n, BlockPath.Vxlan))]);
        agent.Run(10);
        Assert.Contains("10.66.41.0/26", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.InRange(agent.Actions.OfType<BrainAction.SendNftables>().Count(s => s.IsTransaction), 3, 10);
        Finding told = Assert.Single(agent.Report!.Findings);
        Assert.Contains("ENOMEM", told.Message, StringComparison.Ordinal);
        Assert.Single(agent.Notes, n => n.Contains("ENOMEM", StringComparison.Ordinal));

        agent.Kernel.Ruleset.Refuse = _ => 0;
        agent.Run(6);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Empty(agent.Report!.Findings);
    }

    [Fact]
    public void A_deleted_table_of_a_large_fleet_comes_back_in_one_transaction_with_its_rules()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put([.. Enumerable.Range(2, PeersOfALargeFleet)
            .Select(n => BrainNode.Peer(n, IpAddress.FromNumber(IpFamily.Ipv4, 0xAC14_0000u + (uint)n)))]);
        agent.Run(2);
        Assert.True(agent.IsReady, agent.WaitingFor);
        string before = agent.Kernel.Ours();
        Assert.True(agent.Kernel.Ruleset.Lines().Count(l => l.StartsWith("element", StringComparison.Ordinal)) > 2_048);
        int transactions = agent.Kernel.Ruleset.Transactions;
        agent.Kernel.Ruleset.DoForeign(NftablesRequests.DeleteTable(NftFamily.Inet, "weft"));
        agent.Run(0.1);
        Assert.Equal(transactions + 2, agent.Kernel.Ruleset.Transactions);
        Assert.Equal(before, agent.Kernel.Ours());
    }

    [Fact]
    public void What_changes_between_the_two_halves_of_a_reading_is_read_again_and_nothing_else_is_made_anew()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put(BrainNode.Remote(2, BlockPath.Vxlan));
        agent.Run(1);
        ForeignFilter(agent);
        agent.Run(3);
        string before = agent.Kernel.Ours();
        int said = agent.Notes.Count;
        agent.Actions.Clear();
        bool changed = false;
        agent.Kernel.Ruleset.Refuse = r =>
        {
            if (!changed && IsQuestion(r) && TypeOf(r) == NftMessageType.NFT_MSG_GETRULE)
            {
                changed = true;
                agent.Kernel.Ruleset.DoForeign(NftablesRequests.DeleteElements(new NftSetElements(
                    NftFamily.Inet, "weft", "vteps4", [new NftSetElement { Key = NftBytes.Of(IpAddress.Parse("172.16.2.2")) }]))[0]);
            }

            return 0;
        };
        agent.Kernel.Ruleset.DoForeign(NftablesRequests.AppendRule(ForeignRule("others")));
        agent.Run(2);
        Assert.True(changed);
        Assert.Contains("172.16.2.2 of vteps4", Assert.Single(agent.Notes.Skip(said)), StringComparison.Ordinal);
        Assert.Single(agent.Actions.OfType<BrainAction.SendNftables>().Where(s => s.IsTransaction).SelectMany(s => s.Requests));
        Assert.Equal(before, string.Join('\n', agent.Kernel.Ours().Split('\n').Where(l => !l.Contains("others", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_rule_of_others_costs_no_reading_of_our_elements_and_a_burst_of_them_one_reading()
    {
        FakeAgent agent = BrainNode.Started();
        ForeignFilter(agent);
        agent.Run(3);
        agent.Actions.Clear();
        for (int i = 0; i < 20; i++)
        {
            agent.Kernel.Ruleset.DoForeign(NftablesRequests.AppendRule(ForeignRule($"others {i}")));
            agent.Run(0.05);
        }

        agent.Run(2);
        List<BrainAction.SendNftables> sent = [.. agent.Actions.OfType<BrainAction.SendNftables>()];
        Assert.DoesNotContain(sent.SelectMany(s => s.Requests), r => TypeOf(r) == NftMessageType.NFT_MSG_GETSETELEM);
        Assert.InRange(sent.Count, 2, 4);
    }

    [Fact]
    public void A_set_that_is_rearranged_while_it_is_read_is_read_again_and_not_put_right()
    {
        FakeAgent agent = BrainNode.Started();
        agent.Server.Put([.. BrainNode.Remote(2, BlockPath.Vxlan), .. BrainNode.Remote(3, BlockPath.Vxlan)]);
        agent.Run(1);
        int said = agent.Notes.Count;
        agent.Actions.Clear();
        agent.Kernel.Ruleset.Torn = "vteps4";
        agent.Tell(new BrainEvent.RulesetOverrun());
        agent.Run(0.5);
        Assert.Equal(said, agent.Notes.Count);
        Assert.DoesNotContain(agent.Actions.OfType<BrainAction.SendNftables>(), s => s.IsTransaction);
        agent.Kernel.Ruleset.Torn = "";
        agent.Run(1);
        agent.Actions.Clear();
        agent.Run(10);
        Assert.Empty(agent.Actions.OfType<BrainAction.SendNftables>());
        Assert.True(agent.IsReady, agent.WaitingFor);
    }

    [Fact]
    public void A_pool_that_takes_the_place_of_one_within_it_comes_in_the_same_transaction_behind_it()
    {
        FakeAgent agent = BrainNode.Started();
        PoolEntry narrow = BrainNode.Pool() with { Name = "x", Cidr = IpPrefix.Parse("10.81.0.0/16"), Allocates = false };
        agent.Server.Put(narrow);
        agent.Run(1);
        int transactions = agent.Kernel.Ruleset.Transactions;
        agent.Server.Put(narrow with { Cidr = IpPrefix.Parse("10.80.0.0/15") });
        agent.Run(0.1);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Equal(transactions + 1, agent.Kernel.Ruleset.Transactions);
    }

    [Fact]
    public void A_chain_that_is_refused_keeps_only_its_own_rules_out()
    {
        FakeAgent agent = BrainNode.Make();
        agent.Kernel.Ruleset.Refuse = r => Meaning(r) is NftablesMessage.ChainChanged { Chain.Name: "postrouting" }
            ? KernelErrno.EOPNOTSUPP
            : 0;
        agent.Server.Put(BrainNode.Pool() with { NatOutgoing = true });
        agent.Start();
        agent.Run(1);
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("rule weft prerouting", StringComparison.Ordinal));
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("rule weft from-workload", StringComparison.Ordinal));
        Assert.Contains(agent.Report!.Findings, f => f.Message.Contains("chain postrouting", StringComparison.Ordinal));
        Assert.DoesNotContain(agent.Report!.Findings, f => f.Message.Contains("rules of chain", StringComparison.Ordinal));

        agent.Kernel.Ruleset.Refuse = _ => 0;
        agent.Run(31);
        Assert.True(agent.IsReady, agent.WaitingFor);
        Assert.Contains(agent.Kernel.Ruleset.Lines(), l => l.StartsWith("rule weft postrouting", StringComparison.Ordinal));
    }

    [Fact]
    public void While_changes_cannot_be_heard_it_is_told_of_and_they_are_looked_for()
    {
        FakeAgent agent = BrainNode.Started();
        string before = agent.Kernel.Ours();
        agent.Tell(new BrainEvent.RulesetUnheard("no descriptor is left (EMFILE)"));
        agent.Run(1);
        Assert.Contains("EMFILE", Assert.Single(agent.Report!.Findings).Message, StringComparison.Ordinal);
        agent.Kernel.Ruleset.TakeAway("weft");
        agent.Run(1);
        Assert.NotEqual(before, agent.Kernel.Ours());
        agent.Tell(new BrainEvent.RulesetUnheard("no descriptor is left (EMFILE)"));
        agent.Run(1);
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Single(agent.Notes, n => n.Contains("EMFILE", StringComparison.Ordinal));
        agent.Tell(new BrainEvent.RulesetUnheard(null));
        agent.Run(1);
        Assert.Empty(agent.Report!.Findings);
    }

    private static void ForeignFilter(FakeAgent agent) => agent.Kernel.Ruleset.DoForeign(
        NftablesRequests.AddTable(new NftTable { Family = NftFamily.Ipv4, Name = "filter" }),
        NftablesRequests.AddChain(Chain("FORWARD", NftHookNumber.Forward, 0) with
        {
            Family = NftFamily.Ipv4,
            Table = "filter",
            Policy = NftVerdictCode.Drop,
        }));

    private static NftRule ForeignRule(string comment) => new()
    {
        Family = NftFamily.Ipv4,
        Table = "filter",
        Chain = "FORWARD",
        Expressions = [],
        UserData = NftUserData.OfComment(comment),
    };

    private static NftChain Chain(string name, NftHookNumber hook, int priority) => new()
    {
        Family = NftFamily.Inet,
        Table = "weft",
        Name = name,
        Hook = new NftHook(NftHook.Filter, hook, priority),
    };

    private static bool IsQuestion(NetlinkRequest request) =>
        TypeOf(request) is NftMessageType.NFT_MSG_GETTABLE or NftMessageType.NFT_MSG_GETCHAIN
            or NftMessageType.NFT_MSG_GETSET or NftMessageType.NFT_MSG_GETRULE or NftMessageType.NFT_MSG_GETSETELEM;

    private static NftMessageType TypeOf(NetlinkRequest request) => (NftMessageType)(request.Header.Type & 0xFF);

    private static NftablesMessage? Meaning(NetlinkRequest request) =>
        NftablesMessage.TryDecode(request.Bytes.Span, out NftablesMessage? message) ? message : null;
}
