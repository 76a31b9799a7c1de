using System;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;
using Xunit;

namespace Weft.Tests.Net.Packets;

public sealed class HeaderTests
{
    private static readonly Ipv4Address A4 = IpAddress.Parse("10.65.0.1").V4;
    private static readonly Ipv4Address B4 = IpAddress.Parse("10.65.0.66").V4;
    private static readonly Ipv6Address A6 = IpAddress.Parse("fd00:1::1").V6;
    private static readonly Ipv6Address B6 = IpAddress.Parse("fd00:2::1").V6;

    private delegate bool Writing(ref SpanWriter writer);

    [Theory]
    [InlineData("02005e00000202005e0000010800", null)]
    [InlineData("02005e00000202005e0000018100e00a0800", 0xE00A)]
    public void Ethernet(string hex, int? tag)
    {
        EthernetHeader header = new(
            MacAddress.Parse("02:00:5e:00:00:02"),
            MacAddress.Parse("02:00:5e:00:00:01"),
            EtherType.Ipv4,
            tag is { } value ? new VlanTag((ushort)value) : null);
        Assert.True(EthernetView.TryParse(Hex.ToBytes(hex), out EthernetView view));
        Assert.Equal(header, view.Header);
        AssertWrites(hex, (ref writer) => header.TryWrite(ref writer));
    }

    [Fact]
    public void Two_tags_are_read_from_the_outside_in()
    {
        byte[] frame = Hex.ToBytes("02005e00000202005e000001" + "88a82064" + "8100e00a" + "86dd" + "60");
        Assert.True(EthernetView.TryParse(frame, out EthernetView view));
        Assert.Equal(2, view.TagCount);
        Assert.Equal((100, 1), (view.Tag(0).Id, view.Tag(0).Priority));
        Assert.Equal((10, 7), (view.Tag(1).Id, view.Tag(1).Priority));
        Assert.Equal(EtherType.Ipv6, view.Type);
        Assert.Equal("60", Hex.Of(view.Payload));
    }

    [Fact]
    public void Arp()
    {
        const string Text = "0001080006040002" + "02005e000001" + "0a410001" + "02005e000002" + "0a410042";
        ArpMessage message = new(
            ArpOperation.Reply, MacAddress.Parse("02:00:5e:00:00:01"), A4, MacAddress.Parse("02:00:5e:00:00:02"), B4);
        Assert.True(ArpView.TryParse(Hex.ToBytes(Text), out ArpView view));
        Assert.Equal(message, view.Message);
        AssertWrites(Text, (ref writer) => message.TryWrite(ref writer));
    }

    [Theory]
    [InlineData("0002080006040002", "another link")]
    [InlineData("000186dd06040002", "another protocol")]
    [InlineData("0001080008040002", "a longer link address")]
    [InlineData("0001080006100002", "a longer protocol address")]
    public void Arp_for_anything_but_ipv4_over_ethernet_is_refused(string start, string why)
    {
        byte[] message = [.. Hex.ToBytes(start), .. new byte[20]];
        Assert.False(ArpView.TryParse(message, out _), why);
    }

    [Fact]
    public void Ipv4()
    {
        const string Text = "45b8001800074000401125520a4100010a410042";
        Ipv4Header header = new(A4, B4, IpProtocol.Udp) { TrafficClass = 0xB8, Identification = 7, DontFragment = true };
        byte[] packet = Hex.ToBytes(Text + "01020304" + "eeee");
        Assert.True(Ipv4View.TryParse(packet, out Ipv4View view));
        Assert.Equal(header, view.Header);
        Assert.True(view.IsChecksumRight);
        Assert.Equal("01020304", Hex.Of(view.Payload)); // Not the padding behind it.
        AssertWrites(Text, (ref writer) => header.TryWrite(ref writer, 4));
    }

    [Fact]
    public void Ipv4_with_options_and_fragments()
    {
        Ipv4Header header = new(A4, B4, IpProtocol.Udp) { MoreFragments = true, FragmentOffset = 1480, TimeToLive = 1 };
        byte[] buffer = new byte[40];
        SpanWriter writer = new(buffer);
        Assert.True(header.TryWrite(ref writer, 0, Hex.ToBytes("0194040000010000")));
        Assert.True(Ipv4View.TryParse(writer.Written, out Ipv4View view));
        Assert.Equal(header, view.Header);
        Assert.Equal(28, view.HeaderLength);
        Assert.True(OptionList.TryParse(view.Options, out OptionList options));
        OptionList.Enumerator walk = options.GetEnumerator();
        Assert.True(walk.MoveNext());
        Assert.Equal(0x94, walk.Current.Kind); // Router alert, RFC 2113.
        Assert.Equal("0000", Hex.Of(walk.Current.Data));
        Assert.False(walk.MoveNext());
    }

