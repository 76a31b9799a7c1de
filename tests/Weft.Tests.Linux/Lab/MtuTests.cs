using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Segments of different MTU: every path has the right one, and says so to who sends too much.</summary>
public sealed class MtuTests
{
    private const int Headers = 20 + 8; // IPv4 and ICMP

    [Fact]
    public async Task A_tunnelled_path_carries_the_smaller_MTU_less_50_and_one_byte_more_is_answered_with_it()
    {
        // n1 and n2 on 9000, n3 on 1500: within rack1 9000 - 50 would fit in a tunnel, between the racks 1450.
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("Always", mtu1: 9000, mtu2: 1500));
        Dictionary<string, string> address = await AddressesAsync(lab);
        Assert.Equal(8950, RouteMtu(lab, "n1", address["b"]));
        Assert.Equal(1450, RouteMtu(lab, "n1", address["c"]));
        Assert.Equal(1450, RouteMtu(lab, "n3", address["a"]));
        await ExpectLimitAsync(lab, "a", address["b"], 8950, "172.16.1.2");
        await ExpectLimitAsync(lab, "a", address["c"], 1450, "172.16.1.2");
        await ExpectLimitAsync(lab, "c", address["a"], 1450, "172.16.2.2");
    }

    [Fact]
    public async Task A_plain_path_carries_what_the_segment_carries()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("CrossSubnet", mtu1: 9000, mtu2: 1500));
        Dictionary<string, string> address = await AddressesAsync(lab);

        // The workload's own interface has the segment's MTU: what is larger does not leave it.
        (await PingAsync(lab, "a", address["b"], 9000)).Must();
        Assert.Contains("message too long, mtu=9000", (await PingAsync(lab, "a", address["b"], 9001)).Must(1).Error, StringComparison.OrdinalIgnoreCase);
        await ExpectLimitAsync(lab, "b", address["c"], 1450, "172.16.1.3");
    }

    [Fact]
    public async Task Nothing_is_fragmented_on_the_way_of_a_connection_through_a_tunnel()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("CrossSubnet", mtu1: 9000, mtu2: 1500));
        using Capture wire = Capture.On(lab, TwoRacks.Spine);
        using TcpFlow flow = await TcpFlow.StartAsync(lab, await TwoRacks.FindAsync(lab, "a"), await TwoRacks.FindAsync(lab, "c"));
        await lab.UntilAsync(() => Task.FromResult(flow.Received > 200_000), "the connection carries data");
        await flow.StopAndCheckAsync();
        IReadOnlyList<SeenPacket> seen = wire.Take();
        Assert.Contains(seen, packet => packet.Outer is not null);
        Assert.DoesNotContain(seen, packet => packet.IsFragment);
    }

    private static async Task ExpectLimitAsync(RunningLab lab, string from, string to, int mtu, string who)
    {
        (await PingAsync(lab, from, to, mtu)).Must();
        Ran refused = (await PingAsync(lab, from, to, mtu + 1)).Must(1);
        Assert.Contains(
            FormattableString.Invariant($"From {who} icmp_seq=1 Frag needed and DF set (mtu = {mtu})"), refused.Output, StringComparison.Ordinal);
    }

    private static Task<Ran> PingAsync(RunningLab lab, string from, string to, int length) => lab.LabAsync(
        "exec", from, "--", "ping", "-c", "1", "-W", "5", "-M", "do", "-s", (length - Headers).ToString(CultureInfo.InvariantCulture), to);

    private static int RouteMtu(RunningLab lab, string node, string destination)
    {
        // "route get" would show an MTU that was learned; the table shows what was written.
        string routes = lab.Ip(node, $"-j route show match {destination} proto 87");
        JsonElement route = JsonSerializer.Deserialize<JsonElement>(routes).EnumerateArray().First();
        return route.GetProperty("metrics")[0].GetProperty("mtu").GetInt32();
    }

    private static async Task<Dictionary<string, string>> AddressesAsync(RunningLab lab) =>
        (await lab.StatusAsync()).GetProperty("workloads").EnumerateArray().ToDictionary(
            w => w.GetProperty("name").GetString()!, w => w.GetProperty("addresses")[0].GetString()!);
}
