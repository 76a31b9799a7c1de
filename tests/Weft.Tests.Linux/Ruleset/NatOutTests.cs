using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Plan.Entries;
using Weft.Tests.Linux.Agent;
using Xunit;
using IpAddress = Weft.Net.IpAddress;

namespace Weft.Tests.Linux.Ruleset;

/// <summary>The way out: the outside sees a workload as its node, and the workload gets its answers and errors.</summary>
public sealed class NatOutTests
{
    private const int Port = 8080;

    [Theory]
    [InlineData(IpFamily.Ipv4)]
    [InlineData(IpFamily.Ipv6)]
    public async Task The_outside_sees_a_workload_as_its_node(IpFamily family)
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress outside = OutsideOf(family);
        Assert.Equal(NodeOf(family), AskUdp(node, node.One, outside).Address.ToString());
        Assert.Equal(NodeOf(family), AskTcp(node, outside).Address.ToString());
        using PacketSocket wire = PacketSocket.Open(node.World.Namespace.Path, node.World.Namespace.LinkOf("eth0").Index);
        AgentPair.Ping(node.One, outside);
        byte[] from = new byte[outside.ByteLength];
        node.AddressOf(1, family).WriteTo(from);
        Assert.DoesNotContain(wire.ReceiveNow(), f => f.Bytes.AsSpan().IndexOf(from) >= 0);

