using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Protocol;
using Weft.Server.Ipam;
using Xunit;

namespace Weft.Tests.Server.Ipam;

public sealed class IpamApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_asks_the_connected_agents_and_names_those_that_are_away()
    {
        await using ServerFixture server = await FleetAsync();
        using CancellationTokenSource end = new();
        Task agent = AnswerAsync(server, "n1", _ => new AgentReply.Audited(Audit("10.65.0.0", AddressState.InUse)), end.Token);
        JsonNode check = await ConnectedAsync(server, () => server.DoAsync("GET", "/v1/ipam/check"));
        Assert.Equal("""["n1"]""", check["nodes"]!.ToJsonString());
        Assert.Equal("""["n2"]""", check["away"]!.ToJsonString());
        Assert.Equal("""["Away"]""", new JsonArray([.. check["problems"]!.AsArray().Select(p => JsonValue.Create((string?)p!["kind"]))]).ToJsonString());
        Assert.Equal(
            """{"address":"10.65.0.0","node":"n1","use":"Workload","owner":"shop/web/eth0","state":"InUse","pool":"default","block":"10.65.0.0/26"}""",
            check["addresses"]![0]!.ToJsonString());
        await end.CancelAsync();
        await agent;
    }

    [Fact]
    public async Task A_release_goes_to_the_agent_whose_block_it_is_and_its_refusal_is_the_answer()
    {
        await using ServerFixture server = await FleetAsync();
        (HttpStatusCode status, JsonNode body) = await server.SendAsync("POST", "/v1/ipam/release", """{"address":"10.65.0.0"}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.StartsWith("the agent of n1 is away, and only it can prove that nobody uses 10.65.0.0", (string?)body["message"], StringComparison.Ordinal);
        (status, body) = await server.SendAsync("POST", "/v1/ipam/release", """{"address":"10.65.0.200"}""");
        Assert.Equal((HttpStatusCode.NotFound, "10.65.0.200 is nobody's: no node has its block, in IPPool default, in no block"), (status, (string?)body["message"]));

        using CancellationTokenSource end = new();
        Task agent = AnswerAsync(
            server,
            "n1",
            request => request is AgentRequest.ReleaseAddress { Address: var address } && address == IpAddress.Parse("10.65.0.0")
                ? new AgentReply.Released("shop/web/eth0")
                : new AgentReply.Refused("shop/db/eth0 uses 10.65.0.1: its link weft0 is there"),
            end.Token);
        JsonNode released = await ConnectedAsync(server, () => server.DoAsync("POST", "/v1/ipam/release", """{"address":"10.65.0.0"}"""));
        Assert.Equal("""{"address":"10.65.0.0","node":"n1","owner":"shop/web/eth0"}""", released.ToJsonString());
        (status, body) = await server.SendAsync("POST", "/v1/ipam/release", """{"address":"10.65.0.1"}""");
        Assert.Equal((HttpStatusCode.Conflict, "shop/db/eth0 uses 10.65.0.1: its link weft0 is there"), (status, (string?)body["message"]));

        Task<JsonNode> waiting = server.DoAsync("POST", "/v1/ipam/release?wait=true", """{"address":"10.65.0.0"}""");
        await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Absent("web")}]");
        await waiting;
        await end.CancelAsync();
        await agent;
    }

    [Fact]
    public async Task An_address_and_the_pools_are_described_and_what_is_no_address_is_refused()
    {
        await using ServerFixture server = await FleetAsync();
        JsonNode status = await server.DoAsync("GET", "/v1/ipam");
        Assert.Equal((256d, 1L, 1), ((double)status["pools"]![0]!["size"]!, (long)status["pools"]![0]!["inUse"]!, (int)status["pools"]![0]!["blocks"]!));
        Assert.Equal("Workload", (string?)(await server.DoAsync("GET", "/v1/ipam/addresses/10.65.0.0"))["standing"]);
        Assert.Equal("NoPool", (string?)(await server.DoAsync("GET", "/v1/ipam/addresses/fd00::1"))["standing"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("GET", "/v1/ipam/addresses/web")).Status);
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text_with_Calicos_names()
    {
        await using ServerFixture server = await FleetAsync();
        using CancellationTokenSource end = new();
        Task agent = AnswerAsync(server, "n1", _ => new AgentReply.Refused("busy"), end.Token);
        await ConnectedAsync(server, () => server.DoAsync("GET", "/v1/status"));
        await server.DoAsync("POST", "/v1/nodes/n1/report", """{"appliedRevision":0,"ready":true,"processId":1,"leaks":[{"pool":"default","candidates":2,"reclaimed":5}]}""");
        string text = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        Dictionary<string, double> samples = PrometheusReader.Read(text);
        Assert.Equal(256, samples["""ipam_ippool_size{ippool="default"}"""]);
        Assert.Equal(1, samples["""ipam_allocations_in_use{ippool="default",node="n1"}"""]);
        Assert.Equal(0, samples["""ipam_allocations_borrowed{ippool="default",node="n1"}"""]);
        Assert.Equal(1, samples["""ipam_blocks{ippool="default",node="n1"}"""]);
        Assert.Equal(2, samples["""ipam_allocations_gc_candidates{ippool="default",node="n1"}"""]);
        Assert.Equal(5, samples["""ipam_allocations_gc_reclamations{ippool="default",node="n1"}"""]);
        Assert.Equal((1, 0), (samples["""weft_agent_connected{node="n1"}"""], samples["""weft_agent_connected{node="n2"}"""]));
        await end.CancelAsync();
        await agent;
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        PrometheusText text = new();
        text.Gauge("a", "one \\ line\nand another").Sample(1.5, ("b", "c\"d\\e\nf"));
        Assert.Equal("# HELP a one \\\\ line\\nand another\n# TYPE a gauge\na{b=\"c\\\"d\\\\e\\nf\"} 1.5\n", Encoding.UTF8.GetString(text.ToBytes()));
        Assert.Single(PrometheusReader.Read(Encoding.UTF8.GetString(text.ToBytes())));
    }

    [Fact]
    public async Task Promtool_where_there_is_one_finds_nothing_to_complain_about()
    {
        Assert.SkipUnless(System.IO.File.Exists("/usr/bin/promtool"), "promtool (Debian's prometheus) is not installed");
        await using ServerFixture server = await FleetAsync();
        string text = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        using Process promtool = Process.Start(new ProcessStartInfo("/usr/bin/promtool", "check metrics")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        string said = await promtool.StandardError.ReadToEndAsync(Cancellation) + await promtool.StandardOutput.ReadToEndAsync(Cancellation);
        await promtool.WaitForExitAsync(Cancellation);

        // Its advice on names (counters end in _total) does not hold for Calico's.
        Assert.DoesNotContain(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.Contains("_total", StringComparison.Ordinal));
    }

    private static NodeAudit Audit(string address, AddressState state) => new()
    {
        PlanRevision = 1,
        Addresses = [new AuditedAddress { Address = IpAddress.Parse(address), Use = AddressUse.Workload, Owner = "shop/web/eth0", State = state }],
    };

    // Two nodes, one of them with a block and a workload.
    private static async Task<ServerFixture> FleetAsync()
    {
        ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/24"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        await server.DoAsync("POST", "/v1/nodes/n1/blocks", """{"pool":"default","have":0}""");
        await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Present("web", "10.65.0.0")}]");
        return server;
    }

    private static async Task<JsonNode> ConnectedAsync(ServerFixture server, Func<Task<JsonNode>> ask)
    {
        while (true)
        {
            JsonNode status = await server.DoAsync("GET", "/v1/status");
            if (status["nodes"]!.AsArray().Any(node => (bool)node!["connected"]!))
            {
                return await ask();
            }
        }
    }

    // An agent that holds a plan's connection, and answers what it is asked there.
    private static async Task AnswerAsync(ServerFixture server, string node, Func<AgentRequest, AgentReply> reply, CancellationToken end)
    {
        using LineReader stream = await server.OpenAsync($"/v1/nodes/{node}/plan");
        while (!end.IsCancellationRequested)
        {
            string line = await stream.NextAsync();
            if (line.StartsWith("{\"ask\"", StringComparison.Ordinal))
            {
                AgentRequestLine asked = JsonSerializer.Deserialize(line, PlanJson.Default.AgentRequestLine)!;
                string body = JsonSerializer.Serialize(reply(asked.Request), PlanJson.Default.AgentReply);
                await server.DoAsync("POST", $"/v1/nodes/{node}/answers/{asked.Ask}", body);
            }
        }
    }
}
