using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>Who gets which block, and who lends to whom: decisions on states, step by step.</summary>
public sealed class LoanDecisionTests
{
    private readonly KnownAgents _agents = new();
    private FleetState _state = FleetState.Empty;
    private int _uids;

    public LoanDecisionTests()
    {
        // A pool of two blocks, and three nodes.
        Put(
            new IpPool { Metadata = Named("p"), Cidr = IpPrefix.Parse("10.65.0.0/29"), BlockSize = 30 },
            new NodeResource { Metadata = Named("n1") },
            new NodeResource { Metadata = Named("n2") },
            new NodeResource { Metadata = Named("n3") });
        _agents.Connected.UnionWith(["n1", "n2", "n3"]);
    }

    [Fact]
    public void A_wanted_address_claims_the_block_that_holds_it()
    {
        Assert.Equal("10.65.0.4/30", Claim("n1", 0, "10.65.0.6"));
        Assert.Equal("10.65.0.4/30", Claim("n1", 1, "10.65.0.5"));
        Assert.Equal("10.65.0.0/30", Claim("n1", 1));
        Assert.Equal(
            "10.65.0.6 is in block 10.65.0.4/30, which Node n1 has: run the workload there, or give it another address",
            Claim("n2", 0, "10.65.0.6"));
        Assert.Equal("192.0.2.1 is not in IPPool p (10.65.0.0/29)", Claim("n2", 0, "192.0.2.1"));
    }

    [Fact]
    public void What_a_node_wanted_to_give_back_stays_if_it_has_it_anew_by_then()
    {
        IpPrefix block = IpPrefix.Parse("10.65.0.0/30");
        Claim("n1", 0);
        long decided = _state.Revision;
        Assert.Equal("", Release("n1", "10.65.0.0/30", decided));
        Assert.Null(_state.FindBlock(block));
        Claim("n1", 0);
        Assert.Equal("", Release("n1", "10.65.0.0/30", decided)); // The same question, on its way for long.
        Assert.Equal(_state.FindBlock(block)!.Metadata.ResourceVersion, BlockDecisions.HasAnewSince(_state, "n1", new BlockRelease(block, decided)));
        Assert.Null(BlockDecisions.HasAnewSince(_state, "n1", new BlockRelease(block, _state.Revision)));

        Claim("n2", 0);
        Answer("n2", Loan(Borrow("n3", 0, "10.65.0.6")), "10.65.0.6");
        decided = _state.Revision;
        Assert.Equal("", Release("n3", "10.65.0.6/32", decided));
        Assert.Empty(_state.Loans);
        AddressLoan anew = Loan(Borrow("n3", 0, "10.65.0.6"));
        Answer("n2", anew, "10.65.0.6");
        Assert.Equal("", Release("n3", "10.65.0.6/32", decided));
        Assert.Equal(anew.Metadata.Name, Assert.Single(_state.Loans).Metadata.Name);
        Assert.Equal("", Release("n3", "10.65.0.6/32", _state.Revision));
        Assert.Empty(_state.Loans);
    }

    [Fact]
    public void A_block_that_the_node_has_seen_is_not_given_to_it_again_when_another_is_being_announced()
    {
        Claim("n1", 0);
        Claim("n1", 1);
        IpamBlock second = _state.FindBlock(IpPrefix.Parse("10.65.0.4/30"))!;
        _state = _state.With(_state.Revision + 1, [new ResourceChange(second, second with { Announcing = true })]);
        Put(_state.FindBlock(IpPrefix.Parse("10.65.0.0/30"))!); // Its announcement ends: it is the newer one from here on.
        Assert.Equal("10.65.0.4/30", Claim("n1", 1));
    }

    [Fact]
    public void A_node_gets_no_more_blocks_than_the_configuration_lets_it()
    {
        Put(new IpamConfiguration { Metadata = Named("default"), StrictAffinity = true, MaxBlocksPerHost = 1 });
        Assert.Equal("10.65.0.0/30", Claim("n1", 0));
        Assert.Equal("10.65.0.0/30", Claim("n1", 0));
        Assert.StartsWith("Node n1 has 1 blocks, and IPAMConfiguration default has maxBlocksPerHost: 1: raise it", Claim("n1", 1), StringComparison.Ordinal);
        Assert.StartsWith("Node n1 has 1 blocks", Claim("n1", 1, "10.65.0.5"), StringComparison.Ordinal);
        Assert.Equal("10.65.0.4/30", Claim("n2", 0));
        Put(new IpamConfiguration { Metadata = Named("default"), StrictAffinity = true, AutoAllocateBlocks = false });
        Assert.Equal("10.65.0.4/30", Claim("n2", 0));
        Assert.Contains("has autoAllocateBlocks: false; set it to true", Claim("n3", 0), StringComparison.Ordinal);
    }

