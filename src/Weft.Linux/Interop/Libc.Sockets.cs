using System;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Weft.Linux.Interop;

/// <summary>Sockets: <c>sys/socket.h</c>, <c>linux/netlink.h</c>.</summary>
internal static partial class Libc
{
    public const int FamilyInet = 2; // AF_INET
    public const int FamilyInet6 = 10; // AF_INET6
    public const int FamilyNetlink = 16; // AF_NETLINK
    public const int FamilyPacket = 17; // AF_PACKET

    public const int SocketStream = 1; // SOCK_STREAM
    public const int SocketDatagram = 2; // SOCK_DGRAM
    public const int SocketRaw = 3; // SOCK_RAW
    public const int SocketNonBlocking = 0x800; // SOCK_NONBLOCK
    public const int SocketCloseOnExec = 0x80000; // SOCK_CLOEXEC

    public const int LevelSocket = 1; // SOL_SOCKET
    public const int SendBuffer = 7; // SO_SNDBUF
    public const int ReceiveBuffer = 8; // SO_RCVBUF
    public const int ReceiveTimeout = 20; // SO_RCVTIMEO
    public const int SendTimeout = 21; // SO_SNDTIMEO
    public const int SendBufferForce = 32; // SO_SNDBUFFORCE
    public const int ReceiveBufferForce = 33; // SO_RCVBUFFORCE

    public const int LevelNetlink = 270; // SOL_NETLINK
    public const int NetlinkAddMembership = 1; // NETLINK_ADD_MEMBERSHIP
    public const int NetlinkListenAllNamespaces = 8; // NETLINK_LISTEN_ALL_NSID
    public const int NetlinkCapAcknowledge = 10; // NETLINK_CAP_ACK
    public const int NetlinkExtendedAcknowledge = 11; // NETLINK_EXT_ACK
    public const int NetlinkStrictCheck = 12; // NETLINK_GET_STRICT_CHK

    public const int MessageDontWait = 0x40; // MSG_DONTWAIT
    public const int MessageTruncated = 0x20; // MSG_TRUNC

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial SafeFileHandle Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(SafeFileHandle socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSocketName(SafeFileHandle socket, Span<byte> address, ref int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(SafeFileHandle socket, int level, int name, ReadOnlySpan<byte> value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(SafeFileHandle socket, int level, int name, Span<byte> value, ref int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(SafeFileHandle socket, ReadOnlySpan<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(SafeFileHandle socket, Span<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static unsafe partial nint ReceiveMessage(SafeFileHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle socket, nuint request, Span<byte> argument);

    /// <summary><c>struct msghdr</c> of 64-bit glibc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary>Sets an option of one int.</summary>
    public static bool TrySetOption(SafeFileHandle socket, int level, int name, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        MemoryMarshal.Write(bytes, in value);
        return SetOption(socket, level, name, bytes, bytes.Length) == 0;
    }

    /// <summary>Reads an option of one int.</summary>
    public static bool TryGetOption(SafeFileHandle socket, int level, int name, out int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        int length = bytes.Length;
        bool done = GetOption(socket, level, name, bytes, ref length) == 0 && length == bytes.Length;
        value = done ? MemoryMarshal.Read<int>(bytes) : 0;
        return done;
    }

    /// <summary>Sets an interface of the socket's namespace up: a namespace that is new needs no more than this.</summary>
    public static bool TrySetInterfaceUp(SafeFileHandle socket, string name)
    {
        const nuint GetFlags = 0x8913; // SIOCGIFFLAGS
        const nuint SetFlags = 0x8914; // SIOCSIFFLAGS
        const int RequestLength = 40; // struct ifreq: a name of 16 bytes, then the flags
        const int FlagsOffset = 16;
        const short Up = 0x1; // IFF_UP
        Span<byte> request = stackalloc byte[RequestLength];
        Encoding.UTF8.GetBytes(name, request[..FlagsOffset]);
        if (Control(socket, GetFlags, request) != 0)
        {
            return false;
        }

        short flags = (short)(MemoryMarshal.Read<short>(request[FlagsOffset..]) | Up);
        MemoryMarshal.Write(request[FlagsOffset..], in flags);
        return Control(socket, SetFlags, request) == 0;
    }

    /// <summary>Sets a timeout (<c>struct timeval</c>).</summary>
    public static bool TrySetTimeout(SafeFileHandle socket, int name, TimeSpan timeout)
    {
        Span<byte> bytes = stackalloc byte[16];
        long seconds = (long)timeout.TotalSeconds;
        long microseconds = (timeout.Ticks % TimeSpan.TicksPerSecond) / TimeSpan.TicksPerMicrosecond;
        MemoryMarshal.Write(bytes, in seconds);
        MemoryMarshal.Write(bytes[8..], in microseconds);
        return SetOption(socket, LevelSocket, name, bytes, bytes.Length) == 0;
    }
}
