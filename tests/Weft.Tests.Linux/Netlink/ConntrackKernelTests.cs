using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Conntrack;
using Weft.Netlink.Nftables;
using Weft.Tests.Linux.Nftables;
using Xunit;

namespace Weft.Tests.Linux.Netlink;

/// <summary>Connections of real packets, read and changed by us; the program conntrack sees the same.</summary>
public sealed class ConntrackKernelTests
{
    private const byte Udp = 17;
    private const byte Tcp = 6;
    private const byte Icmp = 1;
    private const byte IcmpV6 = 58;
    private const byte WindowScale = 1; // IP_CT_TCP_FLAG_WINDOW_SCALE: without it no scale is taken

    // Connection tracking begins with the first rule that asks for it.
    private const string Ruleset = """
        table inet t {
            chain output {
                type nat hook output priority -100
                ip daddr 127.0.0.9 udp dport 5300 dnat ip to 127.0.0.2:5353
            }
            chain marking {
                type filter hook output priority filter
                ct state new udp dport 7777 ct mark set 0x1234
            }
        }
        """;

    private static readonly IpAddress Loopback = IpAddress.Parse("127.0.0.1");

    [Fact]
    public void Udp_and_its_translation_are_as_the_packets_were()
    {
        using TestNamespace blue = Tracking();
        using Socket server = Bound(blue, "127.0.0.2", 5353);
        using Socket client = Bound(blue, "127.0.0.1", 0);
        client.SendTo("ask"u8, new IPEndPoint(IPAddress.Parse("127.0.0.9"), 5300));
        byte[] buffer = new byte[16];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal(3, server.ReceiveFrom(buffer, ref from));
        server.SendTo("ok"u8, from);
        Assert.Equal(2, client.Receive(buffer));

        ConntrackEntry entry = Assert.Single(List(blue));
        ushort port = (ushort)((IPEndPoint)client.LocalEndPoint!).Port;
        Assert.Equal(
            new ConntrackTuple
            {
                Source = Loopback,
                Destination = IpAddress.Parse("127.0.0.9"),
                Protocol = Udp,
                SourcePort = port,
                DestinationPort = 5300,
            },
            entry.Original);
        Assert.Equal(
            new ConntrackTuple
            {
                Source = IpAddress.Parse("127.0.0.2"),
                Destination = Loopback,
                Protocol = Udp,
                SourcePort = 5353,
                DestinationPort = port,
            },
            entry.Reply);
        Assert.Equal(IpAddress.Parse("127.0.0.2"), entry.TranslatedDestination);
        Assert.Null(entry.TranslatedSource);
        Assert.True(entry.Status.HasFlag(ConntrackStatus.SeenReply | ConntrackStatus.DestinationNat | ConntrackStatus.Confirmed));
        Assert.Equal(new ConntrackCounters(1, 31), entry.OriginalCounters);
        Assert.Equal(new ConntrackCounters(1, 30), entry.ReplyCounters);
        Assert.NotEqual(0UL, entry.Times!.Value.StartNs);
        Assert.InRange(entry.TimeoutSeconds!.Value, 1U, 180U);
        SeenByConntrack(blue, entry);

        // By either direction it is found, and only with its own zone and id it is deleted.
        Assert.Equal(entry.Id, Get(blue, ConntrackRequests.Get(entry.Original)).Id);
        Assert.Equal(entry.Id, Get(blue, ConntrackRequests.Get(entry.Reply, isReply: true)).Id);
        Assert.Equal(
            KernelErrno.ENOENT,
            blue.Netfilter.Execute(ConntrackRequests.Delete(entry.Original, id: entry.Id ^ 1)).Error?.Errno);
        Do(blue, ConntrackRequests.Delete(entry.Original, id: entry.Id));
        Assert.Empty(List(blue));
        Assert.Equal(
            KernelErrno.ENOENT, blue.Netfilter.Execute(ConntrackRequests.Delete(entry.Original)).Error?.Errno);
    }

