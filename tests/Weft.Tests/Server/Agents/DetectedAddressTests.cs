using System;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Plan;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>Addresses that agents find: followed where nobody gave one, and never instead of one that somebody gave.</summary>
public sealed class DetectedAddressTests
{
    private const string Nodes = "/apis/projectcalico.org/v3/nodes";
    private const string Bare = """{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"n1","labels":{"a":"b"}}}""";

    [Fact]
    public async Task An_address_that_is_not_given_is_the_one_that_is_found_and_follows_it()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync("""{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"n1"}}""");
        await ReportAsync(server, "n1", "172.16.1.2/24", "fd00::2/64");
        Assert.Equal(("172.16.1.2/24", "fd00::2/64"), await AddressesAsync(server, "n1"));
        await ReportAsync(server, "n1", "172.16.7.2/24", null);
        Assert.Equal(("172.16.7.2/24", "fd00::2/64"), await AddressesAsync(server, "n1"));
        Assert.Empty((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray());

        // A document that says nothing of addresses keeps it, and it is still followed.
        await server.ApplyAsync(Bare);
        Assert.Equal(("172.16.7.2/24", "fd00::2/64"), await AddressesAsync(server, "n1"));
        await ReportAsync(server, "n1", "172.16.8.2/24", "fd00::3/64");
        Assert.Equal(("172.16.8.2/24", "fd00::3/64"), await AddressesAsync(server, "n1"));
    }

