using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Server.Api;

public sealed class AgentApiTests
{
    private const string Calico = "/apis/projectcalico.org/v3";

    [Fact]
    public async Task A_plan_is_streamed_whole_and_then_as_deltas_with_empty_lines_between()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        using LineReader stream = await server.OpenAsync("/v1/nodes/n1/plan?revision=0");
        NodePlan plan = new();
        PlanFrame first = await stream.NextFrameAsync();
        Assert.Null(first.Follows);
        Assert.True(plan.TryApply(first, out _));
        Assert.Equal("", await stream.NextAsync());

        await server.ApplyAsync(Document.Namespace("quiet"));
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/16", "CrossSubnet"),
            Document.Node("n1", "172.16.1.2/24"),
            Document.Node("n2", "172.16.2.2/24"));
        PlanFrame second = await stream.NextFrameAsync();
        Assert.Equal((0L, 2L), (second.Follows!.Value, second.Revision));
        Assert.True(plan.TryApply(second, out _));
        Assert.Equal(["peer/n2", "pool/default", "self"], plan.Entries.Select(e => e.Key));

        JsonNode claimed = await server.DoAsync("POST", "/v1/nodes/n2/blocks", """{"pool":"default","have":0}""");
        Assert.Equal("10.65.0.0/26", (string?)claimed["cidr"]);
        Assert.True(plan.TryApply(await stream.NextFrameAsync(), out IReadOnlyList<string> touched));
        Assert.Equal(["block/10.65.0.0/26"], touched);
        Assert.True(plan.TryGet("block/10.65.0.0/26", out PlanEntry? entry));
        RemoteBlockEntry block = Assert.IsType<RemoteBlockEntry>(entry);
        Assert.Equal((BlockPath.Vxlan, IpAddress.Parse("172.16.2.2")), (block.Path, block.Via!.Value));
    }

    [Fact]
    public async Task Two_agents_of_one_name_are_a_finding_as_long_as_both_are_connected()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"));
        using LineReader first = await server.OpenAsync("/v1/nodes/n1/plan?revision=0");
        await first.NextFrameAsync();
        Assert.Empty((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray());
        using (LineReader second = await server.OpenAsync("/v1/nodes/n1/plan?revision=0"))
        {
            await second.NextFrameAsync();
            JsonNode finding = Assert.Single((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray())!;
            Assert.Equal("Node/n1", (string?)finding["subject"]);
            Assert.StartsWith("2 agents are connected as n1, and give the same addresses", (string?)finding["message"], StringComparison.Ordinal);
        }

        while ((await server.DoAsync("GET", "/v1/status"))["findings"]!.AsArray().Count > 0)
        {
            Assert.Equal("", await first.NextAsync()); // Until the server has noticed.
        }
    }

    [Fact]
    public async Task A_claim_gets_the_lowest_free_block_and_asking_twice_claims_once()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/24"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1", 0));
        Assert.Equal("10.65.0.0/26", await ClaimAsync(server, "n1", 0));
        Assert.Equal("10.65.0.64/26", await ClaimAsync(server, "n2", 0));
        Assert.Equal("10.65.0.128/26", await ClaimAsync(server, "n1", 1));
        await server.DoAsync("POST", "/v1/nodes/n2/blocks/release", """{"cidr":"10.65.0.64/26"}""");
        await server.DoAsync("POST", "/v1/nodes/n2/blocks/release", """{"cidr":"10.65.0.64/26"}""");
        Assert.Equal("10.65.0.64/26", await ClaimAsync(server, "n1", 2));
        Assert.Equal("10.65.0.192/26", await ClaimAsync(server, "n2", 0));
        JsonNode blocks = await server.DoAsync("GET", $"{Calico}/ipamblocks");
        Assert.Equal(4, blocks["items"]!.AsArray().Count);

        (HttpStatusCode status, JsonNode error) =
            await server.SendAsync("POST", "/v1/nodes/n2/blocks", """{"pool":"default","have":1}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("all 4 blocks of /26 are taken (n1 3, n2 1)", (string?)error["message"], StringComparison.Ordinal);
        (status, _) = await server.SendAsync("POST", "/v1/nodes/n2/blocks/release", """{"cidr":"10.65.0.0/26"}""");
        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    [Fact]
    public async Task Many_claims_at_once_never_give_a_block_twice()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string[] nodes = [.. Enumerable.Range(0, 24).Select(i => $"n{i}")];
        await server.ApplyAsync(
            [Document.Pool("default", "10.65.0.0/16"), .. nodes.Select((n, i) => Document.Node(n, $"172.16.1.{i + 2}/24"))]);
        string[] claimed = await Task.WhenAll(nodes.Select(node => ClaimAsync(server, node, 0)));
        Assert.Equal(
            Enumerable.Range(0, nodes.Length).Select(i => IpPrefix.Parse("10.65.0.0/16").At((UInt128)(64 * i))),
            claimed.Select(c => IpPrefix.Parse(c).Address).Order());
    }

    [Theory]
    [InlineData("", "none", 404, "IPPool none does not exist")]
    [InlineData(",\"disabled\":true", "default", 409, "disabled")]
    [InlineData(",\"nodeSelector\":\"rack == '9'\"", "default", 409, "does not select Node n1")]
    public async Task A_claim_that_the_pool_does_not_permit_says_why(string more, string pool, int expected, string reason)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Pool("default", "10.65.0.0/16", more: more), Document.Node("n1", "172.16.1.2/24"));
        (HttpStatusCode status, JsonNode error) =
            await server.SendAsync("POST", "/v1/nodes/n1/blocks", $$"""{"pool":"{{pool}}","have":0}""");
        Assert.Equal(expected, (int)status);
        Assert.Contains(reason, (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_lent_by_the_journal_of_a_connected_node_and_given_back_like_a_block()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/26"), Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        await ClaimAsync(server, "n1", 0);
        const string Request = """{"pool":"default","have":0}""";
        (HttpStatusCode status, JsonNode error) = await server.SendAsync("POST", "/v1/nodes/n2/loans", Request);
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("no node lends an address (n1: its agent is not connected)", (string?)error["message"], StringComparison.Ordinal);

        using LineReader lender = await server.OpenAsync("/v1/nodes/n1/plan?revision=0");
        using LineReader borrower = await server.OpenAsync("/v1/nodes/n2/plan?revision=0");
        await borrower.NextFrameAsync();
        NodePlan lending = new();
        while (!lending.OfSort<OwnBlockEntry>().Any())
        {
            Assert.True(lending.TryApply(await lender.NextFrameAsync(), out _)); // When it is known everywhere.
        }

        // What agents say of their blocks makes no revision.
        JsonNode reported = await server.DoAsync(
            "POST",
            "/v1/nodes/n1/report",
            """{"appliedRevision":3,"ready":true,"processId":7,"blocks":[{"cidr":"10.65.0.0/26","workloads":62,"tunnels":1,"lent":0,"reserved":0,"resting":0,"free":1}]}""");
        JsonNode begun = await server.DoAsync("POST", "/v1/nodes/n2/loans", Request);
        Assert.Equal((long?)reported["revision"] + 1, (long?)begun["revision"]);
        string name = (string)begun["name"]!;
        Assert.Equal(name, (string?)(await server.DoAsync("POST", "/v1/nodes/n2/loans", Request))["name"]);
        LoanEntry loan = Assert.IsType<LoanEntry>(Assert.Single((await lender.NextFrameAsync()).Upserts));
        Assert.Equal((name, "n2", null), (loan.Name, loan.Borrower, loan.Address));

        await server.DoAsync("POST", $"/v1/nodes/n1/loans/{name}", """{"address":"10.65.0.9"}""");
        await server.DoAsync("POST", "/v1/nodes/n1/report", """{"appliedRevision":1000,"ready":true,"processId":7}"""); // It has the way there.
        Assert.Equal(
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.9/32"), Pool = "default", Lender = "n1" },
            Assert.Single((await borrower.NextFrameAsync()).Upserts));
        Assert.Equal(["block/10.65.0.9/32", $"loan/{name}"], (await lender.NextFrameAsync()).Upserts.Select(e => e.Key));
        JsonNode stored = await server.DoAsync("GET", $"/apis/weft.dev/v1/addressloans/{name}");
        Assert.Equal("10.65.0.9", (string?)stored["spec"]!["address"]);

        (status, _) = await server.SendAsync("POST", "/v1/nodes/n1/blocks/release", """{"cidr":"10.65.0.0/26"}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        await server.DoAsync("POST", "/v1/nodes/n2/blocks/release", """{"cidr":"10.65.0.9/32"}""");
        Assert.Equal(["block/10.65.0.9/32"], (await borrower.NextFrameAsync()).Removals);
        Assert.Equal(["block/10.65.0.9/32", $"loan/{name}"], (await lender.NextFrameAsync()).Removals);
        await server.DoAsync("POST", "/v1/nodes/n1/blocks/release", """{"cidr":"10.65.0.0/26"}""");
    }

    [Fact]
    public async Task Publications_realise_clear_create_and_remove_endpoints()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"), Document.Endpoint("web", "n1"), Document.Endpoint("far", "n2"));
        JsonNode answer = await server.DoAsync(
            "PUT",
            "/v1/nodes/n1/workloads",
            $"[{Document.Present("web", "10.65.0.1")},{Document.Present("cni", "10.65.0.2")},{Document.Present("far", "10.65.0.3")}]");
        Assert.Equal("configured", (string?)answer["results"]![0]!["outcome"]);
        Assert.Equal("created", (string?)answer["results"]![1]!["outcome"]);
        Assert.StartsWith("refused", (string?)answer["results"]![2]!["outcome"], StringComparison.Ordinal);
        JsonNode web = await server.DoAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints/web");
        Assert.Equal("10.65.0.1/32", (string?)web["spec"]!["ipNetworks"]![0]);
        Assert.Equal("weft0123", (string?)web["spec"]!["interfaceName"]);

        // Applying the document again keeps what the agent wrote.
        Assert.Equal("unchanged", (string?)(await server.ApplyAsync(Document.Endpoint("web", "n1")))["results"]![0]!["outcome"]);
        string made = (string)answer["results"]![1]!["name"]!;
        JsonNode cni = await server.DoAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints/{made}");
        Assert.Equal("agent", (string?)cni["metadata"]!["annotations"]!["weft.dev/origin"]);

        long revision = (long)answer["revision"]!;
        answer = await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Present("web", "10.65.0.1")}]");
        Assert.Equal(revision, (long)answer["revision"]!);
        await server.DoAsync(
            "PUT", "/v1/nodes/n1/workloads", $"[{Document.Absent("web")},{Document.Absent("cni")},{Document.Absent("never")}]");
        web = await server.DoAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints/web");
        Assert.Null(web["spec"]!["ipNetworks"]);
        (HttpStatusCode status, _) = await server.SendAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints/{made}");
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Theory]
    [InlineData("web", "net_1")]
    [InlineData("web", "Eth0")]
    [InlineData(null, "eth0")]
    public async Task An_endpoint_of_which_no_name_follows_has_one_of_ours(string? workload, string device)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"));
        workload ??= new string('a', 253);
        foreach (string outcome in (string[])["created", "unchanged"])
        {
            JsonNode answer = await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Present(workload, "10.65.0.1")}]"
                .Replace("\"eth0\"", $"\"{device}\"", StringComparison.Ordinal));
            Assert.Equal(outcome, (string?)answer["results"]![0]!["outcome"]);
            JsonNode made = await server.DoAsync("GET", $"{Calico}/namespaces/shop/workloadendpoints/{answer["results"]![0]!["name"]}");
            Assert.Equal(device, (string?)made["spec"]!["endpoint"]);
        }
    }

    [Fact]
    public async Task What_is_in_use_is_only_marked_and_goes_with_its_last_user()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(
            Document.Pool("default", "10.65.0.0/16"), Document.Node("n1", "172.16.1.2/24"), Document.Endpoint("web", "n1"));
        await ClaimAsync(server, "n1", 0);
        await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Present("web", "10.65.0.1")}]");
        (HttpStatusCode status, JsonNode error) =
            await server.SendAsync("POST", "/v1/delete", $"[{Document.Reference("Node", "n1")}]");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("shop/web", (string?)error["message"], StringComparison.Ordinal);

        // Backwards: the endpoint first, so the node only waits for it.
        JsonNode answer = await server.DoAsync(
            "POST",
            "/v1/delete",
            $"[{Document.Reference("IPPool", "default")},{Document.Reference("Node", "n1")},{Document.Reference("WorkloadEndpoint", "web", "shop")}]");
        Assert.Equal(["terminating", "terminating", "terminating"], answer["results"]!.AsArray().Select(r => (string?)r!["outcome"]));
        Assert.NotNull((await server.DoAsync("GET", $"{Calico}/ippools/default"))["metadata"]!["deletionTimestamp"]);
        await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Absent("web")}]");
        Assert.NotNull((await server.DoAsync("GET", $"{Calico}/nodes/n1"))["metadata"]!["deletionTimestamp"]);
        string? block = (string?)(await server.DoAsync("GET", $"{Calico}/ipamblocks"))["items"]![0]!["spec"]!["cidr"];
        await server.DoAsync("POST", "/v1/nodes/n1/blocks/release", $$"""{"cidr":"{{block}}"}""");
        foreach (string plural in new[] { "workloadendpoints", "nodes", "ipamblocks", "ippools" })
        {
            Assert.Empty((await server.DoAsync("GET", $"{Calico}/{plural}"))["items"]!.AsArray());
        }
    }

    [Fact]
    public async Task What_is_being_removed_cannot_be_applied_again_until_it_is_gone()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"), Document.Endpoint("web", "n1"));
        await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Present("web", "10.65.0.1")}]");
        string delete = $"[{Document.Reference("WorkloadEndpoint", "web", "shop")}]";
        JsonNode first = await server.DoAsync("POST", "/v1/delete", delete);
        JsonNode second = await server.DoAsync("POST", "/v1/delete", delete);
        Assert.Equal(("terminating", (long)first["revision"]!), ((string?)second["results"]![0]!["outcome"], (long)second["revision"]!));
        (HttpStatusCode status, JsonNode error) =
            await server.SendAsync("POST", "/v1/apply", $"[{Document.Endpoint("web", "n1")}]");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("is being removed", (string?)error["problems"]![0]!["message"], StringComparison.Ordinal);
        await server.DoAsync("PUT", "/v1/nodes/n1/workloads", $"[{Document.Absent("web")}]");
        Assert.Equal("created", (string?)(await server.ApplyAsync(Document.Endpoint("web", "n1")))["results"]![0]!["outcome"]);
    }

    [Fact]
    public async Task What_an_agent_writes_cannot_be_applied()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string document = Document.Endpoint("web", "n1").Replace(
            "\"node\":\"n1\"", "\"node\":\"n1\",\"ipNetworks\":[\"10.65.0.9/32\"]", StringComparison.Ordinal);
        (HttpStatusCode status, JsonNode error) = await server.SendAsync("POST", "/v1/apply", $"[{document}]");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("spec.ipNetworks", (string?)error["problems"]![0]!["path"]);
    }

    [Fact]
    public async Task A_pool_goes_with_its_last_block()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Pool("default", "10.65.0.0/16"), Document.Node("n1", "172.16.1.2/24"));
        await ClaimAsync(server, "n1", 0);
        await server.DoAsync("POST", "/v1/delete", $"[{Document.Reference("IPPool", "default")}]");
        (HttpStatusCode status, JsonNode error) =
            await server.SendAsync("POST", "/v1/nodes/n1/blocks", """{"pool":"default","have":1}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("being removed", (string?)error["message"], StringComparison.Ordinal);
        await server.DoAsync("POST", "/v1/nodes/n1/blocks/release", """{"cidr":"10.65.0.0/26"}""");
        Assert.Empty((await server.DoAsync("GET", $"{Calico}/ippools"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Status_and_wait_know_who_has_applied_what()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"), Document.Node("n2", "172.16.1.3/24"));
        await server.DoAsync("GET", "/v1/wait?revision=1&timeoutSeconds=5");
        using (LineReader stream = await server.OpenAsync("/v1/nodes/n1/plan"))
        {
            await stream.NextFrameAsync();
            (HttpStatusCode status, JsonNode error) = await server.SendAsync("GET", "/v1/wait?revision=1&timeoutSeconds=0");
            Assert.Equal(HttpStatusCode.GatewayTimeout, status);
            Assert.Contains("n1", (string?)error["message"], StringComparison.Ordinal);

            Task<JsonNode> waiting = server.DoAsync("GET", "/v1/wait?revision=1&timeoutSeconds=10");
            await server.DoAsync(
                "POST",
                "/v1/nodes/n1/report",
                """{"appliedRevision":1,"ready":true,"processId":7,"underlayMtu":9000,"underlayMtuV6":70000,"tunnelIpv4":"10.65.0.1","tunnelIpv6":"fd65::1","findings":[]}""");
            await waiting;
            JsonNode node = await server.DoAsync("GET", $"{Calico}/nodes/n1");
            Assert.Equal(9000, (int)node["status"]!["underlayMtu"]!);
            Assert.Equal("10.65.0.1", (string?)node["spec"]!["ipv4VXLANTunnelAddr"]);
            Assert.Equal("fd65::1", (string?)node["spec"]!["ipv6VXLANTunnelAddr"]);

            // What no document could say is not stored: the store must stay readable.
            Assert.Null(node["status"]!["underlayMtuV6"]);

            // The report changed the node's own plan; until that is applied, it is not current.
            JsonNode n1 = (await server.DoAsync("GET", "/v1/status"))["nodes"]![0]!;
            Assert.Equal((true, false), ((bool)n1["connected"]!, (bool)n1["current"]!));
            PlanFrame delta = await stream.NextFrameAsync();
            await server.DoAsync(
                "POST",
                "/v1/nodes/n1/report",
                $$"""{"appliedRevision":{{delta.Revision}},"ready":true,"processId":7,"underlayMtu":9000,"tunnelIpv4":"10.65.0.1","tunnelIpv6":"fd65::1"}""");
            n1 = (await server.DoAsync("GET", "/v1/status"))["nodes"]![0]!;
            Assert.True((bool)n1["current"]!);

            // What does not concern a node needs no report of it.
            JsonNode quiet = await server.ApplyAsync(Document.Namespace("shop"));
            await server.DoAsync("GET", $"/v1/wait?revision={quiet["revision"]}&timeoutSeconds=5");
        }

        JsonNode gone = await server.DoAsync("GET", "/v1/status");
        for (int i = 0; i < 50 && (bool)gone["nodes"]![0]!["connected"]!; i++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            gone = await server.DoAsync("GET", "/v1/status");
        }

        Assert.False((bool)gone["nodes"]![0]!["connected"]!);
    }

    [Fact]
    public async Task The_documented_keys_of_the_status_stay()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"));
        await server.DoAsync(
            "POST",
            "/v1/nodes/n1/report",
            """
            {"appliedRevision":1,"ready":true,"processId":7,"underlayMtu":9000,"underlayMtuV6":1500,"tunnelIpv4":"10.65.0.1","tunnelIpv6":"fd65::1",
            "detectedIpv4":"172.16.1.2/24","detectedIpv6":"fd00::2/64","findings":[{"severity":"Error","subject":"a","message":"b"}]}
            """);
        JsonNode status = await server.DoAsync("GET", "/v1/status");
        Assert.Equal(["revision", "nodes", "findings"], status.AsObject().Select(member => member.Key));
        JsonObject node = status["nodes"]![0]!.AsObject();
        Assert.Equal(
            ["blocks", "connected", "current", "name", "report", "workloads"], node.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                "appliedRevision", "detectedIpv4", "detectedIpv6", "findings", "processId", "ready", "tunnelAddress", "tunnelIpv4", "tunnelIpv6",
                "underlayMtu", "underlayMtuV6",
            ],
            node["report"]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("10.65.0.1", (string?)node["report"]!["tunnelAddress"]);
        Assert.Equal(["severity", "subject", "message"], node["report"]!["findings"]![0]!.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task What_agents_and_the_server_write_is_nobody_elses_and_may_be_applied_as_it_was_read()
    {
        const string head = """{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"n1"},""";
        const string pool = """{"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"p"},"spec":{"cidr":"10.65.0.0/16"},"status":{""";
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"), Document.Pool("p", "10.65.0.0/16"));
        await server.DoAsync(
            "POST",
            "/v1/nodes/n1/report",
            """{"appliedRevision":1,"ready":true,"processId":7,"underlayMtu":9000,"tunnelIpv4":"10.65.0.1","tunnelIpv6":"fd65::1"}""");
        string read = (await server.DoAsync("GET", $"{Calico}/nodes/n1")).ToJsonString();
        Assert.Equal("unchanged", (string?)(await server.ApplyAsync(read))["results"]![0]!["outcome"]);
        foreach ((string path, string document) in ((string, string)[])
        [
            ("spec.ipv4VXLANTunnelAddr", $$$"""{{{head}}}"spec":{"ipv4VXLANTunnelAddr":"10.65.0.2"}}"""),
            ("spec.ipv6VXLANTunnelAddr", $$$"""{{{head}}}"spec":{"ipv6VXLANTunnelAddr":"fd65::2"}}"""),
            ("spec.bgp.ipv4IPIPTunnelAddr", $$$"""{{{head}}}"spec":{"bgp":{"ipv4IPIPTunnelAddr":"10.65.0.1"} }}"""),
            ("status.underlayMtu", $$$"""{{{head}}}"status":{"underlayMtu":1500}}"""),
            ("status.underlayMtuV6", $$$"""{{{head}}}"status":{"underlayMtuV6":1500}}"""),
            ("spec.ipv4VXLANTunnelAddr", $$$"""{{{head.Replace("n1", "n2", StringComparison.Ordinal)}}}"spec":{"ipv4VXLANTunnelAddr":"10.65.0.1"}}"""),
            ("status.sending", $$$"""{{{pool}}}"sending":{"vxlanMode":"Always","ipipMode":"Never"} }}"""),
            ("status.receiving", $$$"""{{{pool}}}"receiving":[{"vxlanMode":"Always","ipipMode":"Never"}]}}"""),
        ])
        {
            (HttpStatusCode status, JsonNode error) = await server.SendAsync("POST", "/v1/apply", $"[{document}]");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            JsonNode problem = Assert.Single(error["problems"]!.AsArray())!;
            Assert.Equal(path, (string?)problem["path"]);
            Assert.EndsWith("leave it out", (string?)problem["message"], StringComparison.Ordinal);
        }

        Assert.Equal(read, (await server.DoAsync("GET", $"{Calico}/nodes/n1")).ToJsonString());
    }

    [Fact]
    public async Task A_reader_that_is_slow_gets_the_whole_plan_instead_of_a_long_queue()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await server.ApplyAsync(Document.Node("n1", "172.16.1.2/24"));
        using LineReader stream = await server.OpenAsync("/v1/nodes/n1/plan");
        NodePlan plan = new();
        Assert.True(plan.TryApply(await stream.NextFrameAsync(), out _));
        for (int i = 0; i < 200; i++)
        {
            await server.ApplyAsync(Document.Endpoint($"w{i}", "n1"));
        }

        while (plan.Entries.Count < 201)
        {
            Assert.True(plan.TryApply(await stream.NextFrameAsync(), out _));
        }

        Assert.Equal(201, plan.Revision);
    }

    private static async Task<string> ClaimAsync(ServerFixture server, string node, int have) =>
        (string)(await server.DoAsync("POST", $"/v1/nodes/{node}/blocks", $$"""{"pool":"default","have":{{have}}}"""))["cidr"]!;
}
