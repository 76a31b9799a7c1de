using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Sockets;

public sealed class PacketSocketTests
{
    [Fact]
    public async Task A_datagram_between_namespaces_is_seen_on_both_ends_with_time_and_direction()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b", Namespace: green.Path), up: true));
        green.Do(LinkRequests.SetByName("b", up: true));
        Give(blue, "a", "192.0.2.1/24");
        Give(green, "b", "192.0.2.2/24");
        using PacketSocket near = PacketSocket.Open(blue.Path, blue.LinkOf("a").Index);
        using PacketSocket far = PacketSocket.Open(green.Path);
        using Socket sender = NamespaceSocket.Open(
            blue.Path, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        byte[] payload = "a needle in the frames"u8.ToArray();
        sender.SendTo(payload, new IPEndPoint(System.Net.IPAddress.Parse("192.0.2.2"), 9));

        CapturedFrame sent = await Find(near, payload);
        CapturedFrame received = await Find(far, payload);
        Assert.True(sent.IsOutgoing);
        Assert.False(received.IsOutgoing);
        Assert.Equal(green.LinkOf("b").Index, received.Index);
        Assert.Equal(sent.Bytes.Length, sent.Length);
        Assert.Equal(sent.Bytes, received.Bytes);
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(received.UnixNanoseconds / 1_000_000);
        Assert.True((DateTimeOffset.UtcNow - at).Duration() < TimeSpan.FromMinutes(1));
        Assert.Equal(0, far.ReadDropped());
    }

    private static async Task<CapturedFrame> Find(PacketSocket socket, byte[] payload)
    {
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(10));
        while (true)
        {
            IReadOnlyList<CapturedFrame> frames = await socket.ReceiveAsync(soon.Token);
            if (frames.FirstOrDefault(frame => frame.Bytes.AsSpan().IndexOf(payload) >= 0) is CapturedFrame found)
            {
                return found;
            }
        }
    }

    private static void Give(TestNamespace net, string link, string address) => net.Do(AddressRequests.New(
        new InterfaceAddress { Index = net.LinkOf(link).Index, Address = IpInterfaceAddress.Parse(address) }));
}
