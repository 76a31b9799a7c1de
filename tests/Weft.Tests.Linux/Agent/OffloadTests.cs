using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>A tunnel device whose offload spoils packets is found out by sending through it; <c>ethtool</c> says what
/// became of it.</summary>
public sealed class OffloadTests
{
    [Theory]
    [InlineData("4", "4", "vxlan.weft")]
    [InlineData("6", "6", "vxlan6.weft")]
    [InlineData("6", "4", "vxlan6.weft")]
    [InlineData("4", "6", "vxlan.weft")]
    public async Task Over_a_network_that_spoils_inner_checksums_TCP_works_once_the_device_was_tried(
        string underlay, string pools, string device)
    {
        await using SpoilingCable cable = new();
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, underlay, pools, [], cable.Connect);

        // What the kernel finishes itself arrives; TCP does not, and nobody has been asked yet.
        pair.PingBothWays();
        Assert.False(await TalksAsync(pair, TimeSpan.FromSeconds(1.5)));
        Assert.Equal("on", ChecksummingOf(pair.A, device));

        foreach ((AgentNode node, AgentNode other, int number) in ((AgentNode, AgentNode, int)[])[(pair.A, pair.B, 0), (pair.B, pair.A, 1)])
        {
            await node.StopAsync();
            node.WritePlan([.. pair.PlanOf(node).Select(e => e is PeerEntry peer ? Introduced(peer, pools, 1 - number) : e)]);
            await node.StartAsync();
            await node.UntilAsync(() => Task.FromResult(ChecksummingOf(node, device) == "off"));
            Assert.Single(node.Log, l => l.Contains($"packets to node {other.Name} arrived only with finished ones", StringComparison.Ordinal));
        }

        Assert.True(await TalksAsync(pair, TimeSpan.FromSeconds(20)));

        // Turned on by somebody, it is off again; and a new run leaves it so.
        int said = pair.A.Log.Count;
        Tool.Run("ip", $"netns exec {pair.A.Namespace.Name} ethtool -K {device} tx on");
        await pair.A.UntilAsync(() => Task.FromResult(ChecksummingOf(pair.A, device) == "off" && pair.A.Log.Count > said));
        Assert.Equal([$"changed by others, put right: tx-checksumming of {device}"], pair.A.Log.Skip(said));
        await pair.A.StopAsync();
        await pair.A.StartAsync();
        await pair.A.UntilAsync(() => Task.FromResult(Recorded(pair.A, "\"verdict\":\"Off\"")));
        Assert.Equal("off", ChecksummingOf(pair.A, device));
    }

    [Theory]
    [InlineData("4", "4", "vxlan.weft")]
    [InlineData("6", "6", "vxlan6.weft")]
    public async Task Over_a_network_that_does_as_it_should_the_offload_stays_on(string underlay, string pools, string device)
    {
        await using AgentPair pair = await AgentPair.StartAsync(BlockPath.Vxlan, underlay, pools);
        await pair.A.StopAsync();
        pair.A.WritePlan([.. pair.PlanOf(pair.A).Select(e => e is PeerEntry peer ? Introduced(peer, pools, 1) : e)]);
        await pair.A.StartAsync();
        await pair.A.UntilAsync(() => Task.FromResult(Recorded(pair.A, "\"verdict\":\"Works\"")));
        Assert.Equal("on", ChecksummingOf(pair.A, device));
        Assert.True(await TalksAsync(pair, TimeSpan.FromSeconds(20)));
    }

    // A node's own tunnel address is the first of its block.
    private static PeerEntry Introduced(PeerEntry peer, string pools, int number) => pools == "4"
        ? peer with { TunnelIpv4 = AgentPair.BlockOf(IpFamily.Ipv4, number).At(0) }
        : peer with { TunnelIpv6 = AgentPair.BlockOf(IpFamily.Ipv6, number).At(0) };

    private static string ChecksummingOf(AgentNode node, string device) => Tool
        .Run("ip", $"netns exec {node.Namespace.Name} ethtool -k {device}").Split('\n')
        .Single(l => l.StartsWith("tx-checksumming: ", StringComparison.Ordinal))["tx-checksumming: ".Length..];

    private static bool Recorded(AgentNode node, string what)
    {
        using StreamReader reader = new(new FileStream(node.RecordPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Contains(what, StringComparison.Ordinal);
    }

    // A connection between the workloads that carries a word there and back.
    private static async Task<bool> TalksAsync(AgentPair pair, TimeSpan within)
    {
        using CancellationTokenSource limit = new(within);
        using Socket listener = Open(pair.InsideB, pair.ConnectionB.Addresses[0].Address);
        listener.Listen(1);
        using Socket near = Open(pair.InsideA, pair.ConnectionA.Addresses[0].Address);
        try
        {
            Task<Socket> accepting = listener.AcceptAsync(limit.Token).AsTask();
            await near.ConnectAsync(listener.LocalEndPoint!, limit.Token);
            using Socket far = await accepting;
            await near.SendAsync("weft"u8.ToArray(), limit.Token);
            byte[] word = new byte[4];
            int length = await far.ReceiveAsync(word, limit.Token);
            await far.SendAsync(word.AsMemory(0, length), limit.Token);
            return await near.ReceiveAsync(word, limit.Token) == length;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static Socket Open(TestNamespace inside, Weft.Net.IpAddress address)
    {
        IPEndPoint end = new(IPAddress.Parse(address.ToString()), 0);
        Socket socket = NamespaceSocket.Open(inside.Path, end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(end);
        return socket;
    }
}
