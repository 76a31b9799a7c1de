using System;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;

namespace Weft.App.Lab.Checks;

/// <summary>An ICMP echo request from inside a namespace; where the target is a member, a second socket there
/// sees whom it came from.</summary>
internal sealed class EchoProbe
{
    /// <summary>The length of the body that tells one request from all others.</summary>
    public const int TokenLength = 32;

    private const int PacketMax = 65536;
    private const byte Padding = (byte)'.';

    private static readonly TimeSpan ObserverPatience = TimeSpan.FromMilliseconds(200);

    private readonly ProbeTarget _target;
    private readonly byte[] _token;
    private readonly ushort _identifier = (ushort)RandomNumberGenerator.GetInt32(1, ushort.MaxValue);
    private readonly bool _ipv4;

    private EchoProbe(ProbeTarget target, byte[] token) =>
        (_target, _token, _ipv4) = (target, token, target.Address.Family == IpFamily.Ipv4);

    /// <summary>A body that no other request has.</summary>
    public static byte[] NewToken() => RandomNumberGenerator.GetBytes(TokenLength);

    /// <summary>Tries once.</summary>
    public static async Task<ProbeOutcome> TryAsync(ProbeTarget target, byte[] token, CancellationToken limit)
    {
        EchoProbe probe = new(target, token);
        try
        {
            return await probe.TryAsync(limit);
        }
        catch (SocketException error)
        {
            return SocketErrors.OutcomeOf(error, stream: false);
        }
        catch (OperationCanceledException)
        {
            return new ProbeOutcome.Silent();
        }
    }

    private async Task<ProbeOutcome> TryAsync(CancellationToken limit)
    {
        using Socket? observer = _target.ToNamespace is null ? null : Open(_target.ToNamespace);
        observer?.Bind(new IPEndPoint(_ipv4 ? IPAddress.Any : IPAddress.IPv6Any, 0));
        using Socket socket = Open(_target.FromNamespace);
        SocketErrors.ReportAll(socket);
        if (_target.Size is not null)
        {
            PathMtu.ForbidFragments(socket);
        }

        await socket.ConnectAsync(_target.EndPoint, limit);
        await socket.SendAsync(Request(), limit);
        await ReceiveAsync(socket, IsReply, limit);
        return new ProbeOutcome.Answered(observer is null ? null : await SourceAsync(observer, limit));
    }

    private Socket Open(string namespacePath) => NamespaceSocket.Open(
        namespacePath,
        _ipv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
        SocketType.Raw,
        _ipv4 ? ProtocolType.Icmp : ProtocolType.IcmpV6);

    private byte[] Request()
    {
        int header = (_ipv4 ? Ipv4View.HeaderLengthMin : Ipv6View.HeaderLength) + Icmpv4View.HeaderLength;
        byte[] body = new byte[Math.Max(TokenLength, (_target.Size ?? 0) - header)];
        body.AsSpan().Fill(Padding);
        _token.CopyTo(body, 0);
        byte[] message = new byte[Icmpv4View.HeaderLength + body.Length];
        SpanWriter writer = new(message);
        bool written = _ipv4
            ? Icmpv4Header.EchoRequest(_identifier, 1).TryWrite(ref writer, body)
            : Icmpv6Header.EchoRequest(_identifier, 1).TryWrite(ref writer, body, 0); // The kernel fills the checksum in.
        Invariant.Holds(written);
        return message;
    }

    private async Task<string?> SourceAsync(Socket observer, CancellationToken limit)
    {
        // The request was answered, so it has been seen already.
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
        patience.CancelAfter(ObserverPatience);
        try
        {
            EndPoint source = await ReceiveAsync(observer, IsRequest, patience.Token);
            return ((IPEndPoint)source).Address.ToString();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<EndPoint> ReceiveAsync(
        Socket socket, Func<byte[], int, bool> isMeant, CancellationToken limit)
    {
        byte[] buffer = new byte[PacketMax];
        IPEndPoint any = new(
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, any, limit);
            if (isMeant(buffer, received.ReceivedBytes))
            {
                return received.RemoteEndPoint;
            }
        }
    }

    private bool IsReply(byte[] packet, int length) =>
        Is(packet.AsSpan(0, length), Icmpv4Type.EchoReply, Icmpv6Type.EchoReply);

    private bool IsRequest(byte[] packet, int length) =>
        Is(packet.AsSpan(0, length), Icmpv4Type.EchoRequest, Icmpv6Type.EchoRequest);

    private bool Is(ReadOnlySpan<byte> packet, Icmpv4Type type4, Icmpv6Type type6)
    {
        if (_ipv4)
        {
            // A raw IPv4 socket hands out the IP header too, an IPv6 one does not.
            return Ipv4View.TryParse(packet, out Ipv4View ip)
                && Icmpv4View.TryParse(ip.Payload, out Icmpv4View four)
                && four.Type == type4 && four.Body.StartsWith(_token);
        }

        return Icmpv6View.TryParse(packet, out Icmpv6View six) && six.Type == type6
            && six.Body.StartsWith(_token);
    }
}
