using System;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Net.Packets;
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
    public async Task A_link_of_a_workload_that_has_lost_its_group_is_checked_all_the_same()
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress other = node.AddressOf(2, IpFamily.Ipv4);
        await node.A.StopAsync(); // Nobody puts it right.
        Tool.Run("ip", $"-n {node.A.Namespace.Name} link set {node.ConnectionOne.HostInterface} group 0");
        using Socket at = GuardedNode.Listen(node.Two, other, Port);
        RawPackets.Send(node.One, RawPackets.Udp(IpAddress.Parse("10.65.0.70"), other, Port, "forged"u8.ToArray()), other);
        await Counts(node, "source address", 1);
        RawPackets.Send(node.One, RawPackets.Udp(node.AddressOf(1, IpFamily.Ipv4), other, Port, "honest"u8.ToArray()), other);
        Assert.Equal("honest", Receive(at));
    }

    [Fact]
    public async Task A_tunnel_inside_a_tunnel_is_dropped_and_counted()
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress vtep = IpAddress.Parse("172.31.1.1");
        IpAddress workload = node.AddressOf(1, IpFamily.Ipv4);
        MacAddress mac = AgentNode.MacOf(node.A);
        using Socket at = GuardedNode.Listen(node.One, workload, Port);
        byte[] forged = RawPackets.Udp(IpAddress.Parse("10.65.0.130"), workload, Port, "forged"u8.ToArray());

        // Node b may send from its own address; what it wraps again would come out of the device a second time.
        byte[] twice = RawPackets.Udp(IpAddress.Parse("172.31.1.2"), vtep, 4789, RawPackets.Vxlan(mac, forged));
        RawPackets.Send(node.World.Namespace, RawPackets.Udp(IpAddress.Parse("172.31.1.2"), vtep, 4789, RawPackets.Vxlan(mac, twice)), vtep);
        await Counts(node, "inside a tunnel", 1);
        byte[] honest = RawPackets.Udp(IpAddress.Parse("10.65.0.70"), workload, Port, "honest"u8.ToArray());
        RawPackets.Send(node.World.Namespace, RawPackets.Udp(IpAddress.Parse("172.31.1.2"), vtep, 4789, RawPackets.Vxlan(mac, honest)), vtep);
        Assert.Equal("honest", Receive(at));
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

    [Theory]
    [InlineData("172.31.1.255")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    [InlineData("ff02::1")]
    public async Task A_tunnels_packet_to_all_is_checked_like_one_to_this_node(string all)
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress to = IpAddress.Parse(all);
        bool isOuterV4 = to.Family == IpFamily.Ipv4;
        MacAddress mac = isOuterV4 ? AgentNode.MacOf(node.A) : AgentNode.MacV6Of(node.A);
        IpAddress workload = node.AddressOf(1, to.Family);
        using Socket at = GuardedNode.Listen(node.One, workload, Port);
        IpAddress stranger = IpAddress.Parse(isOuterV4 ? "172.31.1.66" : "fd00:1::66");
        IpAddress inner = IpAddress.Parse(isOuterV4 ? "10.65.0.70" : "fd00:65::46");
        void SendInTunnel(IpAddress from, string text) => RawPackets.Send(
            node.World.Namespace,
            RawPackets.Udp(from, to, 4789, RawPackets.Vxlan(mac, RawPackets.Udp(inner, workload, Port, Encoding.ASCII.GetBytes(text)))),
            to,
            "eth0");
        SendInTunnel(stranger, "stranger");
        await Counts(node, Chain(isOuterV4), "VXLAN from an address", 1);

        // The socket takes in what is sent to all: had it not been dropped, the workload would have heard it.
        SendInTunnel(IpAddress.Parse(isOuterV4 ? "172.31.1.2" : "fd00:1::2"), "honest");
        Assert.Equal("honest", Receive(at));
    }

    [Fact]
    public async Task VXLAN_that_is_merely_forwarded_is_nobodys_to_check()
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress to = IpAddress.Parse("203.0.113.77");
        using PacketSocket wire = PacketSocket.Open(node.World.Namespace.Path, node.World.Namespace.LinkOf("eth0").Index);
        Tool.Run("ip", $"-n {node.World.Namespace.Name} route add {to} via 172.31.1.1");
        byte[] mark = "merely forwarded"u8.ToArray();
        RawPackets.Send(node.World.Namespace, RawPackets.Udp(IpAddress.Parse("172.31.1.2"), to, 4789, mark), to);
        int seen = 0;
        await node.A.UntilAsync(() =>
        {
            seen += wire.ReceiveNow().Count(f => f.Bytes.AsSpan().IndexOf(mark) >= 0);
            return Task.FromResult(seen >= 2); // There, and back.
        });
        Assert.Equal(0, node.Counted("VXLAN from an address", "vxlan-over4"));
    }

    [Fact]
    public async Task IPv4_in_IPv4_of_a_workload_is_dropped_and_counted_where_it_is_in_use()
    {
        await using GuardedNode node = await GuardedNode.StartAsync(
            self => self with { Ipip = true });
        IpAddress own = node.AddressOf(1, IpFamily.Ipv4);
        IpAddress other = node.AddressOf(2, IpFamily.Ipv4);
        using Socket at = GuardedNode.Listen(node.Two, other, Port);
        byte[] inside = RawPackets.Udp(IpAddress.Parse("10.65.0.70"), other, Port, "forged"u8.ToArray());
        foreach (string to in (string[])["172.31.1.1", "172.31.1.2"])
        {
            IpAddress target = IpAddress.Parse(to);
            RawPackets.Send(node.One, RawPackets.Ip(own, target, (IpProtocol)4, inside), target);
        }

        await Counts(node, "IPv4 in IPv4 sent by a workload", 2);
        RawPackets.Send(node.One, RawPackets.Udp(own, other, Port, "honest"u8.ToArray()), other);
        Assert.Equal("honest", Receive(at));
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