    [Fact]
    public void The_node_with_the_most_free_addresses_lends_and_asking_twice_borrows_once()
    {
        Claim("n1", 0);
        Assert.Equal("IPPool p has a free block: claim it", Borrow("n3", 0));
        Claim("n2", 0);
        _agents.Free[("n1", IpPrefix.Parse("10.65.0.0/30"))] = 1;
        _agents.Free[("n2", IpPrefix.Parse("10.65.0.4/30"))] = 2;
        AddressLoan loan = Loan(Borrow("n3", 0));
        Assert.Equal(("n2", "n3", IpPrefix.Parse("10.65.0.4/30")), (loan.Lender, loan.Borrower, loan.Block));
        Assert.Equal(loan.Metadata.Name, Borrow("n3", 0));

        // Only the lender answers, and only with an address of the block that nobody else has.
        Assert.Equal("AddressLoan/loan-u3 is lent by Node n2, not by n1", Answer("n1", loan, "10.65.0.6"));
        Assert.Equal("10.65.0.1 is not in block 10.65.0.4/30", Answer("n2", loan, "10.65.0.1"));
        Assert.Equal("", Answer("n2", loan, "10.65.0.6"));
        Assert.Equal("", Answer("n2", loan, "10.65.0.6"));
        Assert.Equal("Node n3 has 10.65.0.6 already", Answer("n2", loan, "10.65.0.7"));
        Assert.Equal("Node n3 has 10.65.0.6 already: it gives it back", Answer("n2", loan, null));
        Assert.Equal(loan.Metadata.Name, Borrow("n3", 0));
        AddressLoan second = Loan(Borrow("n3", 1));
        Assert.NotEqual(loan.Metadata.Name, second.Metadata.Name);
        Assert.Equal("10.65.0.6 is lent to Node n3 by AddressLoan/loan-u3", Answer("n2", second with { Lender = "n2" }, "10.65.0.6"));

        // It is given back like a block, by who has it; the block stays as long as anything of it is lent.
        Assert.Contains("of block 10.65.0.4/30 are lent", Release("n2", "10.65.0.4/30"), StringComparison.Ordinal);
        Assert.Equal("10.65.0.6 is lent to Node n3, not to n2", Release("n2", "10.65.0.6/32"));
        Assert.Equal("", Release("n3", "10.65.0.6/32"));
        Assert.Equal("", Release("n3", "10.65.0.6/32"));
        Assert.Null(_state.FindLoan(loan.Metadata.Name));
        Assert.Equal("", Answer("n2", loan, "10.65.0.6")); // Too late: nobody has it.
    }

    [Fact]
    public void Who_has_none_or_is_away_does_not_lend_and_the_refusal_says_all_of_it()
    {
        Claim("n1", 0);
        Claim("n2", 0);
        _agents.Connected.Remove("n2");
        AddressLoan loan = Loan(Borrow("n3", 0));
        Assert.Equal("n1", loan.Lender);
        Assert.Equal("", Answer("n1", loan, null));
        Assert.Empty(_state.Loans);
        _agents.Free[("n1", IpPrefix.Parse("10.65.0.0/30"))] = 0;
        Assert.Equal(
            "IPPool p (10.65.0.0/29) has no free block: all 2 blocks of /30 are taken (n1 1, n2 1); add another IPPool, or remove workloads of this node; "
            + "no node lends an address (n1: it has none free, n2: its agent is not connected)",
            Borrow("n3", 0));

        // One that comes to another node has another name, so that an answer of the first one meets nothing.
        _agents.Connected.Add("n2");
        _agents.Free.Clear();
        loan = Loan(Borrow("n3", 0));
        Assert.Equal("", Answer(loan.Lender, loan, null));
        AddressLoan next = Assert.Single(_state.Loans);
        Assert.NotEqual((loan.Lender, loan.Metadata.Name), (next.Lender, next.Metadata.Name));
        Assert.Equal([loan.Block], next.Declined);
        Assert.Equal("", Answer(loan.Lender, loan, "10.65.0.1"));
        Assert.Equal(next, Assert.Single(_state.Loans));
    }

