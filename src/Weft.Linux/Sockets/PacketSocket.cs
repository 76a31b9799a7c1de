using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;
using Weft.Netlink;

namespace Weft.Linux.Sockets;

/// <summary>Captures frames in a network namespace (<c>packet(7)</c>). Owns one descriptor. One reader at a time.</summary>
public sealed class PacketSocket : IDisposable
{
    /// <summary>How many frames one call returns at most.</summary>
    public const int BatchMax = 256;

    private const int FrameLengthMax = 256 * 1024; // More than a GSO frame of the largest kind that veth carries.
    private const int ReceiveBuffer = 8 * 1024 * 1024;
    private const int ControlLength = 64;

    // struct sockaddr_ll: family, protocol, interface, hardware type, packet type, address length, address.
    private const int AddressLength = 20;
    private const int AddressProtocolOffset = 2;
    private const int AddressIndexOffset = 4;
    private const int AddressPacketTypeOffset = 10;

    private const ushort AllProtocols = 3; // ETH_P_ALL
    private const byte Outgoing = 4; // PACKET_OUTGOING
    private const int LevelPacket = 263; // SOL_PACKET
    private const int Statistics = 6; // PACKET_STATISTICS
    private const int TimestampNanoseconds = 35; // SO_TIMESTAMPNS and its control message
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly ReadableDescriptor _descriptor;
    private long _dropped;

    private PacketSocket(ReadableDescriptor descriptor)
    {
        _descriptor = descriptor;
    }

    /// <summary>Begins to capture in the namespace at a path (null: the process's own), on one interface or, without
    /// <paramref name="index"/>, on all.</summary>
    public static PacketSocket Open(string? namespacePath, int? index = null)
    {
        SafeFileHandle socket = NamespaceThread.Shared.Run(namespacePath, () =>
        {
            // Protocol 0: nothing is received before the bind says from where.
            SafeFileHandle opened = Libc.Socket(
                Libc.FamilyPacket, Libc.SocketRaw | Libc.SocketCloseOnExec | Libc.SocketNonBlocking, 0);
            if (opened.IsInvalid)
            {
                LastError.Throw("open a packet socket");
            }

            return opened;
        });
        try
        {
            if (!Libc.TrySetOption(socket, Libc.LevelSocket, Libc.ReceiveBufferForce, ReceiveBuffer))
            {
                _ = Libc.TrySetOption(socket, Libc.LevelSocket, Libc.ReceiveBuffer, ReceiveBuffer);
            }

            _ = Libc.TrySetOption(socket, Libc.LevelSocket, TimestampNanoseconds, 1);
            Span<byte> address = stackalloc byte[AddressLength];
            ushort family = Libc.FamilyPacket;
            int number = index ?? 0;
            MemoryMarshal.Write(address, in family);
            BinaryPrimitives.WriteUInt16BigEndian(address[AddressProtocolOffset..], AllProtocols);
            MemoryMarshal.Write(address[AddressIndexOffset..], in number);
            if (Libc.Bind(socket, address, address.Length) != 0)
            {
                LastError.Throw("bind a packet socket");
            }

            return new PacketSocket(new ReadableDescriptor(socket));
        }
        catch (LinuxException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The frames that are there, or the next; none only when this is disposed.</summary>
    public async ValueTask<IReadOnlyList<CapturedFrame>> ReceiveAsync(CancellationToken cancellation = default)
    {
        List<CapturedFrame> frames = [];
        while (true)
        {
            Drain(frames);
            if (frames.Count > 0 || !await _descriptor.WaitAsync(cancellation).ConfigureAwait(false))
            {
                return frames;
            }
        }
    }

    /// <summary>The frames that are there; none if there are none.</summary>
    public IReadOnlyList<CapturedFrame> ReceiveNow()
    {
        List<CapturedFrame> frames = [];
        Drain(frames);
        return frames;
    }

    /// <summary>How many frames the kernel could not keep since the capture began.</summary>
    public long ReadDropped()
    {
        // struct tpacket_stats: packets, drops. Reading sets the kernel's counters to zero.
        Span<byte> statistics = stackalloc byte[8];
        int length = statistics.Length;
        if (Libc.GetOption(_descriptor.Handle, LevelPacket, Statistics, statistics, ref length) == 0)
        {
            _dropped += MemoryMarshal.Read<uint>(statistics[4..]);
        }

        return _dropped;
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private void Drain(List<CapturedFrame> frames)
    {
        if (_descriptor.Handle.IsClosed)
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(FrameLengthMax);
        Span<byte> address = stackalloc byte[AddressLength];
        Span<byte> control = stackalloc byte[ControlLength];
        try
        {
            while (frames.Count < BatchMax)
            {
                if (ReceivedMessage.TryReceive(
                    _descriptor.Handle, buffer, address, control, out ReceivedMessage message, out int error))
                {
                    frames.Add(new CapturedFrame(
                        buffer.AsSpan(0, Math.Min(message.Length, buffer.Length)).ToArray(),
                        message.Length,
                        MemoryMarshal.Read<int>(address[AddressIndexOffset..]),
                        address[AddressPacketTypeOffset] == Outgoing,
                        TimeOf(message)));
                }
                else if (error is not (KernelErrno.EINTR or KernelErrno.ENETDOWN))
                {
                    // ENETDOWN says once that the interface went down; the capture goes on.
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // Closed while it was read: there is nothing more to say.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long TimeOf(ReceivedMessage message) =>
        message.TryGetControl(Libc.LevelSocket, TimestampNanoseconds, out ReadOnlySpan<byte> data)
            && data.Length >= 16
            ? (MemoryMarshal.Read<long>(data) * NanosecondsPerSecond) + MemoryMarshal.Read<long>(data[8..])
            : 0;
}
