using System;
using System.Diagnostics;
using System.IO;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;
using Xunit;

namespace Weft.Tests.Linux.Net;

/// <summary>What we write, another program reads: tcpdump as second opinion, from a file, with no privilege.</summary>
public sealed class TcpdumpOpinionTests
{
    private static readonly MacAddress MacA = MacAddress.Parse("02:00:00:00:00:0a");
    private static readonly MacAddress MacB = MacAddress.Parse("02:00:00:00:00:0b");
    private static readonly Ipv4Address A4 = IpAddress.Parse("10.65.0.1").V4;
    private static readonly Ipv4Address B4 = IpAddress.Parse("10.65.0.66").V4;
    private static readonly Ipv6Address A6 = IpAddress.Parse("fd00:1::1").V6;
    private static readonly Ipv6Address B6 = IpAddress.Parse("fd00:2::1").V6;

    private delegate bool Writing(ref SpanWriter writer);

    [Fact]
    public void An_echo_inside_vxlan()
    {
        byte[] echo = Written((ref writer) => Icmpv4Header.EchoRequest(77, 3).TryWrite(ref writer, "weft"u8));
        byte[] inner = Frame(EtherType.Ipv4, (ref writer) => new Ipv4Header(A4, B4, IpProtocol.Icmpv4)
            .TryWrite(ref writer, echo.Length) && writer.TryWrite(echo));
        byte[] vxlan = Written((ref writer) =>
            new VxlanHeader(new Vni(4096)).TryWrite(ref writer) && writer.TryWrite(inner));
        Ipv4Header outer = new(IpAddress.Parse("172.16.1.2").V4, IpAddress.Parse("172.16.2.3").V4, IpProtocol.Udp)
        {
            DontFragment = true,
        };
        int length = UdpView.HeaderLength + vxlan.Length;
        byte[] frame = Frame(EtherType.Ipv4, (ref writer) => outer.TryWrite(ref writer, length)
            && new UdpHeader(50_000, VxlanView.Port).TryWrite(ref writer, vxlan, outer.PseudoHeader(length)));

        string told = Told(frame);
        Assert.Contains("172.16.1.2.50000 > 172.16.2.3.4789: [udp sum ok] VXLAN, flags [I] (0x08), vni 4096", told, StringComparison.Ordinal);
        Assert.Contains("10.65.0.1 > 10.65.0.66: ICMP echo request, id 77, seq 3, length 12", told, StringComparison.Ordinal);
        Assert.Contains("flags [DF]", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tcp_segment_over_ipv6_behind_a_tag()
    {
        Ipv6Header ip = new(A6, B6, IpProtocol.Tcp) { HopLimit = 9, FlowLabel = 0xABCDE };
        TcpHeader tcp = new(49_153, 80, 1_000, 7, TcpFlags.Syn | TcpFlags.Ack, 64_240);
        byte[] frame = Written((ref writer) =>
            new EthernetHeader(MacB, MacA, EtherType.Ipv6, new VlanTag(0xE00A)).TryWrite(ref writer)
            && ip.TryWrite(ref writer, 24)
            && tcp.TryWrite(ref writer, [], ip.PseudoHeader(24), [2, 4, 0x05, 0xB4]));

        string told = Told(frame);
        Assert.Contains("vlan 10, p 7", told, StringComparison.Ordinal);
        Assert.Contains("flowlabel 0xabcde, hlim 9", told, StringComparison.Ordinal);
        Assert.Contains("fd00:1::1.49153 > fd00:2::1.80: Flags [S.]", told, StringComparison.Ordinal);
        Assert.Contains("(correct)", told, StringComparison.Ordinal);
        Assert.Contains("seq 1000, ack 7, win 64240, options [mss 1460]", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_packet_that_was_too_big_in_both_families()
    {
        byte[] quoted = Written((ref writer) => new Ipv4Header(A4, B4, IpProtocol.Udp).TryWrite(ref writer, 8)
            && writer.TryReserve(8, out _));
        byte[] icmp = Written((ref writer) => Icmpv4Header.TooBig(1450).TryWrite(ref writer, quoted));
        string told = Told(Frame(EtherType.Ipv4, (ref writer) =>
            new Ipv4Header(B4, A4, IpProtocol.Icmpv4).TryWrite(ref writer, icmp.Length) && writer.TryWrite(icmp)));
        Assert.Contains("ICMP 10.65.0.66 unreachable - need to frag (mtu 1450)", told, StringComparison.Ordinal);

        Ipv6Header ip = new(B6, A6, IpProtocol.Icmpv6);
        told = Told(Frame(EtherType.Ipv6, (ref writer) => ip.TryWrite(ref writer, 8)
            && Icmpv6Header.TooBig(1430).TryWrite(ref writer, [], ip.PseudoHeader(8))));
        Assert.Contains("[icmp6 sum ok] ICMP6, packet too big, mtu 1430", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_for_a_neighbour()
    {
        ArpMessage question = new(ArpOperation.Request, MacA, A4, default, B4);
        string told = Told(Frame(EtherType.Arp, (ref writer) => question.TryWrite(ref writer)));
        Assert.Contains("Request who-has 10.65.0.66 tell 10.65.0.1, length 28", told, StringComparison.Ordinal);
    }

    private static byte[] Frame(EtherType type, Writing payload) => Written((ref writer) =>
        new EthernetHeader(MacB, MacA, type).TryWrite(ref writer) && payload(ref writer));

    private static byte[] Written(Writing write)
    {
        SpanWriter writer = new(new byte[256]);
        Assert.True(write(ref writer));
        return writer.Written.ToArray();
    }

    private static string Told(byte[] frame)
    {
        // A pcap file of one frame: magic, version 2.4, snap length, Ethernet; then time, lengths, bytes.
        SpanWriter writer = new(new byte[512]);
        Assert.True(writer.TryWriteNetworkUInt32(0xA1B2C3D4) && writer.TryWriteNetworkUInt32(0x0002_0004)
            && writer.TryWriteNetworkUInt64(0) && writer.TryWriteNetworkUInt32(65_535)
            && writer.TryWriteNetworkUInt32(1) && writer.TryWriteNetworkUInt64(0)
            && writer.TryWriteNetworkUInt32((uint)frame.Length) && writer.TryWriteNetworkUInt32((uint)frame.Length)
            && writer.TryWrite(frame));
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, writer.Written);
            ProcessStartInfo start = new("tcpdump", ["-nn", "-vvv", "-e", "-t", "-r", path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process tcpdump = Process.Start(start)!;
            string told = tcpdump.StandardOutput.ReadToEnd();
            tcpdump.WaitForExit();
            Assert.DoesNotContain("bad", told, StringComparison.Ordinal);
            Assert.DoesNotContain("incorrect", told, StringComparison.Ordinal);
            return told;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