    [Theory]
    [InlineData("9401")] // Shorter than its own kind and length.
    [InlineData("94")]
    [InlineData("940500")]
    [InlineData("0101940400")]
    public void Options_that_run_over_the_header_are_refused(string hex)
    {
        Assert.False(OptionList.TryParse(Hex.ToBytes(hex), out _));
    }

    [Theory]
    [InlineData("5500001400000000400100000a4100010a410042", "not version 4")]
    [InlineData("4400001400000000400100000a4100010a410042", "a header of 16 bytes")]
    [InlineData("4600001800000000400100000a4100010a410042", "options that are not there")]
    [InlineData("4500001300000000400100000a4100010a410042", "shorter than its header")]
    [InlineData("4500001500000000400100000a4100010a410042", "longer than what is there")]
    public void Ipv4_that_contradicts_itself_is_refused(string hex, string why)
    {
        Assert.False(Ipv4View.TryParse(Hex.ToBytes(hex), out _), why);
    }

    [Fact]
    public void Ipv6()
    {
        const string Text = "6aa123450004" + "3aff" + "fd000001000000000000000000000001" + "fd000002000000000000000000000001";
        Ipv6Header header = new(A6, B6, IpProtocol.Icmpv6) { TrafficClass = 0xAA, FlowLabel = 0x12345, HopLimit = 255 };
        Assert.True(Ipv6View.TryParse(Hex.ToBytes(Text + "01020304" + "ee"), out Ipv6View view));
        Assert.Equal(header, view.Header);
        Assert.Equal("01020304", Hex.Of(view.Payload));
        AssertWrites(Text, (ref writer) => header.TryWrite(ref writer, 4));
    }

    [Fact]
    public void A_packet_that_an_icmp_error_quotes_is_read_although_it_is_cut()
    {
        byte[] quoted = Hex.ToBytes("450005dc00014000401120650a4100010a410042" + "c35000350000abcd");
        Assert.False(Ipv4View.TryParse(quoted, out _));
        Assert.True(Ipv4View.TryParseCut(quoted, out Ipv4View view));
        Assert.True(view.IsCut);
        Assert.Equal(B4, view.Destination);
        Assert.Equal(8, view.Payload.Length);
    }

    [Fact]
    public void Icmpv4()
    {
        const string Text = "0800" + "52a2" + "1234" + "0007" + "9322";
        Icmpv4Header header = Icmpv4Header.EchoRequest(0x1234, 7);
        Assert.True(Icmpv4View.TryParse(Hex.ToBytes(Text), out Icmpv4View view));
        Assert.Equal(header, view.Header);
        Assert.Equal((0x1234, 7), (view.Identifier, view.Sequence));
        Assert.True(view.IsChecksumRight);
        AssertWrites(Text, (ref writer) => header.TryWrite(ref writer, Hex.ToBytes("9322")));
        AssertWrites("0304f789" + "00000572", (ref writer) => Icmpv4Header.TooBig(1394).TryWrite(ref writer, []));
        AssertWrites("0301fcfe" + "00000000",
            (ref writer) => Icmpv4Header.Unreachable(Icmpv4UnreachableCode.Host).TryWrite(ref writer, []));
    }

    [Fact]
    public void Icmpv6()
    {
        Ipv6Header ip = new(A6, B6, IpProtocol.Icmpv6);
        byte[] buffer = new byte[64];
        SpanWriter writer = new(buffer);
        Assert.True(Icmpv6Header.TooBig(1380).TryWrite(ref writer, Hex.ToBytes("6000"), ip.PseudoHeader(10)));
        Assert.True(Icmpv6View.TryParse(writer.Written, out Icmpv6View view));
        Assert.Equal((Icmpv6Type.TooBig, 0, 1380u), (view.Type, view.Code, view.Mtu));
        Assert.True(view.IsChecksumRight(ip.PseudoHeader(10)));
        Assert.False(view.IsChecksumRight(ip.PseudoHeader(11)));
        Assert.Equal(Icmpv6Header.TooBig(1380), view.Header);
    }