    [Fact]
    public void Tcp_tells_its_state_and_ping_its_identifier()
    {
        using TestNamespace blue = Tracking();
        using Socket listener = NamespaceSocket.Open(
            blue.Path, System.Net.Sockets.AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        using Socket client = NamespaceSocket.Open(
            blue.Path, System.Net.Sockets.AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        Tool.Run("ip", $"netns exec {blue.Name} ping -c 1 -e 4711 127.0.0.1");
        Tool.Run("ip", $"netns exec {blue.Name} ping -c 1 -e 4712 ::1");

        List<ConntrackEntry> entries = List(blue);
        ConntrackEntry tcp = Assert.Single(entries, e => e.Original.Protocol == Tcp);
        Assert.Equal(ConntrackTcpState.Established, tcp.Tcp?.State);
        Assert.Equal(IpFamily.Ipv6, tcp.Family);
        Assert.Equal((ushort)((IPEndPoint)listener.LocalEndPoint!).Port, tcp.Original.DestinationPort);
        Assert.NotNull(tcp.Tcp?.ScaleOriginal);
        ConntrackEntry ping = Assert.Single(entries, e => e.Original.Protocol == Icmp);
        Assert.Equal(((ushort?)4711, (byte?)8, (byte?)0), (ping.Original.IcmpId, ping.Original.IcmpType, ping.Original.IcmpCode));
        Assert.Equal((byte?)0, ping.Reply.IcmpType);
        ConntrackEntry ping6 = Assert.Single(entries, e => e.Original.Protocol == IcmpV6);
        Assert.Equal(((ushort?)4712, (byte?)128, (byte?)129), (ping6.Original.IcmpId, ping6.Original.IcmpType, ping6.Reply.IcmpType));
        Assert.Null(ping6.Tcp);
        foreach (ConntrackEntry entry in entries)
        {
            SeenByConntrack(blue, entry);
            Assert.Equal(entry.Id, Get(blue, ConntrackRequests.Get(entry.Original)).Id);
        }

        Assert.Equal(IpFamily.Ipv6, Assert.Single(List(blue, new ConntrackFilter { Protocol = Tcp, Family = IpFamily.Ipv6 })).Family);
        Assert.Equal((uint)entries.Count, Count(blue));
    }

    [Fact]
    public void Filters_list_and_delete_what_they_mean_and_nothing_else()
    {
        using TestNamespace blue = Tracking();
        ConntrackEntry[] made =
        [
            Made("10.0.0.1", "10.0.0.2", 80, mark: 0x10),
            Made("10.0.0.1", "10.0.0.3", 80, mark: 0x11),
            Made("10.0.0.4", "10.0.0.2", 53, mark: 0x20),
            Made("fd00::1", "fd00::2", 80, mark: 0x10),
            Made("10.0.0.5", "10.0.0.6", 80, mark: 0, zone: 7),
            Made("10.0.0.7", "10.0.0.8", 80, mark: 0, assured: true),
            Made("10.0.0.9", "10.96.0.1", 80, mark: 0, answerer: "10.0.0.2"),
        ];
        foreach (ConntrackEntry entry in made)
        {
            Do(blue, ConntrackRequests.Create(entry));
        }

        ConntrackFilter[] filters =
        [
            new() { Mark = 0x10 },
            new() { Mark = 0x10, MarkMask = 0xf0 },
            new() { Mark = 0x10, Family = IpFamily.Ipv4 },
            new() { Family = IpFamily.Ipv6 },
            new() { Zone = 7 },
            new() { Status = ConntrackStatus.Assured },
            new() { Source = IpAddress.Parse("10.0.0.1") },
            new() { Destination = IpAddress.Parse("10.0.0.2"), Protocol = Udp },
            new() { Source = IpAddress.Parse("10.0.0.1"), Destination = IpAddress.Parse("10.0.0.3"), Protocol = Udp, DestinationPort = 80 },
            new() { ReplySource = IpAddress.Parse("10.0.0.2") },
            new() { ReplySource = IpAddress.Parse("10.0.0.2"), Mark = 0x20 },
        ];
        foreach (ConntrackFilter filter in filters)
        {
            List<ConntrackEntry> all = List(blue);
            Assert.Equal(made.Length, all.Count);
            HashSet<uint> meant = [.. all.Where(filter.Matches).Select(e => e.Id)];
            Assert.InRange(meant.Count, 1, made.Length - 1);
            Assert.Equal(meant.Order(), List(blue, filter).Select(e => e.Id).Order());

            // Deleted are exactly those; then they are made again.
            Do(blue, ConntrackRequests.DeleteMatching(filter));
            Assert.Equal(
                all.Where(e => !meant.Contains(e.Id)).Select(e => e.Id).Order(), List(blue).Select(e => e.Id).Order());
            foreach (ConntrackEntry entry in made.Where(m => filter.Matches(Tracked(m))))
            {
                Do(blue, ConntrackRequests.Create(entry));
            }
        }

        Do(blue, ConntrackRequests.DeleteMatching(new ConntrackFilter()));
        Assert.Empty(List(blue));
    }

    [Fact]
    public void What_is_made_is_dumped_and_what_is_changed_has_changed()
    {
        using TestNamespace blue = Tracking();
        ConntrackEntry tcp = new()
        {
            Original = Tuple("10.0.0.1", "10.96.0.1", 80) with { Protocol = Tcp, SourcePort = 4000 },
            Reply = new ConntrackTuple
            {
                Source = IpAddress.Parse("10.0.0.2"),
                Destination = IpAddress.Parse("10.0.0.1"),
                Protocol = Tcp,
                SourcePort = 8080,
                DestinationPort = 4000,
            },
            Status = ConntrackStatus.Assured | ConntrackStatus.SeenReply,
            TimeoutSeconds = 600,
            Mark = 0x0A0B,
            Tcp = new ConntrackTcp(ConntrackTcpState.Established, 7, 7, WindowScale, WindowScale),
        };
        Do(blue, ConntrackRequests.Create(tcp));
        ConntrackEntry found = Assert.Single(List(blue));
        Assert.Equal((tcp.Original, tcp.Reply, tcp.Mark, 600U), (found.Original, found.Reply, found.Mark, Math.Max(found.TimeoutSeconds!.Value, 600U)));
        Assert.Equal((ConntrackTcpState.Established, (byte?)7), (found.Tcp!.State, found.Tcp.ScaleReply));
        SeenByConntrack(blue, found);
        Assert.Equal(KernelErrno.EEXIST, blue.Netfilter.Execute(ConntrackRequests.Create(tcp)).Error?.Errno);

        Do(blue, ConntrackRequests.Update(tcp.Original, new ConntrackChange { Mark = 0x0F00, MarkMask = 0x0F00 }));
        Assert.Equal(0x0F0BU, Assert.Single(List(blue)).Mark);
        Do(blue, ConntrackRequests.Update(tcp.Original, new ConntrackChange { Mark = 5, TimeoutSeconds = 9 }));
        found = Assert.Single(List(blue));
        Assert.Equal(5U, found.Mark);
        Assert.InRange(found.TimeoutSeconds!.Value, 0U, 9U);
        Do(blue, ConntrackRequests.Update(
            tcp.Original, new ConntrackChange { Status = found.Status | ConntrackStatus.FixedTimeout }));
        Assert.True(Assert.Single(List(blue)).Status.HasFlag(ConntrackStatus.FixedTimeout));
        Assert.Equal(
            KernelErrno.ENOENT,
            blue.Netfilter.Execute(ConntrackRequests.Update(
                Tuple("10.0.0.1", "10.0.0.99", 1), new ConntrackChange { Mark = 1 })).Error?.Errno);
    }

    [Fact]
    public async Task A_connection_is_heard_to_begin_to_change_and_to_end()
    {
        using TestNamespace blue = Tracking();
        using NetlinkNotifications notices = NetlinkNotifications.Open(
            blue.Path,
            [
                NetfilterGroup.NFNLGRP_CONNTRACK_NEW,
                NetfilterGroup.NFNLGRP_CONNTRACK_UPDATE,
                NetfilterGroup.NFNLGRP_CONNTRACK_DESTROY,
            ]);
        using Socket server = Bound(blue, "127.0.0.1", 7777);
        using Socket client = Bound(blue, "127.0.0.1", 0);
        client.SendTo("ask"u8, server.LocalEndPoint!);
        byte[] buffer = new byte[16];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal(3, server.ReceiveFrom(buffer, ref from));
        ConntrackMessage began = await Heard<ConntrackMessage.Began>(notices);
        ConntrackEntry entry = ((ConntrackMessage.Began)began).Entry;
        Assert.Equal((ushort?)7777, entry.Original.DestinationPort);
        Assert.Equal(0x1234U, entry.Mark);

        Do(blue, ConntrackRequests.Update(entry.Original, new ConntrackChange { Mark = 7 }));
        ConntrackMessage changed = await Heard<ConntrackMessage.Changed>(notices);
        Assert.Equal((7U, entry.Id), (((ConntrackMessage.Changed)changed).Entry.Mark, ((ConntrackMessage.Changed)changed).Entry.Id));

        Do(blue, ConntrackRequests.Delete(entry.Original));
        ConntrackMessage ended = await Heard<ConntrackMessage.Ended>(notices);
        ConntrackEntry last = ((ConntrackMessage.Ended)ended).Entry;
        Assert.Equal((entry.Id, entry.Original, entry.Reply), (last.Id, last.Original, last.Reply));
        Assert.Equal(1UL, last.OriginalCounters?.Packets);
    }

    private static async Task<ConntrackMessage> Heard<T>(NetlinkNotifications notices)
        where T : ConntrackMessage
    {
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            foreach (Notice notice in await notices.ReceiveAsync(soon.Token))
            {
                foreach (ConntrackMessage message in Decode(notice.Messages))
                {
                    if (message is T)
                    {
                        return message;
                    }
                }
            }
        }
    }

    private static List<ConntrackMessage> Decode(byte[] datagram)
    {
        List<ConntrackMessage> messages = [];
        NetlinkMessageReader reader = new(datagram);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            Assert.True(ConntrackMessage.TryDecode(view.Bytes, out ConntrackMessage? message));
            messages.Add(message);
        }

        return messages;
    }

