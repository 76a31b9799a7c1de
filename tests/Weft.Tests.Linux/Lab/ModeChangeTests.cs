using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>A pool's mode is changed while packets flow.</summary>
public sealed class ModeChangeTests(ITestOutputHelper output)
{
    // Both ends can receive either way before one of them sends the new one, and until none sends the old one: not one
    // packet is lost, also where the tunnel device itself comes or goes.
    private static readonly string[] Transitions = ["Always", "CrossSubnet", "Never", "CrossSubnet", "Always", "Never", "CrossSubnet"];

    [Fact]
    public async Task Flows_move_to_the_new_path_and_no_connection_is_lost()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("CrossSubnet"));
        await TwoRacks.TeachAsync(lab);
        (string Name, string Address) a = await TwoRacks.FindAsync(lab, "a");
        (string Name, string Address) b = await TwoRacks.FindAsync(lab, "b");
        (string Name, string Address) c = await TwoRacks.FindAsync(lab, "c");
        using TcpFlow near = await TcpFlow.StartAsync(lab, a, b);
        using TcpFlow far = await TcpFlow.StartAsync(lab, a, c);
        using UdpFlow nearNumbers = new(lab, a, b);
        using UdpFlow farNumbers = new(lab, a, c);
        await MovedAsync(lab, "the flows run", near, far);
        string mode = "CrossSubnet";
        foreach (string next in Transitions)
        {
            int lostBefore = nearNumbers.Lost() + farNumbers.Lost();
            await lab.ApplyAsync(TwoRacks.Pool(next));

            // All that is captured from here on was sent after the command returned.
            using Capture wire = Capture.On(lab, "n1");
            await MovedAsync(lab, $"{mode} to {next}", near, far);
            Expect(wire.Take(), a, b, inTunnel: next == "Always", $"{mode} to {next}");
            int lost = nearNumbers.Lost() + farNumbers.Lost() - lostBefore;
            output.WriteLine($"{mode} to {next}: {lost} datagrams lost of those sent in the meantime");
            Assert.True(lost == 0, $"{mode} to {next}: {lost} datagrams lost");
            mode = next;
        }

        await near.StopAndCheckAsync();
        await far.StopAndCheckAsync();
    }

    [Fact]
    public async Task Flows_between_segments_move_too()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml("CrossSubnet"));
        await TwoRacks.TeachAsync(lab);
        (string Name, string Address) a = await TwoRacks.FindAsync(lab, "a");
        (string Name, string Address) c = await TwoRacks.FindAsync(lab, "c");
        using TcpFlow flow = await TcpFlow.StartAsync(lab, a, c);
        foreach (string mode in (string[])["Never", "Always", "Never", "CrossSubnet"])
        {
            await lab.ApplyAsync(TwoRacks.Pool(mode));
            using Capture wire = Capture.On(lab, TwoRacks.Spine);
            await MovedAsync(lab, mode, flow);
            Expect(wire.Take(), a, c, inTunnel: mode != "Never", mode);
        }

        await flow.StopAndCheckAsync();
    }

    // Bytes that were sent before a change may be on their way: a second of traffic is more than all buffers hold.
    private static async Task MovedAsync(RunningLab lab, string what, params TcpFlow[] flows)
    {
        long[] before = [.. flows.Select(flow => flow.Received)];
        await lab.UntilAsync(
            () => Task.FromResult(flows.Select((flow, i) => flow.Received - before[i]).All(moved => moved > 256 * 1024)),
            $"{what}: the connections carry data in both directions");
    }

    private static void Expect(
        IReadOnlyList<SeenPacket> seen, (string Name, string Address) one, (string Name, string Address) other, bool inTunnel, string what)
    {
        List<SeenPacket> between = [.. seen.Where(p =>
            (p.Source, p.Destination) == (one.Address, other.Address) || (p.Source, p.Destination) == (other.Address, one.Address))];
        Assert.NotEmpty(between);
        int wrong = between.Count(packet => (packet.Outer is not null) != inTunnel);
        Assert.True(wrong == 0, $"{what}: {wrong} of {between.Count} packets took the old path after --wait had returned");
    }
}