    [Fact]
    public void Udp()
    {
        UdpHeader header = new(50_000, 53);
        Ipv4Header ip = new(A4, B4, IpProtocol.Udp);
        byte[] buffer = new byte[64];
        SpanWriter writer = new(buffer);
        Assert.True(header.TryWrite(ref writer, "abc"u8, ip.PseudoHeader(11)));
        Assert.True(UdpView.TryParse(writer.Written, out UdpView view));
        Assert.Equal(header, view.Header);
        Assert.Equal("abc"u8, view.Payload);
        Assert.True(view.IsChecksumRight(ip.PseudoHeader(11)));
        Assert.False(view.IsChecksumRight(ip.PseudoHeader(12)));
    }

    [Fact]
    public void A_udp_checksum_that_sums_to_zero_goes_out_as_all_ones()
    {
        byte[] buffer = new byte[64];
        SpanWriter writer = new(buffer);
        Assert.True(new UdpHeader(0, 0).TryWrite(ref writer, [0xFF, 0xF5], 0)); // Length 10 and 0xFFF5: 0xFFFF.
        Assert.True(UdpView.TryParse(writer.Written, out UdpView view));
        Assert.Equal(0xFFFF, view.Checksum);
        Assert.True(view.IsChecksumRight(0));
    }

    [Fact]
    public void Tcp()
    {
        TcpHeader header = new(49_153, 80, 0xFFFF_FFFF, 7, TcpFlags.Syn | TcpFlags.Ack, 64_240) { UrgentPointer = 3 };
        Ipv6Header ip = new(A6, B6, IpProtocol.Tcp);
        byte[] buffer = new byte[64];
        SpanWriter writer = new(buffer);
        Assert.True(header.TryWrite(ref writer, "x"u8, ip.PseudoHeader(25), Hex.ToBytes("020405b4")));
        Assert.Equal("c0010050ffffffff00000007" + "6012faf0", Hex.Of(writer.Written[..16]));
        Assert.True(TcpView.TryParse(writer.Written, out TcpView view));
        Assert.Equal(header, view.Header);
        Assert.True(view.IsChecksumRight(ip.PseudoHeader(25)));
        Assert.Equal("x"u8, view.Payload);
        Assert.Equal("020405b4", Hex.Of(view.Options));
    }

    [Fact]
    public void Vxlan()
    {
        AssertWrites("0800000000100000", (ref writer) => new VxlanHeader(new Vni(4096)).TryWrite(ref writer));
        Assert.False(VxlanView.TryParse(Hex.ToBytes("f700000000100000"), out _)); // Every bit but I.
        Assert.Throws<InvariantViolatedException>(() => new Vni(Vni.Max + 1));
    }

    [Fact]
    public void A_tunnelled_packet_is_read_layer_by_layer()
    {
        byte[] frame = Hex.ToBytes(SamplePackets.OuterFrame);
        Assert.True(EthernetView.TryParse(frame, out EthernetView outer));
        Assert.True(Ipv4View.TryParseCut(outer.Payload, out Ipv4View underlay));
        Assert.Equal("172.16.1.2 172.16.2.3", $"{underlay.Source} {underlay.Destination}");
        Assert.Equal(VxlanView.Port, NetworkOrder.ReadUInt16(underlay.Payload, 2));
        Assert.True(VxlanView.TryParse(underlay.Payload[UdpView.HeaderLength..], out VxlanView vxlan));
        Assert.Equal(new Vni(4096), vxlan.Vni);
        Assert.True(EthernetView.TryParse(vxlan.Frame, out EthernetView inner));
        Assert.True(Ipv4View.TryParseCut(inner.Payload, out Ipv4View overlay));
        Assert.Equal((A4, B4), (overlay.Source, overlay.Destination));
    }

    // Fits exactly, not in a byte less, and leaves what lies behind alone.
    private static void AssertWrites(string expected, Writing write)
    {
        int length = expected.Length / 2;
        byte[] buffer = new byte[length + 4];
        Array.Fill(buffer, (byte)0xA5);
        SpanWriter writer = new(buffer);
        Assert.True(write(ref writer));
        Assert.Equal(expected, Hex.Of(writer.Written));
        Assert.Equal("a5a5a5a5", Hex.Of(buffer.AsSpan(length)));
        SpanWriter tight = new(buffer.AsSpan(0, length));
        Assert.True(write(ref tight));
        SpanWriter small = new(buffer.AsSpan(0, length - 1));
        Assert.False(write(ref small));
        Assert.Equal(0, small.Position);
    }
}
