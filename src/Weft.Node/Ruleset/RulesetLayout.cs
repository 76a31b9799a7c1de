using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Net.Packets;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Rules;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>The table, its chains, sets and rules, for a shape. Pure; the elements of the sets come from
/// <see cref="ElementConversion"/>, the chains of workloads' links from <see cref="GuardRules"/>.</summary>
/// <remarks>Everything is decided before conntrack sees it where it can be (priority raw), and once per connection where
/// it must be (nat). What a rule drops it counts, and its comment says what it was.</remarks>
internal static class RulesetLayout
{
    // RTN_UNICAST: somewhere else. What is for this node may be local, broadcast, anycast or multicast, and a tunnel's socket
    // takes each of them in; what is merely forwarded is not ours to check.
    public const ulong Elsewhere = 1;
    private const ulong MldFirst = 130; // RFC 2710, 3.1
    private const ulong DiscoveryLast = 136; // RFC 4861, 4.4: neighbour advertisement
    private const ulong MldVersion2 = 143; // RFC 3810, 5.2

    private static readonly IpFamily[] Families = [IpFamily.Ipv4, IpFamily.Ipv6];

    /// <summary>All objects but the elements, in no order.</summary>
    public static IEnumerable<RulesetObject> Of(RulesetShape shape)
    {
        yield return new TableObject(0);
        foreach (SetDefinition set in SetDefinition.Static
            .Concat(shape.InnerSets.Select(SetDefinition.Of)).Concat(shape.SegmentMaps.Select(SetDefinition.Of)))
        {
            yield return new SetObject(set.Name, set.KeyLength, set.Intervals, set.DataLength);
        }

        foreach ((ChainObject chain, IEnumerable<RuleBody> rules) in ChainsOf(shape))
        {
            yield return chain;
            RulesObject all = new(chain.Name, [.. rules]);
            if (all.Rules.Count > 0)
            {
                yield return all; // Of a chain without rules the kernel says none.
            }
        }
    }

    private static IEnumerable<(ChainObject Chain, IEnumerable<RuleBody> Rules)> ChainsOf(RulesetShape shape)
    {
        yield return (Inner(RulesetNames.FittingSegments), TunnelRules.FittingSegments(shape));
        yield return (Inner(RulesetNames.FromWorkload), FromWorkload(shape));
        yield return (Inner(RulesetNames.ForeignSource), ForeignSource());
        yield return (Inner(RulesetNames.NeighbourDiscovery), NeighbourDiscovery());
        if (shape.HasTunnel)
        {
            // What is merely forwarded is asked nothing. Only where connections are tracked tunnels are told from them before.
            yield return shape.Tracks
                ? (Base(RulesetNames.Prerouting, NftHook.Filter, NftHookNumber.Prerouting, NftHook.PriorityRaw), Tunnels(shape))
                : (Base(RulesetNames.Input, NftHook.Filter, NftHookNumber.Input, NftHook.PriorityRaw), Tunnels(shape));
        }

        if (shape.VxlanOver4)
        {
            yield return (Inner(RulesetNames.VxlanOver4), TunnelRules.Vxlan(IpFamily.Ipv4, shape));
        }

        if (shape.VxlanOver6)
        {
            yield return (Inner(RulesetNames.VxlanOver6), TunnelRules.Vxlan(IpFamily.Ipv6, shape));
        }

        if (shape.Ipip)
        {
            yield return (Inner(RulesetNames.Ipip), TunnelRules.Ipip(shape));
        }

        // Only where there are connections to be kept out of: each hook has its price.
        if (shape is { HasTunnel: true, Tracks: true })
        {
            yield return (Base(RulesetNames.Output, NftHook.Filter, NftHookNumber.Output, NftHook.PriorityRaw), TunnelRules.Output(shape));
        }

        if (shape.Translates)
        {
            yield return (
                Base(RulesetNames.Postrouting, NftHook.Nat, NftHookNumber.Postrouting, NftHook.PrioritySourceNat),
                NatRules.Of(shape));
        }
    }

