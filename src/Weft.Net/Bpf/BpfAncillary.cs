namespace Weft.Net.Bpf;

/// <summary>What the kernel knows of a packet besides its bytes and gives to programs that load from above 0xfffff000
/// (<c>SKF_AD_OFF</c>). What is not known is zero.</summary>
public readonly record struct BpfAncillary
{
    // Offsets from Base: linux/filter.h.
    internal const uint Base = 0xFFFF_F000; // SKF_AD_OFF
    internal const uint ProtocolAt = 0;
    internal const uint PacketTypeAt = 4;
    internal const uint InterfaceAt = 8;
    internal const uint NetlinkAttributeAt = 12;
    internal const uint NetlinkNestedAt = 16;
    internal const uint MarkAt = 20;
    internal const uint QueueAt = 24;
    internal const uint HardwareTypeAt = 28;
    internal const uint HashAt = 32;
    internal const uint ProcessorAt = 36;
    internal const uint ExclusiveOrAt = 40;
    internal const uint VlanTagAt = 44;
    internal const uint VlanPresentAt = 48;
    internal const uint PayloadOffsetAt = 52;
    internal const uint RandomAt = 56;
    internal const uint VlanProtocolAt = 60;
    internal const uint End = 64;

    // Offsets relative to the network header and to the link header.
    internal const uint NetworkBase = 0xFFF0_0000; // SKF_NET_OFF
    internal const uint LinkBase = 0xFFE0_0000; // SKF_LL_OFF

    /// <summary>The packet type of what this host sends, <c>PACKET_OUTGOING</c>.</summary>
    public const byte Outgoing = 4;

    /// <summary>The EtherType.</summary>
    public ushort Protocol { get; init; }

    /// <summary>To whom it was addressed, or that this host sent it (<c>packet(7)</c>).</summary>
    public byte PacketType { get; init; }

    /// <summary>The interface's number.</summary>
    public uint Interface { get; init; }

    /// <summary>The interface's hardware type.</summary>
    public ushort HardwareType { get; init; }

    /// <summary>The packet's mark.</summary>
    public uint Mark { get; init; }

    /// <summary>The receive queue.</summary>
    public ushort Queue { get; init; }

    /// <summary>The receive hash.</summary>
    public uint Hash { get; init; }

    /// <summary>The VLAN tag that was taken out of the packet; null if there was none.</summary>
    public ushort? VlanTag { get; init; }

    /// <summary>The EtherType of that tag.</summary>
    public ushort VlanProtocol { get; init; }

    /// <summary>Where the network header begins.</summary>
    public int NetworkOffset { get; init; }

    // False for what no packet of a file has: the netlink and payload questions, chance, the processor.
    internal bool TryRead(uint offset, out uint value)
    {
        value = offset switch
        {
            ProtocolAt => Protocol,
            PacketTypeAt => PacketType,
            InterfaceAt => Interface,
            MarkAt => Mark,
            QueueAt => Queue,
            HardwareTypeAt => HardwareType,
            HashAt => Hash,
            VlanTagAt => VlanTag ?? 0u,
            VlanPresentAt => VlanTag is null ? 0u : 1u,
            VlanProtocolAt => VlanProtocol,
            _ => 0,
        };
        return offset is not (NetlinkAttributeAt or NetlinkNestedAt or PayloadOffsetAt or RandomAt or ProcessorAt);
    }

    internal static bool IsKnown(uint offset) => offset < End && offset % 4 == 0;
}