    [Fact]
    public void A_strict_fleet_does_not_borrow()
    {
        Claim("n1", 0);
        Claim("n2", 0);
        Put(new IpamConfiguration { Metadata = Named("default"), StrictAffinity = true });
        Assert.Contains("strictAffinity: true, so nodes do not borrow", Borrow("n3", 0), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wanted_address_is_borrowed_from_who_has_its_block()
    {
        Claim("n1", 0);
        Assert.Equal("the block of 10.65.0.5 is free: claim it", Borrow("n3", 0, "10.65.0.5"));
        AddressLoan loan = Loan(Borrow("n3", 0, "10.65.0.2"));
        Assert.Equal(("n1", IpAddress.Parse("10.65.0.2")), (loan.Lender, loan.Wanted!.Value));
        Assert.Equal("10.65.0.2 was asked for, not 10.65.0.1", Answer("n1", loan, "10.65.0.1"));
        Assert.Equal("", Answer("n1", loan, "10.65.0.2"));
        Assert.Equal(loan.Metadata.Name, Borrow("n3", 0, "10.65.0.2"));
        Assert.Equal("10.65.0.2 is lent to Node n3", Borrow("n2", 0, "10.65.0.2"));
        Assert.Equal("10.65.0.1 is in a block of Node n1 itself", Borrow("n1", 0, "10.65.0.1"));
    }

    [Fact]
    public void A_block_of_one_address_is_not_lent()
    {
        Put(new IpPool { Metadata = Named("one"), Cidr = IpPrefix.Parse("10.66.0.0/32"), BlockSize = 32 });
        Assert.Equal("10.66.0.0/32", Claim("n1", 0, null, "one"));
        Assert.Contains("n1: its blocks are single addresses", Borrow("n2", 0, null, "one"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deleted_lenders_block_stays_until_what_is_lent_of_it_is_given_back()
    {
        Claim("n1", 0);
        Claim("n2", 0);
        _agents.Free[("n2", IpPrefix.Parse("10.65.0.4/30"))] = 0;
        AddressLoan loan = Loan(Borrow("n3", 0));
        Answer("n1", loan, "10.65.0.1");
        AddressLoan pending = Loan(Borrow("n2", 0));
        Assert.Equal("n1", pending.Lender);
        Leave(_state.FindNode("n1")!);
        Assert.NotNull(_state.FindNode("n1"));
        Assert.Contains("being removed", Claim("n1", 1), StringComparison.Ordinal);
        Assert.Equal("", Release("n1", "10.65.0.0/30"));
        Assert.Null(_state.FindNode("n1"));
        Assert.True(_state.FindBlock(loan.Block)!.IsGivenBack);
        Assert.Equal("", Release("n1", "10.65.0.0/30")); // The same, said twice.

        // Whoever comes under that name does not get it back.
        Put(new NodeResource { Metadata = Named("n1") });
        Assert.Empty(_state.BlocksOfNode("n1"));
        Assert.Contains("has no free block", Claim("n1", 0), StringComparison.Ordinal);
        Assert.Contains("is nobody's until other nodes have given back", Claim("n1", 0, "10.65.0.2"), StringComparison.Ordinal);
        Assert.Equal("refused: 10.65.0.2 belongs to Node released:n1, not to n1", Publish("n1", IpAddress.Parse("10.65.0.2")));
        Assert.Equal(loan.Metadata.Name, Assert.Single(_state.Loans).Metadata.Name);
        Assert.NotNull(_state.FindBlock(loan.Block));
        Assert.Contains("has no free block", Claim("n2", 1), StringComparison.Ordinal);

        // The pool waits for it, too.
        Leave(_state.FindPool("p")!);
        Assert.Equal("", Release("n2", "10.65.0.4/30"));
        Assert.NotNull(_state.FindPool("p"));
        Assert.Equal("", Release("n3", "10.65.0.1/32"));
        Assert.Empty(_state.Blocks);
        Assert.Null(_state.FindPool("p"));
    }

    [Fact]
    public void What_a_deleted_node_borrowed_goes_with_it()
    {
        Claim("n1", 0);
        Claim("n2", 0);
        AddressLoan loan = Loan(Borrow("n3", 0));
        Answer(loan.Lender, loan, loan.Block.At(1).ToString());
        Leave(_state.FindNode("n3")!);
        Assert.Empty(_state.Loans);
        Assert.Null(_state.FindNode("n3")); // The others were still being told: it has never had it.
        Assert.Equal(2, _state.Blocks.Count());
    }

    [Fact]
    public void A_deleted_node_that_may_use_what_it_borrowed_is_waited_for()
    {
        Claim("n1", 0);
        Claim("n2", 0);
        AddressLoan loan = Loan(Borrow("n3", 0));
        Answer(loan.Lender, loan, loan.Block.At(1).ToString());
        Put(Loan(loan.Metadata.Name) with { Announcing = false });
        Leave(_state.FindNode("n3")!);
        Assert.NotNull(_state.FindNode("n3"));
        Assert.Equal("", Release("n3", $"{loan.Block.At(1)}/32"));
        Assert.Null(_state.FindNode("n3"));
        Assert.Empty(_state.Loans);
    }

    [Fact]
    public void A_workload_has_no_address_of_another_node()
    {
        Claim("n1", 0);
        Claim("n2", 0);
        AddressLoan loan = Loan(Borrow("n3", 0));
        Answer(loan.Lender, loan, loan.Block.At(2).ToString());
        Assert.Equal("created", Publish("n3", loan.Block.At(2)));
        Assert.Equal($"refused: {loan.Block.At(2)} belongs to Node n3, not to {loan.Lender}", Publish(loan.Lender, loan.Block.At(2)));
        Assert.Equal("refused: 10.65.0.5 belongs to Node n2, not to n1", Publish("n1", IpAddress.Parse("10.65.0.5")));
        Assert.Equal("created", Publish("n1", IpAddress.Parse("10.65.0.3")));
    }

    // Whatever is asked in whatever order: an address has one owner, and plans agree on it.
    [Fact]
    public void An_address_has_one_node_whatever_is_asked() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 2], Gen.Int[0, 7]).Array[1, 60].Sample(steps =>
        {
            LoanDecisionTests fleet = new();
            foreach ((int what, int who, int which) in steps)
            {
                fleet.Step(what, $"n{who + 1}", which);
                fleet.CheckOwners();
            }
        });

    private void Step(int what, string node, int which)
    {
        string address = IpPrefix.Parse("10.65.0.0/29").At((UInt128)which).ToString();
        switch (what)
        {
            case 0:
                Claim(node, which % 3, which > 5 ? address : null);
                break;
            case 1:
                Borrow(node, which % 3, which > 5 ? address : null);
                break;
            case 2 or 3:
                foreach (AddressLoan loan in _state.LoansUndecided.Take(1).ToList())
                {
                    Answer(loan.Lender, loan, which == 0 ? null : loan.Block.At((UInt128)(which % 4)).ToString());
                }

                break;
            case 4:
                Release(node, which % 2 == 0 ? $"{address}/32" : which < 4 ? "10.65.0.0/30" : "10.65.0.4/30");
                break;
            case 5 when _state.FindNode(node) is { Metadata.IsTerminating: true } gone:
                Draft draft = new(_state);
                Departures.TakeBack(draft, node);
                draft.Put(gone);
                Departures.Settle(draft);
                Commit(draft.Changes);
                Assert.Null(_state.FindNode(node));
                break;
            case 5 when _state.FindNode(node) is { } leaving:
                Leave(leaving);
                break;
            case 5:
                Put(new NodeResource { Metadata = Named(node) });
                break;
            default:
                _agents.Connected.SymmetricExceptWith([node]);
                break;
        }
    }

    private void CheckOwners()
    {
        Assert.Equal(_state.Blocks.Count(), _state.Blocks.Select(block => block.Cidr).Distinct().Count());
        List<AddressLoan> decided = [.. _state.Loans.Where(loan => loan.Address is not null)];
        Assert.Equal(decided.Count, decided.Select(loan => loan.Address).Distinct().Count());
        Assert.All(_state.Loans, loan =>
        {
            // What is lent stays its lender's block, also of one that is gone; and only who is there borrows.
            IpamBlock? lent = _state.FindBlock(loan.Block);
            Assert.True(lent is { IsGivenBack: true } ? loan.Address is not null : lent?.Node == loan.Lender);
            Assert.NotNull(_state.FindNode(loan.Borrower));
            Assert.True(loan.Address is not { } address || loan.Block.Contains(address));
        });
        Assert.All(_state.Blocks, block =>
            Assert.True(block.IsGivenBack ? _state.LoansOfBlock(block.Cidr).Count > 0 : _state.FindNode(block.Node!) is not null));
        Assert.All(_state.NodesLeaving, node => Assert.True(
            _state.BlocksOfNode(node.Metadata.Name).Count > 0 || _state.LoansOfBorrower(node.Metadata.Name).Count > 0));
    }

    private static Metadata Named(string name) => new() { Name = name, Uid = name };

    private void Put(params Resource[] resources) => Commit(
        [.. resources.Select(resource => new ResourceChange(_state.Find(resource.Key), resource))]);

    private void Leave(Resource resource)
    {
        Draft draft = new(_state);
        draft.Put(resource with { Metadata = resource.Metadata with { DeletionTimestamp = "2026-01-01T00:00:00Z" } });
        Departures.Settle(draft);
        Commit(draft.Changes);
    }

    private string Claim(string node, int have, string? wanted = null, string pool = "p")
    {
        Decision decision = BlockDecisions.Claim(
            _state, node, new BlockClaim(pool, have, wanted is null ? null : IpAddress.Parse(wanted)), _agents, AStamp(), out IpPrefix? block);
        return Follow(decision) ?? block!.Value.ToString();
    }

    private string Borrow(string node, int have, string? wanted = null, string pool = "p")
    {
        Decision decision = LoanDecisions.Request(
            _state, node, new LoanRequest(pool, have, wanted is null ? null : IpAddress.Parse(wanted)), _agents, AStamp(), out string name);
        return Follow(decision) ?? name;
    }

    private AddressLoan Loan(string name)
    {
        AddressLoan? loan = _state.FindLoan(name);
        Assert.True(loan is not null, name);
        return loan;
    }

    private string Answer(string node, AddressLoan loan, string? address) => Follow(LoanDecisions.Answer(
        _state, node, loan.Metadata.Name, new LoanDecision(address is null ? null : IpAddress.Parse(address)), _agents, AStamp())) ?? "";

    private string Release(string node, string cidr, long? decided = null) =>
        Follow(BlockDecisions.Release(_state, node, new BlockRelease(IpPrefix.Parse(cidr), decided))) ?? "";

    private string Publish(string node, IpAddress address)
    {
        WorkloadPublication publication = new()
        {
            Namespace = "shop",
            Workload = $"w{address}-{node}".Replace('.', '-'),
            Interface = "eth0",
            Present = true,
            Addresses = [address],
        };
        Decision decision = PublicationDecision.Decide(_state, node, [publication], AStamp());
        Follow(decision);
        return decision.Results.Single().Outcome;
    }

    // What is refused; none if it is done.
    private string? Follow(Decision decision)
    {
        Commit(decision.Changes);
        return decision.Refusal?.Error.Message;
    }

    private void Commit(IReadOnlyList<ResourceChange> changes)
    {
        long revision = _state.Revision + 1;
        _state = _state.With(revision, [.. changes.Select(change => change with
        {
            // Every node knows of every block at once.
            After = (change.After is IpamBlock made ? made with { Announcing = false } : change.After) is { } after
                ? after with { Metadata = after.Metadata with { ResourceVersion = revision } }
                : null,
        })]);
    }

    private Stamp AStamp() => new("2026-01-01T00:00:00Z", () => $"u{++_uids}");

    private sealed class KnownAgents : IAgentFacts
    {
        public SortedSet<string> Connected { get; } = new(StringComparer.Ordinal);

        public Dictionary<(string, IpPrefix), int> Free { get; } = [];

        public bool IsConnected(string node) => Connected.Contains(node);

        public int? FreeOf(string node, IpPrefix block) => Free.TryGetValue((node, block), out int free) ? free : null;

        public bool HasDeclined(IpPrefix block, IpAddress? wanted) => false;

        public IEnumerable<(string Node, IpPrefix Range)> Held(FleetState state) => [];

        public string? WhyNoBlocks(FleetState state) => null;
    }
}
