using System;
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
}
