using System;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Tests.Linux.Agent;
using Xunit;

namespace Weft.Tests.Linux.Ruleset;

/// <summary>Forged packets on their way through a node, each sent for real: dropped, counted, and seen by nobody.</summary>
public sealed class SourceCheckTests
{
    private const int Port = 7000;

    [Fact]
    public async Task What_a_workload_may_not_send_is_dropped_and_counted()
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress own = node.AddressOf(1, IpFamily.Ipv4);
        IpAddress own6 = node.AddressOf(1, IpFamily.Ipv6);
        IpAddress other = node.AddressOf(2, IpFamily.Ipv4);
        IpAddress other6 = node.AddressOf(2, IpFamily.Ipv6);
        using Socket at = GuardedNode.Listen(node.Two, other, Port);
        using Socket at6 = GuardedNode.Listen(node.Two, other6, Port);

        // Sources that are not the sender's own: another node's workload, the node itself, the receiver itself.
        foreach (string source in (string[])["10.65.0.70", "172.31.1.1", "192.0.2.1"])
        {
            RawPackets.Send(node.One, RawPackets.Udp(IpAddress.Parse(source), other, Port, "forged"u8.ToArray()), other);
        }

        await Counts(node, "source address", 3);
        foreach (string source in (string[])["fd00:65::40", "fd00:1::1", "fe80::1234"])
        {
            RawPackets.Send(node.One, RawPackets.Udp(IpAddress.Parse(source), other6, Port, "forged"u8.ToArray()), other6);
        }

        await Counts(node, "source address", 6);
        RawPackets.Send(node.One, RawPackets.Udp(own, IpAddress.Parse("172.31.1.2"), 4789, new byte[60]), IpAddress.Parse("172.31.1.2"));
        RawPackets.Send(node.One, RawPackets.Udp(own6, IpAddress.Parse("fd00:1::2"), 4789, new byte[60]), IpAddress.Parse("fd00:1::2"));
        await Counts(node, "VXLAN (UDP 4789) sent by a workload", 2);
        RawPackets.Send(node.One, RawPackets.Icmp(own, other, 5), other);
        await Counts(node, "ICMP redirect", 1);
        RawPackets.Send(node.One, RawPackets.Icmp(own6, other6, 137), other6);
        await Counts(node, "ICMPv6 redirect", 1);
        IpAddress allNodes = IpAddress.Parse("ff02::1");
        RawPackets.Send(node.One, RawPackets.Icmp(IpAddress.Parse("fe80::1234"), allNodes, 134), allNodes, "eth0");
        RawPackets.Send(node.One, RawPackets.Icmp(own6, other6, 134), other6);
        await Counts(node, "router advertisement", 2);

