using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Weft.App.Lab.Workloads;

/// <summary>Answers every UDP datagram with one line of JSON.</summary>
internal static class DatagramService
{
    private const int LargestDatagram = 65535;

    /// <summary>Serves until the socket is closed.</summary>
    public static async Task ServeAsync(Socket socket, WorkloadIdentity who, CancellationToken closing)
    {
        byte[] buffer = new byte[LargestDatagram];
        IPEndPoint any = new(
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        int port = (socket.LocalEndPoint as IPEndPoint)?.Port ?? 0;
        while (!closing.IsCancellationRequested)
        {
            try
            {
                SocketReceiveMessageFromResult question = await socket
                    .ReceiveMessageFromAsync(buffer, SocketFlags.None, any, closing)
                    ;
                ServedEnd local = ServedEnd.Of(new IPEndPoint(question.PacketInformation.Address, port));
                ServedAnswer answer = new(
                    who.Name, who.Namespace, who.Node, ServeEntry.Udp, local, ServedEnd.Of(question.RemoteEndPoint));
                await socket.SendToAsync(answer.ToLine(), question.RemoteEndPoint, closing);
            }
            catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP error about an earlier answer, or no way back to this asker: the next one may have one.
                if (closing.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }
}
