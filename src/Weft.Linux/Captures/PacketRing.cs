using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;
using Weft.Net.Bpf;
using Weft.Net.Captures;
using Weft.Netlink;

namespace Weft.Linux.Captures;

/// <summary>Captures the packets of one interface through memory shared with the kernel (<c>packet(7)</c>, TPACKET_V3 of
/// <c>Documentation/networking/packet_mmap.rst</c>). Owns one descriptor and the memory. One reader at a time.</summary>
/// <remarks>The kernel fills blocks of packets and hands them over; a block goes back when its last packet has been read.
/// Nothing is copied on the way. If the reader is slow the ring fills, and what does not fit is dropped and counted.</remarks>
public sealed class PacketRing : IDisposable
{
    // struct tpacket_block_desc.
    private const int BlockStatusAt = 8;
    private const int BlockPacketsAt = 12;
    private const int BlockFirstAt = 16;

    // struct tpacket3_hdr, and struct sockaddr_ll behind it.
    private const int NextAt = 0;
    private const int SecondsAt = 4;
    private const int NanosecondsAt = 8;
    private const int KeptAt = 12;
    private const int LengthAt = 16;
    private const int StatusAt = 20;
    private const int FrameAt = 24;
    private const int VlanTagAt = 32;
    private const int VlanProtocolAt = 36;
    private const int AddressAt = 48;
    private const int AddressPacketTypeAt = AddressAt + 10;
    private const int DescribedLength = AddressAt + 20;

    private const uint StatusUser = 1; // TP_STATUS_USER
    private const uint StatusChecksumNotReady = 8; // TP_STATUS_CSUMNOTREADY
    private const uint StatusVlanValid = 0x10; // TP_STATUS_VLAN_VALID
    private const uint StatusVlanProtocolValid = 0x40; // TP_STATUS_VLAN_TPID_VALID

    private const ushort AllProtocols = 3; // ETH_P_ALL
    private const ushort HardwareEthernet = 1; // ARPHRD_ETHER
    private const ushort HardwareLoopback = 772; // ARPHRD_LOOPBACK
    private const ushort HardwareTunnel = 768; // ARPHRD_TUNNEL
    private const ushort HardwareTunnel6 = 769; // ARPHRD_TUNNEL6
    private const ushort HardwareSit = 776; // ARPHRD_SIT
    private const ushort HardwareNone = 65534; // ARPHRD_NONE
    private const ushort VlanProtocolDefault = 0x8100;
    private const int VlanTagLength = 4;
    private const int MacAddressesLength = 12;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int DrainMs = 2_000;

    private static readonly BpfInstruction[] Nothing = [new BpfInstruction(6, 0, 0, 0)];

    private const int LookAgain = 100; // milliseconds

    private readonly SafeFileHandle _socket;
    private bool _isDown;
    private readonly int _index;
    private readonly PacketRingOptions _options;
    private readonly bool _isLoopback;
    private nint _memory;
    private int _block;
    private uint _left;
    private int _next;
    private bool _isHeld;
    private long _read;
    private RingStatistics _counted;

    private PacketRing(SafeFileHandle socket, int index, ushort hardwareType, PacketRingOptions options)
    {
        _socket = socket;
        _index = index;
        _options = options;
        _isLoopback = hardwareType == HardwareLoopback;
        LinkType = hardwareType is HardwareEthernet or HardwareLoopback ? LinkType.Ethernet : LinkType.Raw;
    }

    /// <summary>What the interface's packets begin with: a filter is to be compiled for it.</summary>
    public LinkType LinkType { get; }

