using System.Linq;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Server.Changes;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>A pool's mode changes in steps, each when the nodes have the one before.</summary>
public sealed class PoolTransitionTests
{
    private static readonly PoolEncapsulation Never = new(EncapsulationMode.Never, EncapsulationMode.Never);
    private static readonly PoolEncapsulation Always = new(EncapsulationMode.Always, EncapsulationMode.Never);
    private static readonly PoolEncapsulation Ipip = new(EncapsulationMode.Never, EncapsulationMode.Always);

    [Fact]
    public void A_change_is_prepared_sent_and_done()
    {
        IpPool pool = PoolTransition.Begin(Pool(Never), Pool(Always), inUse: true);
        Assert.Equal((Always, [Always]), (pool.InForce, pool.Receiving));
        pool = PoolTransition.Next(pool);
        Assert.Equal((Never, [Always]), (pool.InForce, pool.Receiving));
        Assert.True(PoolTransition.IsUnderWay(pool));
        pool = PoolTransition.Next(pool);
        Assert.Equal(Pool(Never), pool);
        Assert.False(PoolTransition.IsUnderWay(pool));
    }

    [Fact]
    public void What_changes_again_or_back_on_the_way_is_received_in_every_way_that_it_may_be_sent()
    {
        IpPool first = PoolTransition.Begin(Pool(Never), Pool(Always), inUse: true);
        IpPool back = PoolTransition.Begin(Pool(Always), first, inUse: true);
        Assert.Equal((Always, (PoolEncapsulation?)null, [Never]), (back.InForce, back.Sending, back.Receiving));
        IpPool second = PoolTransition.Begin(Pool(Ipip), PoolTransition.Next(first), inUse: true);
        Assert.Equal((Never, [Never, Always]), (second.InForce, second.Receiving));
        IpPool unrelated = PoolTransition.Begin(Pool(Never) with { Disabled = true }, first, inUse: true);
        Assert.Equal(first with { Disabled = true }, unrelated);
    }

    [Fact]
    public void Where_nobody_has_a_block_there_is_nothing_to_lose()
    {
        IpPool claimed = Pool(Never) with { Sending = Ipip, Receiving = [Ipip] };
        Assert.Equal(Pool(Never), PoolTransition.Begin(claimed, Pool(Always), inUse: false));
        Assert.Equal(Pool(Never), PoolTransition.Begin(claimed, null, inUse: true));
    }

    [Fact]
    public async Task Each_step_waits_for_the_nodes_and_so_does_who_applied_it()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/16", "Always"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        await server.DoAsync("POST", "/v1/nodes/n2/blocks", """{"pool":"default","have":0}""");
        using LineReader one = await server.OpenAsync("/v1/nodes/n1/plan");
        using LineReader two = await server.OpenAsync("/v1/nodes/n2/plan");
        NodePlan plan = new();
        Assert.True(plan.TryApply(await one.NextFrameAsync(), out _));
        await two.NextFrameAsync();

        // Prepared: what is new is not sent before both can receive it. Here nothing is new, for VXLAN stays.
        JsonNode applied = await server.ApplyAsync(Document.Pool("default", "10.65.0.0/16"));
        Assert.Equal("Always", (string?)(await PoolAsync(server))["status"]!["sending"]!["vxlanMode"]);
        (HttpStatusCode status, JsonNode error) = await server.SendAsync("GET", $"/v1/wait?revision={applied["revision"]}&timeoutSeconds=0");
        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Contains("IPPool/default", (string?)error["message"], System.StringComparison.Ordinal);
        Task<JsonNode> waiting = server.DoAsync("GET", $"/v1/wait?revision={applied["revision"]}&timeoutSeconds=10");
        await ReportAsync(server, "n1", (long)applied["revision"]!);
        await ReportAsync(server, "n2", (long)applied["revision"]!);

        // Sent the new way, received in both.
        PlanFrame switched = await one.NextFrameAsync();
        Assert.True(plan.TryApply(switched, out _));
        Assert.Equal(BlockPath.Direct, plan.Entries.OfType<RemoteBlockEntry>().Single().Path);
        Assert.True(plan.Entries.OfType<PeerEntry>().Single().OverIpv4);
        Assert.True(plan.Entries.OfType<SelfEntry>().Single().OverIpv4);
        Assert.False(waiting.IsCompleted);
        await ReportAsync(server, "n1", switched.Revision);
        Assert.True(plan.Entries.OfType<PeerEntry>().Single().OverIpv4);
        await ReportAsync(server, "n2", switched.Revision);
        await waiting;

        // Done: nobody sends the old way any more.
        Assert.True(plan.TryApply(await one.NextFrameAsync(), out _));
        Assert.False(plan.Entries.OfType<PeerEntry>().Single().OverIpv4);
        Assert.False(plan.Entries.OfType<SelfEntry>().Single().OverIpv4);
        Assert.Null((await PoolAsync(server))["status"]);
    }

    private static Task<JsonNode> PoolAsync(ServerFixture server) =>
        server.DoAsync("GET", "/apis/projectcalico.org/v3/ippools/default");

    private static Task<JsonNode> ReportAsync(ServerFixture server, string node, long revision) => server.DoAsync(
        "POST", $"/v1/nodes/{node}/report", $$"""{"appliedRevision":{{revision}},"ready":true,"processId":7}""");

    private static IpPool Pool(PoolEncapsulation encapsulation) => new()
    {
        Metadata = new Metadata { Name = "p" },
        Cidr = IpPrefix.Parse("10.65.0.0/16"),
        VxlanMode = encapsulation.Vxlan,
        IpipMode = encapsulation.Ipip,
    };
}
