using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Plan.Entries;
using Weft.Tests.Linux.Agent;
using Xunit;

namespace Weft.Tests.Linux.Cni;

/// <summary>Weft in chains with the reference plugins, before it and behind it.</summary>
public sealed class ChainTests
{
    [Fact]
    public async Task Loopback_in_front_and_tuning_and_bandwidth_behind_work_together()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace container = new();
        PluginRuntime runtime = new(
            pair.A,
            "1.0.0",
            """{"type": "loopback"}""",
            """{"type": "weft-cni"}""",
            """{"type": "tuning", "sysctl": {"net.core.somaxconn": "500"}}""",
            """{"type": "bandwidth", "capabilities": {"bandwidth": true}}""");
        runtime.Capabilities["bandwidth"] = JsonNode.Parse("""{"ingressRate": 800000, "ingressBurst": 800000, "egressRate": 800000, "egressBurst": 800000}""")!;
        JsonNode result = (await runtime.AddAsync("c7", container)).Must().Json;
        Assert.Contains(result["interfaces"]!.AsArray(), i => (string)i!["name"]! == "lo");
        JsonNode ip = Assert.Single(result["ips"]!.AsArray(), i => ((string)i!["address"]!).StartsWith("10.65.", StringComparison.Ordinal))!;
        Assert.Equal("eth0", (string?)result["interfaces"]![(int)ip["interface"]!]!["name"]);
        AgentPair.Ping(pair.InsideB, IpInterfaceAddress.Parse((string)ip["address"]!).Address);
        Assert.Contains("500", Tool.Run("ip", $"netns exec {container.Name} sysctl net.core.somaxconn"), StringComparison.Ordinal);
        Assert.Contains("tbf", Tool.Run("tc", $"-n {pair.A.Namespace.Name} qdisc"), StringComparison.Ordinal);
        (await runtime.CheckAsync("c7", container)).Must();
        (await runtime.DeleteAsync("c7", container.Path)).Must();
    }

    [Theory]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    public async Task Ports_that_portmap_maps_lead_to_the_container_until_it_goes(string version)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace container = new();
        PluginRuntime runtime = new(
            pair.A,
            version,
            """{"type": "weft-cni"}""",
            """{"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}""");
        runtime.Capabilities["portMappings"] = JsonNode.Parse("""[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]""")!;
        (await runtime.AddAsync("c7", container)).Must();
        using Socket listener = NamespaceSocket.Open(container.Path, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 80));
        listener.Listen();
        IPEndPoint mapped = new(IPAddress.Parse(pair.A.Address.Address.ToString()), 8080);
        foreach (string from in (string[])[pair.B.Namespace.Path, pair.InsideB.Path])
        {
            using Socket client = NamespaceSocket.Open(from, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(mapped, TestContext.Current.CancellationToken);
            using Socket served = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            await served.SendAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
            byte[] heard = new byte[16];
            Assert.Equal(5, await client.ReceiveAsync(heard, TestContext.Current.CancellationToken));
        }

        if (version != "0.3.1")
        {
            // The reference plugin of 1.1.1 looks for rules of both families, whichever it has made.
            (await runtime.CheckAsync("c7", container, only: "weft-cni")).Must();
        }

        (await runtime.DeleteAsync("c7", container.Path)).Must();
        using Socket late = NamespaceSocket.Open(pair.B.Namespace.Path, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(async () => await late.ConnectAsync(mapped, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Behind_a_bridge_with_an_interface_of_its_own_the_bridge_keeps_the_default_route()
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan);
        using TestNamespace container = new();
        PluginRuntime runtime = new(
            pair.A,
            "1.0.0",
            """{"type": "bridge", "bridge": "br0", "isGateway": true, "isDefaultGateway": true, "ipam": {"type": "host-local", "subnet": "192.168.77.0/24", "dataDir": "/tmp/weft-t-cni-bridge"}}""",
            """{"type": "weft-cni", "interface": "weft0"}""");
        try
        {
            JsonNode result = (await runtime.AddAsync("c7", container)).Must().Json;
            Assert.Equal(2, result["ips"]!.AsArray().Count);
            Assert.Contains("via 192.168.77.1 dev eth0", Tool.Run("ip", $"-n {container.Name} route show default"), StringComparison.Ordinal);
            AgentPair.Ping(pair.InsideB, IpInterfaceAddress.Parse((string)result["ips"]![1]!["address"]!).Address);
            (await runtime.CheckAsync("c7", container, only: "weft-cni")).Must(); // bridge takes all addresses for its own.
            (await runtime.DeleteAsync("c7", container.Path)).Must();
        }
        finally
        {
            Directory.Delete("/tmp/weft-t-cni-bridge", recursive: true);
        }
    }
}
