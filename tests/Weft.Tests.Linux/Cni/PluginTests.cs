using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Plan.Entries;
using Weft.Tests.Linux.Agent;
using Xunit;

namespace Weft.Tests.Linux.Cni;

/// <summary>The shipped plugin, a real agent, real namespaces.</summary>
public sealed class PluginTests
{
    [Theory]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public async Task A_container_is_connected_checked_and_disconnected(string version)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, pools: "46");
        using TestNamespace container = new();
        PluginRuntime runtime = new(pair.A, version, """{"type": "weft-cni"}""");
        JsonNode result = (await runtime.AddAsync("c7", container)).Must().Json;
        string[] addresses = [.. result["ips"]!.AsArray().Select(ip => ((string)ip!["address"]!).Split('/')[0])];
        Assert.Equal(2, addresses.Length);
        foreach (string address in addresses)
        {
            AgentPair.Ping(pair.InsideB, IpAddress.Parse(address));
        }

        if (version != "0.3.1")
        {
            Assert.Equal("", (await runtime.CheckAsync("c7", container)).Must().Output);
        }

        Assert.Equal("", (await runtime.DeleteAsync("c7", container.Path)).Must().Output);
        Assert.DoesNotContain("eth0", Tool.Run("ip", $"-n {container.Name} -o link"), StringComparison.Ordinal);
        Assert.Equal("", (await runtime.DeleteAsync("c7", "")).Must().Output);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("46")]
    public async Task Each_interface_of_a_container_is_reached_and_one_has_the_default_route(string pools)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, pools: pools);
        using TestNamespace container = new();
        Tool.Run("ip", $"netns exec {container.Name} sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=1");
        PluginRuntime first = new(pair.A, "1.0.0", """{"type": "weft-cni"}""");
        PluginRuntime second = new(pair.A, "1.0.0", """{"type": "weft-cni"}""") { Network = "other" };
        JsonNode eth0 = (await first.AddAsync("c7", container)).Must().Json;
        JsonNode net1 = (await second.AddAsync("c7", container, "net1")).Must().Json;
        Assert.Equal(pools.Length, eth0["routes"]!.AsArray().Count(r => ((string)r!["dst"]!).EndsWith("/0", StringComparison.Ordinal)));
        Assert.DoesNotContain(net1["routes"]!.AsArray(), r => ((string)r!["dst"]!).EndsWith("/0", StringComparison.Ordinal));
        Assert.Equal(pools.Length, net1["routes"]!.AsArray().Count);
        foreach (JsonNode? ip in eth0["ips"]!.AsArray().Concat(net1["ips"]!.AsArray()))
        {
            IpAddress address = IpInterfaceAddress.Parse((string)ip!["address"]!).Address;
            AgentPair.Ping(pair.InsideB, address);
            AgentPair.Ping(pair.A.Namespace, address);
        }

        (await first.CheckAsync("c7", container)).Must();
        (await second.CheckAsync("c7", container, "net1")).Must();
        AgentPair.Ping(container, pair.ConnectionB.Addresses[0].Address);
        (await second.DeleteAsync("c7", container.Path, "net1")).Must();
        AgentPair.Ping(pair.InsideB, IpInterfaceAddress.Parse((string)eth0["ips"]![0]!["address"]!).Address);
        (await first.CheckAsync("c7", container)).Must();
        (await first.DeleteAsync("c7", container.Path)).Must();
    }

    [Fact]
    public async Task Interfaces_on_several_pools_lead_each_to_its_own_pool()
    {
        PlanEntry[] second =
        [
            new PoolEntry { Name = "second", Cidr = IpPrefix.Parse("10.66.0.0/16"), Allocates = true, Tunnels = false, BlockSize = 26, ByNameOnly = true },
            new OwnBlockEntry { Cidr = IpPrefix.Parse("10.66.0.0/26"), Pool = "second" },
        ];
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, "4", "4", second);
        using TestNamespace container = new();
        using TestNamespace other = new();
        PluginRuntime pods = new(pair.A, "1.0.0", """{"type": "weft-cni"}""");
        PluginRuntime storage = new(pair.A, "1.0.0", """{"type": "weft-cni", "ipam": {"ipv4_pools": ["second"]}}""") { Network = "storage" };
        JsonNode eth0 = (await pods.AddAsync("c7", container)).Must().Json;
        JsonNode net1 = (await storage.AddAsync("c7", container, "net1")).Must().Json;
        JsonNode peer = (await storage.AddAsync("c8", other)).Must().Json;
        Assert.Equal("10.66.0.0/16", (string?)net1["routes"]![0]!["dst"]);
        Assert.Contains("dev net1", Tool.Run("ip", $"-n {container.Name} route get {Of(peer)}"), StringComparison.Ordinal);
        Assert.Contains($"src {Of(net1)}", Tool.Run("ip", $"-n {container.Name} route get {Of(peer)}"), StringComparison.Ordinal);
        Assert.Contains("dev eth0", Tool.Run("ip", $"-n {container.Name} route get {pair.ConnectionB.Addresses[0].Address}"), StringComparison.Ordinal);
        AgentPair.Ping(container, Of(peer));
        AgentPair.Ping(other, Of(net1));
        AgentPair.Ping(other, Of(eth0));
        AgentPair.Ping(container, pair.ConnectionB.Addresses[0].Address);
        AgentPair.Ping(pair.InsideA, Of(net1));

        static IpAddress Of(JsonNode result) => IpInterfaceAddress.Parse((string)result["ips"]![0]!["address"]!).Address;
    }

    [Fact]
    public async Task A_path_that_leads_to_no_namespace_is_an_error_and_holds_nobody_up()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace container = new();
        string folder = Directory.CreateTempSubdirectory("weft-t-").FullName;
        try
        {
            Tool.Run("mkfifo", $"{folder}/pipe");
            PluginRuntime runtime = new(pair.A, "1.0.0", """{"type": "weft-cni"}""");
            foreach (string path in (string[])[$"{folder}/pipe", folder, $"{folder}/none", "/dev/null", "/proc/self/ns/mnt"])
            {
                PluginRun refused = await runtime.AddAsync("c7", path);
                Assert.Equal((1, 101), (refused.ExitCode, refused.Code));
                Assert.Equal(2, ((string)refused.Json["msg"]!).Split(path).Length); // Once.
                (await runtime.DeleteAsync("c7", path)).Must();
            }

            (await runtime.AddAsync("c7", container)).Must();
            (await runtime.DeleteAsync("c7", container.Path)).Must();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_interface_that_is_there_already_is_an_error_and_nothing_is_left_of_the_attempt()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace container = new();
        Tool.Run("ip", $"-n {container.Name} link add eth0 type bridge");
        PluginRuntime runtime = new(pair.A, "1.0.0", """{"type": "weft-cni"}""");
        PluginRun refused = await runtime.AddAsync("c7", container);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("eth0", (string?)refused.Json["msg"], StringComparison.Ordinal);
        Assert.Equal(101, refused.Code);
        Assert.Contains("bridge", Tool.Run("ip", $"-n {container.Name} -d link show eth0"), StringComparison.Ordinal);
        (await runtime.DeleteAsync("c7", container.Path)).Must();
        Assert.Contains("bridge", Tool.Run("ip", $"-n {container.Name} -d link show eth0"), StringComparison.Ordinal);
        Tool.Run("ip", $"-n {container.Name} link del eth0");
        (await runtime.AddAsync("c7", container)).Must();
        (await runtime.DeleteAsync("c7", container.Path)).Must();
    }

    [Theory]
    [InlineData("/run/netns/weft-t-none")]
    [InlineData("/etc/hostname")]
    public async Task A_namespace_that_is_none_is_an_error_at_once_and_leaks_no_address(string path)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        PluginRun refused = await ShippedPlugin.RunAsync(ShippedPlugin.Path, new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = "ADD",
            ["CNI_CONTAINERID"] = "c7",
            ["CNI_NETNS"] = path,
            ["CNI_IFNAME"] = "eth0",
        }, $$"""{"cniVersion": "1.0.0", "name": "pods", "type": "weft-cni", "agentSocket": "{{pair.A.SocketPath}}"}""");
        Assert.Equal(1, refused.ExitCode);
        Assert.NotEqual(11, refused.Code);
        await pair.A.UntilAsync(() => Task.FromResult(File.ReadAllText(pair.A.JournalPath).Contains("\"released\"", StringComparison.Ordinal)
            || !File.ReadAllText(pair.A.JournalPath).Contains("c7", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_nodes_own_namespace_is_never_a_containers()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        PluginRuntime runtime = new(pair.A, "1.0.0", """{"type": "weft-cni"}""");
        PluginRun refused = await runtime.AddAsync("c7", pair.A.Namespace, "eth7");
        Assert.Equal((1, 4), (refused.ExitCode, refused.Code));
        Assert.Contains("CNI_NETNS", (string?)refused.Json["msg"], StringComparison.Ordinal);
        Assert.DoesNotContain("eth7", Tool.Run("ip", $"-n {pair.A.Namespace.Name} -o link"), StringComparison.Ordinal);
        (await runtime.DeleteAsync("c7", pair.A.Namespace.Path, "eth7")).Must();
    }

    [Fact]
    public async Task What_is_gone_with_its_namespace_is_disconnected_and_its_address_is_free()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, pools: "46");
        PluginRuntime runtime = new(pair.A, "1.1.0", """{"type": "weft-cni"}""");
        string path;
        using (TestNamespace container = new())
        {
            path = container.Path;
            (await runtime.AddAsync("c7", container)).Must();
        }

        (await runtime.DeleteAsync("c7", path)).Must();
        (await runtime.DeleteAsync("c7", path)).Must();
        (await runtime.DeleteAsync("c7", "")).Must();
        Assert.DoesNotContain("c7", Tool.Run("ip", $"-n {pair.A.Namespace.Name} -d link"), StringComparison.Ordinal);
        Assert.Contains("\"released\"", File.ReadAllText(pair.A.JournalPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GC_disconnects_what_the_runtime_has_forgotten()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace kept = new();
        using TestNamespace forgotten = new();
        PluginRuntime runtime = new(pair.A, "1.1.0", """{"type": "weft-cni"}""");
        JsonNode result = (await runtime.AddAsync("Kept_1", kept)).Must().Json;
        (await runtime.AddAsync("c8", forgotten)).Must();
        Assert.Equal("", (await runtime.StatusAsync()).Must().Output);
        Assert.Equal("", (await runtime.CollectAsync(("Kept_1", "eth0"))).Must().Output);
        Assert.DoesNotContain("eth0", Tool.Run("ip", $"-n {forgotten.Name} -o link"), StringComparison.Ordinal);
        AgentPair.Ping(pair.InsideB, IpInterfaceAddress.Parse((string)result["ips"]![0]!["address"]!).Address);
        (await runtime.CheckAsync("Kept_1", kept)).Must();
        AgentPair.Ping(pair.InsideB, pair.ConnectionA.Addresses[0].Address);
    }

    [Fact]
    public async Task A_garbage_collection_names_as_many_containers_as_a_node_can_have()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        PluginRuntime runtime = new(pair.A, "1.1.0", """{"type": "weft-cni"}""");
        Assert.Equal("", (await runtime.CollectAsync([.. Enumerable.Range(0, 5_000).Select(i => ($"{i:x64}", "eth0"))])).Must().Output);
    }

    [Fact]
    public async Task A_fixed_link_layer_address_is_the_containers_and_traffic_passes()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, pools: "46");
        using TestNamespace container = new();
        PluginRuntime runtime = new(pair.A, "1.0.0", """{"type": "weft-cni", "capabilities": {"mac": true}}""");
        runtime.Capabilities["mac"] = "02:aa:bb:cc:dd:01";
        JsonNode result = (await runtime.AddAsync("c7", container)).Must().Json;
        Assert.Contains("02:aa:bb:cc:dd:01", Tool.Run("ip", $"-n {container.Name} link show eth0"), StringComparison.Ordinal);
        foreach (JsonNode? ip in result["ips"]!.AsArray())
        {
            AgentPair.Ping(pair.InsideB, IpInterfaceAddress.Parse((string)ip!["address"]!).Address);
        }

        (await runtime.CheckAsync("c7", container)).Must();
        await pair.A.StopAsync();
        await pair.A.StartAsync();
        (await runtime.CheckAsync("c7", container)).Must();
    }

    [Fact]
    public async Task A_pods_next_container_has_its_addresses()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace first = new();
        using TestNamespace second = new();
        PluginRuntime runtime = new(pair.A, "1.0.0", """{"type": "weft-cni"}""")
        {
            Arguments = "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=c1;K8S_POD_UID=u",
        };
        string address = (string)(await runtime.AddAsync("c1", first)).Must().Json["ips"]![0]!["address"]!;
        Assert.Equal(address, (string?)(await runtime.AddAsync("c2", second)).Must().Json["ips"]![0]!["address"]);
        (await runtime.DeleteAsync("c1", first.Path)).Must();
        AgentPair.Ping(pair.InsideB, IpInterfaceAddress.Parse(address).Address);
        (await runtime.CheckAsync("c2", second)).Must();
    }
}
