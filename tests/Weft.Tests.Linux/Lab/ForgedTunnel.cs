using System;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Somebody who sends VXLAN to a node as if it were another node, a thousand packets a second: in them, datagrams
/// from a workload that is not theirs to one that listens.</summary>
internal sealed class ForgedTunnel : IDisposable
{
    private const int InnerPort = 7777;
    private const uint Vni = 4096;

    private readonly Socket _listener;
    private readonly Socket _sender;
    private readonly IPEndPoint _node;
    private readonly byte[] _packet;
    private readonly Thread _sending;
    private readonly Thread _listening;
    private long _sent;
    private long _arrived;
    private volatile bool _stop;

    /// <summary>Begins to send.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="from">The member that sends.</param>
    /// <param name="node">The node that it sends to, with its address: the tunnel's outer family.</param>
    /// <param name="source">The workload's address that it pretends to be.</param>
    /// <param name="target">The workload on the node that it wants to reach.</param>
    public ForgedTunnel(
        RunningLab lab, string from, (string Name, string Address) node, string source, (string Name, string Address) target)
    {
        IPAddress inner = IPAddress.Parse(target.Address);
        _listener = NamespaceSocket.Open(lab.PathOf(target.Name), inner.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _listener.ReceiveTimeout = 100;
        _listener.Bind(new IPEndPoint(inner, InnerPort));
        _node = new IPEndPoint(IPAddress.Parse(node.Address), VxlanView.Port);
        _sender = NamespaceSocket.Open(lab.PathOf(from), _node.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        string device = _node.AddressFamily == AddressFamily.InterNetwork ? "vxlan.weft" : "vxlan6.weft";
        Match mac = Regex.Match(lab.Ip(node.Name, $"link show {device}"), "link/ether ([0-9a-f:]+)");
        Assert.True(mac.Success, $"{node.Name} has no {device}");
        _packet = Packet(MacAddress.Parse(mac.Groups[1].Value), IpAddress.Parse(source), IpAddress.Parse(target.Address));
        _sending = new Thread(Send) { IsBackground = true };
        _listening = new Thread(Listen) { IsBackground = true };
        _listening.Start();
        _sending.Start();
    }

    /// <summary>How many were sent so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many reached the workload.</summary>
    public long Arrived => Interlocked.Read(ref _arrived);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _sending.Join();
        _listening.Join();
        _sender.Dispose();
        _listener.Dispose();
    }

    private static byte[] Packet(MacAddress mac, IpAddress source, IpAddress target)
    {
        byte[] body = new byte[16];
        byte[] packet = new byte[200];
        SpanWriter writer = new(packet);
        int length = UdpView.HeaderLength + body.Length;
        bool four = source.Family == IpFamily.Ipv4;
        bool written = new VxlanHeader(new Vni(Vni)).TryWrite(ref writer)
            && new EthernetHeader(mac, MacAddress.Parse("02:00:00:00:00:99"), four ? EtherType.Ipv4 : EtherType.Ipv6, null).TryWrite(ref writer);
        if (four)
        {
            Ipv4Header ip = new(source.V4, target.V4, IpProtocol.Udp);
            written = written && ip.TryWrite(ref writer, length)
                && new UdpHeader(InnerPort, InnerPort).TryWrite(ref writer, body, ip.PseudoHeader(length));
        }
        else
        {
            Ipv6Header ip = new(source.V6, target.V6, IpProtocol.Udp);
            written = written && ip.TryWrite(ref writer, length)
                && new UdpHeader(InnerPort, InnerPort).TryWrite(ref writer, body, ip.PseudoHeader(length));
        }

        Assert.True(written);
        return writer.Written.ToArray();
    }

    private void Send()
    {
        while (!_stop)
        {
            try
            {
                _sender.SendTo(_packet, _node);
            }
            catch (SocketException)
            {
                // While the node has no tunnel device its port is closed, and it says so.
            }

            Interlocked.Increment(ref _sent);
            Thread.Sleep(1);
        }
    }

    private void Listen()
    {
        byte[] buffer = new byte[64];
        while (!_stop)
        {
            try
            {
                _listener.Receive(buffer);
                Interlocked.Increment(ref _arrived);
            }
            catch (SocketException)
            {
                // Nothing for a while.
            }
        }
    }
}