        // What is sent honestly arrives, and as the first of all.
        RawPackets.Send(node.One, RawPackets.Udp(own, other, Port, "honest"u8.ToArray()), other);
        RawPackets.Send(node.One, RawPackets.Udp(own6, other6, Port, "honest"u8.ToArray()), other6);
        Assert.Equal("honest", Receive(at));
        Assert.Equal("honest", Receive(at6));
        AgentPair.Ping(node.One, other);
        AgentPair.Ping(node.One, other6);
        Assert.Equal(6, node.Counted("source address"));
    }

    [Fact]
    public async Task A_link_in_our_name_space_that_nobody_knows_gets_nothing_through()
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        using TestNamespace unknown = new();
        string a = node.A.Namespace.Name;
        Tool.Run("ip", $"-n {a} link add weft-unknown type veth peer name eth0 netns {unknown.Name}");
        Tool.Run("ip", $"-n {a} link set weft-unknown up");
        Tool.Run("ip", $"-n {a} addr add 192.0.2.1/24 dev weft-unknown");
        Tool.Run("ip", $"-n {unknown.Name} addr add 192.0.2.2/24 dev eth0");
        Tool.Run("ip", $"-n {unknown.Name} link set eth0 up");
        Tool.Run("ip", $"-n {unknown.Name} route add default via 192.0.2.1");
        IpAddress to = node.AddressOf(1, IpFamily.Ipv4);
        await node.A.UntilAsync(() =>
        {
            RawPackets.Send(unknown, RawPackets.Udp(IpAddress.Parse("192.0.2.2"), to, Port, new byte[8]), to);
            return Task.FromResult(node.Counted("source address") > 0);
        });
    }

    [Theory]
    [InlineData("172.31.1.1", "10.65.0.70")]
    [InlineData("172.31.1.1", "fd00:65::46")]
    [InlineData("fd00:1::1", "10.65.0.70")]
    [InlineData("fd00:1::1", "fd00:65::46")]
    public async Task A_tunnel_takes_in_only_what_a_node_of_the_plan_sends_from_its_own_blocks(string node4789, string innerOfB)
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress vtep = IpAddress.Parse(node4789);
        IpAddress inner = IpAddress.Parse(innerOfB);
        bool isOuterV4 = vtep.Family == IpFamily.Ipv4;
        MacAddress mac = isOuterV4 ? AgentNode.MacOf(node.A) : AgentNode.MacV6Of(node.A);
        IpAddress workload = node.AddressOf(1, inner.Family);
        IpAddress Other(int number) => IpAddress.Parse(isOuterV4 ? $"172.31.1.{number}" : $"fd00:1::{number}");
        using Socket at = GuardedNode.Listen(node.One, workload, Port);
        void SendInTunnel(IpAddress from, IpAddress source, string text) => RawPackets.Send(
            node.World.Namespace,
            RawPackets.Udp(from, vtep, 4789, RawPackets.Vxlan(mac, RawPackets.Udp(source, workload, Port, Encoding.ASCII.GetBytes(text)))),
            vtep);

        string stranger = "VXLAN from an address";
        string foreignBlock = "VXLAN whose inner source";
        long strangers = node.Table().Split(stranger).Length - 1;
        Assert.Equal(2, strangers); // One rule for each outer family.
        SendInTunnel(Other(66), inner, "stranger");
        await Counts(node, Chain(isOuterV4), stranger, 1);
        SendInTunnel(Other(3), inner, "another node's block");
        await Counts(node, Chain(isOuterV4), foreignBlock, 1);
        SendInTunnel(Other(2), IpAddress.Parse(inner.Family == IpFamily.Ipv4 ? "172.31.1.3" : "fd00:1::3"), "another node's own");
        SendInTunnel(Other(2), workload, "the receiver's own");
        await Counts(node, Chain(isOuterV4), foreignBlock, 3);
        RawPackets.Send(node.World.Namespace, RawPackets.Udp(Other(2), vtep, 4789, new byte[8]), vtep);
        await Counts(node, Chain(isOuterV4), foreignBlock, 4);

        SendInTunnel(Other(2), inner, "honest");
        Assert.Equal("honest", Receive(at));

        // A node also answers with its own address, to a workload that is not translated on its way to it.
        SendInTunnel(Other(2), IpAddress.Parse(inner.Family == IpFamily.Ipv4 ? "172.31.1.2" : "fd00:1::2"), "the node itself");
        Assert.Equal("the node itself", Receive(at));

        // And conntrack has not heard of the tunnel.
        Assert.DoesNotContain("dport=4789", Tool.Run("ip", $"netns exec {node.A.Namespace.Name} conntrack -L"), StringComparison.Ordinal);
    }

    private static string Chain(bool isOuterV4) => isOuterV4 ? "vxlan-over4" : "vxlan-over6";

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[100];
        return Encoding.ASCII.GetString(buffer.AsSpan(0, socket.Receive(buffer)));
    }

    private static Task Counts(GuardedNode node, string words, long packets) =>
        node.A.UntilAsync(() => Task.FromResult(node.Counted(words) == packets), 5_000, node.Table);

    private static Task Counts(GuardedNode node, string chain, string words, long packets) =>
        node.A.UntilAsync(() => Task.FromResult(node.Counted(words, chain) == packets), 5_000, node.Table);
}
