using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Weft.Linux.Sockets;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Numbered UDP packets from one network namespace to another: it knows exactly which arrived, and how
/// often.</summary>
internal sealed class NumberedFlow : IDisposable
{
    private const int PacketLength = 64;

    // SO_RCVBUFFORCE of asm-generic/socket.h: a test that loses packets in its own buffer proves nothing.
    private const int ReceiveBufferForce = 33;
    private const int LevelSocket = 1;
    private const int ReceiveBuffer = 32 * 1024 * 1024;
    private const int ReceiveSlice = 200;

    private readonly Socket _out;
    private readonly Socket _in;
    private readonly Thread _receiver;
    private byte[] _times = new byte[1 << 16];
    private long _sent;
    private long _arrived;
    private volatile bool _stopping;

    /// <summary>Opens both ends.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="from">The path of the sender's namespace.</param>
    /// <param name="to">The path of the receiver's namespace.</param>
    /// <param name="destination">The receiver's address and port.</param>
    public NumberedFlow(string name, string from, string to, IPEndPoint destination)
    {
        Name = name;
        _in = NamespaceSocket.Open(to, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _in.SetRawSocketOption(LevelSocket, ReceiveBufferForce, BitConverter.GetBytes(ReceiveBuffer));
        _in.ReceiveTimeout = ReceiveSlice;
        _in.Bind(destination);
        _out = NamespaceSocket.Open(from, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _out.Connect(destination);
        _receiver = new Thread(Receive) { IsBackground = true, Name = $"receiver of {name}" };
        _receiver.Start();
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>Packets that were sent, those that the kernel refused among them.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Different packets that arrived.</summary>
    public long Arrived => Interlocked.Read(ref _arrived);

    /// <summary>Packets that arrived more than once.</summary>
    public long Repeated { get; private set; }

    /// <summary>Why the kernel refused to send a packet, the last time that it did.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Sends the next number. One thread at a time.</summary>
    public void Send()
    {
        Span<byte> packet = stackalloc byte[PacketLength];
        packet.Clear();
        BinaryPrimitives.WriteInt64BigEndian(packet, _sent);
        Interlocked.Increment(ref _sent);
        try
        {
            _out.Send(packet);
        }
        catch (SocketException refused)
        {
            Refusal = refused.Message;
        }
    }

    /// <summary>Ends the receiver.</summary>
    public void Stop()
    {
        _stopping = true;
        _receiver.Join();
    }

    /// <summary>The numbers that did not arrive, as ranges. After <see cref="Stop"/>.</summary>
    public IReadOnlyList<(long First, long Last)> Missing()
    {
        List<(long First, long Last)> ranges = [];
        for (long number = 0; number < _sent; number++)
        {
            if (number < _times.Length && _times[number] > 0)
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
            {
                ranges[^1] = (ranges[^1].First, number);
            }
            else
            {
                ranges.Add((number, number));
            }
        }

        return ranges;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _in.Dispose();
        _out.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        long lost = Missing().Sum(range => range.Last - range.First + 1);
        return FormattableString.Invariant($"{Name}: {_sent} sent, {_arrived} arrived, {Repeated} again, {lost} lost");
    }

    private void Receive()
    {
        byte[] packet = new byte[PacketLength * 2];
        while (true)
        {
            int length;
            try
            {
                length = _in.Receive(packet);
            }
            catch (SocketException silence)
                when (silence.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                if (_stopping)
                {
                    return;
                }

                continue;
            }

            if (length == PacketLength)
            {
                Count(BinaryPrimitives.ReadInt64BigEndian(packet));
            }
        }
    }

    private void Count(long number)
    {
        if (number >= _times.Length)
        {
            Array.Resize(ref _times, checked((int)Math.Max(number + 1, _times.LongLength * 2)));
        }

        if (_times[number] == 0)
        {
            Interlocked.Increment(ref _arrived);
        }
        else
        {
            Repeated++;
        }

        _times[number] = (byte)Math.Min(_times[number] + 1, byte.MaxValue);
    }
}
