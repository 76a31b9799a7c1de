using System;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Weft.App.Lab.Workloads;

/// <summary>Answers every TCP connection with one line of JSON and closes it; an HTTP request with the same
/// line.</summary>
internal static class StreamService
{
    private const int ConnectionLimit = 1024;
    private const int RequestLimit = 16 * 1024;

    // A client that says nothing is answered after this long: it may be one that only reads.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(1);
    private static readonly string[] Methods = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH "];

    // At the bound further connections wait in the kernel's backlog.
    private static readonly SemaphoreSlim Connections = new(ConnectionLimit);

    /// <summary>Serves until the socket is closed.</summary>
    public static async Task ServeAsync(Socket listener, WorkloadIdentity who, CancellationToken closing)
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await Connections.WaitAsync(closing);
                Socket? connection = null;
                try
                {
                    connection = await listener.AcceptAsync(closing);
                }
                finally
                {
                    if (connection is null)
                    {
                        Connections.Release();
                    }
                }

                _ = AnswerAndReleaseAsync(connection, who, closing);
            }
            catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The connection was gone before it was taken.
                await Task.Yield();
            }
        }
    }

    private static async Task AnswerAndReleaseAsync(
        Socket connection, WorkloadIdentity who, CancellationToken closing)
    {
        using (connection)
        {
            try
            {
                await AnswerAsync(connection, who, closing);
            }
            catch (Exception gone) when (
                gone is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The other side went away; there is nobody to tell.
            }
            finally
            {
                Connections.Release();
            }
        }
    }

    private static async Task AnswerAsync(Socket connection, WorkloadIdentity who, CancellationToken closing)
    {
        byte[] request = new byte[RequestLimit];
        int length = await ReceiveAsync(connection, request, 0, Patience, closing);
        bool http = LooksLikeHttp(request.AsSpan(0, length));
        while (http && length < RequestLimit && !EndsHeader(request.AsSpan(0, length)))
        {
            int more = await ReceiveAsync(connection, request, length, RequestTime, closing);
            if (more == 0)
            {
                break;
            }

            length += more;
        }

        byte[] line = new ServedAnswer(
            who.Name,
            who.Namespace,
            who.Node,
            http ? "HTTP" : ServeEntry.Tcp,
            ServedEnd.Of(connection.LocalEndPoint),
            ServedEnd.Of(connection.RemoteEndPoint)).ToLine();
        await connection.SendAsync(http ? Respond(line, request.AsSpan(0, length)) : line, closing);

        // Closing with unread bytes would reset the connection and take our answer with it: read to the end first.
        connection.Shutdown(SocketShutdown.Send);
        while (await ReceiveAsync(connection, request, 0, Lingering, closing) > 0)
        {
        }
    }

    private static byte[] Respond(byte[] line, ReadOnlySpan<byte> request)
    {
        byte[] header = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {line.Length}\r\nConnection: close\r\n\r\n");
        return request.StartsWith("HEAD "u8) ? header : [.. header, .. line];
    }

    private static bool LooksLikeHttp(ReadOnlySpan<byte> bytes)
    {
        foreach (string method in Methods)
        {
            if (bytes.Length >= method.Length && Encoding.ASCII.GetString(bytes[..method.Length]) == method)
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsHeader(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\r\n\r\n"u8) >= 0 || bytes.IndexOf("\n\n"u8) >= 0;

    private static async Task<int> ReceiveAsync(
        Socket connection, byte[] buffer, int offset, TimeSpan limit, CancellationToken closing)
    {
        using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(closing);
        timed.CancelAfter(limit);
        try
        {
            return await connection.ReceiveAsync(buffer.AsMemory(offset), timed.Token);
        }
        catch (OperationCanceledException) when (!closing.IsCancellationRequested)
        {
            return 0;
        }
    }
}
