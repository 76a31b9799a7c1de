using System;
using System.Collections.Generic;
using Weft.Net.Bytes;
using Weft.Net.Captures;

namespace Weft.Tests.Linux.Net.Filters;

/// <summary>Packets of many kinds, for filters: whole ones, cut ones, damaged ones. Always the same.</summary>
internal static class PacketCorpus
{
    private const string Macs = "02000000000b" + "02000000000a";
    private const string InnerMacs = "02000000010b" + "02000000010a";
    private const string A4 = "0a410001";
    private const string B4 = "0a410042";
    private const string A6 = "fd000001000000000000000000000001";
    private const string B6 = "fd000002000000000000000000000001";

    private const string TcpSyn = "c0010050000003e8000000005002faf000000000";
    private const string TcpGet = "0050c001000003e8000000075018faf000000000" + "474554202f20485454502f312e310d0a";
    private const string TcpTls = "c00101bb000003e8000000077012faf0000000000204 05b401010402";
    private const string UdpDns = "c00100350014000012340100000100000000 0000";
    private const string UdpReply = "0035c0010012000012348180000100010000";
    private const string Sctp = "0050c00100000001000000000300001000000001";
    private const string Echo = "0800f7ff004d000301020304";
    private const string Unreach = "0304000000000578" + "4500001c00000000401100000a4100420a410001" + "0035003500080000";
    private const string Echo6 = "80000000004d000301020304";
    private const string Solicit = "8700000000000000" + "fe800000000000000000000000000001" + "010102000000000a";