        // The fleet's nodes are outside, too, unless they are excluded.
        Assert.Equal(NodeOf(family), AskUdp(node, node.One, PeerOf(family)).Address.ToString());
    }

    [Theory]
    [InlineData(IpFamily.Ipv4)]
    [InlineData(IpFamily.Ipv6)]
    public async Task Nothing_inside_the_pools_is_translated(IpFamily family)
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress own = node.AddressOf(1, family);
        using Socket server = GuardedNode.Listen(node.Two, node.AddressOf(2, family), Port);
        using Socket client = GuardedNode.Listen(node.One, own, 0);
        Assert.Equal(own.ToString(), Exchange(client, server).Address.ToString());

        // What another program of the outside calls a workload of a pool is a workload of a pool.
        IpAddress elsewhere = IpAddress.Parse(family == IpFamily.Ipv4 ? "10.65.200.1" : "fd00:65::ff01");
        Tool.Run("ip", $"-n {node.World.Namespace.Name} addr add {elsewhere} dev lo");
        Tool.Run("ip", $"-n {node.A.Namespace.Name} route add {elsewhere} via {PeerOf(family)}");
        Assert.Equal(own.ToString(), AskUdp(node, node.One, elsewhere).Address.ToString());
    }

    [Theory]
    [InlineData(IpFamily.Ipv4)]
    [InlineData(IpFamily.Ipv6)]
    public async Task An_error_from_outside_reaches_the_workload_with_the_inner_packet_translated_back(IpFamily family)
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress outside = OutsideOf(family);

        // Port unreachable: the socket hears of it only if the quoted packet is its own.
        using Socket client = GuardedNode.Listen(node.One, node.AddressOf(1, family), 0);
        client.Connect(EndPoint(outside, 9));
        client.Send("anybody there"u8);
        SocketException refused = Assert.Throws<SocketException>(() => client.Receive(new byte[10]));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        // Too big: behind the world is a link of 1,300 bytes.
        using TestNamespace far = new();
        string world = node.World.Namespace.Name;
        Tool.Run("ip", $"-n {world} link add far type veth peer name eth0 netns {far.Name}");
        Tool.Run("ip", $"-n {world} link set far up mtu 1300");
        Tool.Run("ip", $"-n {far.Name} link set eth0 up mtu 1300");
        (string near, string address, int length) = family == IpFamily.Ipv4
            ? ("198.51.100.1", "198.51.100.2", 24)
            : ("2001:db8:1::1", "2001:db8:1::2", 64);
        Tool.Run("ip", $"-n {world} addr add {near}/{length} dev far{NoDad(family)}");
        Tool.Run("ip", $"-n {far.Name} addr add {address}/{length} dev eth0{NoDad(family)}");
        Tool.Run("ip", $"-n {far.Name} route add default via {near}");
        string forwarding = family == IpFamily.Ipv4 ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding";
        Assert.Null(Weft.Linux.Namespaces.Sysctl.Write(node.World.Namespace.Path, forwarding, "1"));
        Assert.Contains("1300", Tool.Run("sh", $"-c \"ip netns exec {node.One.Name} ping -M do -s 1400 -c 1 -W 2 {address} 2>&1 || true\""), StringComparison.Ordinal);
        Assert.Contains("mtu 1300", Tool.Run("ip", $"-n {node.One.Name} route get {address}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_hosts_and_interfaces_are_as_the_configuration_says()
    {
        await using GuardedNode node = await GuardedNode.StartAsync(new OutgoingNatEntry
        {
            Configuration = "default",
            PortMin = 33_000,
            PortMax = 33_003,
            ExcludeHosts = true,
            Interface = "eth+",
        });
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            IPEndPoint seen = AskUdp(node, node.One, OutsideOf(family));
            Assert.Equal(NodeOf(family), seen.Address.ToString());
            Assert.InRange(seen.Port, 33_000, 33_003);
            Assert.InRange(AskTcp(node, OutsideOf(family)).Port, 33_000, 33_003);
            AgentPair.Ping(node.One, OutsideOf(family));
            Assert.Equal(node.AddressOf(1, family).ToString(), AskUdp(node, node.One, PeerOf(family)).Address.ToString());
        }
    }

    [Fact]
    public async Task Through_another_interface_than_the_given_one_packets_leave_as_they_are()
    {
        await using GuardedNode node = await GuardedNode.StartAsync(new OutgoingNatEntry
        {
            Configuration = "default",
            Interface = "ppp0",
            Address = IpAddress.Parse("172.31.1.1"),
        });
        Assert.Equal(
            node.AddressOf(1, IpFamily.Ipv4).ToString(), AskUdp(node, node.One, GuardedNode.Outside).Address.ToString());
    }

    [Theory]
    [InlineData("10.65.0.70", 1460, 1410)]
    [InlineData("10.65.0.70", 1000, 1000)]
    [InlineData("fd00:65::46", 1440, 1390)]
    public async Task A_connection_through_a_tunnel_agrees_on_segments_that_fit_into_it(string to, int asked, int agreed)
    {
        await using GuardedNode node = await GuardedNode.StartAsync();
        IpAddress destination = IpAddress.Parse(to);
        IpAddress workload = node.AddressOf(1, destination.Family);
        string underlay = Tool.Run("ip", $"-n {node.World.Namespace.Name} -o route get 172.31.1.1").Split(' ')[2];
        using PacketSocket at = PacketSocket.Open(node.World.Namespace.Path, node.World.Namespace.LinkOf(underlay).Index);
        RawPackets.Send(node.One, RawPackets.Syn(workload, destination, 80, (ushort)asked), destination);
        byte[] option = [2, 4, (byte)(agreed >> 8), (byte)(agreed & 0xFF)];
        await node.A.UntilAsync(() => Task.FromResult(at.ReceiveNow().Any(f => f.Bytes.AsSpan().IndexOf(option) >= 0)));
    }

    private static string NoDad(IpFamily family) => family == IpFamily.Ipv6 ? " nodad" : "";

    private static IpAddress OutsideOf(IpFamily family) =>
        family == IpFamily.Ipv4 ? GuardedNode.Outside : GuardedNode.OutsideV6;

    private static IpAddress PeerOf(IpFamily family) => IpAddress.Parse(family == IpFamily.Ipv4 ? "172.31.1.2" : "fd00:1::2");

    private static string NodeOf(IpFamily family) => family == IpFamily.Ipv4 ? "172.31.1.1" : "fd00:1::1";

    private static IPEndPoint EndPoint(IpAddress address, int port) => new(IPAddress.Parse(address.ToString()), port);

    // Sends a datagram, answers it, and says whom the server saw.
    private static IPEndPoint AskUdp(GuardedNode node, TestNamespace from, IpAddress to)
    {
        using Socket server = GuardedNode.Listen(node.World.Namespace, to, Port);
        using Socket client = GuardedNode.Listen(from, node.AddressOf(1, to.Family), 0);
        return Exchange(client, server);
    }

    private static IPEndPoint Exchange(Socket client, Socket server)
    {
        byte[] buffer = new byte[100];
        client.SendTo("question"u8, server.LocalEndPoint!);
        EndPoint seen = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        server.ReceiveFrom(buffer, ref seen);
        server.SendTo("answer"u8, seen);
        Assert.Equal(6, client.Receive(buffer));
        return (IPEndPoint)seen;
    }

    private static IPEndPoint AskTcp(GuardedNode node, IpAddress to)
    {
        using Socket server = NamespaceSocket.Open(
            node.World.Namespace.Path,
            to.Family == IpFamily.Ipv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
            SocketType.Stream,
            ProtocolType.Tcp);
        server.Bind(EndPoint(to, Port));
        server.Listen();
        using Socket client = NamespaceSocket.Open(node.One.Path, server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(EndPoint(to, Port));
        using Socket accepted = server.Accept();
        return (IPEndPoint)accepted.RemoteEndPoint!;
    }
}
