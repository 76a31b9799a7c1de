using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>How packets travel, seen on the wire: on the nodes' own interfaces and on the router's.</summary>
public sealed class EncapsulationTests
{
    private const uint Vni = 4096;

    [Fact]
    public async Task Packets_travel_plain_within_a_segment_and_in_VXLAN_between_segments()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("CrossSubnet"));
        await ExpectAsync(lab, "a", "b", inTunnel: false, "n1", "n2");
        await ExpectAsync(lab, "a", "c", inTunnel: true, "n1", TwoRacks.Spine, "n3");
        await ExpectAsync(lab, "c", "b", inTunnel: true, "n3", TwoRacks.Spine, "n2");
    }

    [Fact]
    public async Task With_Always_packets_are_in_VXLAN_also_within_a_segment()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("Always"));
        await ExpectAsync(lab, "a", "b", inTunnel: true, "n1", "n2");
        await ExpectAsync(lab, "a", "c", inTunnel: true, "n1", TwoRacks.Spine, "n3");
    }

    [Fact]
    public async Task With_Never_packets_are_plain_and_another_segment_is_reached_once_the_underlay_knows_the_way()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("Never"));
        (string _, string address) = await TwoRacks.FindAsync(lab, "c");
        await ExpectAsync(lab, "a", "b", inTunnel: false, "n1", "n2");

        // The status names both routes that are missing, with their next hops.
        JsonElement[] findings = [.. (await lab.WeftAsync("status", "-o", "json")).Must().Json
            .GetProperty("findings").EnumerateArray()];
        string message = Assert.Single(
            findings.Select(f => f.GetProperty("message").GetString()!), m => m.StartsWith("n1 and n3 ", StringComparison.Ordinal));
        Dictionary<string, string> blocks = await BlocksAsync(lab);
        Assert.Contains($"must route {blocks["n3"]} to 172.16.2.2", message, StringComparison.Ordinal);
        Assert.Contains($"{blocks["n1"]} to 172.16.1.2", message, StringComparison.Ordinal);
        Assert.Contains(message, (await lab.WeftAsync("status")).Must().Output, StringComparison.Ordinal);

        // The router says that there is no way: to the node at once, to the workload as soon as its own block has a way.
        Ran node = await lab.LabAsync("exec", "n1", "--", "ping", "-c", "1", "-W", "5", address);
        Assert.Contains("From 172.16.1.1 icmp_seq=1 Destination Net Unreachable", node.Must(1).Output, StringComparison.Ordinal);
        await TwoRacks.TeachAsync(lab, "n1");
        using (Capture spine = Capture.On(lab, TwoRacks.Spine))
        {
            Ran workload = await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", address);
            Assert.Contains("From 172.16.1.1 icmp_seq=1 Destination Net Unreachable", workload.Must(1).Output, StringComparison.Ordinal);
            Assert.All(spine.Take(), packet => Assert.Null(packet.Outer));
        }

        await TwoRacks.TeachAsync(lab);
        await ExpectAsync(lab, "a", "c", inTunnel: false, "n1", TwoRacks.Spine, "n3");
    }

    // Sends with and without DF, and looks at every place on the way.
    private static async Task ExpectAsync(RunningLab lab, string from, string to, bool inTunnel, params string[] places)
    {
        (string _, string source) = await TwoRacks.FindAsync(lab, from);
        (string _, string destination) = await TwoRacks.FindAsync(lab, to);
        List<(string Place, Capture Capture)> captures = [.. places.Select(place => (place, Capture.On(lab, place)))];
        try
        {
            foreach ((string discovery, bool dontFragment) in ((string, bool)[])[("do", true), ("dont", false)])
            {
                (await PingAsync(lab, from, destination, discovery)).Must();
                foreach ((string place, Capture capture) in captures)
                {
                    IReadOnlyList<SeenPacket> seen = capture.Take(source, destination);
                    Assert.True(seen.Count >= 2, $"{place} saw {seen.Count} packets between {from} and {to}");
                    foreach (SeenPacket packet in seen.Where(p => p.Source == source))
                    {
                        Check(packet, dontFragment);
                    }

                    Assert.All(seen, packet => Assert.Equal(inTunnel, packet.Outer is not null));
                }
            }
        }
        finally
        {
            captures.ForEach(pair => pair.Capture.Dispose());
        }
    }

    private static Task<Ran> PingAsync(RunningLab lab, string from, string destination, string discovery) =>
        lab.LabAsync("exec", from, "--", "ping", "-c", "1", "-W", "5", "-M", discovery, destination);

    private static void Check(SeenPacket packet, bool dontFragment)
    {
        Assert.Equal(dontFragment, packet.DontFragment);
        if (packet.Outer is { } outer)
        {
            Assert.Equal(Vni, outer.Vni);
            Assert.Equal(dontFragment, outer.DontFragment);
            Assert.All((string[])[outer.Source, outer.Destination], a => Assert.StartsWith("172.16.", a, StringComparison.Ordinal));
        }
    }

    private static async Task<Dictionary<string, string>> BlocksAsync(RunningLab lab) =>
        (await lab.GetAsync("blocks")).EnumerateArray().Select(block => block.GetProperty("spec")).ToDictionary(
            spec => spec.GetProperty("affinity").GetString()!["host:".Length..], spec => spec.GetProperty("cidr").GetString()!);
}