    private static IEnumerable<RuleBody> Tunnels(RulesetShape shape)
    {
        foreach (IpFamily outer in Families)
        {
            if (outer == IpFamily.Ipv4 ? shape.VxlanOver4 : shape.VxlanOver6)
            {
                yield return new RuleBody($"{shape.Node}: VXLAN", new NftRuleBuilder().WhereFamily(outer)
                    .Where(NftField.UdpDestinationPort, KernelNames.VxlanPort)
                    .Goto(outer == IpFamily.Ipv4 ? RulesetNames.VxlanOver4 : RulesetNames.VxlanOver6));
            }
        }

        if (shape.Ipip)
        {
            yield return new RuleBody($"{shape.Node}: IPv4 in IPv4", new NftRuleBuilder()
                .WhereFamily(IpFamily.Ipv4).WhereTransport(TunnelRules.IpInIp).Goto(RulesetNames.Ipip));
        }
    }

    // A workload is no router and no VTEP, whichever address it takes for that.
    private static IEnumerable<RuleBody> FromWorkload(RulesetShape shape)
    {
        yield return new RuleBody("dropped: VXLAN (UDP 4789) sent by a workload", new NftRuleBuilder()
            .Where(NftField.UdpDestinationPort, KernelNames.VxlanPort).Count().Drop());
        if (shape.Ipip)
        {
            // No device of ours takes in any other protocol that wraps packets (IPv6 in IPv4 is 41).
            yield return new RuleBody("dropped: IPv4 in IPv4 sent by a workload", new NftRuleBuilder()
                .WhereFamily(IpFamily.Ipv4).WhereTransport(TunnelRules.IpInIp).Count().Drop());
        }

        yield return new RuleBody("dropped: ICMP redirect sent by a workload", new NftRuleBuilder()
            .Where(NftField.IcmpType, (ulong)Icmpv4Type.Redirect).Count().Drop());
        yield return new RuleBody("dropped: router advertisement sent by a workload", new NftRuleBuilder()
            .Where(NftField.IcmpV6Type, (ulong)Icmpv6Type.RouterAdvertisement).Count().Drop());
        yield return new RuleBody("dropped: ICMPv6 redirect sent by a workload", new NftRuleBuilder()
            .Where(NftField.IcmpV6Type, (ulong)Icmpv6Type.Redirect).Count().Drop());
    }

    // Multicast listener discovery (RFC 2710, RFC 3810) and neighbour discovery (RFC 4861), before and beside the workload's
    // own addresses.
    private static IEnumerable<RuleBody> ForeignSource()
    {
        yield return new RuleBody("MLD, neighbour discovery", new NftRuleBuilder()
            .WhereBetween(NftField.IcmpV6Type, MldFirst, DiscoveryLast).Jump(RulesetNames.NeighbourDiscovery));
        yield return new RuleBody("MLD version 2", new NftRuleBuilder()
            .Where(NftField.IcmpV6Type, MldVersion2).Jump(RulesetNames.NeighbourDiscovery));
        yield return new RuleBody(
            "dropped: source address is not the workload's own", new NftRuleBuilder().Count().Drop());
    }

    private static IEnumerable<RuleBody> NeighbourDiscovery()
    {
        yield return new RuleBody("from a link-local address", new NftRuleBuilder()
            .Where(NftField.Ipv6Source, IpPrefix.Parse("fe80::/64")).Accept());
        yield return new RuleBody("from no address yet", new NftRuleBuilder()
            .Where(NftField.Ipv6Source, IpPrefix.Parse("::/128")).Accept());
    }

    private static ChainObject Base(string name, string type, NftHookNumber hook, int priority) =>
        new(name, new ChainHook(type, (uint)hook, priority));

    private static ChainObject Inner(string name) => new(name, null);
}
