using System.Buffers;
using System.Linq;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Xunit;

namespace Weft.Tests.Net.Captures;

public sealed class PcapNgWriterTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        ArrayBufferWriter<byte> output = new();
        PcapNgWriter writer = new(output);
        writer.WriteSection("Linux", "weft");
        Assert.Equal(0, writer.WriteInterface(
            new CaptureInterface { LinkType = LinkType.Ethernet, Name = "eth0", Description = "node n1", SnapLength = 96 },
            "tcp port 80"));
        Assert.Equal(1, writer.WriteInterface(new CaptureInterface { LinkType = LinkType.Raw, Name = "tun" }));
        writer.WriteNames(
        [
            new ResolvedName(IpAddress.Parse("10.65.0.1"), "shop/web"),
            new ResolvedName(IpAddress.Parse("fd00::1"), "n1"),
        ]);
        writer.WritePacket(0, 1_700_000_000_123_456_789, Hex.ToBytes("0102030405"), 1500, PacketDirection.Inbound, "Grüße");
        writer.WritePacket(1, 1_700_000_000_123_456_790, Hex.ToBytes("45"), 1);
        writer.WritePacket(0, -5, [], 0, PacketDirection.Outbound);
        writer.WriteStatistics(0, 1_700_000_000_000_000_000, 12, 5);

        ReadCapture capture = ReadCapture.Of(output.WrittenSpan.ToArray());
        Assert.Equal((CaptureStep.End, null), (capture.End, capture.Reader.Problem));
        Assert.Equal(
            [
                new ReadPacket(
                    "0102030405", 1500, 1_700_000_000_123_456_789, true, "eth0", LinkType.Ethernet,
                    PacketDirection.Inbound, "Grüße"),
                new ReadPacket(
                    "45", 1, 1_700_000_000_123_456_790, true, "tun", LinkType.Raw, PacketDirection.Unknown, ""),
                new ReadPacket("", 0, 0, true, "eth0", LinkType.Ethernet, PacketDirection.Outbound, ""),
            ],
            capture.Packets);
        Assert.Equal(["eth0: node n1, 96", "tun: , 0"], capture.Reader.Interfaces
            .Select(source => $"{source.Name}: {source.Description}, {source.SnapLength}"));
        Assert.Equal(["10.65.0.1 shop/web", "fd00::1 n1"], capture.Reader.Names
            .Select(name => $"{name.Address} {name.Name}"));
        InterfaceStatistics counted = Assert.Single(capture.Reader.Statistics);
        Assert.Equal(("eth0", 12ul, 5ul), (counted.Interface.Name, counted.Received, counted.Dropped));
    }

    [Fact]
    public void More_names_than_a_block_holds_go_into_several()
    {
        ArrayBufferWriter<byte> output = new();
        PcapNgWriter writer = new(output);
        writer.WriteSection("Linux", "weft");
        ResolvedName[] names = [.. Enumerable.Range(0, 20_000).Select(i => new ResolvedName(
            new IpAddress(new Ipv4Address((uint)i)), $"workload-{i}"))];
        writer.WriteNames(names);
        Assert.Equal(names, ReadCapture.Of(output.WrittenSpan.ToArray()).Reader.Names);
    }

    [Fact]
    public void A_text_too_long_is_cut_between_characters()
    {
        ArrayBufferWriter<byte> output = new();
        PcapNgWriter writer = new(output);
        writer.WriteSection("Linux", "weft");
        string name = "x" + new string('ü', PcapNgWriter.TextLengthMax);
        _ = writer.WriteInterface(new CaptureInterface { LinkType = LinkType.Ethernet, Name = name });
        string? read = Assert.Single(ReadCapture.Of(output.WrittenSpan.ToArray()).Reader.Interfaces).Name;
        Assert.Equal("x" + new string('ü', (PcapNgWriter.TextLengthMax - 1) / 2), read);
    }
}
