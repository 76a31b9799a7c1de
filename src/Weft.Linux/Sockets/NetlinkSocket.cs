using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;
using Weft.Net.Bytes;
using Weft.Netlink;
using Weft.Netlink.Nftables;

namespace Weft.Linux.Sockets;

/// <summary>A socket of rtnetlink or netfilter in one network namespace: sends requests and gathers the answers. Owns one
/// descriptor. One caller at a time; others wait.</summary>
/// <remarks>It never hangs: a kernel that does not answer within <see cref="AnswerTimeout"/> is an error (ETIMEDOUT)
/// of each request that has no answer yet, and what became of these is not known.</remarks>
public sealed class NetlinkSocket : IDisposable
{
    /// <summary>How long the kernel may take for an answer.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How many requests go out before their answers are gathered: so many answers of the longest kind fit
    /// into the receive buffer that a process without privilege has.</summary>
    public const int BatchRequestsMax = 32;

    /// <summary>How many bytes go out before the answers are gathered.</summary>
    public const int BatchBytesMax = 64 * 1024;

    /// <summary>How many bytes a transaction of nf_tables has at most. A process without privilege has less
    /// (<c>net.core.wmem_max</c>).</summary>
    public const int TransactionBytesMax = 64 * 1024 * 1024;

    /// <summary>How often a dump is asked for again because the kernel says that it changed meanwhile.</summary>
    public const int DumpAttemptsMax = 8;

    // The kernel makes messages of a dump no longer than this, whatever the reader offers.
    private const int ReceiveLength = 64 * 1024;
    private const int ReceiveBufferWanted = 4 * 1024 * 1024;

    private readonly SafeFileHandle _socket;
    private byte[]? _receive = ArrayPool<byte>.Shared.Rent(ReceiveLength);
    private readonly Lock _gate = new();
    private uint _sequence;

    private NetlinkSocket(SafeFileHandle socket)
    {
        _socket = socket;
        PortId = ReadPortId(socket);
    }

    /// <summary>The socket's port id, unique in its namespace: notices of changes made through it carry it.</summary>
    public uint PortId { get; }

    /// <summary>Opens a socket in the namespace at a path (null: the process's own).</summary>
    public static NetlinkSocket Open(
        string? namespacePath = null, NetlinkProtocol protocol = NetlinkProtocol.Route)
    {
        SafeFileHandle socket = NetlinkDescriptor.Open(
            namespacePath, protocol, nonBlocking: false, ReceiveBufferWanted);
        _ = Libc.TrySetTimeout(socket, Libc.ReceiveTimeout, AnswerTimeout);
        _ = Libc.TrySetTimeout(socket, Libc.SendTimeout, AnswerTimeout);
        return new NetlinkSocket(socket);
    }

    /// <summary>Sends all requests, in their order, in as few messages as fit, and gathers an answer to each. A
    /// refused request does not stop those after it.</summary>
    public IReadOnlyList<NetlinkReply> Execute(IReadOnlyList<NetlinkRequest> requests) =>
        Execute(requests, NetworkNamespace.Open);

    /// <summary>As above, with <paramref name="resolve"/> opening the namespaces that requests refer to; each is
    /// opened once per call and closed after it.</summary>
    public IReadOnlyList<NetlinkReply> Execute(
        IReadOnlyList<NetlinkRequest> requests, Func<string, SafeFileHandle> resolve)
    {
        lock (_gate)
        {
            using NetlinkExchange exchange = new(_socket, Buffer, requests, resolve, _sequence);
            NetlinkReply[] replies = exchange.Run();
            _sequence = exchange.LastSequence;
            return replies;
        }
    }

    /// <summary>Has a transaction carried out, on a socket of netfilter: all of its requests or none. Returns an answer
    /// to each request. If it fails, each request that was refused has its own error, and all others ECANCELED; what
    /// failed as a whole (ERESTART: the ruleset has another generation; EMSGSIZE: too large) is the error of all. Only
    /// after ENOBUFS and ETIMEDOUT it is not known whether it was done.</summary>
    public IReadOnlyList<NetlinkReply> Commit(NftablesBatch batch)
    {
        lock (_gate)
        {
            NetlinkTransaction transaction = new(_socket, Buffer, batch, _sequence);
            NetlinkReply[] replies = transaction.Run();
            _sequence = transaction.LastSequence;
            return replies;
        }
    }

    /// <summary>Sends one request.</summary>
    public NetlinkReply Execute(NetlinkRequest request) => Execute([request])[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        lock (_gate)
        {
            if (_receive is { } buffer)
            {
                _receive = null;
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private byte[] Buffer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_receive is null, this);
            return _receive;
        }
    }

    // struct sockaddr_nl: family, padding, port id, groups. An unbound socket is bound by asking nobody: bind(2) with
    // port id 0 lets the kernel choose one.
    private static uint ReadPortId(SafeFileHandle socket)
    {
        const int AddressLength = 12;
        const int PortIdOffset = 4;
        Span<byte> address = stackalloc byte[AddressLength];
        address.Clear();
        address[0] = Libc.FamilyNetlink;
        int length = AddressLength;
        if (Libc.GetSocketName(socket, address, ref length) != 0)
        {
            LastError.Throw("ask for the port id of a netlink socket");
        }

        return HostOrder.ReadUInt32(address[PortIdOffset..]);
    }
}
