using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>A transaction is done whole or not at all, and says what of it was wrong.</summary>
public sealed class TransactionTests
{
    private const NftFamily Inet = NftFamily.Inet;

    private static readonly NftTable Table = new() { Family = Inet, Name = "t" };

    private static readonly NftSet Hosts = NftSet.Of(Inet, "t", "hosts", [NftDataType.Ipv4Address]);

    private static readonly NftChain Chain = new() { Family = Inet, Table = "t", Name = "c" };

    [Fact]
    public void One_request_that_is_refused_cancels_the_others_and_nothing_is_changed()
    {
        using TestNamespace blue = new();
        IReadOnlyList<NetlinkReply> replies = blue.Netfilter.Commit(new NftablesBatch(
        [
            NftablesRequests.AddTable(Table),
            NftablesRequests.DeleteChain(Inet, "t", "nowhere"),
            NftablesRequests.AddSet(Hosts),
            NftablesRequests.DeleteSet(Inet, "t", "nowhere"),
            NftablesRequests.AddChain(Chain),
        ]));
        Assert.Equal(
            ["ECANCELED", "ENOENT", "ECANCELED", "ENOENT", "ECANCELED"], replies.Select(reply => reply.Error?.Name));
        Assert.Empty(DumpedRuleset.Read(blue).Tables);
    }

    [Fact]
    public void A_refusal_says_where_in_the_request_the_kernel_stumbled()
    {
        using TestNamespace blue = new();
        NetlinkRequest request = NftablesRequests.AddSet(Hosts);
        KernelError? error = Assert.Single(blue.Netfilter.Commit(new NftablesBatch([request]))).Error;
        Assert.Equal("ENOENT", error?.Name);

        // The table's name is the first attribute, behind the two headers.
        Assert.Equal(NetlinkHeader.ByteLength + 4, error?.Offset);
    }

    [Fact]
    public void Nothing_to_do_is_no_transaction()
    {
        using TestNamespace blue = new();
        Assert.Empty(blue.Netfilter.Commit(new NftablesBatch([])));
    }

    [Fact]
    public void A_transaction_for_another_generation_is_not_done()
    {
        using TestNamespace blue = new();
        blue.Commit(NftablesRequests.AddTable(Table));
        uint generation = GenerationOf(blue);
        Assert.Null(blue.Netfilter.Commit(new NftablesBatch([NftablesRequests.AddChain(Chain)], generation))[0].Error);
        IReadOnlyList<NetlinkReply> replies = blue.Netfilter.Commit(
            new NftablesBatch([NftablesRequests.AddSet(Hosts), NftablesRequests.FlushRules(Inet, "t")], generation));
        Assert.All(replies, reply => Assert.Equal("ERESTART", reply.Error?.Name));
        Assert.Empty(DumpedRuleset.Read(blue).Sets);
        Assert.Equal(generation + 1, GenerationOf(blue));
    }

    [Fact]
    public void An_echoed_rule_comes_back_with_its_handle()
    {
        using TestNamespace blue = new();
        IReadOnlyList<NetlinkReply> replies = blue.Commit(
        [
            NftablesRequests.AddTable(Table),
            NftablesRequests.AddChain(Chain),
            NftablesRequests.AppendRule(Rule("one"), echo: true),
            NftablesRequests.AppendRule(Rule("two")),
            NftablesRequests.AppendRule(Rule("three"), echo: true),
        ]);
        NftRule[] dumped = [.. DumpedRuleset.Read(blue).Rules];
        Assert.Equal(["one", "two", "three"], dumped.Select(rule => rule.Comment));
        Assert.Equal([0, 0, 1, 0, 1], replies.Select(reply => reply.Messages.Count));
        Assert.Equal(dumped[0].Handle, RuleOf(replies[2]).Handle);
        Assert.Equal(dumped[2].Handle, RuleOf(replies[4]).Handle);
        Assert.Equal(Rule("three"), RuleOf(replies[4]).AsMeant());
    }

    [Fact]
    public void Rules_are_put_before_behind_and_in_the_place_of_others_and_go_by_their_handle()
    {
        using TestNamespace blue = new();
        blue.Commit(
            NftablesRequests.AddTable(Table), NftablesRequests.AddChain(Chain), NftablesRequests.AppendRule(Rule("b")));
        ulong b = DumpedRuleset.Read(blue).Rules.Single().Handle;
        blue.Commit(
            NftablesRequests.AppendRule(Rule("d")),
            NftablesRequests.InsertRule(Rule("a")),
            NftablesRequests.AppendRule(Rule("c") with { Position = b }),
            NftablesRequests.InsertRule(Rule("a2") with { Position = b }));
        Assert.Equal(["a", "a2", "b", "c", "d"], Comments(blue));
        blue.Commit(NftablesRequests.ReplaceRule(Rule("B") with { Handle = b }));
        Assert.Equal(["a", "a2", "B", "c", "d"], Comments(blue));
        ulong replaced = DumpedRuleset.Read(blue).Rules.Single(rule => rule.Comment == "B").Handle;
        blue.Commit(NftablesRequests.DeleteRule(Inet, "t", "c", replaced));
        Assert.Equal(["a", "a2", "c", "d"], Comments(blue));
        blue.Commit(NftablesRequests.FlushRules(Inet, "t", "c"));
        Assert.Empty(Comments(blue));
    }

