using System;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.Lab.Workloads;
using Weft.Linux.Sockets;

namespace Weft.App.Lab.Checks;

/// <summary>Asks a served port over TCP or UDP: its line of JSON says whom it saw.</summary>
internal static class TransportProbe
{
    private const int AnswerMax = 64 * 1024;

    /// <summary>Tries once.</summary>
    public static async Task<ProbeOutcome> TryAsync(ProbeTarget target, bool stream, CancellationToken limit)
    {
        try
        {
            using Socket socket = NamespaceSocket.Open(
                target.FromNamespace,
                target.EndPoint.AddressFamily,
                stream ? SocketType.Stream : SocketType.Dgram,
                stream ? ProtocolType.Tcp : ProtocolType.Udp);
            if (!stream)
            {
                SocketErrors.ReportAll(socket);
            }

            await socket.ConnectAsync(target.EndPoint, limit);
            await socket.SendAsync("weft lab check\n"u8.ToArray(), limit);
            byte[] line = stream
                ? await LineSocket.ReadLineAsync(socket, limit)
                : await ReceiveAsync(socket, limit);
            return new ProbeOutcome.Answered(SourceIn(line));
        }
        catch (SocketException error)
        {
            return SocketErrors.OutcomeOf(error, stream);
        }
        catch (IOException closed)
        {
            return new ProbeOutcome.Refused(closed.Message);
        }
        catch (OperationCanceledException)
        {
            return new ProbeOutcome.Silent();
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, CancellationToken limit)
    {
        byte[] buffer = new byte[AnswerMax];
        int length = await socket.ReceiveAsync(buffer, limit);
        return buffer[..length];
    }

    // Another server than the lab's own also answers; whom it saw it does not say.
    private static string? SourceIn(byte[] line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, WorkloadJson.Default.ServedAnswer)?.Remote?.Ip;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
