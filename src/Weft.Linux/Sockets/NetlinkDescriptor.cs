using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;

namespace Weft.Linux.Sockets;

/// <summary>Opens the descriptor of a netlink socket.</summary>
internal static class NetlinkDescriptor
{
    // struct sockaddr_nl: family, pad, port id, groups.
    private const int AddressLength = 12;

    /// <summary>A bound socket in the namespace at a path, with extended and capped acknowledgements and strict
    /// checking of dump requests, and as much receive buffer as is allowed up to <paramref name="receiveBuffer"/>
    /// bytes.</summary>
    public static SafeFileHandle Open(
        string? namespacePath, NetlinkProtocol protocol, bool nonBlocking, int receiveBuffer)
    {
        int type = Libc.SocketRaw | Libc.SocketCloseOnExec | (nonBlocking ? Libc.SocketNonBlocking : 0);
        SafeFileHandle socket = NamespaceThread.Shared.Run(namespacePath, () =>
        {
            SafeFileHandle opened = Libc.Socket(Libc.FamilyNetlink, type, (int)protocol);
            if (opened.IsInvalid)
            {
                LastError.Throw("open a netlink socket");
            }

            return opened;
        });

        // Each of these is an improvement, and a kernel without it still answers.
        _ = Libc.TrySetOption(socket, Libc.LevelNetlink, Libc.NetlinkExtendedAcknowledge, 1);
        _ = Libc.TrySetOption(socket, Libc.LevelNetlink, Libc.NetlinkCapAcknowledge, 1);
        _ = Libc.TrySetOption(socket, Libc.LevelNetlink, Libc.NetlinkStrictCheck, 1);
        if (!Libc.TrySetOption(socket, Libc.LevelSocket, Libc.ReceiveBufferForce, receiveBuffer))
        {
            _ = Libc.TrySetOption(socket, Libc.LevelSocket, Libc.ReceiveBuffer, receiveBuffer);
        }

        Span<byte> address = stackalloc byte[AddressLength];
        ushort family = Libc.FamilyNetlink;
        MemoryMarshal.Write(address, in family);
        if (Libc.Bind(socket, address, address.Length) != 0)
        {
            int error = LastError.Number;
            socket.Dispose();
            throw new LinuxException("bind a netlink socket", new Netlink.KernelError(error));
        }

        return socket;
    }
}
