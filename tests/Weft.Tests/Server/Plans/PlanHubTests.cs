using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan;
using Weft.Plan.Compiling;
using Weft.Server.Plans;
using Xunit;

namespace Weft.Tests.Server.Plans;

public sealed class PlanHubTests
{
    private readonly PlanHub _hub = new();
    private FleetState _state = FleetState.Empty;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public PlanHubTests() => Change(new NodeResource { Metadata = new Metadata { Name = "n1" } });

    [Fact]
    public async Task At_the_bound_of_its_queue_a_reader_gets_the_whole_plan()
    {
        using PlanStream stream = _hub.Open("n1");
        NodePlan plan = new();
        Assert.True(plan.TryApply(await NextAsync(stream), out _));
        for (int i = 0; i < PlanStream.FramesMax; i++)
        {
            Change(Endpoint(i));
        }

        Assert.Equal(1L, (await NextAsync(stream)).Follows);
        for (int i = 0; i < 3; i++)
        {
            Change(Endpoint(PlanStream.FramesMax + i));
        }

        PlanFrame whole = await NextAsync(stream);
        Assert.Null(whole.Follows);
        Assert.Equal(_state.Revision, whole.Revision);
        Assert.True(plan.TryApply(whole, out _));
        Change(Endpoint(1000));
        Assert.True(plan.TryApply(await NextAsync(stream), out _));
        Assert.Equal(PlanStream.FramesMax + 5, plan.Entries.Count);
    }

    [Fact]
    public async Task Streams_of_one_node_that_began_at_different_revisions_each_get_deltas_that_follow()
    {
        NodePlan[] plans = [new(), new()];
        using PlanStream first = _hub.Open("n1");
        Assert.True(plans[0].TryApply(await NextAsync(first), out _));
        Change(new NamespaceResource { Metadata = new Metadata { Name = "quiet" } });
        using PlanStream second = _hub.Open("n1");
        Assert.True(plans[1].TryApply(await NextAsync(second), out _));
        Change(Endpoint(1));
        Assert.True(plans[0].TryApply(await NextAsync(first), out _));
        Assert.True(plans[1].TryApply(await NextAsync(second), out _));
        Assert.Equal(plans[0].Entries, plans[1].Entries);
        Assert.Null(await first.NextAsync(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation));
    }

    [Fact]
    public void A_node_needs_its_plans_last_change_at_or_before_a_revision()
    {
        Assert.Equal(-1, _hub.RequiredAt("n1", 1));
        using (_hub.Open("n1"))
        {
            Change(new NamespaceResource { Metadata = new Metadata { Name = "quiet" } });
            Change(Endpoint(1));
            Change(new NamespaceResource { Metadata = new Metadata { Name = "quiet2" } });
            Assert.Equal([1L, 1L, 3L, 3L], Enumerable.Range(1, 4).Select(r => _hub.RequiredAt("n1", r)));
            Assert.Equal(["n1"], _hub.Connected);
        }

        Assert.Empty(_hub.Connected);
    }

    private static WorkloadEndpoint Endpoint(int i) => new()
    {
        Metadata = new Metadata { Name = $"w{i}", Namespace = "shop" },
        Node = "n1",
        Workload = $"w{i}",
    };

    private static async Task<PlanFrame> NextAsync(PlanStream stream) =>
        await stream.NextAsync(TimeSpan.FromSeconds(5), TimeProvider.System, Cancellation) ?? throw new TimeoutException();

    private void Change(Resource resource)
    {
        ResourceChange change = new(null, resource);
        _state = _state.With(_state.Revision + 1, [change]);
        _hub.Advance(_state, [change]);
    }
}
