using System;
using Weft.Net.Bytes;

namespace Weft.Netlink;

/// <summary>Parts of netfilter that share one netlink protocol: <c>linux/netfilter/nfnetlink.h</c>.</summary>
public enum NetfilterSubsystem : byte
{
    /// <summary>Messages that belong to none: where a transaction begins and ends.</summary>
    None = 0,

    /// <summary>NFNL_SUBSYS_CTNETLINK.</summary>
    Conntrack = 1,

    /// <summary>NFNL_SUBSYS_CTNETLINK_EXP.</summary>
    ConntrackExpectations = 2,

    /// <summary>NFNL_SUBSYS_NFTABLES.</summary>
    Nftables = 10,
}

/// <summary>The part that follows the header of every message of netfilter (<c>struct nfgenmsg</c>), and how its type
/// is made: the subsystem in the upper byte, the subsystem's own number in the lower.</summary>
/// <remarks><code>
///  0       1       2               4
/// | family| ver.  | resource id   |   in network order
/// </code></remarks>
/// <param name="Family">A family of netfilter (<c>NFPROTO_...</c>).</param>
/// <param name="Resource">What the message is about; in nf_tables the lower half of the generation.</param>
internal readonly record struct NetfilterHeader(byte Family, ushort Resource = 0)
{
    /// <summary>Bytes of it.</summary>
    public const int ByteLength = ResourceOffset + 2;

    private const int VersionOffset = 1;
    private const int ResourceOffset = VersionOffset + 1;
    private const byte Version = 0; // NFNETLINK_V0

    /// <summary>The type of a message.</summary>
    public static ushort TypeOf(NetfilterSubsystem subsystem, byte number) =>
        (ushort)(((byte)subsystem << 8) | number);

    /// <summary>The subsystem of a message's type.</summary>
    public static NetfilterSubsystem SubsystemOf(ushort type) => (NetfilterSubsystem)(type >> 8);

    /// <summary>Begins a message of a subsystem, with this header in it.</summary>
    public static NetlinkWriter Begin(
        NetfilterSubsystem subsystem, byte number, NetlinkFlags flags, byte family, ushort resource = 0)
    {
        NetlinkWriter writer = new(TypeOf(subsystem, number), flags, ByteLength);
        Span<byte> header = writer.Fixed;
        header[0] = family;
        header[VersionOffset] = Version;
        NetworkOrder.WriteUInt16(header, ResourceOffset, resource);
        return writer;
    }

    /// <summary>Reads it from what follows the netlink header, and finds the attributes behind it.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> payload, out NetfilterHeader header, out AttributeReader attributes)
    {
        header = default;
        attributes = default;
        if (payload.Length < ByteLength)
        {
            return false;
        }

        header = new NetfilterHeader(payload[0], NetworkOrder.ReadUInt16(payload, ResourceOffset));
        return AttributeReader.TryParse(payload[ByteLength..], out attributes);
    }
}
