using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Netlink;
using Weft.Netlink.Conntrack;
using Xunit;

namespace Weft.Tests.Netlink.Conntrack;

/// <summary>Messages of a kernel, from <c>fixtures/netlink/conntrack.txt</c>: real packets in a namespace with
/// translation, a zone, marks and labels.</summary>
public sealed class ConntrackMessageTests
{
    private static readonly Dictionary<string, byte[]> Messages = Read();

    private static readonly IpAddress Loopback = IpAddress.Parse("127.0.0.1");
    private static readonly IpAddress Loopback6 = IpAddress.Parse("::1");

    public static TheoryData<string> Titles => [.. Messages.Keys];

    [Fact]
    public void A_translated_connection_tells_who_was_asked_and_who_answers()
    {
        ConntrackEntry entry = Listed("listed: udp, translated");
        Assert.Equal(Tuple(Loopback, "127.0.0.9", 17, 40001, 5300), entry.Original);
        Assert.Equal(Tuple(IpAddress.Parse("127.0.0.2"), "127.0.0.1", 17, 5353, 40001), entry.Reply);
        Assert.Equal(IpAddress.Parse("127.0.0.2"), entry.TranslatedDestination);
        Assert.Null(entry.TranslatedSource);
        Assert.Equal(
            ConntrackStatus.SeenReply | ConntrackStatus.Confirmed | ConntrackStatus.DestinationNat
                | ConntrackStatus.SourceNatDone | ConntrackStatus.DestinationNatDone,
            entry.Status);
        Assert.Equal(new ConntrackCounters(1, 31), entry.OriginalCounters);
        Assert.Equal(new ConntrackCounters(1, 30), entry.ReplyCounters);
        Assert.Equal("udp 127.0.0.1:40001 > 127.0.0.9:5300", entry.Original.ToString());
        Assert.Equal(0UL, entry.Times?.StopNs);
        Assert.Null(entry.Tcp);
    }

    [Fact]
    public void Tcp_has_its_state_ping_its_identifier_and_a_zone_its_number()
    {
        ConntrackEntry tcp = Listed("listed: tcp over IPv6");
        Assert.Equal(Tuple(Loopback6, "::1", 6, 40002, 8080), tcp.Original);
        Assert.Equal(ConntrackTcpState.Established, tcp.Tcp?.State);
        Assert.NotNull(tcp.Tcp?.ScaleReply);
        Assert.Equal("tcp [::1]:40002 > [::1]:8080", tcp.Original.ToString());

        ConntrackTuple ping = new()
        {
            Source = Loopback,
            Destination = Loopback,
            Protocol = 1,
            IcmpId = 4711,
            IcmpType = 8,
            IcmpCode = 0,
        };
        Assert.Equal(ping, Listed("listed: ping").Original);
        Assert.Equal(ping with { IcmpType = 0 }, Listed("listed: ping").Reply);
        Assert.Equal(
            new ConntrackTuple
            {
                Source = Loopback6,
                Destination = Loopback6,
                Protocol = 58,
                IcmpId = 4712,
                IcmpType = 128,
                IcmpCode = 0,
            },
            Listed("listed: ping over IPv6").Original);
        Assert.Equal(7, Listed("listed: udp in a zone").Zone);
    }

    [Fact]
    public void Notices_tell_what_happened()
    {
        ConntrackEntry begun = Assert.IsType<ConntrackMessage.Began>(Decode("notice: begun")).Entry;
        Assert.Equal(0U, begun.Mark);
        ConntrackEntry labelled = Assert.IsType<ConntrackMessage.Changed>(Decode("notice: labelled")).Entry;
        Assert.Equal((0x1234U, "08000000000000000000000000000000"), (labelled.Mark, labelled.Labels.ToString()));
        ConntrackEntry ended = Assert.IsType<ConntrackMessage.Ended>(Decode("notice: ended")).Entry;
        Assert.Equal((begun.Id, begun.Original), (ended.Id, ended.Original));
        Assert.NotEqual(0UL, ended.Times?.StopNs);
        Assert.Equal(5U, Assert.IsType<ConntrackMessage.Counted>(Decode("counted")).Entries);
    }