    [Fact]
    public async Task What_was_read_and_is_applied_again_is_found_still()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Bare);
        await ReportAsync(server, "n1", "172.16.1.2/24", null);
        string read = (await server.DoAsync("GET", $"{Nodes}/n1")).ToJsonString();
        Assert.Equal("unchanged", (string?)(await server.ApplyAsync(read))["results"]![0]!["outcome"]);
        await ReportAsync(server, "n1", "172.16.1.3/24", null);
        Assert.Equal("172.16.1.3/24", (await AddressesAsync(server, "n1")).Ipv4);

        // The address alone, without the annotation, gives it.
        await server.ApplyAsync(Document.Node("n1", "172.16.1.3/24"));
        await ReportAsync(server, "n1", "172.16.1.4/24", null);
        Assert.Equal("172.16.1.3/24", (await AddressesAsync(server, "n1")).Ipv4);
    }

    [Fact]
    public async Task An_address_changed_in_what_was_read_is_given()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Bare);
        await ReportAsync(server, "n1", "172.16.1.2/24", null);
        JsonNode read = await server.DoAsync("GET", $"{Nodes}/n1");
        read["spec"]!["bgp"]!["ipv4Address"] = "172.16.1.9/24";
        await server.ApplyAsync(read.ToJsonString());
        await ReportAsync(server, "n1", "172.16.1.2/24", null);
        JsonNode stored = await server.DoAsync("GET", $"{Nodes}/n1");
        Assert.Equal("172.16.1.9/24", (string?)stored["spec"]!["bgp"]!["ipv4Address"]);
        Assert.Null(stored["metadata"]!["annotations"]);
        JsonNode finding = Assert.Single((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray())!;
        Assert.Equal(("Error", "Node/n1"), ((string?)finding["severity"], (string?)finding["subject"]));
        Assert.Contains("no interface of n1 has", (string?)finding["message"], StringComparison.Ordinal);
        await ReportAsync(server, "n1", "172.16.1.2/24", null, mtu: 1500);
        finding = Assert.Single((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray())!;
        Assert.Equal("Notice", (string?)finding["severity"]);
    }

    [Fact]
    public async Task An_address_that_another_node_has_is_not_taken()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Bare, Document.Node("n2", "172.16.1.2/24"));
        await ReportAsync(server, "n1", "172.16.1.2/24", null);
        Assert.Null((await AddressesAsync(server, "n1")).Ipv4);
        JsonArray findings = (await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray();
        Assert.Contains(findings, f => ((string)f!["message"]!).Contains("is the address of Node n2", StringComparison.Ordinal));
        await ReportAsync(server, "n1", "0.0.0.0/0", "172.16.1.7/24");
        Assert.Equal((null, null), await AddressesAsync(server, "n1"));
    }

    [Fact]
    public async Task Addresses_that_two_nodes_have_the_other_way_round_are_swapped_in_one_revision()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Named("n1"), Named("n2"));
        await ReportAsync(server, "n1", "172.16.1.1/24", null);
        await ReportAsync(server, "n2", "172.16.1.2/24", null);
        await ReportAsync(server, "n1", "172.16.1.2/24", null);
        Assert.Equal("172.16.1.1/24", (await AddressesAsync(server, "n1")).Ipv4);
        JsonNode finding = Assert.Single((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray())!;
        Assert.Equal(("Error", "Node/n1"), ((string?)finding["severity"], (string?)finding["subject"]));
        Assert.Contains("is the address of Node n2, so its own stays 172.16.1.1/24", (string?)finding["message"], StringComparison.Ordinal);
        await ReportAsync(server, "n2", "172.16.1.1/24", null);
        Assert.Equal("172.16.1.2/24", (await AddressesAsync(server, "n1")).Ipv4);
        Assert.Equal("172.16.1.1/24", (await AddressesAsync(server, "n2")).Ipv4);
        Assert.Equal(await VersionAsync(server, "n1"), await VersionAsync(server, "n2"));
        Assert.Empty((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray());
    }

    [Fact]
    public async Task An_address_that_becomes_free_goes_to_the_node_that_found_it_before_and_does_not_report_again()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Named("n1"), Named("n2"), Named("n3"), Document.Node("n4", "172.16.1.4/24"));
        await ReportAsync(server, "n1", "172.16.1.1/24", null);
        await ReportAsync(server, "n2", "172.16.1.2/24", null);
        await ReportAsync(server, "n3", "172.16.1.3/24", null);
        await ReportAsync(server, "n1", "172.16.1.2/24", null);
        await ReportAsync(server, "n2", "172.16.1.3/24", null);
        Assert.Equal("172.16.1.1/24", (await AddressesAsync(server, "n1")).Ipv4);
        Assert.Equal("172.16.1.2/24", (await AddressesAsync(server, "n2")).Ipv4);

        // One that was given is in nobody's way: it stays, and so does who is behind it.
        await ReportAsync(server, "n3", "172.16.1.4/24", null);
        Assert.Equal("172.16.1.3/24", (await AddressesAsync(server, "n3")).Ipv4);
        await ReportAsync(server, "n3", "172.16.1.5/24", null);
        Assert.Equal("172.16.1.2/24", (await AddressesAsync(server, "n1")).Ipv4);
        Assert.Equal("172.16.1.3/24", (await AddressesAsync(server, "n2")).Ipv4);
        Assert.Equal("172.16.1.5/24", (await AddressesAsync(server, "n3")).Ipv4);
        Assert.Equal("172.16.1.4/24", (await AddressesAsync(server, "n4")).Ipv4);
    }

    [Fact]
    public async Task An_address_that_is_given_no_more_makes_room_for_the_one_that_was_found_without_a_gap()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.9/24"), Document.Node("n2", "172.16.1.2/24"));
        using LineReader plan = await server.OpenAsync("/v1/nodes/n2/plan");
        await plan.NextFrameAsync();

        // Nothing is known of the agent: the address stays, as a found one, until it reports.
        await server.ApplyAsync(Named("n1"));
        Assert.Equal("172.16.1.9/24", (await AddressesAsync(server, "n1")).Ipv4);
        await ReportAsync(server, "n1", "172.16.1.1/24", null);
        Assert.Equal("172.16.1.1/24", (await AddressesAsync(server, "n1")).Ipv4);
        PlanFrame delta = await plan.NextFrameAsync();
        Assert.Equal("172.16.1.1", Assert.Single(delta.Upserts.OfType<PeerEntry>()).Ipv4.ToString());
        Assert.Empty(delta.Removals);

        // It has reported: what it found takes the place at once.
        await server.ApplyAsync(Document.Node("n1", "172.16.1.9/24"));
        await server.ApplyAsync(Named("n1"));
        Assert.Equal("172.16.1.1/24", (await AddressesAsync(server, "n1")).Ipv4);
        Assert.Equal("172.16.1.9", Assert.Single((await plan.NextFrameAsync()).Upserts.OfType<PeerEntry>()).Ipv4.ToString());
        Assert.Equal("172.16.1.1", Assert.Single((await plan.NextFrameAsync()).Upserts.OfType<PeerEntry>()).Ipv4.ToString());

        // It has found none: then there is none.
        await server.ApplyAsync(Document.Node("n1", "172.16.1.9/24"));
        await ReportAsync(server, "n1", null, "fd00::1/64");
        await server.ApplyAsync(Named("n1"));
        Assert.Equal((null, "fd00::1/64"), await AddressesAsync(server, "n1"));
    }

    [Fact]
    public async Task An_agent_that_is_to_have_no_address_of_a_family_takes_the_found_one_away_and_not_a_given_one()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Named("n1"), Document.Node("n2", "172.16.1.2/24"), Named("n3"));
        await ReportAsync(server, "n1", "172.16.1.1/24", "fd00::1/64");
        await ReportAsync(server, "n3", "172.16.1.1/24", null);
        await ReportAsync(server, "n1", null, null);
        Assert.Equal(("172.16.1.1/24", "fd00::1/64"), await AddressesAsync(server, "n1"));
        await ReportAsync(server, "n1", null, "fd00::1/64", none: "noIpv4");
        Assert.Equal((null, "fd00::1/64"), await AddressesAsync(server, "n1"));
        Assert.Equal("172.16.1.1/24", (await AddressesAsync(server, "n3")).Ipv4);
        await ReportAsync(server, "n1", null, null, none: "noIpv6");
        Assert.Equal((null, null), await AddressesAsync(server, "n1"));
        await ReportAsync(server, "n2", null, null, none: "noIpv4");
        Assert.Equal("172.16.1.2/24", (await AddressesAsync(server, "n2")).Ipv4);
    }

    private static string Named(string name) =>
        $$$"""{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"{{{name}}}"}}""";

    private static async Task<string?> VersionAsync(ServerFixture server, string node) =>
        (string?)(await server.DoAsync("GET", $"{Nodes}/{node}"))["metadata"]!["resourceVersion"];

    private static async Task ReportAsync(
        ServerFixture server, string node, string? ipv4, string? ipv6, int? mtu = null, string? none = null)
    {
        string[] found =
        [
            .. ipv4 is null ? Array.Empty<string>() : [$"\"detectedIpv4\":\"{ipv4}\""],
            .. ipv6 is null ? Array.Empty<string>() : [$"\"detectedIpv6\":\"{ipv6}\""],
            .. mtu is null ? Array.Empty<string>() : [$"\"underlayMtu\":{mtu}"],
            .. none is null ? Array.Empty<string>() : [$"\"{none}\":true"],
        ];
        string fields = string.Concat(found.Select(field => $",{field}"));
        await server.DoAsync(
            "POST", $"/v1/nodes/{node}/report", $"{{\"appliedRevision\":1,\"ready\":true,\"processId\":7{fields}}}");
    }

    private static async Task<(string? Ipv4, string? Ipv6)> AddressesAsync(ServerFixture server, string node)
    {
        JsonNode? bgp = (await server.DoAsync("GET", $"{Nodes}/{node}"))["spec"]?["bgp"];
        return ((string?)bgp?["ipv4Address"], (string?)bgp?["ipv6Address"]);
    }
}
