using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Crashes;
using Weft.Tests.Linux.Lab;
using Weft.Tests.Linux.Up;
using Xunit;

namespace Weft.Tests.Linux.Containers;

/// <summary>Containers of containerd and podman on the nodes of a lab, across its racks.</summary>
[Collection(nameof(OneAtATime))]
public sealed class LabContainerTests
{
    private const string Racks = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: racks}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24, "fd00:1::/64"]}
            - {name: rack2, cidrs: [172.16.2.0/24, "fd00:2::/64"]}
            - {name: outside, cidrs: [203.0.113.0/24, "2001:db8:9::/64"]}
          routers:
            - {name: spine, segments: [rack1, rack2, outside]}
          nodes:
            - {name: n1, segment: rack1}
            - {name: n2, segment: rack2}
          hosts:
            - {name: internet, segment: outside}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet, natOutgoing: true}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default6}
        spec: {cidr: "fd00:65::/64", vxlanMode: CrossSubnet, natOutgoing: true}
        """;

    [Fact]
    public async Task Containers_of_both_engines_reach_each_other_across_nodes_and_the_outside()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Racks);
        await using ContainerHost one = await ContainerHost.OnNodeAsync(lab, "n1");
        await using ContainerHost two = await ContainerHost.OnNodeAsync(lab, "n2");
        Task<Ran> serving = one.CtrRunAsync("web", "/bin/httpd", "-f", "-h", "/www");
        await two.PodmanStartAsync("client", []);
        await lab.UntilAsync(async () => (await AddressesAsync(lab, "-4")).ContainsKey("web"), "web is connected");
        IReadOnlyDictionary<string, string> addresses = await AddressesAsync(lab, "-4");
        foreach (string family in (string[])["-4", "-6"])
        {
            string web = (await AddressesAsync(lab, family))["web"];
            string client = (await AddressesAsync(lab, family))["client"];
            (await two.PodmanAsync("exec", "client", "ping", "-c", "1", "-W", "5", web)).Must();
            (await one.CtrRunAsync("ping", "/bin/ping", "-c", "1", "-W", "5", client)).Must();
        }

        await TestHost.UntilAsync(
            async () => (await two.PodmanAsync("exec", "client", "curl", "-sS", "-m", "5", $"http://{addresses["web"]}/")).Output == "woven\n",
            "the page is served across the nodes");
        await two.PodmanStartAsync("iperf", [], "iperf3", "-s");
        string server = (await AddressesAsync(lab, "-4"))["iperf"];
        JsonElement end = (await one.CtrRunAsync("load", "/usr/bin/iperf3", "-c", server, "-n", "20M", "-J")).Must().Json.GetProperty("end");
        // What is on its way when the sender is done may not be counted.
        Assert.True(end.GetProperty("sum_received").GetProperty("bytes").GetInt64() > 10 << 20, end.ToString());

        string outside = (await lab.StatusAsync()).GetProperty("hosts").EnumerateArray().Single()
            .GetProperty("addresses").EnumerateArray().First().GetString()!.Split('/')[0];
        (await two.PodmanAsync("exec", "client", "ping", "-c", "1", "-W", "5", outside)).Must();
        (await one.CtrRunAsync("ping", "/bin/ping", "-c", "1", "-W", "5", outside)).Must();

        // A port of the node leads to a container, also from another rack.
        await two.PodmanStartAsync("mapped", ["-p", "8080:80"], "httpd", "-f", "-h", "/www");
        string node = (await lab.GetAsync("nodes")).EnumerateArray()
            .Single(n => n.GetProperty("metadata").GetProperty("name").GetString() == "n2")
            .GetProperty("spec").GetProperty("bgp").GetProperty("ipv4Address").GetString()!.Split('/')[0];
        await TestHost.UntilAsync(
            async () => (await one.CtrRunAsync("try", "/usr/bin/curl", "-sS", "-m", "5", $"http://{node}:8080/")).Output == "woven\n",
            "the mapped port answers");
        Assert.Equal("woven\n", Tool.Run("ip", $"netns exec {lab.NamespaceOf("internet")} curl -sS -m 10 http://{node}:8080/"));

        (await two.PodmanAsync("rm", "-f", "-t", "0", "client", "iperf", "mapped")).Must();
        (await one.CtrAsync("task", "kill", "-s", "KILL", "web")).Must();
        await serving;
        await lab.UntilAsync(
            async () => (await lab.GetAsync("workloads")).GetArrayLength() == 0
                && !(lab.Ip("n1", "-o link") + lab.Ip("n2", "-o link")).Contains(": weft", StringComparison.Ordinal),
            "nothing of the containers is left");
    }

    private static async Task<IReadOnlyDictionary<string, string>> AddressesAsync(RunningLab lab, string family) =>
        ContainerHost.AddressesIn(await lab.GetAsync("workloads"), family);
}