    [Fact]
    public void What_we_ask_to_be_made_reads_as_something_that_begins()
    {
        ConntrackEntry entry = new()
        {
            Original = Tuple(IpAddress.Parse("10.0.0.1"), "10.0.0.2", 6, 1, 2),
            Reply = Tuple(IpAddress.Parse("10.0.0.2"), "10.0.0.1", 6, 2, 1),
            Status = ConntrackStatus.Assured | ConntrackStatus.Confirmed,
            TimeoutSeconds = 60,
            Mark = 0x0F,
            Zone = 3,
            Labels = new NftBytes(new byte[16]),
            Tcp = new ConntrackTcp(ConntrackTcpState.Established, 1, 2, 3, 4),
        };
        Assert.True(ConntrackMessage.TryDecode(ConntrackRequests.Create(entry).Bytes.Span, out ConntrackMessage? read));
        Assert.Equal(new ConntrackMessage.Began(entry), read);
    }

    [Fact]
    public void A_filter_says_to_the_kernel_what_it_says_to_us()
    {
        // Compare conntrack(8): "-L --mark 0x10/0xf0", and CTA_FILTER, whose flags alone are in host order.
        NetlinkRequest request = ConntrackRequests.Dump(new ConntrackFilter { Mark = 0x10, MarkMask = 0xf0 });
        Assert.True(request.IsDump);
        Assert.Equal("00000000" + "0800080000000010" + "08001500000000f0", Hex.Of(request.Bytes.Span[16..]));

        request = ConntrackRequests.DeleteMatching(new ConntrackFilter { ReplySource = IpAddress.Parse("10.0.0.2") });
        Assert.Equal(
            "02010000"
                + "24000280" + "14000180" + "080001000a000002" + "0800020000000000" + "0c000280" + "0500010000000000"
                + "14001980" + "0800010000000000" + "0800020001000000",
            Hex.Of(request.Bytes.Span[16..]));
        Assert.Equal("00000000", Hex.Of(ConntrackRequests.DeleteMatching(new ConntrackFilter()).Bytes.Span[16..]));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Every_truncation_is_an_answer(string title)
    {
        byte[] message = Messages[title];
        for (int length = 0; length < message.Length; length++)
        {
            Assert.False(ConntrackMessage.TryDecode(message.AsSpan(0, length), out _));

            // As a whole message of that length, what is cut inside an attribute is malformed, what lacks one is less.
            byte[] shorter = message[..length];
            if (length >= NetlinkHeader.ByteLength)
            {
                HostOrder.WriteInt32(shorter, 0, length);
                bool read = ConntrackMessage.TryDecode(shorter, out ConntrackMessage? value);
                Assert.Equal(read, value is not null);
            }
        }
    }

    [Fact]
    public void Mutations_are_answers()
    {
        Random random = new(20261122);
        byte[][] messages = [.. Messages.Values];
        int read = 0;
        for (int i = 0; i < 300_000; i++)
        {
            byte[] message = [.. messages[i % messages.Length]];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                message[random.Next(NetlinkHeader.ByteLength, message.Length)] = (byte)random.Next(256);
            }

            read += ConntrackMessage.TryDecode(message, out _) ? 1 : 0;
        }

        Assert.InRange(read, 1, 299_999);
    }

    private static ConntrackEntry Listed(string title) => Assert.IsType<ConntrackMessage.Listed>(Decode(title)).Entry;

    private static ConntrackMessage Decode(string title)
    {
        Assert.True(ConntrackMessage.TryDecode(Messages[title], out ConntrackMessage? message));
        return message;
    }

    private static ConntrackTuple Tuple(
        IpAddress source, string destination, byte protocol, ushort sourcePort, ushort destinationPort) => new()
        {
            Source = source,
            Destination = IpAddress.Parse(destination),
            Protocol = protocol,
            SourcePort = sourcePort,
            DestinationPort = destinationPort,
        };

    private static Dictionary<string, byte[]> Read()
    {
        string[] lines = File.ReadAllLines(
            Path.Combine(AppContext.BaseDirectory, "fixtures", "netlink", "conntrack.txt"));
        return lines.Chunk(2).ToDictionary(pair => pair[0][2..], pair => Hex.ToBytes(pair[1]));
    }
}
