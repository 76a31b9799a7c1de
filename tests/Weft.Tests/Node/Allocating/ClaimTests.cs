using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Calls;
using Weft.Plan;
using Weft.Plan.Protocol;
using Weft.Tests.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Allocating;

public sealed class ClaimTests
{
    [Fact]
    public void A_block_that_does_not_hold_the_address_that_was_asked_for_ends_the_asking()
    {
        IpAddress wanted = IpAddress.Parse("10.65.0.9");
        NodePlan plan = new();
        AddressAllocator allocator = new(plan, new SortedDictionary<string, Finding>(StringComparer.Ordinal));
        allocator.Start("n1", [], new Instant(1));
        plan.TryApply(
            new PlanFrame { Revision = 3, Upserts = [BrainNode.Self(tunnel: false), BrainNode.Pool(tunnel: false)] }, out IReadOnlyList<string> touched);
        allocator.FollowPlan(touched, new Instant(1));
        allocator.PlanArrived(isWhole: true);
        AgentCall call = BrainNode.Add("web") with { Addresses = [wanted] };
        List<AllocatorAction> actions = [];
        Assert.Equal(default, allocator.Allocate(call, new Instant(9), new Instant(1), actions));
        Assert.Equal(wanted, Assert.IsType<AllocatorAction.ClaimBlock>(actions.Single()).Wanted);
        actions.Clear();
        allocator.TakeClaim("default", wanted, IpPrefix.Parse("10.65.0.0/30"), 4, null, false, new Instant(2), actions);
        actions.Clear();
        Assert.Contains("does not hold 10.65.0.9", allocator.Allocate(call, new Instant(9), new Instant(2), actions).WhyNot, StringComparison.Ordinal);
        Assert.Empty(actions);
    }
}
