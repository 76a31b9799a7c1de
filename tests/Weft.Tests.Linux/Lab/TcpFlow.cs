using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>One TCP connection between two workloads that carries bytes in both directions, each with its place in the
/// stream, so that a byte that is lost, changed or out of order is seen.</summary>
internal sealed class TcpFlow : IDisposable
{
    private const int ChunkLength = 16 * 1024;

    // Not a power of two: a chunk that is missing or comes twice shifts the pattern.
    private const int Period = 251;

    private readonly Socket _near;
    private readonly Socket _far;
    private readonly Task<long>[] _sending;
    private readonly Task<long>[] _receiving;
    private readonly long[] _received = new long[2];
    private volatile bool _stop;

    private TcpFlow(Socket near, Socket far)
    {
        (_near, _far) = (near, far);
        _sending = [Run(() => Send(near)), Run(() => Send(far))];
        _receiving = [Run(() => Receive(near, 0)), Run(() => Receive(far, 1))];
    }

    /// <summary>Bytes that arrived so far, in both directions; both must grow for this to grow.</summary>
    public long Received => Math.Min(Interlocked.Read(ref _received[0]), Interlocked.Read(ref _received[1]));

    /// <summary>The address that the far side sees the near one as.</summary>
    public string SeenAs => ((IPEndPoint)_far.RemoteEndPoint!).Address.ToString();

    /// <summary>Connects and starts to send in both directions.</summary>
    public static async Task<TcpFlow> StartAsync(
        RunningLab lab, (string Name, string Address) from, (string Name, string Address) to)
    {
        using Socket listener = Open(lab, to);
        listener.Listen(1);
        Socket near = Open(lab, from);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        Task<Socket> accepting = listener.AcceptAsync(limit.Token).AsTask();
        await near.ConnectAsync(listener.LocalEndPoint!, limit.Token);
        return new TcpFlow(near, await accepting);
    }

    /// <summary>Stops sending and reads both streams to their ends: all that was sent must have arrived.</summary>
    public async Task<long> StopAndCheckAsync()
    {
        _stop = true;
        TimeSpan limit = TimeSpan.FromSeconds(30);
        long[] sent = await Task.WhenAll(_sending).WaitAsync(limit);
        long[] received = await Task.WhenAll(_receiving).WaitAsync(limit);
        Assert.Equal((sent[0], sent[1]), (received[1], received[0]));
        return received[0] + received[1];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _near.Dispose();
        _far.Dispose();
    }

    private static Socket Open(RunningLab lab, (string Name, string Address) member)
    {
        IPAddress address = IPAddress.Parse(member.Address);
        Socket socket = NamespaceSocket.Open(
            lab.PathOf(member.Name), address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private static Task<long> Run(Func<long> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private long Send(Socket socket)
    {
        byte[] chunk = new byte[ChunkLength];
        long sent = 0;
        while (!_stop)
        {
            for (int i = 0; i < chunk.Length; i++)
            {
                chunk[i] = (byte)((sent + i) % Period);
            }

            for (int done = 0; done < chunk.Length;)
            {
                done += socket.Send(chunk.AsSpan(done));
            }

            sent += chunk.Length;
            Thread.Sleep(5);
        }

        socket.Shutdown(SocketShutdown.Send);
        return sent;
    }

    private long Receive(Socket socket, int side)
    {
        byte[] buffer = new byte[4 * ChunkLength];
        long place = 0;
        while (socket.Receive(buffer) is int length and > 0)
        {
            for (int i = 0; i < length; i++)
            {
                if (buffer[i] != (byte)((place + i) % Period))
                {
                    throw new InvalidDataException($"byte {place + i} of the stream is not what was sent there");
                }
            }

            place += length;
            Interlocked.Exchange(ref _received[side], place);
        }

        return place;
    }
}
