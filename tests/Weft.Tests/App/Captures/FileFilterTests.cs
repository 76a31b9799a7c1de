using System;
using System.Collections.Generic;
using Weft.App.Captures;
using Weft.App.CommandLine;
using Weft.Net.Captures;
using Weft.Tests.Net.Captures;
using Xunit;

namespace Weft.Tests.App.Captures;

public sealed class FileFilterTests
{
    private const string Packet = "4500001c00000000401100000a4100010a410042" + "c350003500080000";

    [Fact]
    public void Interfaces_of_different_link_types_are_filtered_alike_and_names_are_the_files()
    {
        byte[] file = new CaptureFiles(isBigEndian: false).Section()
            .Interface("eth0").Interface("tun0", linkType: 101)
            .Block(4, body => body.Option(1, [10, 65, 0, 1, (byte)'w', (byte)'e', (byte)'b', 0]).Option(0, ""))
            .Enhanced(0, 1, "02000000000b02000000000a0800" + Packet)
            .Enhanced(1, 2, Packet)
            .Enhanced(0, 3, "02000000000b02000000000a0806" + Packet)
            .Enhanced(1, 4, Packet, flags: 2)
            .Bytes;
        Assert.Equal([1, 2, 4], Matched(file, "host web"));
        Assert.Equal([1, 2, 4], Matched(file, "udp port 53 and src web"));
        Assert.Equal([4], Matched(file, "outbound"));
        Assert.Empty(Matched(file, "dst web"));
    }

    [Fact]
    public void A_filter_that_is_wrong_is_wrong_usage_before_any_packet()
    {
        CommandFailure failure = Assert.Throws<CommandFailure>(() => new FileFilter("tcp prt 80", new CaptureReader()));
        Assert.Equal(ExitCode.Usage, failure.Code);
        Assert.Equal(
            ["the filter is wrong: 'and', 'or' or the end is expected, not 'prt'", "  tcp prt 80", "      ^"],
            failure.Message.Split('\n'));
    }

    [Fact]
    public void What_makes_no_sense_for_a_link_type_is_said_when_its_first_packet_comes()
    {
        byte[] file = new CaptureFiles(isBigEndian: false).Section().Interface("tun0", linkType: 101)
            .Enhanced(0, 2, Packet).Bytes;
        CommandFailure failure = Assert.Throws<CommandFailure>(() => Matched(file, "ether host 02:00:00:00:00:01"));
        Assert.Contains("no MAC addresses", failure.Message, StringComparison.Ordinal);
    }

    private static List<long> Matched(byte[] file, string text)
    {
        CaptureReader reader = new();
        FileFilter filter = new(text, reader);
        List<long> numbers = [];
        int start = 0;
        while (reader.Read(file.AsSpan(start), isLast: true, out int consumed, out CapturedPacket packet) == CaptureStep.Packet)
        {
            start += consumed;
            if (filter.Matches(packet))
            {
                numbers.Add(packet.Number);
            }
        }

        return numbers;
    }
}
