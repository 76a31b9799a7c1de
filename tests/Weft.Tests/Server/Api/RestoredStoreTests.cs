using System;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Microsoft.Extensions.Time.Testing;
using Weft.Server.Agents;
using Xunit;

namespace Weft.Tests.Server.Api;

/// <summary>A store that was restored from an older copy has lost which node has which block; the agents have not.</summary>
public sealed class RestoredStoreTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_block_that_a_restored_store_has_lost_is_given_to_nobody_but_the_node_that_uses_it()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(time: _time);
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/24"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"),
            Document.Node("n3", "172.16.1.4/24"));
        string copy = await server.CopyAsync();
        _time.Advance(BlockAnnouncements.ReturningMax);
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1"));
        await server.RestoreAsync(copy);

        // A node that knows nothing of what was comes first: the others may.
        using LineReader second = await server.OpenAsync("/v1/nodes/n2/plan?revision=0");
        await ReportAsync(server, "n2", 1);
        Assert.Equal("the server has just started; not heard yet: n1, n3", await ClaimAsync(server, "n2"));

        using LineReader third = await server.OpenAsync("/v1/nodes/n3/plan?revision=2");
        await ReportAsync(server, "n3", 2);
        _time.Advance(BlockAnnouncements.ReturningMax);
        Assert.StartsWith(
            "the store is at revision 1, and the agent of n3 has seen 2: it was restored from an older copy, or made anew, and gives no new block "
            + "before all agents have said what they use; not heard yet: n1, n3", await ClaimAsync(server, "n2"), StringComparison.Ordinal);
        Assert.Contains("the agent of n3 has seen 2", (string?)(await FindingAsync(server))!["message"], StringComparison.Ordinal);
        await ReportAsync(server, "n3", 1);
        Assert.EndsWith("not heard yet: n1", await ClaimAsync(server, "n2"), StringComparison.Ordinal);

        // It says what it has, and nobody else gets that; it gets it back.
        using LineReader first = await server.OpenAsync("/v1/nodes/n1/plan?revision=2");
        await ReportAsync(server, "n1", 1, "10.65.0.0/26");
        Assert.Equal("10.65.0.64/26", await ClaimAsync(server, "n2"));
        Assert.Null(await FindingAsync(server));
        (_, JsonNode refused) = await server.SendAsync("POST", "/v1/nodes/n3/blocks", """{"pool":"default","have":0,"wanted":"10.65.0.5"}""");
        Assert.Equal(
            "10.65.0.5 is in block 10.65.0.0/26, of which the agent of Node n1 says that it uses addresses", (string?)refused["message"]);
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1", "10.65.0.3"));
        await ReportAsync(server, "n1", 1);
        Assert.Equal("10.65.0.128/26", await ClaimAsync(server, "n3"));
        Assert.Equal(2, server.Lines.Count(line => line.Contains("agents", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Agents_that_stay_away_are_waited_for_no_longer_than_the_grace()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(time: _time);
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/24"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        using LineReader stream = await server.OpenAsync("/v1/nodes/n2/plan?revision=9");
        await ReportAsync(server, "n2", 1);
        _time.Advance(server.Options.GoneGrace - TimeSpan.FromSeconds(1));
        Assert.EndsWith("not heard yet: n1", await ClaimAsync(server, "n2"), StringComparison.Ordinal);
        Assert.Contains("who is away is waited for 1 min more", (string?)(await FindingAsync(server))!["message"], StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n2"));
        Assert.Null(await FindingAsync(server));
    }

    // Whoever deletes it says that its host is gone for good; what the store knows to be its own is still nobody else's.
    [Fact]
    public async Task A_node_that_is_being_removed_is_not_waited_for_and_keeps_its_block()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(time: _time);
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/24"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        _time.Advance(BlockAnnouncements.ReturningMax);
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1"));
        await server.RestoreAsync(await server.CopyAsync());
        using LineReader stream = await server.OpenAsync("/v1/nodes/n2/plan?revision=9");
        await ReportAsync(server, "n2", 1);
        _time.Advance(BlockAnnouncements.ReturningMax);
        Assert.EndsWith("not heard yet: n1", await ClaimAsync(server, "n2"), StringComparison.Ordinal);
        JsonNode answer = await server.DoAsync("POST", "/v1/delete", $"[{Document.Reference("Node", "n1")}]");
        Assert.Equal("terminating", (string?)answer["results"]![0]!["outcome"]);
        Assert.Equal("10.65.0.64/26", await ClaimAsync(server, "n2"));
    }

    [Fact]
    public async Task A_server_that_was_only_started_anew_waits_for_nobody_for_long()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(time: _time);
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/24"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1"));
        await server.RestartAsync();
        Assert.StartsWith("the server has just started", await ClaimAsync(server, "n2"), StringComparison.Ordinal);
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1")); // What it has already it is told at once.
        using LineReader stream = await server.OpenAsync("/v1/nodes/n2/plan?revision=2");
        _time.Advance(BlockAnnouncements.ReturningMax);
        Assert.Equal("10.65.0.64/26", await ClaimAsync(server, "n2"));
    }

    // The block; or why there is none yet.
    private static async Task<string> ClaimAsync(ServerFixture server, string node, string? wanted = null)
    {
        JsonNode answer = await server.DoAsync(
            "POST", $"/v1/nodes/{node}/blocks", new JsonObject { ["pool"] = "default", ["have"] = 0, ["wanted"] = wanted }.ToJsonString());
        return (string?)answer["cidr"] ?? (string)answer["notYet"]!;
    }

    private static Task<JsonNode> ReportAsync(ServerFixture server, string node, long applied, params string[] held) => server.DoAsync(
        "POST", $"/v1/nodes/{node}/report", new JsonObject
        {
            ["appliedRevision"] = applied,
            ["ready"] = true,
            ["processId"] = 7,
            ["held"] = new JsonArray([.. held.Select(range => JsonValue.Create(range))]),
        }.ToJsonString());

    private static async Task<JsonNode?> FindingAsync(ServerFixture server) =>
        (await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray().FirstOrDefault(f => (string?)f!["subject"] == "Store");
}
