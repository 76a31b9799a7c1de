using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Net.Packets;
using Weft.Netlink.Nftables.Expressions;
using Weft.Netlink.Nftables.Rules;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>Who may send us what in a tunnel: only nodes of the plan, and inside it only source addresses of that node's
/// blocks.</summary>
internal static class TunnelRules
{
    /// <summary>The protocol number of IPv4 in IPv4 (RFC 2003).</summary>
    public const byte IpInIp = 4;

    // From the transport header: UDP 8, VXLAN 8 (RFC 7348, 5), inner Ethernet with its type at 12 and its payload at 14.
    // An inner VLAN tag makes another type of it, and is refused like any other.
    private const int InnerPacket = 8 + 8 + 14;

    // RFC 791, 3.1 and RFC 8200, 3: where a packet says where it comes from.
    private const int Ipv4Source = 12;
    private const int Ipv6Source = 8;

    private static readonly NftField InnerEtherType = NftField.Payload(PayloadBase.Transport, 8 + 8 + 12, 2);

    /// <summary>The rules for VXLAN over one family.</summary>
    public static IEnumerable<RuleBody> Vxlan(IpFamily outer, RulesetShape shape)
    {
        yield return Nested("VXLAN");
        foreach (InnerSet set in shape.InnerSets.Where(s => s.Outer == outer))
        {
            EtherType type = set.Inner == IpFamily.Ipv4 ? EtherType.Ipv4 : EtherType.Ipv6;
            yield return new RuleBody(Passed(set), Pass(shape, new NftRuleBuilder()
                .Where(InnerEtherType, (ulong)type)
                .WhereIn(RulesetNames.Inner(set), NftField.SourceOf(outer), InnerSource(set, InnerPacket))));
        }

        yield return Forwarded();
        yield return Stranger(outer, "VXLAN");
        yield return new RuleBody(
            "dropped: VXLAN whose inner source is not in a block of the node that sent it", new NftRuleBuilder().Count().Drop());
    }

    /// <summary>The rules for IPv4 in IPv4: the inner header is where the transport's would be.</summary>
    public static IEnumerable<RuleBody> Ipip(RulesetShape shape)
    {
        yield return Nested("IPv4 in IPv4");
        foreach (InnerSet set in shape.InnerSets.Where(s => s is { Outer: IpFamily.Ipv4, Inner: IpFamily.Ipv4 }))
        {
            yield return new RuleBody(Passed(set), Pass(shape, new NftRuleBuilder()
                .WhereIn(RulesetNames.Inner(set), NftField.SourceOf(IpFamily.Ipv4), InnerSource(set, 0))));
        }

        yield return Forwarded();
        yield return Stranger(IpFamily.Ipv4, "IPv4 in IPv4");
        yield return new RuleBody(
            "dropped: IPv4 in IPv4 whose inner source is not in a block of the node that sent it", new NftRuleBuilder().Count().Drop());
    }

    /// <summary>The rules for a SYN that a workload sends. A route through an encapsulation has a smaller MTU than a workload's
    /// interface: the SYN must not ask for larger segments than fit on the way that it goes, and that they come back. Each end
    /// does this for what it will be sent; what asks for less is left as it is.</summary>
    public static IEnumerable<RuleBody> FittingSegments(RulesetShape shape)
    {
        foreach (SegmentMap map in shape.SegmentMaps)
        {
            NftField destination = NftField.DestinationOf(map.Family);
            yield return new RuleBody($"{shape.Node}: TCP segments fit on the way to a /{map.Length}", new NftRuleBuilder()
                .WhereFamily(map.Family).WhereSyn().ClampMssBy(
                    RulesetNames.Segments(map),
                    map.Length == (map.Family == IpFamily.Ipv4 ? 32 : 128) ? destination : destination.Masked(map.Length)));
        }
    }

    /// <summary>Conntrack need not know the tunnels between nodes: what is inside it sees by itself.</summary>
    public static IEnumerable<RuleBody> Output(RulesetShape shape)
    {
        foreach (IpFamily outer in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (outer == IpFamily.Ipv4 ? shape.VxlanOver4 : shape.VxlanOver6)
            {
                yield return new RuleBody("VXLAN to other nodes", new NftRuleBuilder()
                    .Where(NftField.UdpDestinationPort, KernelNames.VxlanPort)
                    .WhereIn(RulesetNames.Vteps(outer), NftField.DestinationOf(outer)).NoTrack());
            }
        }

        if (shape.Ipip)
        {
            yield return new RuleBody("IPv4 in IPv4 to other nodes", new NftRuleBuilder().WhereTransport(IpInIp)
                .WhereIn(RulesetNames.Vteps(IpFamily.Ipv4), NftField.DestinationOf(IpFamily.Ipv4)).NoTrack());
        }
    }

    // Where connections are tracked, those between tunnels' ends need not be.
    private static NftRuleBuilder Pass(RulesetShape shape, NftRuleBuilder rule) => (shape.Tracks ? rule.NoTrack() : rule).Accept();

    // A tunnel holds no other one: nobody would check what is in that.
    private static RuleBody Nested(string what) => new($"dropped: {what} for this node inside a tunnel", new NftRuleBuilder()
        .Where(NftField.InputGroup, KernelNames.TunnelGroup)
        .WhereNot(NftField.DestinationAddressType, RulesetLayout.Elsewhere).Count().Drop());

    private static string Passed(InnerSet set) => $"inner source in a /{set.Length} block of the sending node";

    // A block's first address: its mask is the same for all blocks of one length.
    private static NftField InnerSource(InnerSet set, int innerPacket)
    {
        bool isIpv4 = set.Inner == IpFamily.Ipv4;
        NftField source = NftField.Payload(
            PayloadBase.Transport, innerPacket + (isIpv4 ? Ipv4Source : Ipv6Source), isIpv4 ? 4 : 16);
        return set.Length == (isIpv4 ? 32 : 128) ? source : source.Masked(set.Length);
    }

    // What is right passes before this is asked, wherever it goes: it is a tunnel between nodes of the plan.
    private static RuleBody Forwarded() => new("for somebody else: merely forwarded", new NftRuleBuilder()
        .Where(NftField.DestinationAddressType, RulesetLayout.Elsewhere).Accept());

    private static RuleBody Stranger(IpFamily outer, string what) => new(
        $"dropped: {what} from an address that is no node's", new NftRuleBuilder()
        .WhereNotIn(RulesetNames.Vteps(outer), NftField.SourceOf(outer)).Count().Drop());
}
