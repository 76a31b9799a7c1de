using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Weft.Net;
using Weft.Net.Bpf;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Weft.Net.Filters;
using Xunit;

namespace Weft.Tests.Net.Filters;

public sealed class PacketFilterTests
{
    private const string OuterMacs = "02000000000b02000000000a";
    private const string InnerMacs = "02000000010b02000000010a";
    private const string InnerSyn = "4500002812344000400600000a4100010a410042" + "c0010050000003e8000000005002faf000000000";
    private const string InnerEcho6 = "6000000000083a40fd000001000000000000000000000001fd000002000000000000000000000001"
        + "80000000004d0003";

    private static readonly string Vxlan4 = OuterMacs + "0800" + "45000074123400004011" + "0000ac100102ac100203"
        + "c35012b500600000" + "0800000000100000" + InnerMacs + "0800" + InnerSyn;

    private static readonly string Vxlan4WithOptions = OuterMacs + "0800" + "47000074123400004011" + "0000ac100102ac100203"
        + "0101010101010101" + "c35012b500600000" + "0800000000100000" + InnerMacs + "0800" + InnerSyn;

    private static readonly string Vxlan6 = OuterMacs + "86dd" + "6000000000001140"
        + "fd000001000000000000000000000002fd000001000000000000000000000003"
        + "c35012b500600000" + "0800000000000700" + InnerMacs + "86dd" + InnerEcho6;

    private static readonly string Plain = OuterMacs + "0800" + InnerSyn;

    private static readonly string Geneve = OuterMacs + "0800" + "45000074123400004011" + "0000ac100102ac100203"
        + "c35017c100600000" + "0200655800000700" + "0102800000000000" + InnerMacs + "0800" + InnerSyn;

    private static readonly string IpIp = OuterMacs + "0800" + "45000074123400004004" + "0000ac100102ac100203" + InnerSyn;

    private static readonly string SixInFour =
        OuterMacs + "0800" + "45000074123400004029" + "0000ac100102ac100203" + InnerEcho6;

