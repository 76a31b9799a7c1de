using System;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Allocation;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Node.Allocating;

public sealed class AddressAllocatorTests
{
    private static readonly IpPrefix First = IpPrefix.Parse("10.65.0.0/30");
    private static readonly IpPrefix Second = IpPrefix.Parse("10.65.0.4/30");

    [Fact]
    public void A_block_that_is_given_back_is_yielded_on_disk_first_and_no_older_plan_brings_it_back()
    {
        AllocatorDesk desk = new();
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"));
        desk.Pass(61);
        Assert.Equal(Second, Assert.Single(desk.Take<AllocatorAction.ReleaseBlock>()).Cidr);
        Assert.Equal(new BlockYielded(Second, 5), desk.Journal[^1]);

        // It died after the server took the block back, and before it heard of that: the plan on disk still has it.
        desk.Restart(AllocatorDesk.Frame(5, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30")));
        Assert.All(Enumerable.Range(0, 6).Select(i => desk.Add($"w{i}").Addresses), a => Assert.DoesNotContain(a ?? [], Second.Contains));
        desk.Hear(6, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"));
        Assert.Equal(Second, Assert.Single(desk.Take<AllocatorAction.ReleaseBlock>()).Cidr);
        desk.Answer(a => a.TakeRelease(Second, 7, null, desk.Now));
        desk.Hear(8, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.Equal(new BlockSettled(Second, 8), desk.Journal[^1]);

        // A server that is behind: nothing is given out on its word, until it has stayed behind for long.
        desk.Hear(6, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"));
        Assert.Equal(default, desk.Add("late"));
        Assert.Contains("history", desk.Findings.Keys);
        desk.Pass(20);
        Assert.Equal(default, desk.Add("late"));
        desk.Pass(11);
        Assert.True(Second.Contains(Assert.Single(desk.Add("late").Addresses!)));
        Assert.DoesNotContain("history", desk.Findings.Keys);
    }

    [Fact]
    public void A_lent_address_is_on_disk_before_it_is_told_and_comes_back_when_the_loan_is_gone()
    {
        AllocatorDesk desk = new();
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l1"));
        Assert.Equal(new AddressLent("l1", First.At(0), 5), desk.Journal[^1]);
        Assert.Equal(new AllocatorAction.DecideLoan("l1", First.At(0)), Assert.Single(desk.Take<AllocatorAction.DecideLoan>()));
        Assert.Equal(First.At(1), Assert.Single(desk.Add("a").Addresses!));

        // Not heard, it says so again; a new run says the same.
        desk.Answer(a => a.TakeLoanDecided("l1", "broken", desk.Now));
        desk.Pass(2);
        Assert.Equal(First.At(0), Assert.Single(desk.Take<AllocatorAction.DecideLoan>()).Address);
        desk.Restart();
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l1"));
        Assert.Equal(First.At(0), Assert.Single(desk.Take<AllocatorAction.DecideLoan>()).Address);
        desk.Hear(6, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l1", "10.65.0.0"));
        desk.Pass(5);
        Assert.Empty(desk.Take<AllocatorAction.DecideLoan>());

        // An older plan knows nothing of the loan; a newer one says that it is gone.
        desk.Hear(4, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.NotNull(desk.Allocator.Book.LentAs("l1"));
        desk.Hear(7, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.Equal(new AddressReturned("l1"), desk.Journal[^1]);
        Assert.Equal([First.At(2), First.At(3), First.At(0)], Enumerable.Range(0, 3).Select(i => desk.Add($"b{i}").Addresses!.Single()));
    }

    [Fact]
    public void A_lender_without_a_free_address_says_so_and_a_wanted_one_is_lent_only_if_it_is_free()
    {
        AllocatorDesk desk = new();
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.Equal(First.At(0), Assert.Single(desk.Add("a").Addresses!));
        desk.Hear(6, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l1", wanted: "10.65.0.0"), AllocatorDesk.Loan("l2", wanted: "10.65.0.3"));
        Assert.Equal([null, First.At(3)], desk.Take<AllocatorAction.DecideLoan>().OrderBy(d => d.Loan).Select(d => d.Address));
        desk.Add("b");
        desk.Add("c");
        desk.Hear(7, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l2", "10.65.0.3"), AllocatorDesk.Loan("l3"));
        Assert.Equal(new AllocatorAction.DecideLoan("l3", null), Assert.Single(desk.Take<AllocatorAction.DecideLoan>()));
    }

    [Fact]
    public void An_address_is_borrowed_after_a_claim_was_refused_and_given_back_when_it_is_free()
    {
        AllocatorDesk desk = new();
        desk.Hear(5);
        Assert.Equal(default, desk.Add("a"));
        Assert.Single(desk.Take<AllocatorAction.ClaimBlock>());
        desk.Answer(a => a.TakeClaim("p", null, null, "exhausted", false, desk.Now, []));
        Assert.Equal(default, desk.Add("a"));
        Assert.Equal(new AllocatorAction.RequestLoan("p", 0, null), Assert.Single(desk.Take<AllocatorAction.RequestLoan>()));
        Assert.Empty(desk.Take<AllocatorAction.ClaimBlock>());
        desk.Answer(a => a.TakeLoan("p", null, null, false, desk.Now));
        desk.Hear(6, AllocatorDesk.Own("10.65.0.9/32", lender: "n2"), AllocatorDesk.Remote("10.65.0.8/30"));
        Assert.Equal("10.65.0.9", desk.Add("a").Addresses!.Single().ToString());
        Assert.Null(desk.Allocator.WhyLost(IpAddress.Parse("10.65.0.9")));
        desk.Del("a");
        Assert.Equal("10.65.0.9", desk.Add("b").Addresses!.Single().ToString()); // For a moment it is kept.
        desk.Del("b");
        desk.Pass(3);
        Assert.Equal("10.65.0.9/32", Assert.Single(desk.Take<AllocatorAction.ReleaseBlock>()).Cidr.ToString());
        Assert.Null(desk.Add("c").Addresses);

        // Nobody borrows where nodes keep to their own blocks.
        desk.Hear(7, new AllocationEntry { StrictAffinity = true });
        desk.Take<AllocatorAction.ClaimBlock>();
        desk.Answer(a => a.TakeClaim("p", null, null, "exhausted", false, desk.Now, []));
        Assert.Equal("exhausted", desk.Add("d").WhyNot);
        Assert.Empty(desk.Take<AllocatorAction.RequestLoan>());
    }

    [Fact]
    public void A_block_that_does_not_hold_the_address_that_was_asked_for_ends_the_asking()
    {
        AllocatorDesk desk = new();
        desk.Hear(5);
        Assert.Equal(default, desk.Add("a", c => c with { Addresses = [Second.At(2)] }));
        Assert.Equal(Second.At(2), Assert.Single(desk.Take<AllocatorAction.ClaimBlock>()).Wanted);
        desk.Answer(a => a.TakeClaim("p", Second.At(2), First, null, false, desk.Now, []));
        Assert.Contains("does not hold 10.65.0.6", desk.Add("a", c => c with { Addresses = [Second.At(2)] }).WhyNot, StringComparison.Ordinal);
        Assert.Empty(desk.Take<AllocatorAction.ClaimBlock>());
    }

    [Fact]
    public void A_fixed_address_is_given_if_it_is_free_and_its_holder_is_named_if_not()
    {
        AllocatorDesk desk = new();
        PlanEntry[] entries =
        [
            AllocatorDesk.Own("10.65.0.0/30"),
            AllocatorDesk.Remote("10.65.0.8/30"),
            new ReservationEntry { Name = "r", Cidrs = [IpPrefix.Parse("10.65.0.0/31")] },
            new AllocationEntry { CooldownSeconds = 60 },
        ];
        desk.Hear(5, entries);
        Assert.Equal(First.At(2), desk.Add("auto").Addresses!.Single()); // The first two are reserved, but for who names one.
        Assert.Equal(First.At(1), desk.Add("fixed", c => c with { Addresses = [First.At(1)] }).Addresses!.Single());
        Assert.Equal("10.65.0.1 belongs to shop/fixed/eth0", desk.Add("second", c => c with { Addresses = [First.At(1)] }).WhyNot);
        desk.Del("fixed");
        Assert.Equal(First.At(1), desk.Add("second", c => c with { Addresses = [First.At(1)] }).Addresses!.Single());

        Assert.Equal(default, desk.Add("unclaimed", c => c with { Addresses = [Second.At(2)] }));
        Assert.Contains(new AllocatorAction.ClaimBlock("p", 1, Second.At(2)), desk.Asked);
        Assert.Equal(default, desk.Add("elsewhere", c => c with { Addresses = [IpAddress.Parse("10.65.0.9")] }));
        Assert.Contains(new AllocatorAction.RequestLoan("p", 0, IpAddress.Parse("10.65.0.9")), desk.Asked);
        desk.Hear(6, [.. entries[..3], new AllocationEntry { StrictAffinity = true }]);
        Assert.Equal("10.65.0.9 is of block 10.65.0.8/30 of node n9, and strictAffinity lets no other node use it",
            desk.Add("elsewhere", c => c with { Addresses = [IpAddress.Parse("10.65.0.9")] }).WhyNot);
    }

    [Fact]
    public void Who_waits_for_an_address_that_rests_gets_it_when_it_is_cool_and_not_before()
    {
        AllocatorDesk desk = new();
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/32"), new AllocationEntry { CooldownSeconds = 8, StrictAffinity = true, ClaimsNoBlocks = true });
        Assert.NotNull(desk.Add("a").Addresses);
        Assert.Contains("autoAllocateBlocks", desk.Add("b").WhyNot, StringComparison.Ordinal);
        desk.Del("a");
        Assert.Equal(default, desk.Add("b"));
        desk.Pass(7.9);
        Assert.Equal(default, desk.Add("b"));
        desk.Restart(); // A former run's times are not known: the address rests from the start.
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/32"), new AllocationEntry { CooldownSeconds = 60, StrictAffinity = true, ClaimsNoBlocks = true });
        Assert.Contains("rests until 60 s from now", desk.Add("b").WhyNot, StringComparison.Ordinal);
        desk.Pass(60);
        Assert.NotNull(desk.Add("b").Addresses);
    }

    [Fact]
    public void Where_namespaces_decide_and_this_one_is_not_known_a_node_without_its_server_says_try_again()
    {
        AllocatorDesk desk = new();
        PoolEntry closed = AllocatorDesk.Pool with { Name = "closed", Cidr = IpPrefix.Parse("10.66.0.0/24"), ClosedByDefault = true };
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"), closed);
        Assert.NotNull(desk.Add("a").Addresses);
        desk.Answer(a => a.ServerLost());
        AllocationOutcome refused = desk.Add("b");
        Assert.True(refused.IsForNow);
        Assert.Contains("namespace shop", refused.WhyNot, StringComparison.Ordinal);
        desk.Hear(6, AllocatorDesk.Own("10.65.0.0/30"), closed, new NamespaceEntry { Name = "shop", ClosedPools = ["closed"] });
        desk.Answer(a => a.ServerLost());
        Assert.NotNull(desk.Add("b").Addresses);
    }

    [Fact]
    public void An_address_whose_block_was_given_to_another_node_is_not_ours_until_it_is_again()
    {
        AllocatorDesk desk = new();
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"));
        desk.Add("a");
        Assert.True(desk.Allocator.Book.TryGet(new WorkloadId("shop", "a", "eth0"), out Assignment? held));
        desk.Hear(6, AllocatorDesk.Remote("10.65.0.0/30"));
        Assert.Equal("of a block that node n9 has now", desk.Allocator.WhyLost(First.At(0)));
        Assert.Empty(desk.Allocator.Ours(held).Record.Addresses);
        Assert.Contains("lost 10.65.0.0", desk.Findings.Keys);
        desk.Hear(7, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.Same(held, desk.Allocator.Ours(held));
        Assert.DoesNotContain("lost 10.65.0.0", desk.Findings.Keys);
        desk.Hear(8, AllocatorDesk.Remote("10.65.0.0/30"));
        desk.Del("a");
        Assert.DoesNotContain("lost 10.65.0.0", desk.Findings.Keys);
    }

    [Fact]
    public void An_address_that_the_plan_says_is_lent_is_nobodys_here_also_when_the_journal_was_lost_and_no_server_is_heard()
    {
        AllocatorDesk desk = new();
        desk.Restart(AllocatorDesk.Frame(5, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l1", "10.65.0.0")));
        Assert.Equal(First.At(1), Assert.Single(desk.Add("a").Addresses!));
        Assert.Contains("AddressLoan/l1", desk.Add("b", c => c with { Addresses = [First.At(0)] }).WhyNot, StringComparison.Ordinal);

        // Nor while the journal cannot be written: whoever asks waits until it can.
        desk = new();
        desk.FailingWrites = 1;
        desk.Hear(5, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Loan("l1", "10.65.0.0"));
        Assert.Equal(default, desk.Add("a"));
        desk.Pass(2);
        Assert.Equal(new AddressLent("l1", First.At(0), 5), Assert.Single(desk.Journal));
        Assert.Equal(First.At(1), Assert.Single(desk.Add("a").Addresses!));
    }

    [Fact]
    public void What_a_store_has_lost_is_told_and_asked_for_again_and_works_meanwhile()
    {
        AllocatorDesk desk = new();
        desk.Hear(500, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"), AllocatorDesk.Own("10.65.0.9/32", lender: "n2"));
        for (int i = 0; i < 6; i++)
        {
            desk.Add($"w{i}");
        }

        desk.Add("borrows", c => c with { Addresses = [IpAddress.Parse("10.65.0.9")] });
        Assert.Empty(desk.Allocator.Held);
        desk.Take<AllocatorAction.ClaimBlock>();

        // Restored from before the second block was claimed, and anything borrowed.
        desk.Hear(400, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.Equal([Second, IpPrefix.Parse("10.65.0.9/32")], desk.Allocator.Held);
        Assert.Contains(new AllocatorAction.ClaimBlock("p", 1, Second.At(0)), desk.Take<AllocatorAction.ClaimBlock>());
        desk.Answer(a => a.TakeClaim("p", Second.At(0), null, "broken", true, desk.Now, []));
        desk.Pass(10);
        Assert.Contains(new AllocatorAction.ClaimBlock("p", 1, Second.At(0)), desk.Take<AllocatorAction.ClaimBlock>());
        desk.Hear(401, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"), AllocatorDesk.Remote("10.65.0.8/30"));
        Assert.Empty(desk.Allocator.Held);
        Assert.Null(desk.Allocator.WhyLost(Second.At(0)));
        Assert.Equal("of a block that node n9 has now", desk.Allocator.WhyLost(IpAddress.Parse("10.65.0.9")));

        // Made anew, and the node is not known: all that it has, and nothing is asked for.
        desk.Take<AllocatorAction.ClaimBlock>();
        desk.Answer(a => a.BeForgotten(3, isDeleted: false, []));
        Assert.Equal([First, Second], desk.Allocator.Held.Take(2));
        desk.Pass(10);
        Assert.DoesNotContain(desk.Take<AllocatorAction.ClaimBlock>(), c => c.Wanted is not null);
        desk.Del("w4");
        desk.Del("w5");
        Assert.DoesNotContain(Second, desk.Allocator.Held);
    }

    [Fact]
    public void Who_waits_for_a_block_that_the_server_does_not_give_yet_goes_on_waiting_and_is_told_for_what()
    {
        AllocatorDesk desk = new();
        desk.Hear(5);
        Assert.Equal(default, desk.Add("a"));
        Assert.Single(desk.Take<AllocatorAction.ClaimBlock>());
        desk.Answer(a => a.TakeNotYet("p", null, "n2 was not heard yet", desk.Now));
        Assert.Equal(default, desk.Add("a"));
        Assert.Equal("a block of pool p (n2 was not heard yet)", desk.Allocator.Awaited);
        Assert.Empty(desk.Take<AllocatorAction.ClaimBlock>());
        desk.Pass(1.1);
        Assert.Equal(default, desk.Add("a"));
        Assert.Single(desk.Take<AllocatorAction.ClaimBlock>());
        Assert.Empty(desk.Take<AllocatorAction.RequestLoan>());
        Assert.Empty(desk.Findings);
    }

    [Fact]
    public void A_yield_that_a_store_has_answered_and_then_forgotten_is_asked_for_again_and_nobody_gets_an_address_of_the_block_meanwhile()
    {
        AllocatorDesk desk = new();
        desk.Hear(700, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"));
        desk.Pass(61);
        Assert.Equal(new AllocatorAction.ReleaseBlock(Second, 700), Assert.Single(desk.Take<AllocatorAction.ReleaseBlock>()));
        desk.Answer(a => a.TakeRelease(Second, 701, null, desk.Now));

        // The store is one of before: it gives the block to this node, and its server has not heard of the release.
        desk.Answer(a => a.ServerLost());
        desk.Hear(402, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"));
        Assert.Equal(default, desk.Add("early"));
        desk.Pass(31);
        Assert.All(Enumerable.Range(0, 6).Select(i => desk.Add($"w{i}").Addresses), a => Assert.DoesNotContain(a ?? [], Second.Contains));
        Assert.Equal(new AllocatorAction.ReleaseBlock(Second, 402), Assert.Single(desk.Take<AllocatorAction.ReleaseBlock>()));

        // It dies before the answer comes, and hears of it from the next plan.
        desk.Restart(AllocatorDesk.Frame(402, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30")));
        desk.Hear(404, AllocatorDesk.Own("10.65.0.0/30"));
        Assert.Equal(new BlockSettled(Second, 404), desk.Journal[^1]);
        desk.Hear(405, AllocatorDesk.Own("10.65.0.0/30"), AllocatorDesk.Own("10.65.0.4/30"));
        Assert.True(Second.Contains(Assert.Single(desk.Add("last").Addresses!)));
    }
}
