using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux;

/// <summary>A network namespace of one test, with a socket in it; gone when disposed.</summary>
public sealed class TestNamespace : IDisposable
{
    private static int _number;
    private NetlinkSocket? _netfilter;

    public TestNamespace()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        int number = Interlocked.Increment(ref _number);
        Name = string.Create(CultureInfo.InvariantCulture, $"weft-t-{Environment.ProcessId}-{number}");
        Assert.Null(NetworkNamespace.Create(Name));
        Socket = NetlinkSocket.Open(Path);
    }

    public string Name { get; }

    public string Path => NetworkNamespace.PathOf(Name);

    public NetlinkSocket Socket { get; }

    /// <summary>A socket of netfilter in it, opened when it is first used.</summary>
    public NetlinkSocket Netfilter => _netfilter ??= NetlinkSocket.Open(Path, NetlinkProtocol.Netfilter);

    /// <summary>Sends a request that must succeed.</summary>
    public IReadOnlyList<byte[]> Do(NetlinkRequest request)
    {
        NetlinkReply reply = Socket.Execute(request);
        Assert.True(reply.Error is null, $"{request}: {reply.Error}");
        return reply.Messages;
    }

    /// <summary>Sends a dump and reads all of it.</summary>
    public List<T> Dump<T>(NetlinkRequest request)
        where T : RtnetlinkMessage
    {
        List<T> found = [];
        foreach (byte[] message in Do(request))
        {
            Assert.True(RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? value));
            if (value is T wanted)
            {
                found.Add(wanted);
            }
        }

        return found;
    }

    /// <summary>The link of a name.</summary>
    public Link LinkOf(string name)
    {
        byte[] message = Assert.Single(Do(LinkRequests.GetByName(name)));
        Assert.True(RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? value));
        return Assert.IsType<RtnetlinkMessage.LinkChanged>(value).Link;
    }

    /// <summary>What iproute2 says: <c>ip -n NAME -j ARGUMENTS</c>.</summary>
    public JsonElement Ip(string arguments)
    {
        string output = Tool.Run("ip", $"-n {Name} -d -j {arguments}");
        using JsonDocument document = JsonDocument.Parse(output.Length == 0 ? "[]" : output);
        return document.RootElement.Clone();
    }

    public void Dispose()
    {
        Socket.Dispose();
        _netfilter?.Dispose();
        Assert.Null(NetworkNamespace.Delete(Name));
    }
}