    private static readonly string[] Table = [.. File
        .ReadAllLines(Path.Combine(AppContext.BaseDirectory, "fixtures", "filters", "pcap.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')];

    [Theory]
    [InlineData("vxlan", "v4 v4o v6")]
    [InlineData("vxlan 4096", "v4 v4o")]
    [InlineData("vxlan 7", "v6")]
    [InlineData("vxlan and host 10.65.0.1", "v4 v4o")]
    [InlineData("vxlan and tcp port 80", "v4 v4o")]
    [InlineData("vxlan and ether host 02:00:00:00:01:0a", "v4 v4o v6")]
    [InlineData("vxlan and icmp6[icmp6type] = icmp6-echo", "v6")]
    [InlineData("host 172.16.1.2 and vxlan and dst host 10.65.0.66", "v4 v4o")]
    [InlineData("vxlan and host 172.16.1.2", "")]
    [InlineData("not vxlan", "plain geneve ipip 6in4")]
    [InlineData("vxlan or host 10.65.0.1", "v4 v4o v6 plain")]
    [InlineData("inner host 10.65.0.1", "v4 v4o geneve ipip")]
    [InlineData("inner tcp port 80", "v4 v4o geneve ipip")]
    [InlineData("inner icmp6", "v6 6in4")]
    [InlineData("inner (tcp and dst host 10.65.0.66)", "v4 v4o geneve ipip")]
    [InlineData("inner host 10.65.0.1 or host 10.65.0.1", "v4 v4o geneve ipip plain")]
    [InlineData("host 172.16.1.2 and inner net fd00:1::/64", "6in4")]
    [InlineData("inner ether host 02:00:00:00:01:0a", "v4 v4o v6 geneve")]
    [InlineData("inner ip[9] = 6", "v4 v4o geneve ipip")]
    [InlineData("inner tcp[tcpflags] & tcp-syn != 0", "v4 v4o geneve ipip")]
    [InlineData("not inner tcp", "v6 6in4 plain")]
    [InlineData("inner not tcp", "v6 6in4")]
    [InlineData("udp and not inner ip6", "v4 v4o geneve")]
    [InlineData("geneve and host 10.65.0.1", "geneve")]
    public void Filters_look_into_tunnels(string text, string matched)
    {
        PacketFilter filter = Compile(text);
        (string Name, string Hex)[] packets =
        [
            ("v4", Vxlan4), ("v4o", Vxlan4WithOptions), ("v6", Vxlan6), ("geneve", Geneve), ("ipip", IpIp),
            ("6in4", SixInFour), ("plain", Plain),
        ];
        Assert.Equal(
            matched.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            packets.Where(packet => Wants(filter, packet.Hex)).Select(packet => packet.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ip6 protochain 6", "86dd6000000000003c40fd000001000000000000000000000001fd000002000000000000000000000001"
        + "0000010400000000" + "0600010400000000" + "c001005000", true)]
    [InlineData("ip6 protochain 17", "86dd6000000000003c40fd000001000000000000000000000001fd000002000000000000000000000001"
        + "0000010400000000" + "0600010400000000" + "c001005000", false)]
    [InlineData("ip6 protochain 0", "86dd6000000000003c40fd000001000000000000000000000001fd000002000000000000000000000001"
        + "0000010400000000" + "0600010400000000" + "c001005000", true)]
    [InlineData("ip protochain 6", "08004500002800000000403300000a4100010a410042" + "060400000000000100000001000000000000000000000000"
        + "c001005000", true)]
    [InlineData("protochain \\tcp", "08004500002800000000400600000a4100010a410042" + "c001005000", true)]
    [InlineData("protochain 58", "08004500002800000000400600000a4100010a410042" + "c001005000", false)]
    public void A_chain_of_headers_is_followed(string text, string frame, bool isWanted) =>
        Assert.Equal(isWanted, Wants(Compile(text), OuterMacs + frame));

    [Theory]
    [InlineData("host web", Plain1, true)]
    [InlineData("src web", Plain1, true)]
    [InlineData("dst web", Plain1, false)]
    [InlineData("ip6 host web", Plain1, false)]
    [InlineData("port 80 and not host web", Plain1, false)]
    public void Names_of_hosts_are_their_addresses(string text, string frame, bool isWanted) =>
        Assert.Equal(isWanted, Wants(Compile(text), frame));

    private const string Plain1 = OuterMacs + "0800" + InnerSyn;

    [Theory]
    [InlineData("host", 4, "a host's address or name is expected, not the end")]
    [InlineData("hosst 10.0.0.1", 0, "is 'host' meant?")]
    [InlineData("10.0.0.1", 0, "host 10.0.0.1")]
    [InlineData("host 10.0.0.256", 5, "is no IPv4 address")]
    [InlineData("host 10.0.0.1 and", 17, "not the end")]
    [InlineData("host 10.0.0.1 10.0.0.2", 14, "'and', 'or' or the end is expected")]
    [InlineData("(tcp", 4, "')' is expected")]
    [InlineData("tcp)", 3, "'and', 'or' or the end is expected, not ')'")]
    [InlineData("net 10.0.0.1/8", 4, "is 10.0.0.0 meant?")]
    [InlineData("net 10.0.0.0/33", 13, "0 to 32")]
    [InlineData("net fd00::/129", 11, "0 to 128")]
    [InlineData("host 10.0.0.0/8", 5, "goes with 'net'")]
    [InlineData("port 70000", 5, "65535")]
    [InlineData("port nosuch", 5, "'nosuch' is not known")]
    [InlineData("tcp port ntp", 9, "udp")]
    [InlineData("icmp port 80", 10, "a port goes with")]
    [InlineData("ip[0:3] = 1", 5, "1, 2 or 4 bytes")]
    [InlineData("ip[0] = ", 8, "a number, 'len' or a byte")]
    [InlineData("ip[0", 4, "']' is expected")]
    [InlineData("ip[0] + 1", 9, "a comparison")]
    [InlineData("ip[0] / 0 = 1", 8, "divided by zero")]
    [InlineData("ip[0] / (1 - 1) = 1", 9, "divided by zero")]
    [InlineData("1 << 32 = 0", 5, "32 bits")]
    [InlineData("vlan 5000", 5, "4095")]
    [InlineData("vxlan 16777216", 6, "16777215")]
    [InlineData("ether 10.0.0.1", 6, "'host', 'proto'")]
    [InlineData("ether host 10.0.0.1", 11, "a MAC address is expected")]
    [InlineData("host 02:00:00:00:00:01", 5, "goes with 'ether host'")]
    [InlineData("host nobody", 5, "nobody of the name 'nobody'")]
    [InlineData("tcp and 80", 10, "a comparison")]
    [InlineData("gateway web", 0, "does not know")]
    [InlineData("ip proto nosuch", 9, "'nosuch' is not known")]
    [InlineData("tcp proto 6", 10, "'proto' goes with")]
    [InlineData("tcp ; udp", 4, "';' has no meaning")]
    [InlineData("host \u00e4", 5, "has no meaning")]
    [InlineData("099 = 1", 0, "is no number")]
    [InlineData("4294967296 = 1", 0, "is no number")]
    [InlineData("ip broadcast", 0, "mask")]
    [InlineData("mpls and arp", 9, "behind MPLS")]
    public void What_is_wrong_is_said_with_its_place(string text, int at, string says)
    {
        Assert.False(PacketFilter.TryCompile(text, Options(LinkType.Ethernet), out _, out FilterError? error));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(at, error.At);
    }

    [Fact]
    public void A_filter_for_a_link_type_that_is_not_known_is_refused_and_the_empty_one_lets_all_through()
    {
        Assert.False(PacketFilter.TryCompile("tcp", Options((LinkType)147), out _, out FilterError? error));
        Assert.Contains("147", error.Message, StringComparison.Ordinal);
        Assert.True(PacketFilter.TryCompile("", Options((LinkType)147), out PacketFilter? all, out _));
        Assert.Single(all.Program.Instructions);
        Assert.True(Wants(all, "00"));
    }

    [Fact]
    public void Limits_are_kept_and_said()
    {
        string[] tooMuch =
        [
            new string('(', 200) + "tcp" + new string(')', 200),
            string.Concat(Enumerable.Repeat("not ", 200)) + "tcp",
            new string('-', 200) + "1 = 1",
            "ip[" + string.Concat(Enumerable.Repeat("ip[", 200)),
            string.Join(" ^ ", Enumerable.Repeat("ip[0]", 200)) + " = 1",
            string.Join(" or ", Enumerable.Repeat("host 10.0.0.1", 1_001)),
            string.Join(" or ", Enumerable.Range(0, 999).Select(i => $"port {i} and ip[{i}] = ip[{i + 1}]")),
            string.Concat(Enumerable.Repeat("vxlan and ", 20)) + "ip",
            new string(' ', PacketFilter.TextLengthMax + 1),
        ];
        foreach (string text in tooMuch)
        {
            Assert.False(PacketFilter.TryCompile(text, Options(LinkType.Ethernet), out _, out FilterError? error), text);
            Assert.NotEqual("", error.Message);
        }

        Assert.True(PacketFilter.TryCompile(
            string.Join(" or ", Enumerable.Range(1, 100).Select(i => $"tcp dst port {i}")), Options(LinkType.Ethernet), out _, out _));
    }

    [Fact]
    public void The_same_text_is_the_same_program()
    {
        foreach (string text in Table)
        {
            if (PacketFilter.TryCompile(text, Options(LinkType.Ethernet), out PacketFilter? first, out _))
            {
                Assert.Equal(first.Program.ToString(), Compile(text).Program.ToString());
            }
        }
    }

    [Fact]
    public void A_live_filter_finds_the_tag_beside_the_packet_and_in_it()
    {
        FilterOptions live = Options(LinkType.Ethernet) with { IsLive = true };
        Assert.True(PacketFilter.TryCompile("vlan 100 and tcp port 80", live, out PacketFilter? filter, out FilterError? error),
            error?.Message);
        byte[] without = Hex.ToBytes(Plain);
        byte[] with = Hex.ToBytes(OuterMacs + "81000064" + "0800" + InnerSyn);
        byte[] other = Hex.ToBytes(OuterMacs + "81000065" + "0800" + InnerSyn);
        uint length = (uint)with.Length;
        Assert.NotEqual(0u, filter.Program.Run(without, length, new BpfAncillary { VlanTag = 0x2064 }));
        Assert.Equal(0u, filter.Program.Run(without, length, new BpfAncillary { VlanTag = 0x2065 }));
        Assert.Equal(0u, filter.Program.Run(without, length, default));
        Assert.NotEqual(0u, filter.Program.Run(with, length, default));
        Assert.Equal(0u, filter.Program.Run(other, length, default));
    }

    [Fact]
    public void The_direction_is_what_the_capture_says()
    {
        Assert.NotEqual(0u, Compile("outbound").Program.Run(
            [], 0, new BpfAncillary { PacketType = BpfAncillary.Outgoing }));
        Assert.Equal(0u, Compile("inbound").Program.Run([], 0, new BpfAncillary { PacketType = BpfAncillary.Outgoing }));
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        string[] pieces =
        [
            "host", "net", "port", "(", ")", "not", "and", "or", "[", "]", ":", "ip", "tcp", "vlan", "inner", "vxlan",
            "10.0.0.1", "fd00::1", "02:00:00:00:00:01", "80", "1", "=", "<", "&", "-", "/", "mask", "\\tcp", "src", "dst",
            "proto", "protochain", "geneve", "mpls", "pppoes", "len", "%", "^", "<<", "web", "80-90", "portrange", "!",
            "less", "byte", "ether", "broadcast", "\u00fc", "\0", "::", "0x", "'",
        ];
        ulong state = 0x2545F4914F6CDD1D;
        int accepted = 0;
        for (int i = 0; i < 100_000; i++)
        {
            StringBuilder text = new(Table[i % Table.Length]);
            for (int change = 0; change <= i % 3; change++)
            {
                state = Next(state);
                int at = (int)((state >> 33) % (ulong)(text.Length + 1));
                string piece = pieces[(int)((state >> 12) % (ulong)pieces.Length)];
                if ((state & 1) == 0 && at < text.Length)
                {
                    _ = text.Remove(at, Math.Min(text.Length - at, 1 + (int)(state >> 4 & 3)));
                }
                else
                {
                    _ = text.Insert(at, (state & 2) == 0 ? piece : $" {piece} ");
                }
            }

            LinkType link = i % 7 == 0 ? LinkType.Raw : LinkType.Ethernet;
            string mutated = text.ToString();
            if (PacketFilter.TryCompile(mutated, Options(link), out PacketFilter? filter, out FilterError? error))
            {
                accepted++;
                _ = filter.Program.Run(Hex.ToBytes(Vxlan4), 100, default);
            }
            else
            {
                Assert.InRange(error.At, 0, mutated.Length);
            }
        }

        Assert.InRange(accepted, 1_000, 99_000);
    }

    private static FilterOptions Options(LinkType link) => new() { LinkType = link, Names = new OneName() };

    private static PacketFilter Compile(string text)
    {
        Assert.True(
            PacketFilter.TryCompile(text, Options(LinkType.Ethernet), out PacketFilter? filter, out FilterError? error),
            error?.Show(text));
        return filter;
    }

    private static bool Wants(PacketFilter filter, string hex)
    {
        byte[] packet = Hex.ToBytes(hex);
        return filter.Program.Run(packet, (uint)packet.Length, default) != 0;
    }

    private static ulong Next(ulong state)
    {
        unchecked
        {
            state ^= state << 13;
            state ^= state >> 7;
            return state ^ (state << 17);
        }
    }

    private sealed class OneName : IFilterNames
    {
        public IReadOnlyList<IpAddress> AddressesOf(string name) =>
            name == "web" ? [IpAddress.Parse("10.65.0.1"), IpAddress.Parse("fd00:1::1")] : [];
    }
}
