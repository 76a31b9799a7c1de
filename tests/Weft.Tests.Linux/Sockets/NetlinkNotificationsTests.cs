using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Sockets;

public sealed class NetlinkNotificationsTests
{
    [Fact]
    public async Task A_change_is_heard_by_a_reader_that_waits()
    {
        using TestNamespace blue = new();
        using NetlinkNotifications notices =
            NetlinkNotifications.Open(blue.Path, NetlinkNotifications.NodeGroups);
        ValueTask<IReadOnlyList<Notice>> waiting = notices.ReceiveAsync(Soon());
        Assert.False(waiting.IsCompleted);
        blue.Do(LinkRequests.NewBridge("br0"));
        List<RtnetlinkMessage> heard = Decode(await waiting);
        while (!heard.Any(message => message is RtnetlinkMessage.LinkChanged { Link.Name: "br0", Deleted: false }))
        {
            heard.AddRange(Decode(await notices.ReceiveAsync(Soon())));
        }

        blue.Do(LinkRequests.DeleteByName("br0"));
        while (!heard.Any(message => message is RtnetlinkMessage.LinkChanged { Link.Name: "br0", Deleted: true }))
        {
            heard.AddRange(Decode(await notices.ReceiveAsync(Soon())));
        }
    }

    [Fact]
    public async Task Every_kind_of_object_of_a_node_is_heard()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
        blue.Do(LinkRequests.SetByName("b", up: true));
        int index = blue.LinkOf("a").Index;
        using NetlinkNotifications notices =
            NetlinkNotifications.Open(blue.Path, NetlinkNotifications.NodeGroups);
        blue.Do(AddressRequests.New(new InterfaceAddress { Index = index, Address = IpInterfaceAddress.Parse("192.0.2.1/24") }));
        Route route = new() { Destination = IpPrefix.Parse("10.1.0.0/24"), OutputInterface = index };
        blue.Do(RouteRequests.Add(route));
        blue.Do(RouteRequests.Delete(route));
        Neighbour neighbour = new()
        {
            Index = index,
            Destination = IpAddress.Parse("192.0.2.9"),
            LinkLayerAddress = new MacAddress(2),
            State = NeighbourState.Permanent,
        };
        blue.Do(NeighbourRequests.Replace(neighbour));
        blue.Do(RuleRequests.New(new RoutingRule { Family = IpFamily.Ipv4, Priority = 9, Table = 9 }));
        List<RtnetlinkMessage> heard = Decode(await notices.ReceiveAsync(Soon()));
        Assert.Contains(heard, message => message is RtnetlinkMessage.AddressChanged { Deleted: false });
        Assert.Contains(heard, message => message is RtnetlinkMessage.RouteChanged { Deleted: false } r
            && r.Route.Destination == route.Destination);
        Assert.Contains(heard, message => message is RtnetlinkMessage.RouteChanged { Deleted: true } r
            && r.Route.Destination == route.Destination);
        Assert.Contains(heard, message => message is RtnetlinkMessage.NeighbourChanged n && n.Neighbour == neighbour);
        Assert.Contains(heard, message => message is RtnetlinkMessage.RuleChanged { Rule.Priority: 9 });
    }

    [Fact]
    public async Task A_socket_for_all_namespaces_says_which_one_changed()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        blue.Do(NamespaceIdRequests.New(green.Path, 42));
        using NetlinkNotifications notices =
            NetlinkNotifications.Open(blue.Path, [RtnetlinkGroup.RTNLGRP_LINK], allNamespaces: true);
        green.Do(LinkRequests.NewBridge("there"));
        blue.Do(LinkRequests.NewBridge("here"));
        List<Notice> heard = [.. await notices.ReceiveAsync(Soon())];
        Assert.All(heard, notice => Assert.Equal(
            Names(notice).Contains("there") ? 42 : null, notice.NamespaceId));
        Assert.Contains("there", heard.SelectMany(Names));
        Assert.Contains("here", heard.SelectMany(Names));
    }

    [Fact]
    public async Task What_does_not_fit_is_reported_as_an_overrun()
    {
        using TestNamespace blue = new();
        using NetlinkNotifications notices =
            NetlinkNotifications.Open(blue.Path, [RtnetlinkGroup.RTNLGRP_LINK], receiveBuffer: 4096);
        blue.Do(LinkRequests.NewBridge("br0"));
        for (int i = 0; i < 100; i++)
        {
            blue.Do(LinkRequests.SetByName("br0", mtu: (uint)(1000 + i)));
        }

        List<Notice> heard = [];
        while (heard.All(notice => !notice.IsOverrun))
        {
            heard.AddRange(await notices.ReceiveAsync(Soon()));
        }

        Assert.True(heard.Count < 100);
        blue.Do(LinkRequests.SetByName("br0", mtu: 1400));
        Assert.NotEmpty(Decode(await notices.ReceiveAsync(Soon())));
    }

    [Fact]
    public async Task Disposing_ends_the_wait_and_cancelling_too()
    {
        using TestNamespace blue = new();
        NetlinkNotifications notices = NetlinkNotifications.Open(blue.Path, NetlinkNotifications.NodeGroups);
        using CancellationTokenSource cancel = new();
        ValueTask<IReadOnlyList<Notice>> cancelled = notices.ReceiveAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cancelled);
        ValueTask<IReadOnlyList<Notice>> waiting = notices.ReceiveAsync(Soon());
        notices.Dispose();
        Assert.Empty(await waiting);
        Assert.Empty(await notices.ReceiveAsync(Soon()));
    }

    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;

    private static List<RtnetlinkMessage> Decode(IReadOnlyList<Notice> notices) => [.. notices.SelectMany(Decode)];

    private static List<RtnetlinkMessage> Decode(Notice notice)
    {
        List<RtnetlinkMessage> messages = [];
        NetlinkMessageReader reader = new(notice.Messages);
        while (reader.TryRead(out NetlinkMessageView message))
        {
            Assert.True(RtnetlinkMessage.TryDecode(message.Bytes, out RtnetlinkMessage? value));
            messages.Add(value);
        }

        Assert.False(reader.IsMalformed);
        return messages;
    }

    private static List<string> Names(Notice notice) =>
        [.. Decode(notice).OfType<RtnetlinkMessage.LinkChanged>().Select(change => change.Link.Name)];
}
