using System;
using System.Linq;
using System.Text.Json.Nodes;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Weft.Tests.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Cni;

/// <summary>The requirements of the CNI specification that the agent answers for, one test each, for every version.</summary>
public sealed class CniSpecificationTests
{
    public static TheoryData<string> Versions => ["0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_result_has_the_versions_form(string version)
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        JsonNode result = new CniRuntime(agent, version).Add("c1");
        Assert.Equal(version, (string?)result["cniVersion"]);
        JsonArray interfaces = result["interfaces"]!.AsArray();
        Assert.Equal(2, interfaces.Count);
        Assert.Null(interfaces[0]!["sandbox"]);
        Assert.Equal("eth0", (string?)interfaces[1]!["name"]);
        Assert.Equal("/run/netns/c1", (string?)interfaces[1]!["sandbox"]);
        Assert.All(interfaces, one => Assert.Equal(version == "1.1.0" ? 1500 : null, (int?)one!["mtu"]));
        JsonArray ips = result["ips"]!.AsArray();
        Assert.Equal(["4", "6"], ips.Select(ip => (string?)ip!["version"] ?? (((string)ip["address"]!).Contains(':', StringComparison.Ordinal) ? "6" : "4")));
        Assert.All(ips, ip => Assert.Equal(string.CompareOrdinal(version, "1.0.0") < 0, ip!["version"] is not null));
        Assert.All(ips, ip => Assert.Equal(1, (int?)ip!["interface"]));
        Assert.Equal(["169.254.1.1", "fe80::1"], ips.Select(ip => (string?)ip!["gateway"]));
        Assert.Equal(["0.0.0.0/0 169.254.1.1", "::/0 fe80::1"], result["routes"]!.AsArray().Select(r => $"{r!["dst"]} {r["gw"]}"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void What_is_added_can_be_checked_and_deleted_twice(string version)
    {
        FakeAgent agent = BrainNode.Started();
        string before = agent.Kernel.Ours();
        CniRuntime runtime = new(agent, version);
        runtime.Add("c1");
        CniAnswer check = runtime.Run("CHECK", "c1");
        Assert.Equal(version == "0.3.1" ? 1 : 0, check.ExitCode);
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("DEL", "c1"));
        Assert.Equal(before, agent.Kernel.Ours());
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("DEL", "c1"));
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("DEL", "c1", path: ""));
    }

