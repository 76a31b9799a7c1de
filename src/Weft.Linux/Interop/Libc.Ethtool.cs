using System;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Features of interfaces: <c>linux/ethtool.h</c>.</summary>
internal static partial class Libc
{
    private const nuint Ethtool = 0x8946; // SIOCETHTOOL
    private const uint GetTransmitChecksum = 0x16; // ETHTOOL_GTXCSUM
    private const uint SetTransmitChecksum = 0x17; // ETHTOOL_STXCSUM

    /// <summary>Whether an interface leaves the checksums of what it sends to hardware.</summary>
    public static bool TryGetTransmitChecksum(SafeFileHandle socket, string name, out bool on)
    {
        uint value = 0;
        bool done = TryControlEthtool(socket, name, GetTransmitChecksum, ref value);
        on = value != 0;
        return done;
    }

    /// <summary>Says whether it does.</summary>
    public static bool TrySetTransmitChecksum(SafeFileHandle socket, string name, bool on)
    {
        uint value = on ? 1u : 0;
        return TryControlEthtool(socket, name, SetTransmitChecksum, ref value);
    }

    private static unsafe bool TryControlEthtool(SafeFileHandle socket, string name, uint command, ref uint value)
    {
        if (Encoding.UTF8.GetByteCount(name) >= InterfaceNameLength)
        {
            Marshal.SetLastPInvokeError(Netlink.KernelErrno.ENODEV);
            return false;
        }

        // struct ethtool_value: a command, and what is set or read.
        uint* argument = stackalloc uint[2];
        argument[0] = command;
        argument[1] = value;

        // struct ifreq: a name of 16 bytes, then a pointer.
        Span<byte> request = stackalloc byte[InterfaceRequestLength];
        request.Clear();
        Encoding.UTF8.GetBytes(name, request);
        MemoryMarshal.Write(request[InterfaceNameLength..], (nint)argument);
        bool done = Control(socket, Ethtool, request) == 0;
        value = argument[1];
        return done;
    }
}
