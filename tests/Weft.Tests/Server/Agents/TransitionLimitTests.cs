using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>What happens to a change of a pool's mode when nodes, pools or the server itself do not follow.</summary>
public sealed class TransitionLimitTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public async Task A_server_that_starts_midway_waits_for_the_agents_to_come_back()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);
        await fleet.RestartAsync();
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p1").Sending);
        fleet.Connect("n1");
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p1").Sending);
        fleet.Connect("n2");
        fleet.Report("n2");
        await fleet.StepAsync();
        Assert.Null(fleet.Pool("p1").Sending);

        await fleet.RestartAsync();
        await fleet.StepAsync();
        fleet.Connect("n1");
        fleet.Connect("n2");
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.Single(fleet.Pool("p1").Receiving);
        fleet.Report("n2");
        await fleet.StepAsync();
        Assert.Equal((0, null), (fleet.Pool("p1").Receiving.Count, fleet.Pool("p1").Since));
        Assert.Null(await fleet.StepAsync());
    }

    [Fact]
    public async Task A_dead_agent_is_waited_for_as_long_as_the_limits_say_and_named()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);
        fleet.Report("n1");
        await fleet.StepAsync();
        fleet.Time.Advance(PoolTransitions.PreparingMax - Tick);
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p1").Sending);
        Finding preparing = FindingOf(fleet);
        Assert.Equal((FindingSeverity.Notice, "IPPool/p1"), (preparing.Severity, preparing.Subject));
        Assert.Contains("missing: n2 (its agent is not connected);", preparing.Message, StringComparison.Ordinal);
        fleet.Time.Advance(Tick);
        await fleet.StepAsync();
        Assert.Null(fleet.Pool("p1").Sending);
        Assert.Contains("missing: n1 (its agent is not done), n2 (", FindingOf(fleet).Message, StringComparison.Ordinal);

        fleet.Report("n1");
        await fleet.StepAsync();
        fleet.Time.Advance(PoolTransitions.DrainingMax - Tick);
        await fleet.StepAsync();
        Assert.Single(fleet.Pool("p1").Receiving);
        Assert.Contains("missing: n2 (", FindingOf(fleet).Message, StringComparison.Ordinal);
        fleet.Time.Advance(Tick);
        await fleet.StepAsync();
        Assert.Empty(fleet.Pool("p1").Receiving);
        Assert.Empty(fleet.Overview.Describe().Findings);
    }

    [Fact]
    public async Task A_connected_agent_that_says_nothing_is_waited_for_as_long()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        fleet.Report("n1", "n2");
        await fleet.ChangeModeAsync("p1", EncapsulationMode.Never, EncapsulationMode.Always);
        fleet.Report("n1");
        await fleet.StepAsync();
        fleet.Time.Advance(PoolTransitions.PreparingMax - Tick);
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p1").Sending);
        fleet.Time.Advance(Tick);
        await fleet.StepAsync();
        Assert.Null(fleet.Pool("p1").Sending);
    }

    [Fact]
    public async Task What_an_agent_said_before_its_connection_began_tells_nothing_of_its_kernel()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        long revision = await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);
        fleet.Report("n2");
        fleet.Connect("n2");
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p1").Sending);
        Assert.Contains("n2", await fleet.MissingAsync(revision));
        NodeStatus shown = fleet.Overview.Describe().Nodes.Single(node => node.Name == "n2");
        Assert.Equal((true, false), (shown.Report is not null, shown.Current));
        fleet.Report("n2");
        await fleet.StepAsync();
        Assert.Null(fleet.Pool("p1").Sending);
    }

    [Fact]
    public async Task A_kernel_without_IPIP_holds_the_change_for_as_long_as_its_agent_is_connected()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        long revision = await fleet.ChangeModeAsync("p1", EncapsulationMode.Never, EncapsulationMode.Always);
        fleet.Report("n1");
        fleet.Report(lacksIpip: true, "n2");
        await fleet.StepAsync();
        fleet.Time.Advance(100 * PoolTransitions.PreparingMax);
        await fleet.StepAsync();
        Assert.Equal(EncapsulationMode.Always, fleet.Pool("p1").InForce.Vxlan);
        Assert.Contains("IPPool/p1", await fleet.MissingAsync(revision));
        Finding finding = FindingOf(fleet);
        Assert.Equal(FindingSeverity.Error, finding.Severity);
        Assert.Contains("missing: n2 (its kernel lacks IPIP);", finding.Message, StringComparison.Ordinal);

        fleet.Disconnect("n2");
        await fleet.StepAsync();
        Assert.Equal(EncapsulationMode.Always, fleet.Pool("p1").InForce.Ipip);
    }

    [Fact]
    public async Task A_kernel_without_IPIP_holds_no_change_that_brings_none()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        await fleet.ChangeModeAsync("p1", EncapsulationMode.Never, EncapsulationMode.Always);
        fleet.Report(lacksIpip: true, "n1", "n2");
        await fleet.StepAsync();

        // Back: nothing else was ever sent.
        await fleet.ChangeModeAsync("p1", EncapsulationMode.Always);
        Assert.Null(fleet.Pool("p1").Sending);
        fleet.Report(lacksIpip: true, "n1", "n2");
        await fleet.StepAsync();
        Assert.Empty(fleet.Pool("p1").Receiving);
        await fleet.ChangeModeAsync("p1", EncapsulationMode.CrossSubnet);
        fleet.Report(lacksIpip: true, "n1", "n2");
        await fleet.StepAsync();
        Assert.Equal(EncapsulationMode.CrossSubnet, fleet.Pool("p1").InForce.Vxlan);
    }

    [Fact]
    public async Task A_pool_or_a_node_that_is_deleted_midway_is_waited_for_no_longer()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1", "p2");
        fleet.Connect("n1");
        long revision = await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);
        await fleet.ChangeModeAsync("p2", EncapsulationMode.Never);
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p2").Sending);

        // Terminating while blocks of it are in use: what runs goes on, and so does the change.
        await fleet.DeleteAsync(fleet.Pool("p1"));
        Assert.Equal(revision, fleet.Pool("p1").Since);
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.NotNull(fleet.Pool("p1").Sending);
        await fleet.RemoveAsync([.. fleet.Keeper.State.BlocksOfPool("p1")]);
        Assert.Null(fleet.Keeper.State.FindPool("p1"));
        Assert.Empty(await fleet.MissingAsync(revision));

        await fleet.DeleteAsync(fleet.Keeper.State.FindNode("n2")!);
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.Null(fleet.Pool("p2").Sending);
        fleet.Report("n1");
        await fleet.StepAsync();
        Assert.Null(await fleet.StepAsync());
        Assert.Empty(fleet.Pool("p2").Receiving);
    }

    [Fact]
    public async Task Who_waits_for_a_revision_waits_for_the_changes_up_to_it_and_not_for_others_later_ones()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1", "p2");
        fleet.Connect("n1");
        fleet.Connect("n2");
        long mine = await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);

        // Others write the same pool for another reason: the change is still mine.
        await fleet.ApplyAsync(fleet.Pool("p1") with { NatOutgoing = true });
        fleet.Report("n1", "n2");
        Assert.Equal(["IPPool/p1"], await fleet.MissingAsync(mine));
        await fleet.StepAsync();
        Assert.Equal(["n1", "n2"], await fleet.MissingAsync(mine));
        fleet.Report("n1", "n2");
        long theirs = await fleet.ChangeModeAsync("p2", EncapsulationMode.Never, EncapsulationMode.Always);
        Assert.Empty(await fleet.MissingAsync(mine));
        Assert.Equal(["n1", "n2", "IPPool/p2"], await fleet.MissingAsync(theirs));
    }

    [Fact]
    public async Task Applying_the_same_again_midway_changes_nothing()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        long revision = await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);
        Assert.Equal(revision, await fleet.ApplyAsync(fleet.Pool("p1") with { Sending = null, Receiving = [] }));
        await fleet.StepAsync();
        fleet.Time.Advance(PoolTransitions.PreparingMax);
        await fleet.StepAsync();
        long sent = fleet.Keeper.State.Revision;
        Assert.Equal((revision, sent), (fleet.Pool("p1").Since!.Value, fleet.Pool("p1").Metadata.ResourceVersion));
        Assert.Equal(sent, await fleet.ApplyAsync(fleet.Pool("p1") with { Sending = null, Receiving = [], Since = null }));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_any_more_is_told_once_and_the_steps_are_tried_on()
    {
        await using TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        await fleet.ChangeModeAsync("p1", EncapsulationMode.Never);
        StoreWrite odd = new(new StoreKey("Namespace", "", "odd"), 0, Encoding.UTF8.GetBytes("{\"kind\":\"Odd\"}"));
        Assert.IsType<CommitOutcome.Committed>(await fleet.Store.CommitAsync([odd], null, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<StoreUnreadableException>(
            () => fleet.Keeper.ReachAsync(long.MaxValue, TestContext.Current.CancellationToken));
        await fleet.SaidAsync();
        fleet.Report("n1", "n2");
        await Assert.ThrowsAsync<StoreUnreadableException>(fleet.StepAsync);
        using CancellationTokenSource stopping = new();
        Task running = fleet.Transitions.RunAsync(stopping.Token);
        Assert.Contains("does not go on: Namespace/odd", await fleet.SaidAsync(), StringComparison.Ordinal);
        fleet.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(running.IsCompleted);
        await stopping.CancelAsync();
        await running;
        Assert.False(fleet.HasSaidMore);
    }

    private static Finding FindingOf(TransitionFleet fleet) => Assert.Single(fleet.Overview.Describe().Findings);
}
