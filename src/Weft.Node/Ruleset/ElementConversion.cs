using System;
using System.Collections.Generic;
using System.Text;
using Weft.Net;
using Weft.Netlink;
using Weft.Plan.Entries;

namespace Weft.Node.Ruleset;

/// <summary>Turns entries of the plan into elements of sets. Pure: the same facts and entry
/// give the same elements. One entry's elements cost nothing of what others have.</summary>
internal static class ElementConversion
{
    // The kernel keeps 256 bytes of user data with an object (NFT_USERDATA_MAXLEN); its comment is one record of it.
    private const int CommentLengthMax = 250;

    // Without options: RFC 9293, 3.1; RFC 791, 3.1; RFC 8200, 3. An MSS counts none of them (RFC 6691).
    private const int TcpHeader = 20;
    private const int Ipv4Header = 20;
    private const int Ipv6Header = 40;

    /// <summary>The elements of one entry of the plan.</summary>
    public static IEnumerable<ElementObject> Of(PlanEntry entry, SelfEntry? self) => entry switch
    {
        SelfEntry own => OfSelf(own),
        PoolEntry pool => OfPool(pool),
        PeerEntry peer => OfPeer(peer, self),
        RemoteBlockEntry block => OfBlock(block, self),
        _ => [],
    };

    /// <summary>As much of a text as an object's user data holds.</summary>
    public static string CommentOf(string text)
    {
        int length = text.Length;
        while (Encoding.UTF8.GetByteCount(text.AsSpan(0, length)) > CommentLengthMax)
        {
            length--;
        }

        return text[..length];
    }

    private static IEnumerable<ElementObject> OfSelf(SelfEntry self)
    {
        foreach (IpInterfaceAddress? own in (IpInterfaceAddress?[])[self.Ipv4, self.Ipv6])
        {
            if (own is { Address: var address })
            {
                yield return Single(RulesetNames.Hosts(address.Family), address, self.Cause);
            }
        }
    }

    private static IEnumerable<ElementObject> OfPool(PoolEntry pool)
    {
        yield return Interval(RulesetNames.Pools(pool.Cidr.Family), pool.Cidr, pool.Cause);
        if (pool.NatOutgoing)
        {
            yield return Interval(RulesetNames.Nat(pool.Cidr.Family), pool.Cidr, pool.Cause);
        }
    }

    // A node also answers with its own addresses: to a workload whose packet came untranslated, through the tunnel.
    private static IEnumerable<ElementObject> OfPeer(PeerEntry peer, SelfEntry? self)
    {
        foreach (IpAddress? underlay in (IpAddress?[])[peer.Ipv4, peer.Ipv6])
        {
            if (underlay is { } address)
            {
                yield return Single(RulesetNames.Hosts(address.Family), address, peer.Cause);
                yield return Single(RulesetNames.Vteps(address.Family), address, peer.Cause);
                foreach (IpAddress vtep in TunnelEnds(peer.Ipv4, peer.Ipv6, self))
                {
                    yield return Inner(vtep, new IpPrefix(address, address.BitLength), peer.Cause);
                }
            }
        }
    }

    // Whatever the path is now: while a pool changes its mode the other node may be ahead of this one.
    private static IEnumerable<ElementObject> OfBlock(RemoteBlockEntry block, SelfEntry? self)
    {
        string cause = $"{block.Cause} Node/{block.Node}";
        bool comesInTunnels = false;
        foreach (IpAddress vtep in TunnelEnds(block.OwnerIpv4, block.OwnerIpv6, self))
        {
            comesInTunnels = true;
            yield return Inner(vtep, block.Cidr, cause);
        }

        if (comesInTunnels && block.Mtu is { } mtu)
        {
            int headers = TcpHeader + (block.Cidr.Family == IpFamily.Ipv4 ? Ipv4Header : Ipv6Header);
            yield return new ElementObject(
                RulesetNames.Segments(new SegmentMap(block.Cidr.Family, block.Cidr.Length)), NftBytes.Of(block.Cidr.Address), CommentOf(cause))
            {
                Data = NftBytes.OfUInt16((ushort)Math.Clamp(mtu - headers, 0, ushort.MaxValue)),
            };
        }
    }

    // Where a node's tunnels begin, as this node hears of them.
    private static IEnumerable<IpAddress> TunnelEnds(IpAddress? ipv4, IpAddress? ipv6, SelfEntry? self)
    {
        if (ipv4 is { } four && self is { OverIpv4: true } or { Ipip: true })
        {
            yield return four;
        }

        if (ipv6 is { } six && self is { OverIpv6: true })
        {
            yield return six;
        }
    }

    private static ElementObject Inner(IpAddress vtep, IpPrefix sources, string cause) => new(
        RulesetNames.Inner(new InnerSet(vtep.Family, sources.Family, sources.Length)),
        NftBytes.Concat(NftBytes.Of(vtep), NftBytes.Of(sources.Address)),
        CommentOf(cause));

    private static ElementObject Single(string set, IpAddress address, string cause) =>
        new(set, NftBytes.Of(address), CommentOf(cause));

    private static ElementObject Interval(string set, IpPrefix prefix, string cause)
    {
        IpAddress last = prefix.Last;
        UInt128 greatest = UInt128.MaxValue >> (128 - last.BitLength);
        return new ElementObject(set, NftBytes.Of(prefix.Address), CommentOf(cause))
        {
            End = last.Number == greatest ? null : NftBytes.Of(IpAddress.FromNumber(last.Family, last.Number + 1)),
        };
    }
}
