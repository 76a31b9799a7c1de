using System;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Server.Ipam;

public sealed class IpamComparisonTests
{
    private readonly IpamFleet _fleet = new();

    [Fact]
    public void Where_all_agree_every_address_has_its_owner_and_nothing_is_wrong()
    {
        _fleet.Agreed("n1", "web", "10.65.0.1").Agreed("n2", "db", "10.65.0.65");
        _fleet.Put(IpamFleet.Node("n1", "10.65.0.0")).Journalled("n1", "n1", "10.65.0.0", use: AddressUse.Tunnel);
        IpamCheck check = _fleet.Check;
        Assert.Empty(check.Problems);
        Assert.Equal(
            [
                "10.65.0.0 n1 Tunnel n1 10.65.0.0/26",
                "10.65.0.1 n1 Workload shop/web/eth0 10.65.0.0/26",
                "10.65.0.65 n2 Workload shop/db/eth0 10.65.0.64/26",
            ],
            check.Addresses.Select(a => $"{a.Address} {a.Node} {a.Use} {a.Owner} {a.Block}"));
    }

    [Fact]
    public void What_one_knows_and_another_does_not_mends_itself()
    {
        _fleet.Journalled("n1", "web", "10.65.0.1").Stored("n2", "db", "10.65.0.65");
        _fleet.Journalled("n1", "new", "10.65.0.2", AddressState.Connecting).Stored("n1", "new", "10.65.0.2");
        _fleet.Audits["n2"] = _fleet.Audits["n2"] with { Unknown = [IpAddress.Parse("10.65.0.70")] };
        Assert.Equal(
            ["NotInKernel n1 10.65.0.2", "NotInJournal n2 10.65.0.70", "NotInStore n1 10.65.0.1", "OnlyInStore n2 10.65.0.65"],
            _fleet.Check.Problems.Select(Describe));
        Assert.All(_fleet.Check.Problems, problem => Assert.True(problem.MendsItself));
    }

    [Fact]
    public void What_is_being_disconnected_is_nobodys_problem()
    {
        _fleet.Journalled("n1", "web", "10.65.0.1", AddressState.Disconnecting);
        Assert.Empty(_fleet.Check.Problems);
    }

    [Fact]
    public void A_leaked_address_names_what_is_gone_and_when_it_is_freed()
    {
        _fleet.Stored("n1", "web", "10.65.0.1").Journalled("n1", "web", "10.65.0.1", AddressState.Leaked, freedIn: 90);
        IpamProblem leak = Assert.Single(_fleet.Check.Problems);
        Assert.Equal("Leaked n1 10.65.0.1", Describe(leak));
        Assert.True(leak.MendsItself);
        Assert.Equal("10.65.0.1 is shop/web/eth0's on n1, which is gone: network namespace /run/netns/x and link weft01234567890", leak.Message);
        Assert.Equal("by itself in 90 s, or now: weft ipam release --ip 10.65.0.1", leak.Mend);
    }

    [Fact]
    public void An_address_that_a_resource_keeps_for_what_is_gone_does_not_mend_itself()
    {
        _fleet.Stored("n1", "web", "10.65.0.1").Journalled("n1", "web", "10.65.0.1", AddressState.Kept);
        IpamProblem kept = Assert.Single(_fleet.Check.Problems);
        Assert.Equal(("Kept n1 10.65.0.1", false), (Describe(kept), kept.MendsItself));
    }

    [Fact]
    public void An_address_of_two_owners_is_told_first_and_both_are_named()
    {
        _fleet.Agreed("n1", "web", "10.65.0.1").Agreed("n2", "db", "10.65.0.1");
        IpamProblem[] problems = [.. _fleet.Check.Problems];
        Assert.Equal(["Doubled  10.65.0.1", "OutsideBlocks n2 10.65.0.1"], problems.Select(Describe));
        Assert.Equal("10.65.0.1 is in use twice: by shop/web/eth0 on n1 and shop/db/eth0 on n2", problems[0].Message);
        Assert.All(problems, problem => Assert.False(problem.MendsItself));
    }

    [Fact]
    public void A_block_that_the_store_forgot_is_told_with_who_has_addresses_of_it()
    {
        _fleet.Agreed("n1", "web", "10.65.0.130");
        IpamProblem outside = Assert.Single(_fleet.Check.Problems);
        Assert.Equal("OutsideBlocks n1 10.65.0.130", Describe(outside));
        Assert.Contains("the store gives its block to nobody", outside.Message, StringComparison.Ordinal);
        Assert.True(outside.MendsItself);
    }

    [Fact]
    public void A_borrowed_address_is_in_two_journals_and_used_once()
    {
        _fleet.Put(IpamFleet.Loan("10.65.0.5")).Journalled("n1", "n2", "10.65.0.5", use: AddressUse.Lent).Agreed("n2", "db", "10.65.0.5");
        Assert.Empty(_fleet.Check.Problems);
    }

    [Fact]
    public void A_loan_that_only_one_side_knows_mends_itself_and_one_of_an_address_in_use_is_doubled()
    {
        _fleet.Put(IpamFleet.Loan("10.65.0.5")).Agreed("n2", "db", "10.65.0.5").Journalled("n1", "n2", "10.65.0.6", use: AddressUse.Lent);
        Assert.Equal(["NotInStore n1 10.65.0.6", "OnlyInStore n1 10.65.0.5"], _fleet.Check.Problems.Select(Describe));
        Assert.All(_fleet.Check.Problems, problem => Assert.True(problem.MendsItself));
        _fleet.Agreed("n1", "web", "10.65.0.5");
        Assert.Equal("Doubled  10.65.0.5", Describe(_fleet.Check.Problems[0]));
    }

    [Fact]
    public void Agents_that_are_away_are_named_and_their_addresses_taken_from_the_store()
    {
        _fleet.Stored("n2", "db", "10.65.0.65");
        _fleet.Audits.Remove("n2");
        _fleet.Away["n2"] = "it is not connected";
        IpamCheck check = _fleet.Check;
        Assert.Equal(["n1"], check.Nodes);
        Assert.Equal(["n2"], check.Away);
        Assert.Equal(("10.65.0.65", null), (check.Addresses.Single().Address.ToString(), check.Addresses.Single().State));
        Assert.Equal(("Away n2 ", false), (Describe(check.Problems.Single()), check.Problems.Single().MendsItself));
    }

    [Fact]
    public void Blocks_and_endpoints_of_no_node_and_blocks_that_overlap_are_told()
    {
        _fleet.Put(
            IpamBlock.Of(IpPrefix.Parse("10.65.0.128/26"), "default", "n9"),
            IpamBlock.Of(IpPrefix.Parse("10.65.0.64/27"), "default", "n2"),
            IpamFleet.Endpoint("n9", "lost", "10.65.0.129"));
        Assert.Equal(
            ["NoNode n9 10.65.0.128", "NoNode n9 10.65.0.129", "WrongBlock n2 10.65.0.64", "WrongBlock n2 10.65.0.64"],
            _fleet.Check.Problems.Select(Describe));
    }

    private static string Describe(IpamProblem problem) => $"{problem.Kind} {problem.Node} {problem.Address}";
}
