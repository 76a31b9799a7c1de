using System.Collections.Generic;
using System.Linq;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>Transactions that must succeed.</summary>
internal static class Transactions
{
    /// <summary>Has these carried out, and returns the answers.</summary>
    public static IReadOnlyList<NetlinkReply> Commit(this TestNamespace space, params IReadOnlyList<NetlinkRequest> requests)
    {
        IReadOnlyList<NetlinkReply> replies = space.Netfilter.Commit(new NftablesBatch(requests));
        Assert.Equal(requests.Count, replies.Count);
        string[] refused =
        [
            .. requests.Zip(replies).Where(p => p.Second.Error is not null)
                .Select((p, index) => $"{index} {p.First}: {p.Second.Error}"),
        ];
        Assert.True(refused.Length == 0, string.Join('\n', refused));
        return replies;
    }
}