    [Theory]
    [InlineData("", 6)]
    [InlineData("[]", 6)]
    [InlineData("{\"cniVersion\": \"1.0.0\", \"name\": \"pods\", \"type\"", 6)]
    [InlineData("{\"name\": \"pods\"}", 1)]
    [InlineData("{\"cniVersion\": \"0.2.0\", \"name\": \"pods\"}", 1)]
    [InlineData("{\"cniVersion\": \"2.0.0\", \"name\": \"pods\"}", 1)]
    [InlineData("{\"cniVersion\": 1, \"name\": \"pods\"}", 1)]
    [InlineData("{\"cniVersion\": \"1.0.0\"}", 7)]
    [InlineData("{\"cniVersion\": \"1.0.0\", \"name\": \"pods\", \"vlan\": 5}", 2)]
    public void A_configuration_that_cannot_be_is_an_error_of_its_code(string configuration, int code)
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        Assert.Equal(code, CniRuntime.CodeOf(runtime.Send("ADD", "c1", "/run/netns/c1", configuration)));
        Assert.DoesNotContain(agent.Journal, r => r is WorkloadAssigned);
    }

    [Theory]
    [InlineData("ADD", "", "/run/netns/c1", "eth0", "CNI_CONTAINERID")]
    [InlineData("ADD", "c1", "", "eth0", "CNI_NETNS")]
    [InlineData("ADD", "c1", "/run/netns/c1", "", "CNI_IFNAME")]
    [InlineData("ADD", "", "", "", "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME")]
    [InlineData("CHECK", "c1", "", "eth0", "CNI_NETNS")]
    [InlineData("DEL", "", "", "eth0", "CNI_CONTAINERID")]
    [InlineData("DEL", "c1", "", "", "CNI_IFNAME")]
    [InlineData("ADD", "-c1", "/run/netns/c1", "eth0", "CNI_CONTAINERID")]
    [InlineData("ADD", "c/1", "/run/netns/c1", "eth0", "CNI_CONTAINERID")]
    [InlineData("ADD", "c1", "/run/netns/c1", "eth0/1", "CNI_IFNAME")]
    [InlineData("ADD", "c1", "/run/netns/c1", "eth0 eth1", "CNI_IFNAME")]
    [InlineData("ADD", "c1", "/run/netns/c1", "..", "CNI_IFNAME")]
    [InlineData("ADD", "c1", "/run/netns/c1", "all", "CNI_IFNAME")]
    [InlineData("ADD", "c1", "/run/netns/c1", "default", "CNI_IFNAME")]
    [InlineData("ADD", "c1", "/run/netns/c1", "a23456789012345x", "CNI_IFNAME")]
    [InlineData("REMOVE", "c1", "/run/netns/c1", "eth0", "CNI_COMMAND")]
    public void A_variable_that_is_missing_or_wrong_is_error_4_and_named(
        string command, string container, string path, string device, string named)
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0") { Interface = device };
        CniAnswer answer = runtime.Send(command, container, path, runtime.Configuration(command).ToJsonString());
        Assert.Equal(4, CniRuntime.CodeOf(answer));
        Assert.Contains(named, answer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.3.1", "CHECK")]
    [InlineData("0.3.1", "GC")]
    [InlineData("0.4.0", "STATUS")]
    [InlineData("1.0.0", "GC")]
    [InlineData("1.0.0", "STATUS")]
    public void A_command_that_the_version_does_not_have_is_error_1(string version, string command)
    {
        FakeAgent agent = BrainNode.Started();
        CniAnswer answer = new CniRuntime(agent, version).Run(command, "c1");
        Assert.Equal(1, CniRuntime.CodeOf(answer));
        Assert.Equal(version, (string?)JsonNode.Parse(answer.Output)!["cniVersion"]);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void What_plugins_before_have_made_comes_first_and_whole(string version)
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, version);
        agent.Kernel.AddNamespace("/run/netns/c1");
        JsonObject configuration = runtime.Configuration("ADD");
        JsonNode previous = JsonNode.Parse("""
            {"cniVersion": "1.1.0",
             "interfaces": [{"name": "br0", "mac": "02:00:00:00:00:01", "socketPath": "/run/x", "pciID": "0000:00:01.0"},
                            {"name": "lo", "mac": "00:00:00:00:00:00", "sandbox": "/run/netns/c1", "mtu": 65536}],
             "ips": [{"address": "127.0.0.1/8", "interface": 1, "future": true}],
             "routes": [{"dst": "192.0.2.0/24", "gw": "192.0.2.1", "mtu": 1400, "table": 7}],
             "dns": {"nameservers": ["192.0.2.53"]}}
            """)!;
        configuration["prevResult"] = previous.DeepClone();
        CniAnswer answer = runtime.Send("ADD", "c1", "/run/netns/c1", configuration.ToJsonString());
        Assert.True(answer.ExitCode == 0, answer.Output);
        JsonNode result = JsonNode.Parse(answer.Output)!;
        Assert.Equal(version, (string?)result["cniVersion"]);
        foreach ((string list, int count) in ((string, int)[])[("interfaces", 4), ("ips", 2), ("routes", 2)])
        {
            JsonArray merged = result[list]!.AsArray();
            Assert.Equal(count, merged.Count);
            for (int i = 0; i < previous[list]!.AsArray().Count; i++)
            {
                Assert.True(JsonNode.DeepEquals(previous[list]![i], merged[i]), $"{list} {merged[i]}");
            }
        }

        Assert.Equal(3, (int?)result["ips"]![1]!["interface"]);
        Assert.Equal("eth0", (string?)result["interfaces"]![3]!["name"]);
        Assert.True(JsonNode.DeepEquals(previous["dns"], result["dns"]));
    }

    [Fact]
    public void An_interface_that_a_plugin_before_has_made_is_refused_and_one_of_another_name_is_made()
    {
        FakeAgent agent = BrainNode.Started();
        JsonNode previous = JsonNode.Parse("""{"interfaces": [{"name": "eth0", "sandbox": "/run/netns/c1"}], "ips": []}""")!;
        foreach ((string plugin, int exit) in ((string, int)[])[("""{"type": "weft-cni"}""", 1), ("""{"type": "weft-cni", "interface": "weft0"}""", 0)])
        {
            CniRuntime runtime = new(agent, "1.0.0", plugin);
            JsonObject configuration = runtime.Configuration("ADD");
            configuration["prevResult"] = previous.DeepClone();
            if (exit == 0)
            {
                agent.Kernel.AddNamespace("/run/netns/c1");
            }

            CniAnswer answer = runtime.Send("ADD", "c1", "/run/netns/c1", configuration.ToJsonString());
            Assert.Equal(exit, answer.ExitCode);
            Assert.Equal(exit == 0 ? 0 : 7, exit == 0 ? 0 : CniRuntime.CodeOf(answer));
        }
    }

    [Fact]
    public void Name_servers_of_the_configuration_are_in_the_result()
    {
        FakeAgent agent = BrainNode.Started();
        JsonNode result = new CniRuntime(agent, "1.0.0", """
            {"type": "weft-cni", "dns": {"nameservers": ["192.0.2.1"], "domain": "a", "search": ["a", "b"], "options": ["ndots:2"]}}
            """).Add("c1");
        Assert.Equal("""{"nameservers":["192.0.2.1"],"domain":"a","search":["a","b"],"options":["ndots:2"]}""", result["dns"]!.ToJsonString());
        result = new CniRuntime(agent, "1.0.0", """
            {"type": "weft-cni", "capabilities": {"dns": true}, "runtimeConfig": {"dns": {"servers": ["192.0.2.2"], "searches": ["c"]}}}
            """).Add("c2");
        Assert.Equal("""{"nameservers":["192.0.2.2"],"search":["c"]}""", result["dns"]!.ToJsonString());
    }

    [Fact]
    public void The_same_attachment_asked_for_again_is_the_same()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        JsonNode first = runtime.Add("c1");
        Assert.True(JsonNode.DeepEquals(first, runtime.Add("c1")));
    }

    [Fact]
    public void CHECK_of_what_was_never_added_is_error_3_and_without_its_result_error_7()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        Assert.Equal(7, CniRuntime.CodeOf(runtime.Run("CHECK", "c1")));
        runtime.Add("c1");
        Assert.Equal(3, CniRuntime.CodeOf(runtime.Run("CHECK", "c2")));
        runtime.Run("DEL", "c1");
        Assert.Equal(3, CniRuntime.CodeOf(runtime.Run("CHECK", "c1")));
    }

    [Theory]
    [InlineData("ips", "address", "10.65.0.3/32")]
    [InlineData("interfaces", "name", "eth7")]
    [InlineData("interfaces", "mac", "02:00:00:00:00:99")]
    public void CHECK_compares_with_what_ADD_gave(string list, string field, string value)
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        JsonNode result = runtime.Add("c1");
        result[list]!.AsArray()[^1]![field] = value;
        Assert.Equal(102, CniRuntime.CodeOf(runtime.Run("CHECK", "c1")));
    }

    [Fact]
    public void CHECK_lets_plugins_behind_add_to_the_result()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        JsonNode result = runtime.Add("c1");
        result["interfaces"]!.AsArray().Add(JsonNode.Parse("""{"name": "ifb0", "mac": "02:00:00:00:00:50"}"""));
        result["ips"]!.AsArray().Add(JsonNode.Parse("""{"address": "192.0.2.9/24", "interface": 1}"""));
        result["routes"] = null;
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("CHECK", "c1"));
    }

    [Fact]
    public void CHECK_waits_for_an_agent_that_has_just_started_and_tells_what_stays_wrong()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        runtime.Add("c1");
        agent.Restart();
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("CHECK", "c1"));

        agent.Kernel.RemoveNamespace(CniRuntime.PathOf("c1"));
        agent.Run(1);
        CniAnswer answer = runtime.Send("CHECK", "c1", CniRuntime.PathOf("c1"), runtime.Configuration("CHECK").ToJsonString());
        Assert.Equal(102, CniRuntime.CodeOf(answer));
    }

    [Fact]
    public void A_container_is_known_by_its_id_also_when_its_names_have_changed()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0") { Arguments = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web" };
        runtime.Add("c1");
        runtime.Arguments = "";
        Assert.Equal(0, runtime.Run("CHECK", "c1").ExitCode);
        Assert.Equal(0, runtime.Run("DEL", "c1", path: "").ExitCode);
        Assert.Empty(agent.Book().Workloads);
    }

    [Fact]
    public void A_pods_late_DEL_of_its_old_container_leaves_the_new_one()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0") { Arguments = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web" };
        string? address = (string?)runtime.Add("c1")["ips"]![0]!["address"];
        Assert.Equal(address, (string?)runtime.Add("c2")["ips"]![0]!["address"]);
        Assert.Equal(0, runtime.Run("DEL", "c1").ExitCode);
        Assert.Equal(0, runtime.Run("CHECK", "c2").ExitCode);
    }

    [Theory]
    [InlineData("""{"type": "weft-cni", "namespace": "Bad_Name"}""", "")]
    [InlineData("""{"type": "weft-cni", "interface": "a/b"}""", "")]
    [InlineData("""{"type": "weft-cni"}""", "K8S_POD_NAMESPACE=Bad_Name;K8S_POD_NAME=web")]
    public void What_ADD_refuses_for_its_names_DEL_lets_go(string plugin, string arguments)
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0", plugin) { Arguments = arguments };
        CniRuntime.CodeOf(runtime.Run("ADD", "c1"));
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("DEL", "c1"));
    }

    [Theory]
    [InlineData("""{"type": "weft-cni"}""", """{"type": "weft-cni", "interface": "net1"}""", false)]
    [InlineData("""{"type": "weft-cni", "interface": "net1"}""", """{"type": "weft-cni"}""", true)]
    [InlineData("""{"type": "weft-cni", "interface": "net1"}""", """{"type": "weft-cni", "interface": "net2"}""", true)]
    public void A_container_is_disconnected_whatever_interface_the_configuration_names_by_now(string before, string now, bool hasResult)
    {
        FakeAgent agent = BrainNode.Started();
        JsonNode result = new CniRuntime(agent, "1.0.0", before).Add("c1");
        CniRuntime runtime = new(agent, "1.0.0", now);
        JsonObject configuration = runtime.Configuration("DEL");
        if (hasResult)
        {
            configuration["prevResult"] = result.DeepClone();
        }

        Assert.Equal(new CniAnswer(0, ""), runtime.Send("DEL", "c1", "", configuration.ToJsonString()));
        Assert.Empty(agent.Book().Workloads);
    }

    [Fact]
    public void A_late_DEL_of_the_old_container_at_the_same_moment_does_not_end_the_new_ones_ADD()
    {
        FakeAgent agent = BrainNode.Started(blocks: 2);
        CniRuntime runtime = new(agent, "1.0.0") { Arguments = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web" };
        runtime.Add("c1");
        agent.Kernel.AddNamespace(CniRuntime.PathOf("c2"));
        long add = agent.Ask(runtime.Call("ADD", "c2"));
        long late = agent.Ask(runtime.Call("DEL", "c1"));
        agent.Run(11);
        Assert.Equal(0, agent.Answers[late].Cni?.ExitCode);
        Assert.True(agent.Answers[add].Cni?.ExitCode == 0, agent.Answers[add].Cni?.Output);
        Assert.Equal("c2", Assert.Single(agent.Book().Workloads).Record.ContainerId);
    }

    [Fact]
    public void A_namespace_that_another_container_is_connected_in_is_an_error_that_names_it()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.0.0");
        runtime.Add("c1");
        CniAnswer answer = runtime.Run("ADD", "c2", path: CniRuntime.PathOf("c1"));
        Assert.Equal(101, CniRuntime.CodeOf(answer));
        Assert.Contains("eth0 already, that of default/c1/eth0, container c1: that one must be disconnected (DEL) before", answer.Output, StringComparison.Ordinal);
        Assert.Equal(0, runtime.Run("CHECK", "c1").ExitCode);
        Assert.Equal(0, runtime.Run("DEL", "c1").ExitCode);
        Assert.Equal(0, runtime.Run("ADD", "c2", path: CniRuntime.PathOf("c1")).ExitCode);
    }

    [Fact]
    public void A_containers_own_name_never_passes_to_another()
    {
        FakeAgent agent = BrainNode.Started();
        new CniRuntime(agent, "1.0.0") { Arguments = "K8S_POD_NAME=c2" }.Add("c1");
        CniAnswer answer = new CniRuntime(agent, "1.0.0").Run("ADD", "c2");
        Assert.Equal(4, CniRuntime.CodeOf(answer));
        Assert.Contains("default/c2/eth0", answer.Output, StringComparison.Ordinal);
        new CniRuntime(agent, "1.0.0", """{"type": "weft-cni", "namespace": "other"}""").Add("c2");
    }

    [Fact]
    public void GC_frees_what_its_network_does_not_list_and_nothing_of_others()
    {
        FakeAgent agent = BrainNode.Started(blocks: 2);
        CniRuntime runtime = new(agent, "1.1.0");
        runtime.Add("c1");
        runtime.Add("c2");
        runtime.Interface = "net1";
        runtime.Add("c1");
        new CniRuntime(agent, "1.1.0") { Network = "other" }.Add("c3");
        agent.Kernel.AddNamespace(BrainNode.PathOf("web"));
        Assert.Null(agent.AskAndRun(BrainNode.Add("web")).Fault);

        JsonObject configuration = runtime.Configuration("GC");
        configuration["cni.dev/valid-attachments"] = JsonNode.Parse("""[{"containerID": "c1", "ifname": "eth0"}]""");
        Assert.Equal(new CniAnswer(0, ""), runtime.Send("GC", "", "", configuration.ToJsonString()));
        Assert.Equal(
            ["default/c1/eth0", "default/c3/eth0", "shop/web/eth0"], agent.Book().Workloads.Select(w => w.Record.Id.ToString()));
        Assert.Equal(new CniAnswer(0, ""), runtime.Send("GC", "", "", configuration.ToJsonString()));
        configuration["cni.dev/valid-attachments"] = new JsonArray();
        Assert.Equal(new CniAnswer(0, ""), runtime.Send("GC", "", "", configuration.ToJsonString()));
        Assert.Equal(["default/c3/eth0", "shop/web/eth0"], agent.Book().Workloads.Select(w => w.Record.Id.ToString()));
    }

    [Fact]
    public void GC_without_a_list_is_refused_and_frees_nothing()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.1.0");
        runtime.Add("c1");
        Assert.Equal(7, CniRuntime.CodeOf(runtime.Run("GC", "c1")));
        Assert.Single(agent.Book().Workloads);
    }

    [Fact]
    public void GC_knows_an_interface_that_the_configuration_names_by_its_container()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.1.0", """{"type": "weft-cni", "interface": "weft0"}""");
        runtime.Add("c1");
        runtime.Add("c2");
        JsonObject configuration = runtime.Configuration("GC");
        configuration["cni.dev/valid-attachments"] = JsonNode.Parse("""[{"containerID": "c1", "ifname": "eth0"}]""");
        Assert.Equal(0, runtime.Send("GC", "", "", configuration.ToJsonString()).ExitCode);
        Assert.Equal(["default/c1/weft0"], agent.Book().Workloads.Select(w => w.Record.Id.ToString()));
    }

    [Theory]
    [InlineData("""{"type": "weft-cni"}""", """{"type": "weft-cni", "interface": "net1"}""")]
    [InlineData("""{"type": "weft-cni", "interface": "net1"}""", """{"type": "weft-cni"}""")]
    [InlineData("""{"type": "weft-cni", "interface": "net1"}""", """{"type": "weft-cni", "interface": "net2"}""")]
    public void GC_spares_a_container_whose_interface_the_configuration_named_otherwise_before(string before, string now)
    {
        FakeAgent agent = BrainNode.Started();
        new CniRuntime(agent, "1.1.0", before).Add("c1");
        new CniRuntime(agent, "1.1.0", before).Add("c2");
        CniRuntime runtime = new(agent, "1.1.0", now);
        JsonObject configuration = runtime.Configuration("GC");
        configuration["cni.dev/valid-attachments"] = JsonNode.Parse("""[{"containerID": "c1", "ifname": "eth0"}]""");
        Assert.Equal(new CniAnswer(0, ""), runtime.Send("GC", "", "", configuration.ToJsonString()));
        Assert.Equal("c1", Assert.Single(agent.Book().Workloads).Record.ContainerId);
    }

    [Fact]
    public void GC_takes_the_list_by_the_name_that_libcni_gave_it_first_too()
    {
        FakeAgent agent = BrainNode.Started();
        CniRuntime runtime = new(agent, "1.1.0");
        runtime.Add("c1");
        runtime.Add("c2");
        JsonObject configuration = runtime.Configuration("GC");
        configuration["cni.dev/attachments"] = JsonNode.Parse("""[{"containerID": "c1", "ifname": "eth0"}]""");
        Assert.Equal(new CniAnswer(0, ""), runtime.Send("GC", "", "", configuration.ToJsonString()));
        Assert.Equal("c1", Assert.Single(agent.Book().Workloads).Record.ContainerId);
    }

    [Fact]
    public void STATUS_is_ready_when_ADD_can_be_served()
    {
        FakeAgent agent = BrainNode.Make();
        agent.IsConnected = false;
        agent.Start();
        agent.Run(1);
        CniRuntime runtime = new(agent, "1.1.0");
        Assert.Equal(50, CniRuntime.CodeOf(runtime.Run("STATUS", "c1")));
        agent.IsConnected = true;
        agent.Run(1);
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("STATUS", "c1"));
        agent.JournalError = "no space left";
        Assert.Equal(1, runtime.Run("ADD", "c1").ExitCode);
        Assert.Equal(50, CniRuntime.CodeOf(runtime.Run("STATUS", "c1")));
    }

    [Fact]
    public void STATUS_is_not_ready_when_no_address_is_left_and_none_can_be_asked_for()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Server.Reachable = false;
        agent.IsConnected = false;
        agent.Tell(new BrainEvent.ServerLost("gone"));
        CniRuntime runtime = new(agent, "1.1.0");
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(new CniAnswer(0, ""), runtime.Run("STATUS", "c1"));
            runtime.Add($"c{i}");
        }

        CniAnswer answer = runtime.Run("STATUS", "c1");
        Assert.Equal(50, CniRuntime.CodeOf(answer));
        Assert.Contains("IPPool default", answer.Output, StringComparison.Ordinal);
        runtime.Run("DEL", "c1");
        Assert.Equal(new CniAnswer(0, ""), runtime.Run("STATUS", "c1"));
    }

    [Fact]
    public void The_networks_pools_count_where_nobody_names_others()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        agent.Server.Put(
            BrainNode.Pool(tunnel: false, name: "second") with { Cidr = IpPrefix.Parse("10.66.0.0/28") },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.66.0.0/30"), Pool = "second" },
            BrainNode.Pool(tunnel: false, name: "third") with { Cidr = IpPrefix.Parse("10.67.0.0/28") },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.67.0.0/30"), Pool = "third" },
            new NamespaceEntry { Name = "shop", Ipv4Pools = ["third"] });
        agent.Run(1);
        const string Network = """{"type": "weft-cni", "ipam": {"ipv4_pools": ["second"]}}""";
        Assert.Equal("10.66.0.0/32", AddressOf(new CniRuntime(agent, "1.0.0", Network).Add("c1")));
        Assert.Equal("10.67.0.0/32", AddressOf(new CniRuntime(agent, "1.0.0", Network) { Arguments = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=a" }.Add("c2")));
        CniRuntime annotated = new(agent, "1.0.0", """
            {"type": "weft-cni", "ipam": {"ipv4_pools": ["second"]},
             "args": {"cni": {"annotations": {"cni.projectcalico.org/ipv4pools": "[\"default\"]"}}}}
            """)
        { Arguments = "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=b" };
        Assert.Equal("10.65.0.0/32", AddressOf(annotated.Add("c3")));
        CniRuntime second = new(agent, "1.0.0", Network) { Interface = "net1", Network = "other", Arguments = "K8S_POD_NAME=d" };
        Assert.Equal("10.66.0.0/28", (string?)second.Add("c3")["routes"]![0]!["dst"]);
    }

    [Fact]
    public void A_fixed_address_is_the_containers_or_an_error_that_says_whose_it_is()
    {
        FakeAgent agent = BrainNode.Started(tunnel: false);
        const string Network = """{"type": "weft-cni", "capabilities": {"ips": true}, "runtimeConfig": {"ips": ["10.65.0.2"]}}""";
        CniRuntime runtime = new(agent, "1.0.0", Network);
        Assert.Equal("10.65.0.2/32", AddressOf(runtime.Add("c1")));
        CniAnswer taken = new CniRuntime(agent, "1.0.0", Network).Run("ADD", "c2");
        Assert.Equal(100, CniRuntime.CodeOf(taken));
        Assert.Contains("default/c1/eth0", taken.Output, StringComparison.Ordinal);
        Assert.Equal(100, CniRuntime.CodeOf(new CniRuntime(agent, "1.0.0", Network.Replace("10.65.0.2", "192.0.2.1", StringComparison.Ordinal)).Run("ADD", "c2")));
        Assert.Equal(100, CniRuntime.CodeOf(new CniRuntime(agent, "1.0.0", Network.Replace("10.65.0.2", "10.65.0.3", StringComparison.Ordinal)).Run("ADD", "c1")));
        Assert.Equal(0, runtime.Run("DEL", "c1").ExitCode);
        Assert.Equal("10.65.0.2/32", AddressOf(runtime.Add("c2")));
    }

    [Fact]
    public void A_fixed_link_layer_address_is_the_interfaces_and_is_published()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        CniRuntime runtime = new(agent, "1.0.0", """{"type": "weft-cni", "capabilities": {"mac": true}, "runtimeConfig": {"mac": "02:aa:bb:cc:dd:01"}}""");
        JsonNode result = runtime.Add("c1");
        Assert.Equal("02:aa:bb:cc:dd:01", (string?)result["interfaces"]![1]!["mac"]);
        agent.Run(1);
        Assert.Contains("/run/netns/c1: link eth0 veth 02:aa:bb:cc:dd:01", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Contains("fe80::aa:bbff:fecc:dd01/64", agent.Kernel.Ours(), StringComparison.Ordinal);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.Equal(0, runtime.Run("CHECK", "c1").ExitCode);
        CniAnswer taken = runtime.Run("ADD", "c2");
        Assert.Equal(100, CniRuntime.CodeOf(taken));
        Assert.Contains("default/c1/eth0", taken.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_interface_leaves_the_first_alone()
    {
        FakeAgent agent = BrainNode.Started(stack: Stack.Dual);
        CniRuntime runtime = new(agent, "1.0.0");
        runtime.Add("c1");
        agent.Run(1);
        string[] first = Links(agent);
        JsonNode result = new CniRuntime(agent, "1.0.0") { Interface = "net1", Network = "other" }.Add("c1");
        agent.Run(1);
        Assert.Equal(first, Links(agent).Intersect(first));
        Assert.Empty(agent.Notes);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
        Assert.Equal(["10.65.0.0/28", "fd00:65::/124"], result["routes"]!.AsArray().Select(r => (string?)r!["dst"]));
        Assert.Equal(0, runtime.Run("DEL", "c1").ExitCode);
        agent.Run(1);
        Assert.Empty(agent.Notes);
        Assert.Equal(BrainNode.FromScratch(agent), agent.Kernel.Ours());
    }

    // With their numbers: a link that is made anew has another.
    private static string[] Links(FakeAgent agent) =>
        [.. agent.Kernel.Host.Links.Values.Select(l => $"{l.Link.Index} {l.Link.Name}").Where(l => l.Contains("weft", StringComparison.Ordinal))];

    private static string? AddressOf(JsonNode result) => (string?)result["ips"]![0]!["address"];
}
