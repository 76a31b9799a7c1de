using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Weft.Net;
using Weft.Net.Captures;
using Xunit;

namespace Weft.Tests.Net.Captures;

public sealed class CaptureReaderTests
{
    private const int MutationsPerFile = 100_000;

    [Theory]
    [InlineData(0xA1B2C3D4, false, 2_000)]
    [InlineData(0xA1B2C3D4, true, 2_000)]
    [InlineData(0xA1B23C4D, false, 2)]
    [InlineData(0xA1B23C4D, true, 2)]
    public void Pcap_of_either_order_and_unit(uint magic, bool isBigEndian, long fraction)
    {
        ReadCapture capture = ReadCapture.Of(new CaptureFiles(isBigEndian).PcapHeader(magic, 2, 4, 1, 100)
            .PcapRecord(3_000_000_000, 2, 2, 1500, "aabb").PcapRecord(1, 0, 0, 0, "").Bytes);
        Assert.Equal(CaptureStep.End, capture.End);
        Assert.Equal(
            [
                new ReadPacket(
                    "aabb", 1500, 3_000_000_000_000_000_000 + fraction, true, null, LinkType.Ethernet,
                    PacketDirection.Unknown, ""),
                new ReadPacket("", 0, 1_000_000_000, true, null, LinkType.Ethernet, PacketDirection.Unknown, ""),
            ],
            capture.Packets);
        Assert.Equal(100u, Assert.Single(capture.Reader.Interfaces).SnapLength);
    }

    [Theory]
    [InlineData(4, PacketDirection.Outbound)]
    [InlineData(0, PacketDirection.Inbound)]
    public void The_modified_pcap_says_which_way_a_packet_went(byte packetType, PacketDirection direction)
    {
        ReadPacket packet = Assert.Single(ReadCapture.Of(new CaptureFiles(false).PcapHeader(0xA1B2CD34, 2, 4, 1)
            .U32(1).U32(2).U32(1).U32(1).U32(7).U16(8).Raw([packetType, 0]).Raw([0xAA]).Bytes).Packets);
        Assert.Equal(("aa", direction), (packet.Hex, packet.Direction));
    }

    [Theory]
    [InlineData(2, 2, 60, 2)]
    [InlineData(2, 3, 60, 2)]
    [InlineData(2, 3, 2, 60)]
    [InlineData(2, 4, 2, 60)]
    [InlineData(543, 0, 60, 2)]
    public void Old_versions_had_the_two_lengths_the_other_way_round(ushort major, ushort minor, uint first, uint second)
    {
        ReadPacket packet = Assert.Single(ReadCapture.Of(new CaptureFiles(true).PcapHeader(0xA1B2C3D4, major, minor, 1)
            .PcapRecord(1, 2, first, second, "aabb").Bytes).Packets);
        Assert.Equal(("aabb", 60u), (packet.Hex, packet.Length));
    }

