using System;
using System.Linq;
using System.Text.Json.Nodes;
using Weft.Node.Calls;
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
}
