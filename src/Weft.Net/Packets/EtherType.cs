namespace Weft.Net.Packets;

/// <summary>What an Ethernet frame carries (IANA, IEEE 802 numbers). Open: any other number may occur.</summary>
public enum EtherType : ushort
{
    /// <summary>IPv4, RFC 894.</summary>
    Ipv4 = 0x0800,

    /// <summary>ARP, RFC 826.</summary>
    Arp = 0x0806,

    /// <summary>A customer tag, IEEE 802.1Q.</summary>
    Vlan = 0x8100,

    /// <summary>IPv6, RFC 2464.</summary>
    Ipv6 = 0x86DD,

    /// <summary>A service tag, IEEE 802.1ad.</summary>
    ServiceVlan = 0x88A8,
}
