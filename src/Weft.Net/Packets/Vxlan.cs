using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>What a VXLAN datagram carries, checked (RFC 7348, 5).</summary>
/// <remarks>
/// <code>
///  0               1                               4                       7       8
/// +---------------+-------------------------------+-----------------------+-------+---------------
/// | R R R R I RRR |           reserved            |          VNI          |reservd| Ethernet frame
/// +---------------+-------------------------------+-----------------------+-------+---------------
/// </code>
/// </remarks>
public readonly ref struct VxlanView
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = FrameAt;

    /// <summary>The port of IANA, which Weft uses.</summary>
    public const ushort Port = 4789;

    internal const byte ValidVniBit = 0x08;

    private const int FlagsAt = 0;
    private const int VniAt = FlagsAt + 4;
    private const int FrameAt = VniAt + 4;

    private readonly ReadOnlySpan<byte> _payload;

    private VxlanView(ReadOnlySpan<byte> payload) => _payload = payload;

    /// <summary>Which overlay.</summary>
    public Vni Vni => new(NetworkOrder.ReadUInt24(_payload, VniAt));

    /// <summary>The frame inside, from its destination address on; a view of it comes from
    /// <see cref="EthernetView.TryParse"/>.</summary>
    public ReadOnlySpan<byte> Frame => _payload[FrameAt..];

    /// <summary>The header as a value.</summary>
    public VxlanHeader Header => new(Vni);

    /// <summary>Accepts a datagram's payload whose header is whole and has the I bit set.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out VxlanView view)
    {
        // RFC 7348, 5: reserved bits are ignored on receipt; without I there is no VNI.
        bool accepted = payload.Length >= HeaderLength && (payload[FlagsAt] & ValidVniBit) != 0;
        view = accepted ? new VxlanView(payload) : default;
        return accepted;
    }
}

/// <summary>The header of VXLAN, to be written.</summary>
/// <param name="Vni">Which overlay.</param>
public readonly record struct VxlanHeader(Vni Vni)
{
    /// <summary>Writes the header; false if it does not fit. The frame follows.</summary>
    public bool TryWrite(ref SpanWriter writer)
    {
        if (writer.Remaining < VxlanView.HeaderLength)
        {
            return false;
        }

        return writer.TryWriteNetworkUInt32((uint)VxlanView.ValidVniBit << 24)
            && writer.TryWriteNetworkUInt32(Vni.Value << 8);
    }
}