    /// <summary>Prepares to capture on an interface of the namespace at a path (null: the process's own). Nothing is
    /// captured before <see cref="Start"/>.</summary>
    public static PacketRing Open(string? namespacePath, string interfaceName, PacketRingOptions? options = null)
    {
        // Protocol 0: nothing is received before the bind says from where, so no packet passes the filter by.
        SafeFileHandle socket = NamespaceThread.Shared.Run(namespacePath, () => Libc.Socket(
            Libc.FamilyPacket, Libc.SocketRaw | Libc.SocketCloseOnExec | Libc.SocketNonBlocking, 0));
        if (socket.IsInvalid)
        {
            LastError.Throw("open a packet socket");
        }

        try
        {
            if (!Libc.TryFindInterface(socket, interfaceName, out int index, out ushort hardwareType))
            {
                LastError.Throw($"interface {interfaceName}");
            }

            return hardwareType is HardwareEthernet or HardwareLoopback or HardwareTunnel or HardwareTunnel6 or HardwareSit
                or HardwareNone
                ? new PacketRing(socket, index, hardwareType, options ?? new PacketRingOptions())
                : throw new LinuxException(
                    $"interface {interfaceName}: packets of hardware type {hardwareType} cannot be captured",
                    new KernelError(KernelErrno.EOPNOTSUPP));
        }
        catch (LinuxException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins to capture what a program lets through.</summary>
    public void Start(BpfProgram filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        SafeFileHandle socket = _socket;

        // Room for a VLAN tag that the kernel has taken out, so that it can be put back in place.
        Demand(Libc.TrySetOption(socket, Libc.LevelPacket, Libc.PacketVersion, Libc.PacketVersion3), "use a packet ring");
        Demand(Libc.TrySetOption(socket, Libc.LevelPacket, Libc.PacketReserve, VlanTagLength), "use a packet ring");
        Span<byte> request = stackalloc byte[28]; // struct tpacket_req3
        int frameLength = 2048;
        int framesPerBlock = _options.BlockLength / frameLength;
        ReadOnlySpan<int> words =
        [
            _options.BlockLength, _options.BlockCount, frameLength, framesPerBlock * _options.BlockCount, _options.RetireMs,
            0, 0,
        ];
        MemoryMarshal.AsBytes(words).CopyTo(request);
        Demand(
            Libc.SetOption(socket, Libc.LevelPacket, Libc.PacketReceiveRing, request, request.Length) == 0,
            $"make a packet ring of {_options.BlockCount} blocks of {_options.BlockLength} bytes");
        _memory = Libc.Map(
            0, Length, Libc.ProtectionRead | Libc.ProtectionWrite, Libc.MapShared, socket, 0);
        if (_memory == Libc.MapFailed)
        {
            _memory = 0;
            LastError.Throw("map a packet ring");
        }

        Demand(Libc.TryAttachFilter(socket, filter.Instructions.AsSpan()), "attach the filter");

        // struct sockaddr_ll: family, protocol, interface.
        Span<byte> address = stackalloc byte[20];
        address.Clear();
        MemoryMarshal.Write(address, (ushort)Libc.FamilyPacket);
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], AllProtocols);
        MemoryMarshal.Write(address[4..], _index);
        Demand(Libc.Bind(socket, address, address.Length) == 0, "bind a packet socket");
    }

    /// <summary>Whether the interface is gone: then no packet comes any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Blocks until there are packets: true; or until there never will be, since the interface is gone, or it is
    /// told to stop: false. Not to be called at the same time as <see cref="Dispose"/>.</summary>
    /// <remarks>Nothing is between the kernel and the thread that reads: with a hand-over from thread to thread, waking
    /// cost more than the packets of a block.</remarks>
    public bool Wait(RingStop stop)
    {
        ArgumentNullException.ThrowIfNull(stop);
        while (!IsReady())
        {
            if (IsGone || _memory == 0 || !Libc.PollEither(_socket, stop.Handle, _isDown ? LookAgain : -1))
            {
                return false;
            }

            CheckGone();
        }

        return true;
    }

    /// <summary>The next packet that is there. The one before it is then no longer valid.</summary>
    public bool TryRead(out RingPacket packet)
    {
        while (true)
        {
            packet = default;
            if (_memory == 0)
            {
                return false;
            }

            if (_isHeld && _left == 0)
            {
                Release();
            }

            if (!_isHeld && !TryHold())
            {
                return false;
            }

            if (_left > 0)
            {
                bool isWanted = Take(out packet);
                if (isWanted)
                {
                    return true;
                }
            }
        }
    }

    /// <summary>Takes no more packets, and waits until those that were taken are there to be read.</summary>
    /// <remarks>The kernel hands a block over in its own time: it is waited for until all are read that it has
    /// counted.</remarks>
    /// <param name="take">Called for each that is left.</param>
    public void Stop(RingReader take)
    {
        ArgumentNullException.ThrowIfNull(take);
        if (_memory == 0 || !Libc.TryAttachFilter(_socket, Nothing))
        {
            return;
        }

        RingStatistics counted = ReadStatistics();
        long deadline = Environment.TickCount64 + DrainMs;
        while (true)
        {
            while (TryRead(out RingPacket packet))
            {
                take(packet);
            }

            long left = deadline - Environment.TickCount64;
            if (_read >= counted.Received - counted.Dropped || left <= 0)
            {
                return;
            }

            _ = Libc.PollReadable(_socket, (int)left);
        }
    }

