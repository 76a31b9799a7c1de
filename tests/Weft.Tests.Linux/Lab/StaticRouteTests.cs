using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Routes that an administrator declares for nodes: several next hops, none, and by selector.</summary>
public sealed class StaticRouteTests
{
    private const string Lab = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: statics}
        spec:
          segments:
            - {name: rack, cidrs: [172.16.1.0/24, "fd00:1::/64"]}
            - {name: far, cidrs: [198.18.0.0/24, "fd00:f::/64"]}
            - {name: aside, cidrs: [172.16.9.0/24, "fd00:9::/64"]}
          routers:
            - {name: exit, segments: [rack, aside]}
            - {name: r1, segments: [rack, far], address: [172.16.1.11, "fd00:1::11"]}
            - {name: r2, segments: [rack, far], address: [172.16.1.12, "fd00:1::12"]}
          nodes:
            - {name: n1, segment: rack, labels: {edge: "yes"}}
            - {name: n2, segment: rack}
          hosts:
            - {name: server, segment: far}
          workloads:
            - {name: a, node: n1}
            - {name: b, node: n2}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: four}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet, natOutgoing: true}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: six}
        spec: {cidr: "fd65::/64", vxlanMode: CrossSubnet, natOutgoing: true}
        """;

    [Theory]
    [InlineData("198.18.7.0/24", "172.16.1.11", "172.16.1.12", "198.18.7.")]
    [InlineData("fd00:7::/64", "fd00:1::11", "fd00:1::12", "fd00:7::")]
    public async Task Flows_spread_over_next_hops_by_weight_on_the_nodes_that_are_selected(
        string destination, string first, string second, string prefix)
    {
        string show = $"{(prefix.Contains(':', StringComparison.Ordinal) ? "-6" : "-4")} route show {destination}";
        await using RunningLab lab = await RunningLab.StartAsync(Lab);
        await lab.ApplyAsync(Route(
            "far", $"destination: \"{destination}\", nextHops: [{{address: \"{first}\"}}, {{address: \"{second}\", weight: 3}}], nodeSelector: edge == 'yes'"));
        Assert.Contains("weight 3", lab.Ip("n1", $"{show} proto 87"), StringComparison.Ordinal);
        Assert.Equal("", lab.Ip("n2", show).Trim());

        // Flows are told apart by their addresses: many destinations, a packet each, from a workload.
        (int one, int two) = Spread(lab, prefix, 200);
        Assert.Equal(200, one + two);
        Assert.InRange(one, 20, 80);

        // It follows what is declared.
        await lab.ApplyAsync(Route("far", $"destination: \"{destination}\", nextHops: [{{address: \"{first}\"}}]"));
        Assert.Equal((50, 0), Spread(lab, prefix, 50));
        Assert.Contains($"via {first}", lab.Ip("n2", $"{show} proto 87"), StringComparison.Ordinal);
        (await lab.WeftAsync("delete", "staticroute", "far", "--wait")).Must();
        Assert.Equal("", lab.Ip("n1", show).Trim());
        Assert.Equal("", lab.Ip("n2", show).Trim());
    }

    [Theory]
    [InlineData("Unreachable", "10.99.0.0/16", "10.99.0.1", "Destination Host Unreachable")]
    [InlineData("Prohibit", "10.99.0.0/16", "10.99.0.1", "Packet filtered")]
    [InlineData("Blackhole", "10.99.0.0/16", "10.99.0.1", "0 received, 100% packet loss")]
    [InlineData("Unreachable", "fd99::/64", "fd99::1", "No route")]
    [InlineData("Prohibit", "fd99::/64", "fd99::1", "Administratively prohibited")]
    [InlineData("Blackhole", "fd99::/64", "fd99::1", "0 received, 100% packet loss")]
    public async Task What_goes_nowhere_is_answered_as_declared(string type, string destination, string address, string said)
    {
        await using RunningLab lab = await RunningLab.StartAsync(Lab);
        await lab.ApplyAsync(Route("nowhere", $"destination: \"{destination}\", type: {type}"));
        Ran ping = (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "1", address)).Must(1);
        Assert.Contains(said, ping.Output, StringComparison.OrdinalIgnoreCase);
        Assert.True(type != "Blackhole" || !ping.Output.Contains("From", StringComparison.Ordinal), ping.Output);
    }

    private static string Route(string name, string spec) =>
        $$$"""
        apiVersion: weft.dev/v1
        kind: StaticRoute
        metadata: {name: {{{name}}}}
        spec: {{{{spec}}}}

        """;

    // How many of the packets to different destinations each router got.
    private static (int First, int Second) Spread(RunningLab lab, string prefix, int count)
    {
        using Capture first = Capture.On(lab, "r1");
        using Capture second = Capture.On(lab, "r2");
        HashSet<string> destinations = [.. Enumerable.Range(1, count).Select(number =>
            FormattableString.Invariant($"{prefix}{(prefix.Contains(':', StringComparison.Ordinal) ? $"{number:x}" : number)}"))];
        IPAddress any = IPAddress.Parse(destinations.First());
        using Socket socket = NamespaceSocket.Open(lab.PathOf("a"), any.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        foreach (string destination in destinations)
        {
            try
            {
                socket.SendTo(new byte[8], new IPEndPoint(IPAddress.Parse(destination), 7));
            }
            catch (SocketException)
            {
                socket.SendTo(new byte[8], new IPEndPoint(IPAddress.Parse(destination), 7)); // The first told of an earlier one's error.
            }
        }

        return (Seen(first, destinations), Seen(second, destinations));
    }

    private static int Seen(Capture capture, HashSet<string> destinations) =>
        capture.Take().Select(packet => packet.Destination).Where(destinations.Contains).Distinct().Count();
}
