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

public sealed class NetlinkBatchTests
{
    private const byte Ours = 87;

    [Fact]
    public void A_thousand_requests_and_two_dumps_have_their_own_answers_in_order()
    {
        using TestNamespace blue = new();
        int index = Prepare(blue);
        List<NetlinkRequest> requests = [.. Enumerable.Range(0, 1000).Select(i => RouteRequests.Add(RouteTo(i % 900, index)))];
        requests.Insert(500, RouteRequests.Dump(IpFamily.Ipv4, Ours));
        requests.Add(RouteRequests.Dump(IpFamily.Ipv4, Ours));
        IReadOnlyList<NetlinkReply> replies = blue.Socket.Execute(requests);
        Assert.Equal(1002, replies.Count);
        Assert.Equal(500, replies[500].Messages.Count);
        Assert.Equal(900, replies[1001].Messages.Count);

        // The last hundred are there already: refused, and each in its own place.
        Assert.All(replies.Take(901), reply => Assert.Null(reply.Error));
        Assert.All(replies.Skip(901).Take(100), reply => Assert.Equal("EEXIST", reply.Error?.Name));
    }

    [Fact]
    public void A_namespace_that_is_not_there_refuses_its_request_and_no_other()
    {
        using TestNamespace blue = new();
        IReadOnlyList<NetlinkReply> replies = blue.Socket.Execute(
        [
            LinkRequests.NewBridge("br0"),
            LinkRequests.NewVeth("a", new VethPeer("b", Namespace: "/run/netns/weft-t-nowhere")),
            LinkRequests.NewBridge("br1"),
        ]);
        Assert.Null(replies[0].Error);
        Assert.Equal("ENOENT", replies[1].Error?.Name);
        Assert.Contains("weft-t-nowhere", replies[1].Error?.Message, StringComparison.Ordinal);
        Assert.Null(replies[2].Error);
        Assert.Equal("br1", blue.LinkOf("br1").Name);
    }

    [Fact]
    public void No_request_is_no_work()
    {
        using TestNamespace blue = new();
        Assert.Empty(blue.Socket.Execute([]));
    }

    [Fact]
    public async Task A_list_that_is_read_while_it_changes_has_everything_that_stayed()
    {
        using TestNamespace blue = new();
        using NetlinkSocket other = NetlinkSocket.Open(blue.Path);
        int index = Prepare(blue);
        Assert.All(
            blue.Socket.Execute([.. Enumerable.Range(0, 3000).Select(i => RouteRequests.Add(RouteTo(i, index)))]),
            reply => Assert.Null(reply.Error));
        using CancellationTokenSource stop = new();
        Task churn = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                other.Execute([RouteRequests.Replace(RouteTo(5000, index)), RouteRequests.Delete(RouteTo(5000, index))]);
                Thread.Sleep(1);
            }
        }, TestContext.Current.CancellationToken);
        for (int i = 0; i < 50; i++)
        {
            NetlinkReply reply = blue.Socket.Execute(RouteRequests.Dump(IpFamily.Ipv4, Ours));
            Assert.True(reply.Error is null or { Errno: KernelErrno.EINTR }, reply.Error?.ToString());
            if (reply.Error is null)
            {
                Assert.InRange(reply.Messages.Count, 3000, 3001);
            }
        }

        await stop.CancelAsync();
        await churn;
    }

    [Fact]
    public void Callers_from_many_threads_get_their_own_answers()
    {
        using TestNamespace blue = new();
        int index = Prepare(blue);
        Parallel.For(0, 400, i =>
        {
            Assert.Null(blue.Socket.Execute(RouteRequests.Add(RouteTo(i, index))).Error);
            Assert.Equal("EEXIST", blue.Socket.Execute(RouteRequests.Add(RouteTo(i, index))).Error?.Name);
        });
        Assert.Equal(400, blue.Do(RouteRequests.Dump(IpFamily.Ipv4, Ours)).Count);
    }

    private static int Prepare(TestNamespace blue)
    {
        blue.Do(LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
        return blue.LinkOf("a").Index;
    }

    private static Route RouteTo(int number, int index) => new()
    {
        Destination = IpPrefix.Host(IpPrefix.Parse("10.0.0.0/8").At((UInt128)number)),
        OutputInterface = index,
        Protocol = Ours,
    };
}
