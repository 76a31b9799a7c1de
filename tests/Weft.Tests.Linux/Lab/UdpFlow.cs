using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Weft.Linux.Sockets;

namespace Weft.Tests.Linux.Lab;

/// <summary>Numbered datagrams from one workload to another, a thousand a second, counted one by one.</summary>
internal sealed class UdpFlow : IDisposable
{
    private const int PerSecond = 1000;
    private const int Length = 64;

    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly IPEndPoint _to;
    private readonly HashSet<long> _missing = [];
    private readonly Lock _gate = new();
    private readonly Thread _sending;
    private readonly Thread _receiving;
    private long _sent;
    private volatile bool _stop;
    private volatile bool _close;

    /// <summary>Starts to send.</summary>
    public UdpFlow(RunningLab lab, (string Name, string Address) from, (string Name, string Address) to)
    {
        Label = $"{from.Name}->{to.Name}";
        _receiver = Open(lab, to);
        _sender = Open(lab, from);
        _to = (IPEndPoint)_receiver.LocalEndPoint!;
        _receiving = new Thread(Receive) { IsBackground = true };
        _sending = new Thread(Send) { IsBackground = true };
        _receiving.Start();
        _sending.Start();
    }

    /// <summary>From whom to whom.</summary>
    public string Label { get; }

    /// <summary>How many were sent so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How many of those sent so far did not arrive. Waits for those that are on their way.</summary>
    public int Lost()
    {
        long until = Sent;
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            lock (_gate)
            {
                int missing = 0;
                foreach (long number in _missing)
                {
                    missing += number < until ? 1 : 0;
                }

                if (missing == 0 || watch.ElapsedMilliseconds > 500)
                {
                    return missing;
                }
            }

            Thread.Sleep(5);
        }
    }

    /// <summary>Stops sending; returns how many did not arrive.</summary>
    public int StopAndCountLost()
    {
        _stop = true;
        _sending.Join();
        return Lost();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _close = true;
        _sending.Join();
        _receiving.Join();
        _sender.Dispose();
        _receiver.Dispose();
    }

    private static Socket Open(RunningLab lab, (string Name, string Address) member)
    {
        IPAddress address = IPAddress.Parse(member.Address);
        Socket socket = NamespaceSocket.Open(
            lab.PathOf(member.Name), address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveBufferSize = 4 * 1024 * 1024;
        socket.ReceiveTimeout = 100;
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    // What is due is sent at once: a machine that was busy elsewhere catches up.
    private void Send()
    {
        byte[] datagram = new byte[Length];
        Stopwatch watch = Stopwatch.StartNew();
        while (!_stop)
        {
            long due = watch.ElapsedMilliseconds * PerSecond / 1000;
            while (Sent < due)
            {
                long number = Sent;
                BinaryPrimitives.WriteInt64BigEndian(datagram, number);
                lock (_gate)
                {
                    _missing.Add(number);
                }

                try
                {
                    _sender.SendTo(datagram, _to);
                }
                catch (SocketException)
                {
                    // An ICMP error of an earlier one: this one was not sent, and stays counted as lost.
                }

                Interlocked.Increment(ref _sent);
            }

            Thread.Sleep(1);
        }
    }

    private void Receive()
    {
        byte[] buffer = new byte[Length];
        while (!_close)
        {
            try
            {
                int length = _receiver.Receive(buffer);
                if (length == Length)
                {
                    lock (_gate)
                    {
                        _missing.Remove(BinaryPrimitives.ReadInt64BigEndian(buffer));
                    }
                }
            }
            catch (SocketException)
            {
                // Nothing for a while: whether the flow goes on is looked at above.
            }
        }
    }
}
