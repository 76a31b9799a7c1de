using System;

namespace Weft.Net.Bytes;

/// <summary>Writes forwards into a buffer of the caller; what does not fit is refused and changes nothing.</summary>
/// <remarks>The name of a method states the order of bytes. Lengths that are known later are reserved with
/// <see cref="TryReserve"/> and filled in with a <c>Patch</c> method.</remarks>
public ref struct SpanWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written so far; also the offset of the next one.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes that still fit.</summary>
    public readonly int Remaining => _buffer.Length - Position;

    /// <summary>What has been written.</summary>
    public readonly Span<byte> Written => _buffer[..Position];

    /// <summary>Writes one byte.</summary>
    public bool TryWriteByte(byte value)
    {
        if (!TryReserve(1, out int at))
        {
            return false;
        }

        _buffer[at] = value;
        return true;
    }

    /// <summary>Writes 2 bytes in network order.</summary>
    public bool TryWriteNetworkUInt16(ushort value)
    {
        if (!TryReserve(sizeof(ushort), out int at))
        {
            return false;
        }

        NetworkOrder.WriteUInt16(_buffer, at, value);
        return true;
    }

    /// <summary>Writes 4 bytes in network order.</summary>
    public bool TryWriteNetworkUInt32(uint value)
    {
        if (!TryReserve(sizeof(uint), out int at))
        {
            return false;
        }

        NetworkOrder.WriteUInt32(_buffer, at, value);
        return true;
    }

    /// <summary>Writes 8 bytes in network order.</summary>
    public bool TryWriteNetworkUInt64(ulong value)
    {
        if (!TryReserve(sizeof(ulong), out int at))
        {
            return false;
        }

        NetworkOrder.WriteUInt64(_buffer, at, value);
        return true;
    }

    /// <summary>Writes 2 bytes in the order of this machine.</summary>
    public bool TryWriteHostUInt16(ushort value)
    {
        if (!TryReserve(sizeof(ushort), out int at))
        {
            return false;
        }

        HostOrder.WriteUInt16(_buffer, at, value);
        return true;
    }

    /// <summary>Writes 4 bytes in the order of this machine.</summary>
    public bool TryWriteHostUInt32(uint value)
    {
        if (!TryReserve(sizeof(uint), out int at))
        {
            return false;
        }

        HostOrder.WriteUInt32(_buffer, at, value);
        return true;
    }

    /// <summary>Writes 8 bytes in the order of this machine.</summary>
    public bool TryWriteHostUInt64(ulong value)
    {
        if (!TryReserve(sizeof(ulong), out int at))
        {
            return false;
        }

        HostOrder.WriteUInt64(_buffer, at, value);
        return true;
    }

    /// <summary>Writes bytes as they are.</summary>
    public bool TryWrite(scoped ReadOnlySpan<byte> bytes)
    {
        if (!TryReserve(bytes.Length, out int at))
        {
            return false;
        }

        bytes.CopyTo(_buffer[at..]);
        return true;
    }

    /// <summary>Writes zeros until the position is a multiple of <paramref name="alignment"/>.</summary>
    public bool TryAlign(int alignment)
    {
        int surplus = Position % alignment;
        return surplus == 0 || TryReserve(alignment - surplus, out _);
    }

    /// <summary>Writes <paramref name="count"/> zeros and says where they begin, to be filled in later.</summary>
    public bool TryReserve(int count, out int at)
    {
        at = Position;
        if (count > Remaining)
        {
            return false;
        }

        _buffer.Slice(Position, count).Clear();
        Position += count;
        return true;
    }

    /// <summary>Overwrites 2 bytes that have been written, in network order.</summary>
    public readonly void PatchNetworkUInt16(int at, ushort value) => NetworkOrder.WriteUInt16(Written, at, value);

    /// <summary>Overwrites 2 bytes that have been written, in the order of this machine.</summary>
    public readonly void PatchHostUInt16(int at, ushort value) => HostOrder.WriteUInt16(Written, at, value);

    /// <summary>Overwrites 4 bytes that have been written, in the order of this machine.</summary>
    public readonly void PatchHostUInt32(int at, uint value) => HostOrder.WriteUInt32(Written, at, value);
}
