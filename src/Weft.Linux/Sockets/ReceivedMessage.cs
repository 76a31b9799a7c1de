using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;

namespace Weft.Linux.Sockets;

/// <summary>One <c>recvmsg</c>: bytes, the sender's address, and what the kernel says beside them.</summary>
internal ref struct ReceivedMessage
{
    // struct cmsghdr: length (8 bytes), level, type; the data follows, and the next begins at a multiple of 8.
    private const int ControlHeaderLength = 16;
    private const int ControlLevelOffset = 8;
    private const int ControlTypeOffset = 12;
    private const int ControlAlignment = 8;

    private readonly ReadOnlySpan<byte> _control;

    private ReceivedMessage(int length, bool isTruncated, ReadOnlySpan<byte> control)
    {
        Length = length;
        IsTruncated = isTruncated;
        _control = control;
    }

    /// <summary>The datagram's length, also if it did not fit.</summary>
    public int Length { get; }

    /// <summary>Whether it did not fit.</summary>
    public bool IsTruncated { get; }

    /// <summary>Receives without waiting. False, with the error, if there is nothing.</summary>
    public static unsafe bool TryReceive(
        SafeFileHandle socket,
        Span<byte> buffer,
        Span<byte> address,
        Span<byte> control,
        out ReceivedMessage message,
        out int error)
    {
        fixed (byte* bytes = buffer, name = address, extra = control)
        {
            Libc.IoVector vector = new() { Base = bytes, Length = (nuint)buffer.Length };
            Libc.MessageHeader header = new()
            {
                Name = name,
                NameLength = (uint)address.Length,
                Vectors = &vector,
                VectorCount = 1,
                Control = extra,
                ControlLength = (nuint)control.Length,
            };
            nint length = Libc.ReceiveMessage(socket, &header, Libc.MessageDontWait | Libc.MessageTruncated);
            error = length < 0 ? LastError.Number : 0;
            message = length < 0
                ? default
                : new ReceivedMessage(
                    (int)length,
                    (header.Flags & Libc.MessageTruncated) != 0,
                    control[..(int)header.ControlLength]);
            return length >= 0;
        }
    }

    /// <summary>The data of the control message of a level and type, if it is there.</summary>
    public readonly bool TryGetControl(int level, int type, out ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> rest = _control;
        while (rest.Length >= ControlHeaderLength)
        {
            ulong length = MemoryMarshal.Read<ulong>(rest);
            if (length < ControlHeaderLength || length > (ulong)rest.Length)
            {
                break;
            }

            if (MemoryMarshal.Read<int>(rest[ControlLevelOffset..]) == level
                && MemoryMarshal.Read<int>(rest[ControlTypeOffset..]) == type)
            {
                data = rest[ControlHeaderLength..(int)length];
                return true;
            }

            int padded = ((int)length + ControlAlignment - 1) & ~(ControlAlignment - 1);
            rest = rest[Math.Min(padded, rest.Length)..];
        }

        data = default;
        return false;
    }
}
