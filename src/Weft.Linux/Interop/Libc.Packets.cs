using System;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Weft.Net.Bpf;

namespace Weft.Linux.Interop;

/// <summary>Packet sockets: <c>linux/if_packet.h</c>, <c>linux/filter.h</c>.</summary>
internal static partial class Libc
{
    public const int LevelPacket = 263; // SOL_PACKET
    public const int PacketReceiveRing = 5; // PACKET_RX_RING
    public const int PacketStatistics = 6; // PACKET_STATISTICS
    public const int PacketVersion = 10; // PACKET_VERSION
    public const int PacketReserve = 12; // PACKET_RESERVE
    public const int PacketVersion3 = 2; // TPACKET_V3
    public const int AttachFilter = 26; // SO_ATTACH_FILTER

    private const int InterfaceNameLength = 16; // IFNAMSIZ
    private const int InterfaceRequestLength = 40; // struct ifreq
    private const nuint GetInterfaceIndex = 0x8933; // SIOCGIFINDEX
    private const nuint GetInterfaceName = 0x8910; // SIOCGIFNAME
    private const int PendingError = 4; // SO_ERROR
    private const nuint GetHardwareAddress = 0x8927; // SIOCGIFHWADDR

    /// <summary>The number and the hardware type (ARPHRD) of an interface of the socket's namespace.</summary>
    public static bool TryFindInterface(SafeFileHandle socket, string name, out int index, out ushort hardwareType)
    {
        index = 0;
        hardwareType = 0;
        Span<byte> request = stackalloc byte[InterfaceRequestLength];
        request.Clear();
        if (Encoding.UTF8.GetByteCount(name) >= InterfaceNameLength)
        {
            Marshal.SetLastPInvokeError(Netlink.KernelErrno.ENODEV);
            return false;
        }

        Encoding.UTF8.GetBytes(name, request);
        if (Control(socket, GetInterfaceIndex, request) != 0)
        {
            return false;
        }

        index = MemoryMarshal.Read<int>(request[InterfaceNameLength..]);
        if (Control(socket, GetHardwareAddress, request) != 0)
        {
            return false;
        }

        // A struct sockaddr, whose family is the type.
        hardwareType = MemoryMarshal.Read<ushort>(request[InterfaceNameLength..]);
        return true;
    }

    /// <summary>Whether the socket's namespace has an interface of that number.</summary>
    public static bool HasInterface(SafeFileHandle socket, int index)
    {
        Span<byte> request = stackalloc byte[InterfaceRequestLength];
        request.Clear();
        MemoryMarshal.Write(request[InterfaceNameLength..], in index);
        return Control(socket, GetInterfaceName, request) == 0;
    }

    /// <summary>The error that waits on a socket, which is none afterwards.</summary>
    public static int TakeError(SafeFileHandle socket)
    {
        Span<byte> error = stackalloc byte[sizeof(int)];
        int length = error.Length;
        return GetOption(socket, LevelSocket, PendingError, error, ref length) == 0 ? MemoryMarshal.Read<int>(error) : 0;
    }

    /// <summary>Attaches a program, in place of the one before it.</summary>
    public static unsafe bool TryAttachFilter(SafeFileHandle socket, ReadOnlySpan<BpfInstruction> program)
    {
        const int InstructionLength = 8;
        byte[] code = new byte[program.Length * InstructionLength];
        for (int i = 0; i < program.Length; i++)
        {
            // struct sock_filter: code, two distances, a constant.
            Span<byte> one = code.AsSpan(i * InstructionLength, InstructionLength);
            MemoryMarshal.Write(one, program[i].Code);
            one[2] = program[i].IfTrue;
            one[3] = program[i].IfFalse;
            MemoryMarshal.Write(one[4..], program[i].Operand);
        }

        fixed (byte* start = code)
        {
            // struct sock_fprog: a count, padding, a pointer.
            Span<byte> descriptor = stackalloc byte[16];
            descriptor.Clear();
            MemoryMarshal.Write(descriptor, (ushort)program.Length);
            MemoryMarshal.Write(descriptor[8..], (nint)start);
            return SetOption(socket, LevelSocket, AttachFilter, descriptor, descriptor.Length) == 0;
        }
    }
}
