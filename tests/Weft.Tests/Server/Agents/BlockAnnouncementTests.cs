using System;
using System.Linq;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Entries;
using Weft.Server.Agents;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>A block is its node's when the other nodes know the way to it, or cannot be waited for any longer.</summary>
public sealed class BlockAnnouncementTests
{
    [Fact]
    public async Task A_block_is_its_nodes_when_the_others_have_the_way_to_it()
    {
        await using TransitionFleet fleet = await ConnectedAsync();
        IpamBlock block = await fleet.ClaimAsync("n1", "p1");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<RemoteBlockEntry>(EntryOf(fleet, "n2", block));
        Assert.Null(EntryOf(fleet, "n1", block));

        fleet.Report("n2");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", block));
        Assert.IsType<RemoteBlockEntry>(EntryOf(fleet, "n2", block));
        Assert.Null(await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_agent_that_hangs_is_waited_for_a_while()
    {
        await using TransitionFleet fleet = await ConnectedAsync();
        IpamBlock block = await fleet.ClaimAsync("n1", "p1");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        fleet.Time.Advance(BlockAnnouncements.AnnouncingMax - TimeSpan.FromMilliseconds(1));
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.Null(EntryOf(fleet, "n1", block));
        fleet.Time.Advance(TimeSpan.FromMilliseconds(1));
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", block));
    }

    [Fact]
    public async Task A_node_that_was_waited_for_in_vain_is_waited_for_again_when_it_has_caught_up()
    {
        await using TransitionFleet fleet = await ConnectedAsync();
        await fleet.ClaimAsync("n1", "p1");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        fleet.Time.Advance(BlockAnnouncements.AnnouncingMax);
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);

        IpamBlock second = await fleet.ClaimAsync("n1", "p1");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", second));

        fleet.Report("n2");
        IpamBlock third = await fleet.ClaimAsync("n1", "p1");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.Null(EntryOf(fleet, "n1", third));
    }

    [Fact]
    public async Task A_node_without_a_connection_is_waited_for_only_by_a_server_that_has_just_started()
    {
        await using TransitionFleet fleet = await ConnectedAsync();
        fleet.Disconnect("n2");
        IpamBlock first = await fleet.ClaimAsync("n1", "p1");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", first));

        // The claim is in the store when the server dies; its successor goes on with it.
        IpamBlock second = await fleet.ClaimAsync("n1", "p1");
        await fleet.RestartAsync();
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.Null(EntryOf(fleet, "n1", second));
        fleet.Connect("n2");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.Null(EntryOf(fleet, "n1", second));
        fleet.Report("n2");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", second));

        fleet.Report("n1");
        IpamBlock third = await fleet.ClaimAsync("n1", "p1");
        await fleet.RestartAsync();
        fleet.Time.Advance(BlockAnnouncements.ReturningMax);
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", third));
    }

    [Fact]
    public async Task A_borrowed_address_is_its_nodes_when_the_others_have_the_way_to_it()
    {
        await using TransitionFleet fleet = await ConnectedAsync();
        AddressLoan loan = new()
        {
            Metadata = new Metadata { Name = "loan-1" },
            Pool = "p1",
            Block = IpPrefix.Parse("10.65.0.64/26"),
            Lender = "n2",
            Borrower = "n1",
            Address = IpAddress.Parse("10.65.0.70"),
            Announcing = true,
        };
        await fleet.PutAsync(loan);
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        Assert.IsType<RemoteBlockEntry>(EntryOf(fleet, "n2", IpPrefix.Host(loan.Address!.Value)));
        Assert.Null(EntryOf(fleet, "n1", IpPrefix.Host(loan.Address!.Value)));
        fleet.Report("n2");
        await fleet.Announcements.StepAsync(TestContext.Current.CancellationToken);
        OwnBlockEntry borrowed = Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", IpPrefix.Host(loan.Address!.Value)));
        Assert.Equal("n2", borrowed.Lender);
    }

    [Fact]
    public async Task A_node_alone_has_its_block_at_once()
    {
        await using TransitionFleet fleet = await ConnectedAsync();
        foreach (IpamBlock held in fleet.Keeper.State.BlocksOfNode("n2"))
        {
            await fleet.RemoveAsync(held);
        }

        await fleet.RemoveAsync(fleet.Keeper.State.FindNode("n2")!);
        Assert.IsType<OwnBlockEntry>(EntryOf(fleet, "n1", await fleet.ClaimAsync("n1", "p1")));
    }

    // Long after the server's start, both agents connected and up to date.
    private static async Task<TransitionFleet> ConnectedAsync()
    {
        TransitionFleet fleet = await TransitionFleet.StartAsync("p1");
        fleet.Connect("n1");
        fleet.Connect("n2");
        fleet.Report("n1", "n2");
        fleet.Time.Advance(BlockAnnouncements.ReturningMax);
        return fleet;
    }

    private static PlanEntry? EntryOf(TransitionFleet fleet, string node, IpamBlock block) => EntryOf(fleet, node, block.Cidr);

    private static PlanEntry? EntryOf(TransitionFleet fleet, string node, IpPrefix cidr)
    {
        PlanCompiler compiler = new();
        compiler.Apply(fleet.Keeper.State, [.. fleet.Keeper.State.All.Select(resource => new ResourceChange(null, resource))]);
        return compiler.Compile(node).Upserts.FirstOrDefault(entry => entry.Key == RemoteBlockEntry.KeyOf(cidr));
    }
}
