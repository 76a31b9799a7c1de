using System.IO;
using System.Text.Json.Nodes;
using Weft.Node.Calls;
using Weft.Node.Cni;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.Node.Cni;

/// <summary>The configuration that people are given to copy.</summary>
public sealed class ExampleConflistTests
{
    [Fact]
    public void The_example_is_one_that_the_agent_takes()
    {
        JsonNode list = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "examples", "10-weft.conflist")))!;
        JsonObject plugin = list["plugins"]![0]!.DeepClone().AsObject();
        plugin["name"] = (string?)list["name"];
        plugin["cniVersion"] = (string?)list["cniVersion"];
        plugin["runtimeConfig"] = JsonNode.Parse("""{"ips": ["10.65.0.9"], "mac": "02:00:00:00:00:01", "io.kubernetes.cri.pod-annotations": {"a": "b"}}""");
        Assert.Equal("weft-cni", (string?)plugin["type"]);
        CniRequest request = new()
        {
            Command = "ADD",
            ContainerId = "c7",
            NetworkNamespace = "/run/netns/c7",
            Interface = "eth0",
            Configuration = plugin.ToJsonString(),
        };
        Assert.True(CniCall.TryRead(request, out CniCall? call, out CniAnswer? refused), refused?.Output);
        Assert.Equal("10.65.0.9", Assert.Single(call.Call.Addresses).ToString());
    }
}