    [Fact]
    public void What_is_not_there_goes_without_an_error_if_it_need_not_be_there()
    {
        using TestNamespace blue = new();
        NftSetElements one = new(Inet, "t", "hosts", [Host(1)]);
        blue.Commit(NftablesRequests.DeleteTable(Inet, "t", ifThere: true));
        blue.Commit(NftablesRequests.AddTable(Table), NftablesRequests.AddSet(Hosts), NftablesRequests.AddChain(Chain));
        blue.Commit(
        [
            NftablesRequests.DeleteChain(Inet, "t", "nowhere", ifThere: true),
            NftablesRequests.DeleteRule(Inet, "t", "c", 4711, ifThere: true),
            NftablesRequests.DeleteSet(Inet, "t", "nowhere", ifThere: true),
            .. NftablesRequests.DeleteElements(one, ifThere: true),
            NftablesRequests.DeleteObject(Inet, "t", NftObjectType.Counter, "nowhere", ifThere: true),
        ]);
        Assert.Equal("ENOENT", blue.Netfilter.Commit(new NftablesBatch(NftablesRequests.DeleteElements(one)))[0].Error?.Name);
    }

    [Fact]
    public void Objects_go_by_their_handles_and_are_asked_for_by_name()
    {
        using TestNamespace blue = new();
        blue.Commit(NftablesRequests.AddTable(Table), NftablesRequests.AddSet(Hosts), NftablesRequests.AddChain(Chain));
        NftSet set = Assert.IsType<NftablesMessage.SetChanged>(Ask(blue, NftablesRequests.GetSet(Inet, "t", "hosts"))).Set;
        Assert.Equal(Hosts, set.AsMeant());
        NftChain chain = Assert.IsType<NftablesMessage.ChainChanged>(Ask(blue, NftablesRequests.GetChain(Inet, "t", "c"))).Chain;
        Assert.Equal(Chain, chain.AsMeant());
        NftTable table = Assert.IsType<NftablesMessage.TableChanged>(Ask(blue, NftablesRequests.GetTable(Inet, "t"))).Table;
        Assert.Equal(Table, table.AsMeant());
        blue.Commit(NftablesRequests.DeleteSet(Inet, "t", set.Handle), NftablesRequests.DeleteChain(Inet, "t", chain.Handle));
        Assert.Empty(DumpedRuleset.Read(blue).Sets);
        Assert.Empty(DumpedRuleset.Read(blue).Chains);
        blue.Commit(NftablesRequests.DeleteTable(Inet, table.Handle));
        Assert.Empty(DumpedRuleset.Read(blue).Tables);
    }

    [Fact]
    public void Counters_and_quotas_begin_anew_when_they_are_read_so()
    {
        using TestNamespace blue = new();
        NftObject counter = new()
        {
            Family = Inet,
            Table = "t",
            Name = "seen",
            Content = new NftObjectContent.Counter(3, 400),
        };
        blue.Commit(NftablesRequests.AddTable(Table), NftablesRequests.AddObject(counter));
        NetlinkRequest[] both =
        [
            NftablesRequests.DumpObjects(Inet, "t", NftObjectType.Counter, reset: true),
            NftablesRequests.DumpObjects(Inet, "t"),
        ];
        Assert.Equal(
            [new NftObjectContent.Counter(3, 400), new NftObjectContent.Counter(0, 0)],
            blue.Netfilter.Execute(both).Select(reply => ObjectOf(reply).Content));
    }

    [Fact]
    public void More_elements_than_one_message_holds_go_in_and_out_in_one_transaction()
    {
        using TestNamespace blue = new();
        NftSetElements many = new(Inet, "t", "hosts", [.. Enumerable.Range(0, 50_000).Select(Host)]);
        IReadOnlyList<NetlinkRequest> requests = NftablesRequests.AddElements(many);
        Assert.InRange(requests.Count, 10, 100);
        blue.Commit([NftablesRequests.AddTable(Table), NftablesRequests.AddSet(Hosts), .. requests]);
        Assert.Equal(
            many.Elements.Select(e => e.Key.ToString()).Order(),
            DumpedRuleset.Read(blue).ElementsOf("hosts").Select(e => e.Key.ToString()).Order());
        blue.Commit([.. NftablesRequests.DeleteElements(many)]);
        Assert.Empty(DumpedRuleset.Read(blue).ElementsOf("hosts"));
    }