    [Theory]
    [InlineData(12u, LinkType.Raw, null)]
    [InlineData(14u, LinkType.Raw, null)]
    [InlineData(276u, LinkType.LinuxCooked2, null)]
    [InlineData(0x2400_0001u, LinkType.Ethernet, 4)]
    public void The_link_types_word_has_more_in_it(uint word, LinkType linkType, int? frameCheck)
    {
        CaptureInterface only = Assert.Single(
            ReadCapture.Of(new CaptureFiles(false).PcapHeader(0xA1B2C3D4, 2, 4, word).Bytes).Reader.Interfaces);
        Assert.Equal((linkType, frameCheck), (only.LinkType, only.FrameCheckLength));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_with_all_that_it_says(bool isBigEndian)
    {
        ReadCapture capture = ReadCapture.Of(CaptureFiles.Samples[$"pcapng {isBigEndian}"]);
        Assert.Equal((CaptureStep.End, null), (capture.End, capture.Reader.Problem));
        Assert.Equal(
            [
                new("aabbccdd", 4, 1_000_000_000, true, "eth0", LinkType.Ethernet, PacketDirection.Unknown, ""),
                new("aabb", 1500, 4_000_000_000, true, "eth1", LinkType.Raw, PacketDirection.Outbound, "odd one"),
                new("11", 1, -1_000_000_000 + 7, true, "eth1", LinkType.Raw, PacketDirection.Unknown, ""),
                new("0102030405", 5, 0, false, "eth0", LinkType.Ethernet, PacketDirection.Unknown, ""),
                new("01", 1, 2_000, true, "other", LinkType.LinuxCooked2, PacketDirection.Unknown, ""),
            ],
            (IEnumerable<ReadPacket>)capture.Packets);
        Assert.Equal(
            [("10.0.0.1", "a"), ("10.0.0.1", "b"), ("::1", "c")],
            capture.Reader.Names.Select(name => (name.Address.ToString(), name.Name)));
        InterfaceStatistics counted = Assert.Single(capture.Reader.Statistics);
        Assert.Equal(("eth1", 10ul, 3ul), (counted.Interface.Name, counted.Received, counted.Dropped));
        Assert.Equal("about eth1", counted.Interface.Description);
    }

    [Fact]
    public void Sections_may_differ_in_their_order_of_bytes()
    {
        ReadCapture capture = ReadCapture.Of(
            [.. CaptureFiles.Samples["pcapng False"], .. CaptureFiles.Samples["pcapng True"]]);
        Assert.Equal((CaptureStep.End, 10), (capture.End, capture.Packets.Count));
        Assert.Equal(capture.Packets.Take(5), capture.Packets.Skip(5));
    }

    [Theory]
    [InlineData((byte)0, 5ul, 0, 5_000_000_000)]
    [InlineData((byte)3, 5ul, 0, 5_000_000)]
    [InlineData((byte)9, 5ul, 0, 5)]
    [InlineData((byte)12, 5_999ul, 0, 5)]
    [InlineData((byte)127, ulong.MaxValue, 0, 0)]
    [InlineData((byte)0x81, 3ul, 0, 1_500_000_000)]
    [InlineData((byte)0xA0, 0x1_8000_0000ul, 0, 1_500_000_000)]
    [InlineData((byte)6, 5ul, -2, -1_999_995_000)]
    [InlineData((byte)0, ulong.MaxValue, long.MaxValue, long.MaxValue)]
    [InlineData((byte)0, 0ul, long.MinValue, long.MinValue)]
    public void Time_in_the_interfaces_own_unit(byte resolution, ulong ticks, long offset, long nanoseconds)
    {
        CaptureInterface source = new()
        {
            LinkType = LinkType.Ethernet,
            TimeResolution = resolution,
            TimeOffsetSeconds = offset,
        };
        Assert.Equal(nanoseconds, source.UnixNanosecondsOf(ticks));
    }

    [Fact]
    public void A_simple_packet_is_cut_at_the_snap_length()
    {
        ReadPacket packet = Assert.Single(ReadCapture.Of(new CaptureFiles(false).Section().Interface("a", snapLength: 3)
            .Block(3, body => body.U32(9).Padded([1, 2, 3])).Bytes).Packets);
        Assert.Equal(("010203", 9u), (packet.Hex, packet.Length));
    }

    public static TheoryData<string, byte[], CaptureStep, string> Wrong() => new()
    {
        { "empty", [], CaptureStep.NotACapture, "empty" },
        { "short", [0xA1, 0xB2], CaptureStep.NotACapture, "4 bytes of header are needed" },
        { "header cut", [0xA1, 0xB2, 0xC3, 0xD4, 0], CaptureStep.NotACapture, "24 bytes of header" },
        { "text", Encoding.ASCII.GetBytes("#!/bin/sh\n"), CaptureStep.NotACapture, "23212f62" },
        { "version", New().PcapHeader(0xA1B2C3D4, 3, 0, 1).Bytes, CaptureStep.NotACapture, "version 3.0" },
        {
            "long packet", New().PcapHeader(0xA1B2C3D4, 2, 4, 1).PcapRecord(1, 1, 0xFFFF_FFFF, 60, "").Bytes,
            CaptureStep.Malformed, "packet 1 claims 4294967295"
        },
        {
            "no end", New().PcapHeader(0xA1B2C3D4, 2, 4, 1).PcapRecord(1, 1, 8, 8, "aabb").Bytes,
            CaptureStep.CutShort, "6 or more bytes are missing"
        },
        { "byte order", New().Block(0x0A0D0D0A, body => body.U32(7)).Bytes, CaptureStep.NotACapture, "byte-order magic" },
        {
            "section version", New().Block(0x0A0D0D0A, body => body.U32(0x1A2B3C4D).U16(2).U16(0).U64(0)).Bytes,
            CaptureStep.NotACapture, "version 2.0"
        },
        { "block length", New().Section().U32(1).U32(13).Bytes.Concat(new byte[8]).ToArray(), CaptureStep.Malformed, "13 bytes" },
        { "trailer", New().Section().U32(1).U32(20).U64(0).U32(24).Bytes, CaptureStep.Malformed, "20 for its length" },
        {
            "huge block", New().Section().U32(6).U32(0x7FFF_FFFC).U32(0).Bytes, CaptureStep.Malformed,
            "are not believed"
        },
        { "interface", New().Section().Enhanced(0, 1, "aa").Bytes, CaptureStep.Malformed, "interface 0, which is not" },
        {
            "no room", New().Section().Interface("a").Block(6, body => body.U32(0).U64(0).U32(9).U32(9).U64(0)).Bytes,
            CaptureStep.Malformed, "9 captured bytes in a block with room for 8"
        },
        {
            "huge unknown block", New().Section().U32(77).U32(0x7FFF_FFFC).U32(0).Bytes, CaptureStep.CutShort,
            "bytes are missing"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_is_said(string name, byte[] file, CaptureStep end, string says)
    {
        ReadCapture capture = ReadCapture.Of(file);
        Assert.Equal((name, end), (name, capture.End));
        Assert.Contains(says, capture.Reader.Problem?.Message, StringComparison.Ordinal);
        Assert.Empty(capture.Packets);
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void A_file_gives_the_same_however_it_comes_in_pieces(string name)
    {
        byte[] file = CaptureFiles.Samples[name];
        ReadCapture whole = ReadCapture.Of(file);
        for (int piece = 1; piece < 70; piece++)
        {
            Assert.True(whole.IsSameAs(ReadCapture.Of(file, piece)), $"pieces of {piece}");
        }
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void A_file_cut_short_gives_what_is_there_and_says_so(string name)
    {
        byte[] file = CaptureFiles.Samples[name];
        ReadCapture whole = ReadCapture.Of(file);
        int before = 0;
        for (int length = 0; length < file.Length; length++)
        {
            ReadCapture cut = ReadCapture.Of(file[..length]);
            Assert.Equal(whole.Packets.Take(cut.Packets.Count), cut.Packets);
            Assert.InRange(cut.Packets.Count, before, before + 1);
            before = cut.Packets.Count;
            Assert.True(
                cut.End == CaptureStep.End || cut.Reader.Problem is not null && cut.End is CaptureStep.CutShort
                    or CaptureStep.NotACapture,
                $"{length} bytes: {cut.End}");
        }
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void No_bytes_make_it_throw_and_pieces_never_matter(string name)
    {
        byte[] original = CaptureFiles.Samples[name];
        byte[] file = new byte[original.Length];
        ulong state = StableHash.Of(name) | 1;
        HashSet<CaptureStep> ends = [];
        for (int i = 0; i < MutationsPerFile; i++)
        {
            original.CopyTo(file, 0);
            for (int change = 0; change < 3; change++)
            {
                state = Next(state);
                file[(int)((state >> 33) % (ulong)file.Length)] = (byte)(state >> 16 & 0xFF);
            }

            ReadCapture capture = ReadCapture.Of(file);
            ends.Add(capture.End);
            if (i % 100 == 0)
            {
                Assert.True(capture.IsSameAs(ReadCapture.Of(file, 1 + (int)(state % 40))));
            }
        }

        Assert.Contains(CaptureStep.End, ends);
        Assert.Contains(CaptureStep.CutShort, ends);
        Assert.Contains(CaptureStep.Malformed, ends);
        Assert.Contains(CaptureStep.NotACapture, ends);
    }

    private static CaptureFiles New() => new(isBigEndian: true);

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
