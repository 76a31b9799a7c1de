using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Netlink.Rtnetlink;

namespace Weft.Tests.Linux.Agent;

/// <summary>A cable between two nodes that carries frames as they are in memory: a checksum that was left to the hardware
/// arrives unfinished. It does what hardware does that knows no tunnels: UDP's own checksum is right (here: absent), what
/// is within is not touched.</summary>
internal sealed class SpoilingCable : IAsyncDisposable
{
    private const int EthernetLength = 14;
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;
    private const byte Udp = 17;
    private const int UdpChecksumOffset = 6;

    private readonly TestNamespace _middle = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IDisposable> _sockets = [];
    private Task _carrying = Task.CompletedTask;

    /// <summary>Makes eth0 of both nodes, and begins to carry.</summary>
    public void Connect(AgentNode a, AgentNode b)
    {
        string[] ends = ["a", "b"];
        foreach ((string end, AgentNode node) in ends.Zip([a, b]))
        {
            node.Namespace.Do(LinkRequests.NewVeth("eth0", new VethPeer(end, Namespace: _middle.Path), up: true));
            _middle.Do(LinkRequests.Set(_middle.LinkOf(end).Index, up: true));
        }

        int indexA = _middle.LinkOf("a").Index;
        int indexB = _middle.LinkOf("b").Index;
        _carrying = Task.WhenAll(CarryAsync(Receiver(indexA), Sender(indexB)), CarryAsync(Receiver(indexB), Sender(indexA)));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _carrying;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }

        _sockets.ForEach(s => s.Dispose());
        _stop.Dispose();
        _middle.Dispose();
    }

    private async Task CarryAsync(PacketSocket from, Socket to)
    {
        while (await from.ReceiveAsync(_stop.Token) is { Count: > 0 } frames)
        {
            foreach (CapturedFrame frame in frames)
            {
                if (frame.IsOutgoing)
                {
                    continue;
                }

                byte[] bytes = frame.Bytes;
                LeaveUdpUnchecked(bytes);
                try
                {
                    to.Send(bytes);
                }
                catch (SocketException tooLong) when (tooLong.SocketErrorCode == SocketError.MessageSize)
                {
                    // Segmentation left to the hardware: this one cannot.
                }
            }
        }
    }

    private static void LeaveUdpUnchecked(byte[] frame)
    {
        if (frame.Length < EthernetLength + Ipv6Length + UdpChecksumOffset + 2)
        {
            return;
        }

        int header = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) switch
        {
            0x0800 when frame[EthernetLength + 9] == Udp => EthernetLength + Ipv4Length,
            0x86DD when frame[EthernetLength + 6] == Udp => EthernetLength + Ipv6Length,
            _ => 0,
        };
        if (header > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(header + UdpChecksumOffset), 0);
        }
    }

    private PacketSocket Receiver(int index)
    {
        PacketSocket socket = PacketSocket.Open(_middle.Path, index);
        _sockets.Add(socket);
        return socket;
    }

    private Socket Sender(int index)
    {
        Socket socket = NamespaceSocket.Open(_middle.Path, AddressFamily.Packet, SocketType.Raw, 0);
        socket.Bind(new LinkEndPoint(index));
        _sockets.Add(socket);
        return socket;
    }

    // struct sockaddr_ll, packet(7): protocol 0 receives nothing.
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        private const int Length = 20;
        private const int IndexOffset = 4;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, Length);
            MemoryMarshal.Write(address.Buffer.Span[IndexOffset..], index);
            return address;
        }
    }
}
