using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Server;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Api;

public sealed class ResourceApiTests
{
    private const string Calico = "/apis/projectcalico.org/v3";

    [Fact]
    public async Task What_is_applied_can_be_listed_and_read_with_what_the_store_adds()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        JsonNode answer = await server.ApplyAsync(
            Document.Namespace("shop"), Document.Pool("default", "10.65.0.0/16"), Document.Endpoint("web", "n1"));
        Assert.Equal(1, (long)answer["revision"]!);
        Assert.Equal(["created", "created", "created"], Outcomes(answer));

        JsonNode list = await server.DoAsync("GET", $"{Calico}/ippools");
        Assert.Equal("IPPoolList", (string?)list["kind"]);
        Assert.Equal("1", (string?)list["metadata"]!["resourceVersion"]);
        JsonNode pool = Assert.Single(list["items"]!.AsArray())!;
        Assert.Equal("1", (string?)pool["metadata"]!["resourceVersion"]);
        Assert.NotNull(pool["metadata"]!["uid"]);
        Assert.NotNull(pool["metadata"]!["creationTimestamp"]);
        Assert.Equal(26, (int)pool["spec"]!["blockSize"]!);
        Assert.Equal(
            pool.ToJsonString(), (await server.DoAsync("GET", $"{Calico}/ippools/default")).ToJsonString());
        Assert.Equal("shop", (string?)(await server.DoAsync("GET", "/api/v1/namespaces/shop"))["metadata"]!["name"]);
        Assert.Single((await server.DoAsync("GET", $"{Calico}/workloadendpoints"))["items"]!.AsArray());
        Assert.Single((await server.DoAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints"))["items"]!.AsArray());
        Assert.Empty((await server.DoAsync("GET", $"{Calico}/namespaces/other/workloadendpoints"))["items"]!.AsArray());
        Assert.Equal("n1", (string?)(await server.DoAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints/web"))["spec"]!["node"]);
    }

    [Fact]
    public async Task Applying_the_same_again_makes_no_revision()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string[] documents = [Document.Pool("default", "10.65.0.0/16"), Document.Node("n1", "172.16.1.2/24")];
        await server.ApplyAsync(documents);
        JsonNode again = await server.ApplyAsync(documents);
        Assert.Equal(1, (long)again["revision"]!);
        Assert.Equal(["unchanged", "unchanged"], Outcomes(again));
        JsonNode changed = await server.ApplyAsync(Document.Pool("default", "10.65.0.0/16", "Always"), documents[1]);
        Assert.Equal(["configured", "unchanged"], Outcomes(changed));
        JsonNode pool = await server.DoAsync("GET", $"{Calico}/ippools/default");
        Assert.Equal((2, "2"), ((int)pool["metadata"]!["generation"]!, (string?)pool["metadata"]!["resourceVersion"]));
    }

    [Fact]
    public async Task All_problems_of_all_documents_come_at_once_and_nothing_is_applied()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        (HttpStatusCode status, JsonNode error) = await server.SendAsync(
            "POST",
            "/v1/apply",
            $"[{Document.Node("n1", "172.16.1.2/24")},{Document.Pool("a", "10.65.0.0/16", "always")},{Document.Pool("b", "10.65.0.7/16", more: ",\"bird\":1")}]");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        JsonArray problems = error["problems"]!.AsArray();
        Assert.Contains(problems, p => (int)p!["document"]! == 1 && (string?)p["path"] == "spec.vxlanMode");
        Assert.Contains(problems, p => (int)p!["document"]! == 2 && (string?)p["path"] == "spec.cidr");
        Assert.Contains(problems, p => (int)p!["document"]! == 2 && (string?)p["path"] == "spec.bird");
        Assert.Empty((await server.DoAsync("GET", $"{Calico}/nodes"))["items"]!.AsArray());
        Assert.Equal(0, (long)(await server.DoAsync("GET", "/v1/status"))["revision"]!);
    }

    [Fact]
    public async Task Documents_that_contradict_each_other_or_the_store_are_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Pool("a", "10.65.0.0/16"));
        await RefusedAsync(server, "overlaps", Document.Pool("b", "10.65.1.0/24"));
        await RefusedAsync(server, "cannot be changed", Document.Pool("a", "10.66.0.0/16"));
        await RefusedAsync(server, "already", Document.Node("n1", "172.16.1.2/24"), Document.Node("n1", "172.16.1.3/24"));
        await RefusedAsync(server, "address of Node", Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.2/24"));
        const string mac = ",\"vxlanTunnelMACAddr\":\"66:00:00:00:00:01\"}}";
        string[] equal = [.. ((string[])["n1", "n2"]).Select((name, i) => Document.Node(name, $"172.16.1.{i + 2}/24")[..^2] + mac)];
        await RefusedAsync(server, "66:00:00:00:00:01 is the tunnel device's of Node", equal);
        await RefusedAsync(
            server,
            "written by Weft only",
            """{"apiVersion":"projectcalico.org/v3","kind":"IPAMBlock","metadata":{"name":"10-65-0-0-26"},"spec":{"cidr":"10.65.0.0/26","affinity":"host:n1","pool":"a"}}""");
        await RefusedAsync(
            server,
            "was changed since",
            """{"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"a","resourceVersion":"77"},"spec":{"cidr":"10.65.0.0/16"}}""");
    }

    [Fact]
    public async Task Static_routes_and_configurations_come_and_go_at_once()
    {
        const string route = """{"apiVersion":"weft.dev/v1","kind":"StaticRoute","metadata":{"name":"out"},"spec":{"destination":"192.0.2.0/24","nextHops":[{"address":"172.16.1.1"}]}}""";
        const string felix = """{"apiVersion":"projectcalico.org/v3","kind":"FelixConfiguration","metadata":{"name":"default"},"spec":{"natPortRange":"1024:2048"}}""";
        await using ServerFixture server = await ServerFixture.StartAsync();
        Assert.Equal(["created", "created"], Outcomes(await server.ApplyAsync(route, felix)));
        JsonNode stored = await server.DoAsync("GET", "/apis/weft.dev/v1/staticroutes/out");
        Assert.Equal((50, 1), ((int)stored["spec"]!["metric"]!, (int)stored["spec"]!["nextHops"]![0]!["weight"]!));
        Assert.Equal("1024:2048", (string?)(await server.DoAsync("GET", $"{Calico}/felixconfigurations/default"))["spec"]!["natPortRange"]);
        await server.RestartAsync();
        Assert.Equal(["unchanged", "unchanged"], Outcomes(await server.ApplyAsync(route, felix)));
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"));
        await RefusedAsync(server, "twice", route.Replace("\"out\"", "\"other\"", StringComparison.Ordinal));
        JsonNode deleted = await server.DoAsync("POST", "/v1/delete", $"[{route},{felix}]");
        Assert.Equal(["deleted", "deleted"], Outcomes(deleted));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_happen_and_does_not()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        JsonNode answer = await server.DoAsync("POST", "/v1/apply?dryRun=true", $"[{Document.Namespace("shop")}]");
        Assert.Equal(["created"], Outcomes(answer));
        Assert.Empty((await server.DoAsync("GET", "/api/v1/namespaces"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Deleting_something_unknown_names_it_and_deletes_nothing()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Namespace("shop"), Document.Pool("a", "10.65.0.0/16"));
        (HttpStatusCode status, JsonNode error) = await server.SendAsync(
            "POST", "/v1/delete", $"[{Document.Reference("Namespace", "shop")},{Document.Reference("IPPool", "b")}]");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("IPPool/b does not exist", (string?)error["message"], StringComparison.Ordinal);
        JsonNode answer = await server.DoAsync(
            "POST", "/v1/delete", $"[{Document.Reference("Namespace", "shop")},{Document.Reference("IPPool", "a")}]");
        Assert.Equal(["deleted", "deleted"], Outcomes(answer));
        Assert.Empty((await server.DoAsync("GET", $"{Calico}/ippools"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_watch_begins_with_what_is_there_and_goes_on_with_changes()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Endpoint("web", "n1"), Document.Endpoint("db", "n1", "other"));
        using LineReader watch = await server.OpenAsync($"{Calico}/namespaces/shop/workloadendpoints?watch=true");
        Assert.Equal("ADDED web 1", Describe(await watch.NextEventAsync()));
        await server.ApplyAsync(Document.Endpoint("api", "n1"), Document.Endpoint("q", "n1", "other"));
        Assert.Equal("ADDED api 2", Describe(await watch.NextEventAsync()));
        await server.ApplyAsync(Document.Endpoint("api", "n1").Replace("\"metadata\":{", "\"metadata\":{\"labels\":{\"a\":\"b\"},", StringComparison.Ordinal));
        Assert.Equal("MODIFIED api 3", Describe(await watch.NextEventAsync()));
        await server.DoAsync("POST", "/v1/delete", $"[{Document.Reference("WorkloadEndpoint", "web", "shop")}]");
        Assert.Equal("DELETED web 4", Describe(await watch.NextEventAsync()));
    }

    [Fact]
    public async Task A_watch_resumes_from_a_revision_also_after_a_restart_and_says_when_it_cannot()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(historyLimit: 10);
        for (int i = 0; i < 30; i++)
        {
            await server.ApplyAsync(Document.Namespace($"ns{i}"));
        }

        await server.RestartAsync();
        using (LineReader watch = await server.OpenAsync("/api/v1/namespaces?watch=true&resourceVersion=28"))
        {
            Assert.Equal("ADDED ns28 29", Describe(await watch.NextEventAsync()));
            Assert.Equal("ADDED ns29 30", Describe(await watch.NextEventAsync()));
            JsonNode bookmark = JsonNode.Parse(await watch.NextAsync())!;
            Assert.Equal(("BOOKMARK", "30"), ((string?)bookmark["type"], (string?)bookmark["object"]!["metadata"]!["resourceVersion"]));
        }

        using LineReader expired = await server.OpenAsync("/api/v1/namespaces?watch=true&resourceVersion=3");
        JsonNode error = await expired.NextEventAsync();
        Assert.Equal(("ERROR", 410), ((string?)error["type"], (int)error["object"]!["code"]!));
    }

    [Theory]
    [InlineData("GET", "/", null, 404)]
    [InlineData("GET", "/apis/projectcalico.org/v3/networkpolicies", null, 404)]
    [InlineData("GET", "/apis/projectcalico.org/v3/ippools/none", null, 404)]
    [InlineData("PATCH", "/v1/apply", "[]", 404)]
    [InlineData("POST", "/v1/apply", "[{", 400)]
    [InlineData("POST", "/v1/apply", "{}", 400)]
    [InlineData("POST", "/v1/apply", "[1]", 422)]
    [InlineData("POST", "/v1/nodes/n1/blocks", "{\"pool\":7}", 400)]
    [InlineData("POST", "/v1/nodes/n1/blocks", "null", 400)]
    [InlineData("GET", "/v1/wait?revision=x", null, 400)]
    [InlineData("GET", "/api/v1/namespaces?watch=true&resourceVersion=x", null, 400)]
    public async Task Bad_requests_get_an_error_as_JSON(string method, string path, string? body, int expected)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        (HttpStatusCode status, JsonNode error) = await server.SendAsync(method, path, body);
        Assert.Equal(expected, (int)status);
        Assert.NotEmpty((string)error["message"]!);
        Assert.NotNull(error["problems"]);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        using ByteArrayContent content = new(new byte[(16 * 1024 * 1024) + 1]);
        using HttpResponseMessage response =
            await server.Client.PostAsync("/v1/apply", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_second_server_on_the_same_socket_is_refused_and_a_dead_ones_socket_is_replaced()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        ServerOptions other = server.Options with { StateDirectory = $"{server.Options.StateDirectory}2" };
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => WeftServer.StartAsync(other, TestContext.Current.CancellationToken));
        Assert.Contains("somebody listens", refused.Message, StringComparison.Ordinal);
        await server.RestartAsync();
        await server.DoAsync("GET", "/v1/healthz");
    }

    [Fact]
    public async Task A_second_server_on_the_same_store_is_refused_until_the_first_one_stops()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        ServerOptions other = server.Options with { SocketPath = $"{server.Options.SocketPath}2" };
        IOException refused = await Assert.ThrowsAsync<IOException>(
            () => WeftServer.StartAsync(other, TestContext.Current.CancellationToken));
        Assert.Contains("another server uses the store", refused.Message, StringComparison.Ordinal);
        await server.RestartAsync();
        await server.DoAsync("GET", "/v1/healthz");
    }

    [Fact]
    public async Task A_store_that_is_unreadable_stops_the_start_with_the_mend_and_leaves_no_socket()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string folder = $"{server.Options.StateDirectory}3";
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, SqliteStoreOptions.FileName), new string('x', 5000), TestContext.Current.CancellationToken);
        ServerOptions options = server.Options with { StateDirectory = folder, SocketPath = $"{server.Options.SocketPath}3" };
        StoreUnreadableException refused = await Assert.ThrowsAsync<StoreUnreadableException>(
            () => WeftServer.StartAsync(options, TestContext.Current.CancellationToken));
        Assert.Contains("restore it", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(options.SocketPath));
    }

    private static string[] Outcomes(JsonNode answer) =>
        [.. answer["results"]!.AsArray().Select(r => (string)r!["outcome"]!)];

    private static string Describe(JsonNode line) =>
        $"{line["type"]} {line["object"]!["metadata"]!["name"]} {line["object"]!["metadata"]!["resourceVersion"]}";

    private static async Task RefusedAsync(ServerFixture server, string reason, params string[] documents)
    {
        (HttpStatusCode status, JsonNode error) =
            await server.SendAsync("POST", "/v1/apply", $"[{string.Join(',', documents)}]");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(error["problems"]!.AsArray(), p => ((string)p!["message"]!).Contains(reason, StringComparison.Ordinal));
    }
}
