using System.Collections.Generic;
using Weft.App.CommandLine;
using Weft.Linux.Sockets;
using Weft.Netlink.Rtnetlink;

namespace Weft.App.Lab.Picture;

/// <summary>The names of a namespace's links.</summary>
internal static class KernelLinks
{
    /// <summary>Names by index.</summary>
    public static Dictionary<int, string> NamesIn(NetlinkSocket socket)
    {
        NetlinkReply reply = socket.Execute(LinkRequests.Dump());
        if (reply.Error is { } error)
        {
            throw new CommandFailure($"the list of links: {error}");
        }

        Dictionary<int, string> names = [];
        foreach (byte[] message in reply.Messages)
        {
            if (RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? decoded)
                && decoded is RtnetlinkMessage.LinkChanged { Link: { } link })
            {
                names[link.Index] = link.Name;
            }
        }

        return names;
    }
}
