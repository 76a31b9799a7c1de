using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Rtnetlink;

namespace Weft.Linux.Sockets;

/// <summary>Hears what changes in a network namespace. Owns one descriptor, and no thread: one thread per process
/// waits for all. One reader at a time; what a slow reader does not fetch waits in the kernel, and what does not fit
/// there is reported as an overrun.</summary>
public sealed class NetlinkNotifications : IDisposable
{
    /// <summary>How many notices one call returns at most.</summary>
    public const int BatchMax = 256;

    /// <summary>Bytes that may wait in the kernel, unless asked otherwise. The kernel counts its own overhead
    /// too, so this holds some hundred notices.</summary>
    public const int ReceiveBufferDefault = 1024 * 1024;

    private const int DatagramLengthMax = 64 * 1024;
    private const int ControlLength = 64;

    private readonly ReadableDescriptor _descriptor;

    private NetlinkNotifications(ReadableDescriptor descriptor)
    {
        _descriptor = descriptor;
    }

    /// <summary>The groups that tell of everything that a node keeps in the kernel by rtnetlink.</summary>
    public static IReadOnlyList<RtnetlinkGroup> NodeGroups { get; } =
    [
        RtnetlinkGroup.RTNLGRP_LINK,
        RtnetlinkGroup.RTNLGRP_NEIGH,
        RtnetlinkGroup.RTNLGRP_IPV4_IFADDR,
        RtnetlinkGroup.RTNLGRP_IPV4_ROUTE,
        RtnetlinkGroup.RTNLGRP_IPV4_RULE,
        RtnetlinkGroup.RTNLGRP_IPV6_IFADDR,
        RtnetlinkGroup.RTNLGRP_IPV6_ROUTE,
        RtnetlinkGroup.RTNLGRP_IPV6_RULE,
        RtnetlinkGroup.RTNLGRP_IPV4_NETCONF,
        RtnetlinkGroup.RTNLGRP_IPV6_NETCONF,
        RtnetlinkGroup.RTNLGRP_NSID,
        RtnetlinkGroup.RTNLGRP_NEXTHOP,
    ];

    /// <summary>Begins to listen in the namespace at a path (null: the process's own), and with
    /// <paramref name="allNamespaces"/> also to every namespace that has a number there.</summary>
    public static NetlinkNotifications Open(
        string? namespacePath,
        IEnumerable<RtnetlinkGroup> groups,
        bool allNamespaces = false,
        int receiveBuffer = ReceiveBufferDefault) => Open(
            NetlinkProtocol.Route,
            namespacePath,
            groups.Select(group => ((int)group, group.ToString())),
            allNamespaces,
            receiveBuffer);

    /// <summary>As above, to netfilter: the rules of nf_tables, connections.</summary>
    public static NetlinkNotifications Open(
        string? namespacePath,
        IEnumerable<NetfilterGroup> groups,
        bool allNamespaces = false,
        int receiveBuffer = ReceiveBufferDefault) => Open(
            NetlinkProtocol.Netfilter,
            namespacePath,
            groups.Select(group => ((int)group, group.ToString())),
            allNamespaces,
            receiveBuffer);

    /// <summary>The notices that are there, or the next; none only when this is disposed.</summary>
    public async ValueTask<IReadOnlyList<Notice>> ReceiveAsync(CancellationToken cancellation = default)
    {
        List<Notice> notices = [];
        while (true)
        {
            Drain(notices);
            if (notices.Count > 0 || !await _descriptor.WaitAsync(cancellation).ConfigureAwait(false))
            {
                return notices;
            }
        }
    }

    /// <summary>The notices that are there; none if there are none.</summary>
    public IReadOnlyList<Notice> ReceiveNow()
    {
        List<Notice> notices = [];
        Drain(notices);
        return notices;
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private static NetlinkNotifications Open(
        NetlinkProtocol protocol,
        string? namespacePath,
        IEnumerable<(int Number, string Name)> groups,
        bool allNamespaces,
        int receiveBuffer)
    {
        SafeFileHandle socket = NetlinkDescriptor.Open(namespacePath, protocol, nonBlocking: true, receiveBuffer);
        try
        {
            if (allNamespaces
                && !Libc.TrySetOption(socket, Libc.LevelNetlink, Libc.NetlinkListenAllNamespaces, 1))
            {
                LastError.Throw("listen to all namespaces");
            }

            foreach ((int number, string name) in groups)
            {
                if (!Libc.TrySetOption(socket, Libc.LevelNetlink, Libc.NetlinkAddMembership, number))
                {
                    LastError.Throw($"listen to {name}");
                }
            }

            return new NetlinkNotifications(new ReadableDescriptor(socket));
        }
        catch (LinuxException)
        {
            socket.Dispose();
            throw;
        }
    }

    private void Drain(List<Notice> notices)
    {
        if (_descriptor.Handle.IsClosed)
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(DatagramLengthMax);
        Span<byte> control = stackalloc byte[ControlLength];
        try
        {
            while (notices.Count < BatchMax)
            {
                if (ReceivedMessage.TryReceive(
                    _descriptor.Handle, buffer, [], control, out ReceivedMessage message, out int error))
                {
                    notices.Add(message.IsTruncated
                        ? new Notice(null, [], IsOverrun: true)
                        : new Notice(NamespaceOf(message), buffer.AsSpan(0, message.Length).ToArray()));
                }
                else if (error == KernelErrno.ENOBUFS)
                {
                    notices.Add(new Notice(null, [], IsOverrun: true));
                }
                else if (error != KernelErrno.EINTR)
                {
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

    private static int? NamespaceOf(ReceivedMessage message) =>
        message.TryGetControl(Libc.LevelNetlink, Libc.NetlinkListenAllNamespaces, out ReadOnlySpan<byte> data)
            && data.Length >= sizeof(int)
            ? MemoryMarshal.Read<int>(data)
            : null;
}
