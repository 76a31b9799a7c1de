using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;

namespace Weft.Tests.Linux.Churn;

/// <summary>Answers every datagram with itself, from inside a workload; and asks such a one from inside another, with
/// one datagram: who is told that he can talk is heard at once, and not the second time.</summary>
internal sealed class EchoPoint : IDisposable
{
    private const int Port = 7007;
    private const int LengthMax = 64;

    // Longer than any answer takes on a machine that is busy: what is not answered by then is lost.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(6);

    private readonly Socket _socket;
    private readonly Task _answering;

    /// <summary>Begins to answer.</summary>
    /// <param name="path">The workload's network namespace.</param>
    /// <param name="address">The workload's address.</param>
    public EchoPoint(string path, IPAddress address)
    {
        EndPoint = new IPEndPoint(address, Port);
        _socket = NamespaceSocket.Open(path, address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _socket.Bind(EndPoint);
        _answering = AnswerAsync();
    }

    /// <summary>Where it answers.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Sends one datagram from inside a workload, and waits for its echo.</summary>
    /// <param name="path">The workload's network namespace.</param>
    /// <param name="to">An <see cref="EndPoint"/>.</param>
    /// <returns>Why there was no echo, none if there was; and the address that it was sent from.</returns>
    public static async Task<(string? Fault, IPAddress? Seen)> AskAsync(string path, IPEndPoint to)
    {
        byte[] question = Guid.NewGuid().ToByteArray();
        byte[] answer = new byte[LengthMax];
        using CancellationTokenSource limit = new(AnswerLimit);
        try
        {
            using Socket socket = NamespaceSocket.Open(path, to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(to);
            IPAddress from = ((IPEndPoint)socket.LocalEndPoint!).Address;
            await socket.SendAsync(question);
            int length = await socket.ReceiveAsync(answer, limit.Token);
            return (answer.AsSpan(0, length).SequenceEqual(question) ? null : "the echo differs", from);
        }
        catch (OperationCanceledException)
        {
            return ("no echo", null);
        }
        catch (SocketException refused)
        {
            return (refused.Message, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _answering.Wait();
    }

    private async Task AnswerAsync()
    {
        byte[] buffer = new byte[LengthMax];
        while (true)
        {
            try
            {
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, EndPoint);
                await _socket.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
            }
            catch (Exception closed) when (closed is ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.Interrupted })
            {
                return;
            }
            catch (SocketException)
            {
                // Who asked has gone, or there is no way to him now.
            }
        }
    }
}
