using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;

namespace Weft.Net.Filters;

/// <summary>The words of the language, and the numbers that have names in it: libpcap's <c>scanner.l</c>.</summary>
internal static class FilterWords
{
    /// <summary>Words that begin a primitive by saying what protocol it is about.</summary>
    public static readonly FrozenDictionary<string, FilterProtocol> Protocols =
        new Dictionary<string, FilterProtocol>(StringComparer.Ordinal)
        {
            ["link"] = FilterProtocol.Link,
            ["ether"] = FilterProtocol.Link,
            ["ppp"] = FilterProtocol.Link,
            ["slip"] = FilterProtocol.Link,
            ["fddi"] = FilterProtocol.Link,
            ["tr"] = FilterProtocol.Link,
            ["wlan"] = FilterProtocol.Link,
            ["ip"] = FilterProtocol.Ip,
            ["ip6"] = FilterProtocol.Ipv6,
            ["arp"] = FilterProtocol.Arp,
            ["rarp"] = FilterProtocol.Rarp,
            ["tcp"] = FilterProtocol.Tcp,
            ["udp"] = FilterProtocol.Udp,
            ["sctp"] = FilterProtocol.Sctp,
            ["icmp"] = FilterProtocol.Icmp,
            ["icmp6"] = FilterProtocol.Icmpv6,
            ["igmp"] = FilterProtocol.Igmp,
            ["igrp"] = FilterProtocol.Igrp,
            ["pim"] = FilterProtocol.Pim,
            ["vrrp"] = FilterProtocol.Vrrp,
            ["carp"] = FilterProtocol.Carp,
            ["ah"] = FilterProtocol.Ah,
            ["esp"] = FilterProtocol.Esp,
            ["atalk"] = FilterProtocol.AppleTalk,
            ["aarp"] = FilterProtocol.AppleTalkArp,
            ["decnet"] = FilterProtocol.Decnet,
            ["lat"] = FilterProtocol.Lat,
            ["sca"] = FilterProtocol.Sca,
            ["moprc"] = FilterProtocol.MopConsole,
            ["mopdl"] = FilterProtocol.MopDump,
            ["iso"] = FilterProtocol.Iso,
            ["esis"] = FilterProtocol.Esis,
            ["es-is"] = FilterProtocol.Esis,
            ["isis"] = FilterProtocol.Isis,
            ["is-is"] = FilterProtocol.Isis,
            ["clnp"] = FilterProtocol.Clnp,
            ["stp"] = FilterProtocol.SpanningTree,
            ["ipx"] = FilterProtocol.Ipx,
            ["netbeui"] = FilterProtocol.NetBeui,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Words of pcap's language for links and facilities that no host of Weft has: refused by name.</summary>
    public static readonly FrozenSet<string> Unsupported = FrozenSet.ToFrozenSet(
        [
            "radio", "type", "subtype", "direction", "dir", "address1", "addr1", "address2", "addr2", "address3",
            "addr3", "address4", "addr4", "ra", "ta", "llc", "lane", "metac", "bcc", "oam", "oamf4", "oamf4ec",
            "oamf4sc", "sc", "ilmic", "vpi", "vci", "connectmsg", "metaconnect", "on", "ifname", "rset", "ruleset",
            "rnr", "rulenum", "srnr", "subrulenum", "reason", "action", "fisu", "lssu", "lsu", "msu", "hfisu", "hlssu",
            "hmsu", "sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls", "l1", "l2", "iih", "lsp", "snp", "csnp",
            "psnp", "gateway",
        ],
        StringComparer.Ordinal);

    private static readonly FrozenSet<string> Others = FrozenSet.ToFrozenSet(
        [
            "src", "dst", "host", "net", "mask", "port", "portrange", "proto", "protochain", "less", "greater", "byte",
            "broadcast", "multicast", "and", "or", "not", "len", "length", "inbound", "outbound", "ifindex", "vlan",
            "mpls", "pppoed", "pppoes", "geneve", "vxlan", "inner",
        ],
        StringComparer.Ordinal);

    /// <summary>Names of numbers: offsets of fields, and what stands in them.</summary>
    public static readonly FrozenDictionary<string, uint> Numbers =
        new Dictionary<string, uint>(StringComparer.Ordinal)
        {
            ["icmptype"] = 0,
            ["icmpcode"] = 1,
            ["icmp-echoreply"] = 0,
            ["icmp-unreach"] = 3,
            ["icmp-sourcequench"] = 4,
            ["icmp-redirect"] = 5,
            ["icmp-echo"] = 8,
            ["icmp-routeradvert"] = 9,
            ["icmp-routersolicit"] = 10,
            ["icmp-timxceed"] = 11,
            ["icmp-paramprob"] = 12,
            ["icmp-tstamp"] = 13,
            ["icmp-tstampreply"] = 14,
            ["icmp-ireq"] = 15,
            ["icmp-ireqreply"] = 16,
            ["icmp-maskreq"] = 17,
            ["icmp-maskreply"] = 18,
            ["icmp6type"] = 0,
            ["icmp6code"] = 1,
            ["icmp6-destinationunreach"] = 1,
            ["icmp6-packettoobig"] = 2,
            ["icmp6-timeexceeded"] = 3,
            ["icmp6-parameterproblem"] = 4,
            ["icmp6-echo"] = 128,
            ["icmp6-echoreply"] = 129,
            ["icmp6-multicastlistenerquery"] = 130,
            ["icmp6-multicastlistenerreportv1"] = 131,
            ["icmp6-multicastlistenerdone"] = 132,
            ["icmp6-routersolicit"] = 133,
            ["icmp6-routeradvert"] = 134,
            ["icmp6-neighborsolicit"] = 135,
            ["icmp6-neighboradvert"] = 136,
            ["icmp6-redirect"] = 137,
            ["icmp6-routerrenum"] = 138,
            ["icmp6-nodeinformationquery"] = 139,
            ["icmp6-nodeinformationresponse"] = 140,
            ["icmp6-ineighbordiscoverysolicit"] = 141,
            ["icmp6-ineighbordiscoveryadvert"] = 142,
            ["icmp6-multicastlistenerreportv2"] = 143,
            ["icmp6-homeagentdiscoveryrequest"] = 144,
            ["icmp6-homeagentdiscoveryreply"] = 145,
            ["icmp6-mobileprefixsolicit"] = 146,
            ["icmp6-mobileprefixadvert"] = 147,
            ["icmp6-certpathsolicit"] = 148,
            ["icmp6-certpathadvert"] = 149,
            ["icmp6-multicastrouteradvert"] = 151,
            ["icmp6-multicastroutersolicit"] = 152,
            ["icmp6-multicastrouterterm"] = 153,
            ["tcpflags"] = 13,
            ["tcp-fin"] = 0x01,
            ["tcp-syn"] = 0x02,
            ["tcp-rst"] = 0x04,
            ["tcp-push"] = 0x08,
            ["tcp-ack"] = 0x10,
            ["tcp-urg"] = 0x20,
            ["tcp-ece"] = 0x40,
            ["tcp-cwr"] = 0x80,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether it is one of the language's own words; as a name it has a backslash before it.</summary>
    public static bool IsWord(string text) =>
        Protocols.ContainsKey(text) || Others.Contains(text) || Unsupported.Contains(text);

    /// <summary>The word nearest to what was written, for a message; null if none is near.</summary>
    public static string? Near(string text) => Others.Concat(Protocols.Keys).Order(StringComparer.Ordinal)
        .FirstOrDefault(word => word.Length > 2 && Math.Abs(word.Length - text.Length) <= 1 && IsOneEditAway(word, text));

    private static bool IsOneEditAway(string a, string b)
    {
        int start = 0;
        while (start < Math.Min(a.Length, b.Length) && a[start] == b[start])
        {
            start++;
        }

        int end = 0;
        while (end < Math.Min(a.Length, b.Length) - start && a[^(end + 1)] == b[^(end + 1)])
        {
            end++;
        }

        return Math.Max(a.Length, b.Length) - start - end <= 1;
    }
}
