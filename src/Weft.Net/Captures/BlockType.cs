namespace Weft.Net.Captures;

/// <summary>The blocks of a pcapng file (draft-ietf-opsawg-pcapng, section 11.1). Open: any other may occur.</summary>
internal enum BlockType : uint
{
    Interface = 1,
    Packet = 2,
    SimplePacket = 3,
    NameResolution = 4,
    InterfaceStatistics = 5,
    EnhancedPacket = 6,
    SectionHeader = 0x0A0D0D0A,
}
