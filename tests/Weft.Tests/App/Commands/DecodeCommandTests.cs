using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Weft.App.Packets;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Decoding.Output;
using Weft.Net.Packets;
using Xunit;

namespace Weft.Tests.App.Commands;

public sealed class DecodeCommandTests
{
    // An echo request inside VXLAN: two frames, two IP packets.
    private const string Tunnelled =
        "0200ac1002010200ac1001020800" + "45000086000040004011df41ac100102ac100203" + "c35012b500720000" + "0800000000100000"
        + "02aabbccdd0202aabbccdd010800" + "4500005400014000400125e4" + "0a4100010a410042" + "0800f7ff00000000"
        + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637";

    private const string Handshake =
        "02005e00000202005e0000010800" + "4500003c00004000400625f80a4100010a410042"
        + "9c401388000000070000000aa002fa0089600000020405b40402080a000000010000000001030307";

    [Fact]
    public void A_line_reads_from_the_outermost_packet_to_the_innermost()
    {
        string line = Show(PacketStyle.Line, Tunnelled);
        Assert.Contains("IP 172.16.1.2.50000 > 172.16.2.3.vxlan: VXLAN vni 4096: IP 10.65.0.1 > 10.65.0.66: ICMP echo request, id 0, seq 0", line, StringComparison.Ordinal);
        Assert.Equal(1, line.Count(c => c == '\n'));
    }

    [Fact]
    public void A_line_has_words_where_the_packet_has_numbers()
    {
        string line = Show(PacketStyle.Line, Handshake);
        Assert.Contains("IP 10.65.0.1.40000 > 10.65.0.66.5000: TCP SYN, seq 7, win 64000, options [MSS 1460, SACK permitted, timestamp 1 echo 0, window scale 7], length 0\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_has_flat_layers_with_Wiresharks_names_and_tsharks_values()
    {
        string text = Show(PacketStyle.Json, Tunnelled);
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        Assert.Equal(1, root.GetProperty("number").GetInt32());
        Assert.Equal("2023-11-14T22:13:20.000000123Z", root.GetProperty("time").GetString());
        JsonElement[] layers = [.. root.GetProperty("layers").EnumerateArray()];
        Assert.Equal(
            ["eth", "ip", "udp", "vxlan", "eth", "ip", "icmp", "data"],
            layers.Select(layer => layer.GetProperty("name").GetString()));
        Assert.Equal([0, 14, 34, 42, 50, 64, 84, 92], layers.Select(layer => layer.GetProperty("offset").GetInt32()));
        Assert.Equal("4096", layers[3].GetProperty("fields").GetProperty("vxlan.vni").GetString());
        Assert.Equal("0x0800", layers[4].GetProperty("fields").GetProperty("eth.type").GetString());
        Assert.Equal("10.65.0.1", layers[5].GetProperty("fields").GetProperty("ip.src").GetString());
        Assert.Equal(
            ["10.65.0.1", "10.65.0.66"],
            layers[5].GetProperty("fields").GetProperty("ip.addr").EnumerateArray().Select(value => value.GetString()));
        Assert.All(layers, layer => Assert.Equal(JsonValueKind.Array, layer.GetProperty("problems").ValueKind));
    }

    [Fact]
    public void A_tree_says_place_value_meaning_and_name_of_each_field()
    {
        string tree = Show(PacketStyle.Tree, Tunnelled);
        Assert.Contains("  23+1          protocol: 17 (UDP)  [ip.proto]", tree, StringComparison.Ordinal);
        Assert.Contains("  20.1+1 bit      don't fragment: 1  [ip.flags.df]", tree, StringComparison.Ordinal);
    }

    [Fact]
    public void Boxes_are_drawn_as_the_books_draw_them()
    {
        string boxes = Show(PacketStyle.Boxes, Tunnelled);
        Assert.Contains(
            """
              +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
              |      source port: 50000       |destination port: 4789 (vxlan) |
              +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
              |          length: 114          |       checksum: 0x0000        |
              +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
            """,
            boxes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checksum_that_offload_left_unfinished_is_called_that_and_not_wrong()
    {
        // The sum of the pseudo header alone, as the kernel hands a segment to the network card.
        byte[] frame = Hex.ToBytes(Handshake);
        frame[50] = 0x14;
        frame[51] = 0xf3;
        string line = Show(PacketStyle.Line, Hex.Of(frame));
        Assert.Contains("is unfinished by offload, not wrong", line, StringComparison.Ordinal);
        frame[51] = 0xf4;
        Assert.Contains("tcp.checksum 0x14f4 is wrong", Show(PacketStyle.Line, Hex.Of(frame)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_malformed_is_shown_as_far_as_it_goes_and_said()
    {
        using MemoryStream output = new();
        PacketPrinter printer = new(output, PacketStyle.Line);
        byte[] frame = Hex.ToBytes(Handshake);
        frame[14] = 0x43; // A header of three words.
        string? trouble = printer.Print(frame, 1, new PacketFacts(1, null, frame.Length, frame.Length));
        Assert.Equal("ip.hdr_len: 12, 20 expected", trouble);
    }

    [Fact]
    public void Fragments_are_named_and_joined_on_demand()
    {
        byte[] datagram = Hex.ToBytes("03e807d0001800000102030405060708" + "090a0b0c0d0e0f10");
        using MemoryStream output = new();
        PacketPrinter printer = new(output, PacketStyle.Line, joinsFragments: true);
        printer.Print(Fragment(datagram.AsSpan(16), 16, hasMore: false), 101, new PacketFacts(1, null, 28, 28));
        printer.Print(Fragment(datagram.AsSpan(0, 16), 0, hasMore: true), 101, new PacketFacts(2, null, 36, 36));
        printer.Flush();
        string[] lines = System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.Equal("IP 10.65.0.1 > 10.65.0.66: UDP fragment 0x0005 at byte 16, the last, length 8", lines[0]);
        Assert.Equal(
            "IP 10.65.0.1.1000 > 10.65.0.66.2000: UDP fragment 0x0005 at byte 0, more to come, UDP, length 16", lines[1]);
    }

    private static byte[] Fragment(ReadOnlySpan<byte> payload, int offset, bool hasMore)
    {
        SpanWriter writer = new(new byte[100]);
        Ipv4Header header = new(IpAddress.Parse("10.65.0.1").V4, IpAddress.Parse("10.65.0.66").V4, IpProtocol.Udp)
        {
            Identification = 5,
            FragmentOffset = offset,
            MoreFragments = hasMore,
        };
        Assert.True(header.TryWrite(ref writer, payload.Length) && writer.TryWrite(payload));
        return writer.Written.ToArray();
    }

    private static string Show(PacketStyle style, string hex)
    {
        using MemoryStream output = new();
        PacketPrinter printer = new(output, style);
        byte[] frame = Hex.ToBytes(hex);
        printer.Print(frame, 1, new PacketFacts(1, 1_700_000_000_000_000_123, frame.Length, frame.Length));
        printer.Flush();
        return System.Text.Encoding.UTF8.GetString(output.ToArray());
    }
}