    /// <summary>The payload of each, with the EtherType before it.</summary>
    private static readonly string[] Payloads =
    [
        "0806" + "0001080006040001" + "02000000000a" + A4 + "000000000000" + B4,
        "0806" + "0001080006040002" + "02000000000b" + B4 + "02000000000a" + A4,
        "8035" + "0001080006040003" + "02000000000a" + A4 + "02000000000a" + A4,
        "0800" + Ip4(6, A4, B4, TcpSyn),
        "0800" + Ip4(6, B4, A4, TcpGet),
        "0800" + Ip4(6, A4, "ac100105", TcpTls),
        "0800" + Ip4(6, A4, A4, TcpSyn),
        "0800" + Ip4(6, A4, B4, TcpGet, options: "9404000001010101"),
        "0800" + Ip4(17, A4, B4, UdpDns),
        "0800" + Ip4(17, B4, A4, UdpReply, ttl: 3),
        "0800" + Ip4(17, A4, B4, UdpDns, fragment: 0x2000),
        "0800" + Ip4(17, A4, B4, UdpDns, fragment: 0x00B9),
        "0800" + Ip4(6, A4, B4, TcpSyn, fragment: 0x20B9),
        "0800" + Ip4(132, A4, B4, Sctp),
        "0800" + Ip4(1, A4, B4, Echo),
        "0800" + Ip4(1, B4, A4, Unreach),
        "0800" + Ip4(2, A4, "e0000016", "2200f9fd0000000104000000e00000fb"),
        "0800" + Ip4(103, A4, "e000000d", "20000000"),
        "0800" + Ip4(112, A4, "e0000012", "21010164"),
        "0800" + Ip4(51, A4, B4, "0604000000000001000000010000000000000000" + TcpSyn),
        "0800" + Ip4(50, A4, B4, "0000000100000001"),
        "0800" + Ip4(47, A4, B4, "00000800" + Ip4(1, A4, B4, Echo)),
        "0800" + Ip4(4, "ac100102", "ac100203", Ip4(6, A4, B4, TcpSyn)),
        "0800" + Ip4(41, "ac100102", "ac100203", Ip6(58, A6, B6, Echo6)),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(4789, "0800000000100000" + InnerMacs + "0800" + Ip4(6, A4, B4, TcpSyn))),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(4789, "0800000000000700" + InnerMacs + "86dd" + Ip6(58, A6, B6, Echo6))),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(6081, Geneve(7, "6558", "") + InnerMacs + "0800" + Ip4(6, A4, B4, TcpSyn))),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(6081, Geneve(7, "6558", "0102800100000001") + InnerMacs + "86dd" + Ip6(6, A6, B6, TcpGet))),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(6081, Geneve(8, "0800", "0102800100000001") + Ip4(1, A4, B4, Echo))),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(6081, Geneve(8, "6558", "") + "ffffffffffff02000000010a" + "0806" + "0001080006040001" + "02000000010a" + A4 + "000000000000" + B4)),
        "0800" + Ip4(17, "ac100102", "ac100203", Udp(6081, Geneve(7, "6558", "") + InnerMacs + "8100000a" + "0800" + Ip4(6, A4, B4, TcpSyn)), options: "01010101"),
        "86dd" + Ip6(6, A6, B6, TcpSyn),
        "86dd" + Ip6(6, B6, A6, TcpGet),
        "86dd" + Ip6(17, A6, B6, UdpDns),
        "86dd" + Ip6(132, A6, B6, Sctp),
        "86dd" + Ip6(58, A6, B6, Echo6),
        "86dd" + Ip6(58, "fe800000000000000000000000000001", "ff020000000000000000000000000001", Solicit, hops: 255),
        "86dd" + Ip6(58, "00000000000000000000000000000000", "ff020000000000000000000000000016", "8f000000", hops: 1),
        "86dd" + Ip6(0, A6, B6, "3a00050200000100" + Echo6),
        "86dd" + Ip6(0, A6, B6, "3c00010400000000" + "0600010400000000" + TcpSyn),
        "86dd" + Ip6(43, A6, B6, "0600000000000000" + TcpSyn),
        "86dd" + Ip6(44, A6, B6, "0600000100000001" + TcpSyn),
        "86dd" + Ip6(44, A6, B6, "110000b900000001" + UdpDns),
        "86dd" + Ip6(51, A6, B6, "060400000000000100000001000000000000000000000000" + TcpSyn),
        "86dd" + Ip6(59, A6, B6, ""),
        "86dd" + Ip6(4, A6, B6, Ip4(6, A4, B4, TcpSyn)),
        "86dd" + Ip6(17, A6, B6, Udp(4789, "0800000000100000" + InnerMacs + "0800" + Ip4(6, A4, B4, TcpSyn))),
        "86dd" + Ip6(17, A6, B6, Udp(6081, Geneve(7, "6558", "0102800100000001") + InnerMacs + "0800" + Ip4(6, A4, B4, TcpSyn))),
        "86dd" + Ip6(6, "00000000000000000000ffff0a410001", B6, TcpSyn),
        "8100000a" + "0800" + Ip4(6, A4, B4, TcpSyn),
        "8100e00a" + "86dd" + Ip6(6, A6, B6, TcpSyn),
        "81000064" + "0806" + "0001080006040001" + "02000000000a" + A4 + "000000000000" + B4,
        "88a80064" + "8100000a" + "0800" + Ip4(6, A4, B4, TcpGet),
        "9100000a" + "81000064" + "0800" + Ip4(17, A4, B4, UdpDns),
        "8100000a" + "8864" + "11000007002a" + "0021" + Ip4(6, A4, B4, TcpSyn),
        "8100000a" + "8847" + "00064140" + Ip4(6, A4, B4, TcpSyn),
        "8847" + "00064140" + Ip4(6, A4, B4, TcpSyn),
        "8847" + "00064040" + "00400140" + Ip4(17, A4, B4, UdpDns),
        "8847" + "00400140" + Ip6(6, A6, B6, TcpSyn),
        "8863" + "110900000004" + "01010000",
        "8864" + "11000007002a" + "0021" + Ip4(6, A4, B4, TcpSyn),
        "8864" + "11000008002a" + "0057" + Ip6(6, A6, B6, TcpSyn),
        "8864" + "11000007000a" + "c021" + "0101000401040000",
        "88cc" + "0207040200000000",
        "9000" + "0000010000000000",
        "6003" + "0102030405060708",
        "809b" + "0102030405060708",
        "80f3" + "0001809b06040001",
        "8137" + "ffff002200000000",
        "0026" + "424203" + "000000000000000000000000000000000000000000000000",
        "0026" + "e0e003" + "ffff002200000000000000000000000000000000",
        "0026" + "ffff" + "0022000000000000000000000000000000000000",
        "0026" + "f0f003" + "2c00ffefff000000000000000000000000000000",
        "0026" + "fefe03" + "831b01001001000000000000000000000000",
        "0026" + "fefe03" + "831b01000f01000000000000000000000000",
        "0026" + "fefe03" + "82150100000000000000000000000000",
        "0026" + "fefe03" + "81150100000000000000000000000000",
        "0026" + "aaaa03" + "000000" + "0800" + Ip4(6, A4, B4, TcpSyn),
        "0026" + "aaaa03" + "080007" + "809b" + "01020304",
        "0026" + "aaaa03" + "000000" + "80f3" + "01020304",
        "0026" + "aaaa03" + "000000" + "8137" + "01020304",
        "05dc" + "060603" + "0102030405060708",
        "05dd" + "060603" + "0102030405060708",
    ];

    /// <summary>All packets of a link type.</summary>
    public static IReadOnlyList<byte[]> Of(LinkType link)
    {
        List<byte[]> packets = [];
        foreach (string payload in Payloads)
        {
            byte[] whole = Hex.ToBytes(Framed(link, payload));
            packets.Add(whole);
            if (whole.Length < 60)
            {
                packets.Add([.. whole, .. new byte[60 - whole.Length]]);
            }
        }

        packets.Add(Hex.ToBytes(Framed(link, "0800" + Ip4(17, A4, "ffffffff", UdpDns)).Replace(
            "02000000000b02", "ffffffffffff02", StringComparison.Ordinal)));
        packets.Add(Hex.ToBytes(Framed(link, "0800" + Ip4(17, A4, "e00000fb", UdpDns)).Replace(
            "02000000000b02", "01005e0000fb02", StringComparison.Ordinal)));
        AddDamaged(packets);
        return packets;
    }

    // Some of every length, some with a few bytes changed.
    private static void AddDamaged(List<byte[]> packets)
    {
        int whole = packets.Count;
        ulong state = 0x9E3779B97F4A7C15;
        for (int i = 0; i < whole; i++)
        {
            for (int change = 0; change < 6; change++)
            {
                byte[] copy = [.. packets[i]];
                for (int times = 0; times <= change % 3; times++)
                {
                    state = Next(state);
                    copy[(int)((state >> 33) % (ulong)copy.Length)] = (byte)(state >> 16 & 0xFF);
                }

                packets.Add(copy);
            }

            for (int cut = 0; cut < 4; cut++)
            {
                state = Next(state);
                packets.Add(packets[i][..(1 + (int)((state >> 33) % (ulong)packets[i].Length))]);
            }
        }
    }

    private static string Framed(LinkType link, string payload)
    {
        string type = payload[..4];
        string rest = payload[4..];
        return link switch
        {
            LinkType.Ethernet => Macs + payload,
            LinkType.LinuxCooked => "000400010006" + "02000000000a0000" + (Convert.ToInt32(type, 16) <= 1500 ? "0004" : type) + rest,
            LinkType.LinuxCooked2 => type + "0000" + "00000003" + "0001" + "04" + "06" + "02000000000a0000" + rest,
            LinkType.Null => (type == "86dd" ? "1e000000" : type == "0800" ? "02000000" : "07000000") + rest,
            LinkType.Loop => (type == "86dd" ? "0000001c" : type == "0800" ? "00000002" : "00000007") + rest,
            LinkType.Ppp => "ff03" + type switch { "0800" => "0021", "86dd" => "0057", "8847" => "0281", _ => type } + rest,
            _ => rest,
        };
    }

    private static string Ip4(
        byte protocol, string source, string destination, string payload, int fragment = 0x4000, int ttl = 64, string options = "")
    {
        string body = payload.Replace(" ", "", StringComparison.Ordinal);
        int header = 20 + (options.Length / 2);
        return $"4{header / 4:x}00{header + (body.Length / 2):x4}1234{fragment:x4}{ttl:x2}{protocol:x2}0000"
            + source + destination + options + body;
    }

    private static string Ip6(byte next, string source, string destination, string payload, int hops = 64)
    {
        string body = payload.Replace(" ", "", StringComparison.Ordinal);
        return $"600abcde{body.Length / 2:x4}{next:x2}{hops:x2}" + source + destination + body;
    }

    private static string Udp(int port, string payload) => $"c350{port:x4}{8 + (payload.Length / 2):x4}0000" + payload;

    private static string Geneve(int vni, string type, string options) =>
        $"{options.Length / 8:x2}00{type}{vni:x6}00" + options;

    private static ulong Next(ulong state)
    {
        unchecked
        {
            state ^= state << 13;
            state ^= state >> 7;
            return state ^ (state << 17);
        }
    }
}