    private static TestNamespace Tracking()
    {
        TestNamespace blue = new();
        Tool.Run("ip", $"-n {blue.Name} link set lo up");
        Assert.Null(Sysctl.Write(blue.Path, "netfilter/nf_conntrack_acct", "1"));
        Assert.Null(Sysctl.Write(blue.Path, "netfilter/nf_conntrack_timestamp", "1"));
        Nft.Load(blue, Ruleset);
        return blue;
    }

    private static Socket Bound(TestNamespace blue, string address, int port)
    {
        Socket socket = NamespaceSocket.Open(
            blue.Path, System.Net.Sockets.AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveTimeout = 10_000;
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        return socket;
    }

    private static List<ConntrackEntry> List(TestNamespace blue, ConntrackFilter? filter = null) =>
        [.. Do(blue, ConntrackRequests.Dump(filter)).Select(m => Assert.IsType<ConntrackMessage.Listed>(m).Entry)];

    private static ConntrackEntry Get(TestNamespace blue, NetlinkRequest request) =>
        Assert.IsType<ConntrackMessage.Listed>(Assert.Single(Do(blue, request))).Entry;

    private static uint Count(TestNamespace blue) =>
        Assert.IsType<ConntrackMessage.Counted>(Assert.Single(Do(blue, ConntrackRequests.Count()))).Entries;

    private static List<ConntrackMessage> Do(TestNamespace blue, NetlinkRequest request)
    {
        NetlinkReply reply = blue.Netfilter.Execute(request);
        Assert.True(reply.Error is null, $"{request}: {reply.Error}");
        return [.. reply.Messages.SelectMany(Decode)];
    }

    private static ConntrackTuple Tuple(string source, string destination, ushort port) => new()
    {
        Source = IpAddress.Parse(source),
        Destination = IpAddress.Parse(destination),
        Protocol = Udp,
        SourcePort = 40000,
        DestinationPort = port,
    };

    private static ConntrackEntry Made(
        string source, string destination, ushort port, uint mark, ushort zone = 0, bool assured = false, string? answerer = null)
    {
        ConntrackTuple original = Tuple(source, destination, port);
        return new ConntrackEntry
        {
            Original = original,
            Reply = new ConntrackTuple
            {
                Source = answerer is null ? original.Destination : IpAddress.Parse(answerer),
                Destination = original.Source,
                Protocol = Udp,
                SourcePort = port,
                DestinationPort = 40000,
            },
            Mark = mark,
            Zone = zone,
            TimeoutSeconds = 600,
            Status = assured ? ConntrackStatus.Assured | ConntrackStatus.SeenReply : ConntrackStatus.None,
        };
    }

    // As it is in the kernel: confirmed, too.
    private static ConntrackEntry Tracked(ConntrackEntry made) =>
        made with { Status = made.Status | ConntrackStatus.Confirmed };

    // conntrack prints "udp 17 28 src=... dst=... sport=... dport=... [UNREPLIED] src=... id=...".
    private static void SeenByConntrack(TestNamespace blue, ConntrackEntry entry)
    {
        string family = entry.Family == IpFamily.Ipv4 ? "ipv4" : "ipv6";
        string id = string.Create(CultureInfo.InvariantCulture, $" id={entry.Id}");
        string printed = Tool.Run("ip", $"netns exec {blue.Name} conntrack -L -f {family} -o id");
        string line = Assert.Single(printed.Split('\n'), l => l.Contains(id, StringComparison.Ordinal));
        StringBuilder ours = new();
        foreach (ConntrackTuple tuple in new[] { entry.Original, entry.Reply })
        {
            ours.Append(CultureInfo.InvariantCulture, $"src={tuple.Source} dst={tuple.Destination} ");
            ours.Append(tuple.IcmpId is null
                ? string.Create(CultureInfo.InvariantCulture, $"sport={tuple.SourcePort} dport={tuple.DestinationPort} ")
                : string.Create(CultureInfo.InvariantCulture, $"type={tuple.IcmpType} code={tuple.IcmpCode} id={tuple.IcmpId} "));
        }

        string theirs = string.Concat(Regex.Matches(line, @"\b(?:src|dst|sport|dport|type|code|id)=\S+ ?").Select(m => m.Value));
        Assert.StartsWith(ours.ToString(), theirs + " ", StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"mark={entry.Mark}"), line, StringComparison.Ordinal);
    }
}
