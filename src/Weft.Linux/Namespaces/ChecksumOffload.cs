using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Namespaces;

/// <summary>Whether an interface leaves the checksums of what it sends to the hardware below it (<c>ethtool -K DEVICE
/// tx on|off</c>). Off, the kernel finishes them, and cuts up large packets, before the interface.</summary>
public static class ChecksumOffload
{
    /// <summary>Looks at an interface in the namespace at a path (null: the process's own).</summary>
    public static KernelError? Read(string? namespacePath, string device, out bool on)
    {
        (KernelError? error, on) = NamespaceThread.Shared.Run(namespacePath, () =>
        {
            using SafeFileHandle socket = Open();
            return Libc.TryGetTransmitChecksum(socket, device, out bool isOn)
                ? ((KernelError?)null, isOn)
                : (LastError.Of($"tx-checksumming of {device}"), false);
        });
        return error;
    }

    /// <summary>Turns it on or off.</summary>
    public static KernelError? Write(string? namespacePath, string device, bool on) =>
        NamespaceThread.Shared.Run(namespacePath, () =>
        {
            using SafeFileHandle socket = Open();
            return Libc.TrySetTransmitChecksum(socket, device, on)
                ? (KernelError?)null
                : LastError.Of($"tx-checksumming of {device}");
        });

    private static SafeFileHandle Open()
    {
        SafeFileHandle socket = Libc.Socket(Libc.FamilyInet, Libc.SocketDatagram | Libc.SocketCloseOnExec, 0);
        if (socket.IsInvalid)
        {
            LastError.Throw("open a socket");
        }

        return socket;
    }
}
