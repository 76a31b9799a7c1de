using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux;
using Weft.Linux.Captures;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Weft.Net.Filters;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Captures;

public sealed class PacketRingTests
{
    private const int Port = 9999;

    [Fact]
    public async Task Both_ends_of_a_link_see_what_the_filter_wants_and_nothing_else()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        Connect(blue, green);
        using PacketRing near = Start(blue, "a", $"udp port {Port}");
        using PacketRing far = Start(green, "b", $"udp port {Port} and inbound");
        using PacketRing none = Start(green, "b", "outbound and udp");
        using Socket sender = Sender(blue);
        for (int i = 0; i < 1_000; i++)
        {
            Send(sender, Port, $"wanted {i}");
            Send(sender, Port + 1, $"foreign {i}");
        }

        List<Seen> sent = await ReadAsync(near, 1_000);
        List<Seen> received = await ReadAsync(far, 1_000);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"wanted {i}"), sent.Select(packet => packet.Text));
        Assert.Equal(sent.Select(packet => packet.Hex), received.Select(packet => packet.Hex));
        Assert.All(sent, packet => Assert.True(packet.IsOutgoing));
        Assert.All(received, packet => Assert.False(packet.IsOutgoing));
        Assert.All(received, packet => Assert.Equal(packet.Hex.Length / 2, (int)packet.Length));
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(received[^1].UnixNanoseconds / 1_000_000);
        Assert.True((DateTimeOffset.UtcNow - at).Duration() < TimeSpan.FromMinutes(1));
        Assert.Equal(new RingStatistics(1_000, 0), near.ReadStatistics());
        Assert.Equal(new RingStatistics(1_000, 0), far.ReadStatistics());
        Assert.Equal(new RingStatistics(0, 0), none.ReadStatistics());
    }

    [Fact]
    public void What_was_captured_before_the_stop_is_read_and_what_comes_later_is_not()
    {
        using TestNamespace net = new();
        net.Do(LinkRequests.SetByName("lo", up: true));

        // A block is handed over late: what is read is read because it was waited for.
        PacketRingOptions slow = new() { RetireMs = 200 };
        using PacketRing ring = Start(net, "lo", $"udp port {Port}", slow);
        using Socket sender = Sender(net);
        Send(sender, Port, "before", loopback: true);
        List<string> texts = [];
        ring.Stop((in RingPacket packet) => texts.Add(See(packet).Text));
        Send(sender, Port, "after", loopback: true);
        ring.Stop((in RingPacket packet) => texts.Add(See(packet).Text));

        // On lo each packet goes by twice, and is told once.
        Assert.Equal(["before"], texts);
    }

    [Fact]
    public void What_does_not_fit_is_dropped_and_counted()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        Connect(blue, green);
        using PacketRing ring = Start(
            blue, "a", $"udp port {Port}", new PacketRingOptions { BlockLength = 1 << 16, BlockCount = 2 });
        using Socket sender = Sender(blue);
        const int Sent = 5_000;
        for (int i = 0; i < Sent; i++)
        {
            Send(sender, Port, $"wanted {i}");
        }

        int read = 0;
        ring.Stop((in RingPacket packet) => read++);
        RingStatistics counted = ring.ReadStatistics();
        Assert.Equal(Sent, counted.Received);
        Assert.InRange(counted.Dropped, 1, Sent - 1);
        Assert.Equal(counted.Received - counted.Dropped, read);
    }

    [Fact]
    public async Task A_tag_that_the_kernel_took_out_is_in_its_place_and_can_be_filtered()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        Connect(blue, green);
        using PacketRing ring = Start(green, "b", $"vlan 100 and udp port {Port}");
        using PacketRing other = Start(green, "b", $"vlan 101 and udp port {Port}");
        using Socket raw = NamespaceSocket.Open(
            blue.Path, AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
        const string Frame = "ffffffffffff02000000000a" + "81000064" + "0800"
            + "45000022000000004011" + "0000c0000201c0000202" + "c350270f000e0000" + "746167676564";
        _ = raw.SendTo(Hex.ToBytes(Frame), new LinkEndPoint(blue.LinkOf("a").Index));
        using Socket sender = Sender(blue);
        Send(sender, Port, "plain");
        Seen seen = Assert.Single(await ReadAsync(ring, 1));
        Assert.Equal("tagged", seen.Text);
        Assert.Equal((Frame, Frame.Length / 2), (seen.Hex, (int)seen.Length));
        ring.Stop((in RingPacket packet) => Assert.Fail("the plain packet has no tag"));
        Assert.Equal(0, other.ReadStatistics().Received);
    }

    [Fact]
    public async Task No_more_is_kept_than_was_asked_for()
    {
        using TestNamespace net = new();
        net.Do(LinkRequests.SetByName("lo", up: true));
        using PacketRing ring = PacketRing.Open(net.Path, "lo");
        FilterOptions options = new() { LinkType = ring.LinkType, IsLive = true, SnapLength = 44 };
        Assert.True(PacketFilter.TryCompile($"udp port {Port}", options, out PacketFilter? filter, out _));
        ring.Start(filter.Program);
        using Socket sender = Sender(net);
        Send(sender, Port, "0123456789", loopback: true);
        Seen seen = Assert.Single(await ReadAsync(ring, 1));
        Assert.Equal((44, 52u, "01"), (seen.Hex.Length / 2, seen.Length, seen.Text));
    }

    [Fact]
    public async Task An_interface_that_goes_down_is_waited_for_and_one_that_is_gone_is_not()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        Connect(blue, green);
        using PacketRing ring = Start(green, "b", $"udp port {Port}");
        using Socket sender = Sender(blue);
        green.Do(LinkRequests.SetByName("b", up: false));
        green.Do(LinkRequests.SetByName("b", up: true));
        Assert.Equal("still there", await ReadOfManyAsync(ring, () => Send(sender, Port, "still there")));
        Assert.False(ring.IsGone);

        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(20));
        blue.Do(LinkRequests.DeleteByName("a"));
        while (await WaitAsync(ring, soon.Token))
        {
            while (TextIn(ring) is { } text)
            {
                Assert.Equal("still there", text);
            }
        }

        Assert.True(ring.IsGone);
    }

    [Fact]
    public void An_interface_that_is_not_there_is_said()
    {
        using TestNamespace net = new();
        LinuxException failure = Assert.Throws<LinuxException>(() => PacketRing.Open(net.Path, "nosuch"));
        Assert.Contains("interface nosuch", failure.Message, StringComparison.Ordinal);
        Assert.Throws<LinuxException>(() => PacketRing.Open(net.Path, "a-name-that-is-too-long"));
    }

    private static PacketRing Start(TestNamespace net, string link, string text, PacketRingOptions? ringOptions = null)
    {
        PacketRing ring = PacketRing.Open(net.Path, link, ringOptions);
        FilterOptions options = new() { LinkType = ring.LinkType, IsLive = true };
        Assert.Equal(LinkType.Ethernet, ring.LinkType);
        Assert.True(PacketFilter.TryCompile(text, options, out PacketFilter? filter, out FilterError? error), error?.Message);
        ring.Start(filter.Program);
        return ring;
    }

    private static async Task<List<Seen>> ReadAsync(PacketRing ring, int count)
    {
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(20));
        List<Seen> seen = [];
        while (seen.Count < count && await WaitAsync(ring, soon.Token))
        {
            while (ring.TryRead(out RingPacket packet))
            {
                seen.Add(See(packet));
            }
        }

        return seen;
    }

    private static async Task<bool> WaitAsync(PacketRing ring, CancellationToken cancelled)
    {
        using RingStop stop = new();
        using CancellationTokenRegistration registration = cancelled.UnsafeRegister(_ => stop.End(), null);
        return await Task.Run(() => ring.Wait(stop), TestContext.Current.CancellationToken);
    }

    // Sends again and again: a link that has come up carries nothing for a moment.
    private static async Task<string> ReadOfManyAsync(PacketRing ring, Action send)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            send();
            using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(200));
            if (await WaitAsync(ring, soon.Token) && TextIn(ring) is { } text)
            {
                return text;
            }
        }

        return "nothing";
    }

    private static string? TextIn(PacketRing ring) => ring.TryRead(out RingPacket packet) ? See(packet).Text : null;

    // The text of a datagram of IPv4 without options.
    private static Seen See(in RingPacket packet)
    {
        int header = packet.Bytes[12] == 0x81 ? 46 : 42;
        return new Seen(
            Hex.Of(packet.Bytes), Encoding.UTF8.GetString(packet.Bytes[header..]), packet.Length, packet.UnixNanoseconds,
            packet.IsOutgoing);
    }

    private static void Connect(TestNamespace blue, TestNamespace green)
    {
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b", Namespace: green.Path), up: true));
        green.Do(LinkRequests.SetByName("b", up: true));
        Give(blue, "a", "192.0.2.1/24");
        Give(green, "b", "192.0.2.2/24");
    }

    private static void Give(TestNamespace net, string link, string address) => net.Do(AddressRequests.New(
        new InterfaceAddress { Index = net.LinkOf(link).Index, Address = IpInterfaceAddress.Parse(address) }));

    private static Socket Sender(TestNamespace net) =>
        NamespaceSocket.Open(net.Path, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    // Nobody listens: on the way back there may be errors, which are not of interest.
    private static void Send(Socket sender, int port, string text, bool loopback = false)
    {
        try
        {
            _ = sender.SendTo(
                Encoding.UTF8.GetBytes(text),
                new IPEndPoint(System.Net.IPAddress.Parse(loopback ? "127.0.0.1" : "192.0.2.2"), port));
        }
        catch (SocketException)
        {
            _ = sender.SendTo(
                Encoding.UTF8.GetBytes(text),
                new IPEndPoint(System.Net.IPAddress.Parse(loopback ? "127.0.0.1" : "192.0.2.2"), port));
        }
    }

    private sealed record Seen(string Hex, string Text, uint Length, long UnixNanoseconds, bool IsOutgoing);

    // struct sockaddr_ll: family, protocol, interface.
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, 20);
            BitConverter.GetBytes(index).CopyTo(address.Buffer[4..]);
            return address;
        }
    }
}
