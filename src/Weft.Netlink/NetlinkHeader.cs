using System;
using Weft.Net.Bytes;

namespace Weft.Netlink;

/// <summary>The header that starts every netlink message (<c>struct nlmsghdr</c>).</summary>
/// <remarks><code>
///  0               2               4
/// | length                        |
/// | type          | flags         |
/// | sequence                      |
/// | port id                       |
/// </code></remarks>
/// <param name="Length">Bytes of the message with this header, without the padding after it.</param>
/// <param name="Type">A <see cref="NetlinkControl"/> or a number of the family's own (RTM_...).</param>
/// <param name="Flags">The flags.</param>
/// <param name="Sequence">The number that ties answers to the request; 0 in notices.</param>
/// <param name="PortId">The socket that asked; 0 for the kernel's own.</param>
public readonly record struct NetlinkHeader(
    int Length, ushort Type, NetlinkFlags Flags, uint Sequence, uint PortId)
{
    /// <summary>Bytes of a header.</summary>
    public const int ByteLength = PortIdOffset + 4;

    /// <summary>Where the sequence number stands, for the socket that stamps it.</summary>
    public const int SequenceOffset = FlagsOffset + 2;

    private const int LengthOffset = 0;
    private const int TypeOffset = LengthOffset + 4;
    private const int FlagsOffset = TypeOffset + 2;
    private const int PortIdOffset = SequenceOffset + 4;

    /// <summary>Reads the header of a message that claims no more bytes than there are.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out NetlinkHeader header)
    {
        header = default;
        if (source.Length < ByteLength)
        {
            return false;
        }

        uint length = HostOrder.ReadUInt32(source, LengthOffset);
        if (length < ByteLength || length > (uint)source.Length)
        {
            return false;
        }

        header = new NetlinkHeader(
            (int)length,
            HostOrder.ReadUInt16(source, TypeOffset),
            (NetlinkFlags)HostOrder.ReadUInt16(source, FlagsOffset),
            HostOrder.ReadUInt32(source, SequenceOffset),
            HostOrder.ReadUInt32(source, PortIdOffset));
        return true;
    }

    /// <summary>Writes the header.</summary>
    public void WriteTo(Span<byte> destination)
    {
        HostOrder.WriteInt32(destination, LengthOffset, Length);
        HostOrder.WriteUInt16(destination, TypeOffset, Type);
        HostOrder.WriteUInt16(destination, FlagsOffset, (ushort)Flags);
        HostOrder.WriteUInt32(destination, SequenceOffset, Sequence);
        HostOrder.WriteUInt32(destination, PortIdOffset, PortId);
    }
}