    [Fact]
    public void A_transaction_that_is_too_large_is_refused_clearly_and_the_socket_goes_on()
    {
        using TestNamespace blue = new();
        NftSetElements many = new(Inet, "t", "hosts", [.. Enumerable.Range(0, 2_500).Select(Host)]);
        NetlinkRequest large = NftablesRequests.AddElements(many)[0];
        IReadOnlyList<NetlinkReply> replies = blue.Netfilter.Commit(new NftablesBatch(
            Enumerable.Repeat(large, (NetlinkSocket.TransactionBytesMax / large.Bytes.Length) + 1)));
        Assert.All(replies, reply => Assert.Equal("EMSGSIZE", reply.Error?.Name));
        Assert.Contains("at most", replies[0].Error?.Message, StringComparison.Ordinal);
        blue.Commit(NftablesRequests.AddTable(Table));
    }

    [Fact]
    public async Task Notices_tell_what_a_transaction_changed_who_did_it_and_where_it_ends()
    {
        using TestNamespace blue = new();
        using NetlinkNotifications notifications = NetlinkNotifications.Open(blue.Path, [NetfilterGroup.NFNLGRP_NFTABLES]);
        blue.Commit(
        [
            NftablesRequests.AddTable(Table),
            NftablesRequests.AddSet(Hosts),
            .. NftablesRequests.AddElements(new NftSetElements(Inet, "t", "hosts", [Host(1)])),
            NftablesRequests.AddChain(Chain),
            NftablesRequests.AppendRule(Rule("one")),
        ]);
        blue.Commit(NftablesRequests.DeleteTable(Inet, "t"));
        List<NftablesMessage> heard = [];
        while (heard.OfType<NftablesMessage.GenerationChanged>().Count() < 2)
        {
            foreach (Notice notice in await notifications.ReceiveAsync(TestContext.Current.CancellationToken))
            {
                Assert.False(notice.IsOverrun);
                NetlinkMessageReader reader = new(notice.Messages);
                while (reader.TryRead(out NetlinkMessageView message))
                {
                    Assert.Equal(blue.Netfilter.PortId, message.Header.PortId);
                    Assert.True(NftablesMessage.TryDecode(message.Bytes, out NftablesMessage? meaning));
                    heard.Add(meaning);
                }
            }
        }

        int end = heard.FindIndex(m => m is NftablesMessage.GenerationChanged);
        Assert.Equal(5, end);
        Assert.Equal(Table, Assert.IsType<NftablesMessage.TableChanged>(heard[0]).Table.AsMeant());
        Assert.Equal(Hosts, Assert.IsType<NftablesMessage.SetChanged>(heard[1]).Set.AsMeant());
        Assert.Equal([Host(1)], Assert.IsType<NftablesMessage.ElementsChanged>(heard[2]).Elements.Elements);
        Assert.Equal(Chain, Assert.IsType<NftablesMessage.ChainChanged>(heard[3]).Chain.AsMeant());
        Assert.Equal(Rule("one"), Assert.IsType<NftablesMessage.RuleChanged>(heard[4]).Rule.AsMeant());
        List<NftablesMessage> gone = heard[(end + 1)..^1];
        Assert.Contains(gone, m => m is NftablesMessage.TableChanged { Deleted: true, Table.Name: "t" });
        Assert.Contains(gone, m => m is NftablesMessage.ChainChanged { Deleted: true, Chain.Name: "c" });
        Assert.Contains(gone, m => m is NftablesMessage.RuleChanged { Deleted: true, Rule.Comment: "one" });
        Assert.Contains(gone, m => m is NftablesMessage.SetChanged { Deleted: true, Set.Name: "hosts" });
    }

    private static NftSetElement Host(int number) =>
        new() { Key = NftBytes.Of(IpPrefix.Parse("10.0.0.0/8").At((UInt128)number)) };

    private static NftRule Rule(string comment) => new()
    {
        Family = Inet,
        Table = "t",
        Chain = "c",
        Expressions = [new NftExpression.Counter(), new NftExpression.Decide(new NftVerdict(NftVerdictCode.Drop))],
        UserData = NftUserData.OfComment(comment),
    };

    private static NftRule RuleOf(NetlinkReply reply) =>
        Assert.IsType<NftablesMessage.RuleChanged>(MeaningOf(Assert.Single(reply.Messages))).Rule;

    private static NftObject ObjectOf(NetlinkReply reply) =>
        Assert.IsType<NftablesMessage.ObjectChanged>(MeaningOf(Assert.Single(reply.Messages))).Object;

    private static uint GenerationOf(TestNamespace space) =>
        Assert.IsType<NftablesMessage.GenerationChanged>(Ask(space, NftablesRequests.GetGeneration())).Generation.Id;

    private static string?[] Comments(TestNamespace space) => [.. DumpedRuleset.Read(space).Rules.Select(r => r.Comment)];

    private static NftablesMessage Ask(TestNamespace space, NetlinkRequest request)
    {
        NetlinkReply reply = space.Netfilter.Execute(request);
        Assert.Null(reply.Error);
        return MeaningOf(Assert.Single(reply.Messages));
    }

    private static NftablesMessage MeaningOf(byte[] message)
    {
        Assert.True(NftablesMessage.TryDecode(message, out NftablesMessage? meaning));
        return meaning;
    }
}
