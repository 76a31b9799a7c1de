namespace Weft.Net.Formats.Words;

/// <summary>Ethernet's types in words (IANA, IEEE 802 numbers).</summary>
internal static class EtherTypeWords
{
    public static string? Of(ulong number) => number switch
    {
        0x0800 => "IPv4",
        0x0806 => "ARP",
        0x6558 => "Ethernet",
        0x8035 => "RARP",
        0x8100 => "VLAN tag",
        0x86DD => "IPv6",
        0x8808 => "flow control",
        0x880B => "PPP",
        0x8847 => "MPLS",
        0x8863 => "PPPoE discovery",
        0x8864 => "PPPoE session",
        0x888E => "802.1X",
        0x88A8 => "service VLAN tag",
        0x88CC => "LLDP",
        0x88E5 => "MACsec",
        0x894F => "NSH",
        _ => null,
    };
}