    /// <summary>What the kernel has counted since the start.</summary>
    public RingStatistics ReadStatistics()
    {
        // struct tpacket_stats_v3: packets, drops, freezes. Reading sets the kernel's counters to zero.
        Span<byte> statistics = stackalloc byte[12];
        int length = statistics.Length;
        if (Libc.GetOption(_socket, Libc.LevelPacket, Libc.PacketStatistics, statistics, ref length) == 0)
        {
            _counted = new RingStatistics(
                _counted.Received + MemoryMarshal.Read<uint>(statistics),
                _counted.Dropped + MemoryMarshal.Read<uint>(statistics[4..]));
        }

        return _counted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0)
        {
            _ = Libc.Unmap(memory, Length);
        }

        _socket.Dispose();
    }

    private nuint Length => (nuint)_options.BlockLength * (nuint)_options.BlockCount;

    private unsafe Span<byte> Block =>
        new((byte*)_memory + ((nint)_block * _options.BlockLength), _options.BlockLength);

    private bool IsReady() => _memory != 0 && (_isHeld || (Status() & StatusUser) != 0);

    // An interface that goes down makes the socket ready too, until its error is read. It may come up again.
    // Of one that goes while it is down the kernel tells nothing more.
    private void CheckGone()
    {
        _isDown = !IsReady() && (_isDown || Libc.TakeError(_socket) != 0);
        IsGone = _isDown && !Libc.HasInterface(_socket, _index);
    }

    private uint Status() => Volatile.Read(ref MemoryMarshal.AsRef<uint>(Block[BlockStatusAt..]));

    private bool TryHold()
    {
        if ((Status() & StatusUser) == 0)
        {
            return false;
        }

        Span<byte> block = Block;
        _left = MemoryMarshal.Read<uint>(block[BlockPacketsAt..]);
        _next = MemoryMarshal.Read<int>(block[BlockFirstAt..]);
        _isHeld = true;
        return true;
    }

    private void Release()
    {
        Volatile.Write(ref MemoryMarshal.AsRef<uint>(Block[BlockStatusAt..]), 0);
        _block = (_block + 1) % _options.BlockCount;
        _isHeld = false;
    }

    // False for the second sight of a packet: on lo each is sent and received.
    private bool Take(out RingPacket packet)
    {
        Span<byte> header = Block[_next..];
        ReadOnlySpan<byte> described = header[..DescribedLength]; // One check for all that is read of it.
        _left--;
        _read++;
        int frameAt = MemoryMarshal.Read<ushort>(described[FrameAt..]);
        int kept = MemoryMarshal.Read<int>(described[KeptAt..]);
        uint length = MemoryMarshal.Read<uint>(described[LengthAt..]);
        uint status = MemoryMarshal.Read<uint>(described[StatusAt..]);
        bool isOutgoing = described[AddressPacketTypeAt] == BpfAncillary.Outgoing;
        _next += MemoryMarshal.Read<int>(described[NextAt..]);
        packet = default;
        if (_isLoopback && isOutgoing)
        {
            return false;
        }

        if ((status & StatusVlanValid) != 0 && LinkType == LinkType.Ethernet && kept >= MacAddressesLength)
        {
            ushort tag = MemoryMarshal.Read<ushort>(header[VlanTagAt..]);
            ushort protocol = (status & StatusVlanProtocolValid) != 0
                ? MemoryMarshal.Read<ushort>(header[VlanProtocolAt..])
                : VlanProtocolDefault;
            Span<byte> widened = header[(frameAt - VlanTagLength)..];
            widened.Slice(VlanTagLength, MacAddressesLength).CopyTo(widened);
            BinaryPrimitives.WriteUInt16BigEndian(widened[MacAddressesLength..], protocol);
            BinaryPrimitives.WriteUInt16BigEndian(widened[(MacAddressesLength + 2)..], tag);
            frameAt -= VlanTagLength;
            kept += VlanTagLength;
            length += VlanTagLength;
        }

        packet = new RingPacket(
            header.Slice(frameAt, kept),
            length,
            (MemoryMarshal.Read<uint>(described[SecondsAt..]) * NanosecondsPerSecond)
                + MemoryMarshal.Read<uint>(described[NanosecondsAt..]),
            isOutgoing,
            (status & StatusChecksumNotReady) != 0);
        return true;
    }

    private static void Demand(bool isDone, string what)
    {
        if (!isDone)
        {
            LastError.Throw(what);
        }
    }
}

/// <summary>Takes a packet of a ring.</summary>
/// <param name="packet">The packet, valid while this runs.</param>
public delegate void RingReader(in RingPacket packet);
