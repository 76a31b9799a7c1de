using System;
using System.Linq;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>Nodes that are gone for good give back what they had, after proof; lenders that do not answer are not waited for.</summary>
public sealed class GoneNodeTests
{
    [Fact]
    public async Task A_deleted_node_whose_agent_is_away_is_taken_back_after_the_grace_and_two_sightings()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await HostWorkloadAsync(fleet);
        Assert.Null(await fleet.Gone.StepAsync(TestContext.Current.CancellationToken));
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n1")!);
        Assert.True(fleet.Keeper.State.FindNode("n1")!.Metadata.IsTerminating);
        Assert.NotNull(await LookAsync(fleet));
        fleet.Time.Advance(TransitionFleet.Grace - TimeSpan.FromSeconds(1));
        await LookAsync(fleet);
        await LookAsync(fleet);
        Assert.Contains("is being removed and its agent is away: its 1 workloads, 1 blocks and 0 borrowed addresses are taken back in 1 min", Finding(fleet), StringComparison.Ordinal);
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        await LookAsync(fleet);
        Assert.NotNull(fleet.Keeper.State.FindNode("n1"));
        await LookAsync(fleet);
        FleetState state = fleet.Keeper.State;
        Assert.Null(state.FindNode("n1"));
        Assert.Empty(state.EndpointsOfNode("n1"));
        Assert.Equal(["n2"], state.Blocks.Select(block => block.Node));
        Assert.StartsWith(
            "Node n1 was deleted, and its agent away for 15 min: taken back at revision ", await fleet.SaidAsync(), StringComparison.Ordinal);
        Assert.Null(await LookAsync(fleet));
    }

    // What its agent has given out and not told yet, nobody else knows.
    [Fact]
    public async Task A_deleted_node_without_a_workload_keeps_its_blocks_until_its_agent_gives_them_back()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        IpPrefix block = Assert.Single(fleet.Keeper.State.BlocksOfNode("n1")).Cidr;
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n1")!);
        Assert.True(fleet.Keeper.State.FindNode("n1")!.Metadata.IsTerminating);
        fleet.Time.Advance(TransitionFleet.Grace * 2);
        await LookAsync(fleet);
        await LookAsync(fleet);
        Assert.Equal(
            "n1 is being removed, and waits for its agent to give back 1 blocks and 0 borrowed addresses: one that does not, says why in its own findings; or stop it for good",
            Finding(fleet));
        IpPrefix? claimed = null;
        await fleet.ChangeAsync(state => BlockDecisions.Claim(state, "n2", new BlockClaim("p1", 1), fleet.Facts, Stamp.Of(fleet.Time), out claimed));
        Assert.NotEqual(block, claimed);
        await fleet.ChangeAsync(state => BlockDecisions.Release(state, "n1", new BlockRelease(block)));
        Assert.Null(fleet.Keeper.State.FindNode("n1"));
        Assert.Null(fleet.Keeper.State.FindBlock(block));
        Assert.Null(await LookAsync(fleet));
    }

    [Fact]
    public async Task A_deleted_node_without_a_workload_whose_agent_is_away_is_taken_back_after_the_grace()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n1")!);
        Assert.NotNull(fleet.Keeper.State.FindNode("n1"));
        Assert.Contains("0 workloads, 1 blocks and 0 borrowed addresses are taken back in 15 min", Finding(fleet), StringComparison.Ordinal);
        await LookAsync(fleet);
        fleet.Time.Advance(TransitionFleet.Grace);
        await LookAsync(fleet);
        Assert.NotEmpty(fleet.Keeper.State.BlocksOfNode("n1"));
        await LookAsync(fleet);
        Assert.Null(fleet.Keeper.State.FindNode("n1"));
        Assert.Equal(["n2"], fleet.Keeper.State.Blocks.Select(b => b.Node));
    }

    // A block that is still being announced its journal may have all the same: of a store that was restored.
    [Fact]
    public async Task A_deleted_node_goes_at_once_when_it_has_no_block()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await fleet.ApplyAsync(new NodeResource { Metadata = new Metadata { Name = "n3" } }, new NodeResource { Metadata = new Metadata { Name = "n4" } });
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n3")!);
        Assert.Null(fleet.Keeper.State.FindNode("n3"));
        Assert.True((await fleet.ClaimAsync("n4", "p1")).Announcing);
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n4")!);
        Assert.NotNull(fleet.Keeper.State.FindNode("n4"));
        Assert.Equal(["n1", "n2", "n4"], fleet.Keeper.State.Blocks.Select(b => b.Node));
    }

    // What its journal has given out comes to light, also after the node was deleted.
    [Fact]
    public async Task A_workload_that_appears_on_a_node_that_is_being_removed_is_waited_for()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        IpPrefix block = Assert.Single(fleet.Keeper.State.BlocksOfNode("n1")).Cidr;
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n1")!);
        await HostWorkloadAsync(fleet);
        Assert.Single(fleet.Keeper.State.EndpointsOfNode("n1"));
        Assert.Contains("waits for 1 workloads on it", Finding(fleet), StringComparison.Ordinal);
        await fleet.ChangeAsync(state => PublicationDecision.Decide(
            state, "n1", [new WorkloadPublication { Namespace = "shop", Workload = "web", Interface = "eth0", Present = false }], Stamp.Of(fleet.Time)));
        Assert.NotNull(fleet.Keeper.State.FindNode("n1"));
        await fleet.ChangeAsync(state => BlockDecisions.Release(state, "n1", new BlockRelease(block)));
        Assert.Null(fleet.Keeper.State.FindNode("n1"));
    }

    [Fact]
    public async Task An_agent_that_comes_in_between_begins_the_grace_anew_also_when_it_goes_again_at_once()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await HostWorkloadAsync(fleet);
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n1")!);
        await LookAsync(fleet);
        fleet.Time.Advance(TransitionFleet.Grace);
        await LookAsync(fleet);
        fleet.Connect("n1");
        fleet.Disconnect("n1");
        await LookAsync(fleet);
        await LookAsync(fleet);
        Assert.NotNull(fleet.Keeper.State.FindNode("n1"));

        // As long as it is connected, it empties its node itself.
        fleet.Connect("n1");
        fleet.Time.Advance(TransitionFleet.Grace * 3);
        await LookAsync(fleet);
        await LookAsync(fleet);
        Assert.Contains("waits for 1 workloads on it", Finding(fleet), StringComparison.Ordinal);
        fleet.Disconnect("n1");
        await LookAsync(fleet);
        fleet.Time.Advance(TransitionFleet.Grace);
        await LookAsync(fleet);
        Assert.NotNull(fleet.Keeper.State.FindNode("n1"));
        await LookAsync(fleet);
        Assert.Null(fleet.Keeper.State.FindNode("n1"));
    }

    [Fact]
    public async Task A_server_that_starts_anew_counts_from_then()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await HostWorkloadAsync(fleet);
        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n1")!);
        await LookAsync(fleet);
        fleet.Time.Advance(TransitionFleet.Grace);
        await LookAsync(fleet);
        await fleet.RestartAsync();
        await LookAsync(fleet);
        await LookAsync(fleet);
        Assert.NotNull(fleet.Keeper.State.FindNode("n1"));
        fleet.Time.Advance(TransitionFleet.Grace);
        await LookAsync(fleet);
        await LookAsync(fleet);
        Assert.Null(fleet.Keeper.State.FindNode("n1"));
    }

    [Fact]
    public async Task A_node_that_nobody_deleted_keeps_all_however_long_it_is_away()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await HostWorkloadAsync(fleet);
        for (int i = 0; i < 3; i++)
        {
            fleet.Time.Advance(TransitionFleet.Grace);
            Assert.Null(await LookAsync(fleet));
        }

        Assert.Single(fleet.Keeper.State.EndpointsOfNode("n1"));
    }

    [Fact]
    public async Task A_connected_nodes_workloads_keep_it_from_being_deleted()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        await HostWorkloadAsync(fleet);
        FleetState state = fleet.Keeper.State;
        Decision decision = DeleteDecision.Decide(
            state, [Weft.Model.Binding.ResourceWriter.ToTree(state.FindNode("n1")!)], Stamp.Of(fleet.Time), _ => true);
        Assert.Contains("Node n1 has workload endpoints", decision.Refusal!.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lender_that_does_not_answer_is_not_waited_for_long()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync();
        await fleet.ApplyAsync(
            new IpPool { Metadata = new Metadata { Name = "p" }, Cidr = IpPrefix.Parse("10.70.0.0/29"), BlockSize = 30 },
            new NodeResource { Metadata = new Metadata { Name = "n3" } });
        await fleet.PutAsync(
            IpamBlock.Of(IpPrefix.Parse("10.70.0.0/30"), "p", "n1"), IpamBlock.Of(IpPrefix.Parse("10.70.0.4/30"), "p", "n2"));
        fleet.Connect("n1");
        fleet.Connect("n2");
        string first = await BorrowAsync(fleet);
        Assert.NotNull(await fleet.Loans.StepAsync(TestContext.Current.CancellationToken));
        fleet.Time.Advance(LoanPatience.AnswerMax);
        await fleet.Loans.StepAsync(TestContext.Current.CancellationToken);
        AddressLoan second = Assert.Single(fleet.Keeper.State.Loans);
        Assert.Equal(("n2", [IpPrefix.Parse("10.70.0.0/30")]), (second.Lender, second.Declined));
        Assert.NotEqual(first, second.Metadata.Name);

        // One that goes away is waited for shorter; then nobody is left, and nothing is watched any more.
        await fleet.Loans.StepAsync(TestContext.Current.CancellationToken);
        fleet.Disconnect("n2");
        fleet.Time.Advance(TimeSpan.FromSeconds(1));
        await fleet.Loans.StepAsync(TestContext.Current.CancellationToken);
        Assert.Empty(fleet.Keeper.State.Loans);
        Assert.Null(await fleet.Loans.StepAsync(TestContext.Current.CancellationToken));

        // For a moment it is remembered who did not answer.
        fleet.Connect("n2");
        fleet.Time.Advance(AgentFacts.DeclinedKept - TimeSpan.FromSeconds(2));
        Assert.Contains("n2: it has none free, or did not answer", await BorrowAsync(fleet), StringComparison.Ordinal);
        fleet.Time.Advance(AgentFacts.DeclinedKept);
        Assert.StartsWith("loan-", await BorrowAsync(fleet), StringComparison.Ordinal);
    }

    private static async Task<string> BorrowAsync(TransitionFleet fleet)
    {
        string name = "";
        (Decision decision, _) = await fleet.Keeper.ChangeAsync(
            state => LoanDecisions.Request(state, "n3", new LoanRequest("p", 0), fleet.Facts, Stamp.Of(fleet.Time), out name),
            TestContext.Current.CancellationToken);
        return decision.Refusal?.Error.Message ?? name;
    }

    private static Task<TimeSpan?> LookAsync(TransitionFleet fleet) => fleet.Gone.StepAsync(TestContext.Current.CancellationToken);

    private static string Finding(TransitionFleet fleet) =>
        Assert.Single(fleet.Overview.Describe().Findings, finding => finding.Subject == "Node/n1" && finding.Message.Contains("removed", StringComparison.Ordinal)).Message;

    private static Task<long> HostWorkloadAsync(TransitionFleet fleet) => fleet.ChangeAsync(state => PublicationDecision.Decide(
        state,
        "n1",
        [
            new WorkloadPublication
            {
                Namespace = "shop",
                Workload = "web",
                Interface = "eth0",
                Present = true,
                Addresses = [state.BlocksOfNode("n1").First().Cidr.At(3)],
            },
        ],
        Stamp.Of(fleet.Time)));
}
