namespace Weft.Net.Captures;

/// <summary>What a captured packet begins with: the LINKTYPE_ numbers of the pcap registry. Open: any other may occur.</summary>
public enum LinkType : ushort
{
    /// <summary>BSD loopback: the address family as 4 bytes in the order of the machine that captured.</summary>
    Null = 0,

    /// <summary>Ethernet, IEEE 802.3.</summary>
    Ethernet = 1,

    /// <summary>PPP: the protocol as RFC 1661 has it, or an HDLC-like frame with it (RFC 1662).</summary>
    Ppp = 9,

    /// <summary>PPP in HDLC-like framing: 0xff 0x03 and the protocol, or Cisco's HDLC.</summary>
    PppHdlc = 50,

    /// <summary>PPP in PPPoE, from the PPPoE header on.</summary>
    PppEther = 51,

    /// <summary>An IP packet of either version, without a header before it.</summary>
    Raw = 101,

    /// <summary>OpenBSD loopback: the address family as 4 bytes in network order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture: 16 bytes in place of the link's own header.</summary>
    LinuxCooked = 113,

    /// <summary>An IPv4 packet, without a header before it.</summary>
    Ipv4 = 228,

    /// <summary>An IPv6 packet, without a header before it.</summary>
    Ipv6 = 229,

    /// <summary>Linux "cooked" capture, version 2: 20 bytes, with the interface.</summary>
    LinuxCooked2 = 276,
}
