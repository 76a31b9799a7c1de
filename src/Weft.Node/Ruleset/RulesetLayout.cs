using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Net.Packets;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Rules;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>The table, its chains, sets and rules, for a shape. Pure; the elements of the sets come from
/// <see cref="ElementConversion"/>.</summary>
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
            yield return new RulesObject(chain.Name, [.. rules]);
        }
    }

    private static IEnumerable<(ChainObject Chain, IEnumerable<RuleBody> Rules)> ChainsOf(RulesetShape shape)
    {
        yield return (Base(RulesetNames.Prerouting, NftHook.Filter, NftHookNumber.Prerouting, NftHook.PriorityRaw), PreroutingOf(shape));
        yield return (Inner(RulesetNames.FromWorkload), FromWorkload());
        foreach (IpFamily family in Families)
        {
            yield return (Inner(RulesetNames.FromWorkloadIn(family)), FromWorkload(family, shape));
        }

        yield return (Inner(RulesetNames.NeighbourDiscovery), NeighbourDiscovery());
        if (shape.VxlanOver4)
        {
            yield return (Inner(RulesetNames.VxlanOver4), TunnelRules.Vxlan(IpFamily.Ipv4, shape.InnerSets));
        }

        if (shape.VxlanOver6)
        {
            yield return (Inner(RulesetNames.VxlanOver6), TunnelRules.Vxlan(IpFamily.Ipv6, shape.InnerSets));
        }

        if (shape.Ipip)
        {
            yield return (Inner(RulesetNames.Ipip), TunnelRules.Ipip(shape.InnerSets));
        }

        if (shape.HasTunnel)
        {
            yield return (Inner(RulesetNames.FromTunnel), TunnelRules.Inside(shape));
        }

        // Only where there are connections to be kept out of: each hook has its price.
        if (shape is { HasTunnel: true, Translates: true })
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

    // By the group of its interface a packet is told in a moment; the name is asked of what has none. What calls itself a
    // workload's link is treated as one.
    private static IEnumerable<RuleBody> PreroutingOf(RulesetShape shape)
    {
        yield return new RuleBody("IPv4 from workloads", new NftRuleBuilder().WhereFamily(IpFamily.Ipv4)
            .Where(NftField.InputGroup, KernelNames.WorkloadGroup).Goto(RulesetNames.FromWorkloadIn(IpFamily.Ipv4)));
        yield return new RuleBody("IPv6 from workloads", new NftRuleBuilder()
            .Where(NftField.InputGroup, KernelNames.WorkloadGroup).Goto(RulesetNames.FromWorkloadIn(IpFamily.Ipv6)));
        if (shape.HasTunnel)
        {
            yield return new RuleBody("what came in a tunnel", new NftRuleBuilder()
                .Where(NftField.InputGroup, KernelNames.TunnelGroup).Goto(RulesetNames.FromTunnel));
        }

        yield return new RuleBody("from links that are called like workloads'", new NftRuleBuilder()
            .WhereName(NftField.InputInterface, RulesetNames.WorkloadLinks).Goto(RulesetNames.FromWorkload));
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

    private static IEnumerable<RuleBody> FromWorkload()
    {
        yield return new RuleBody("IPv4 from workloads", new NftRuleBuilder().WhereFamily(IpFamily.Ipv4)
            .Goto(RulesetNames.FromWorkloadIn(IpFamily.Ipv4)));
        yield return new RuleBody("IPv6 from workloads", new NftRuleBuilder().Goto(RulesetNames.FromWorkloadIn(IpFamily.Ipv6)));
    }

    // A workload sends from its own addresses only, and is no router and no VTEP. What there is most of comes first, UDP and
    // TCP from the workload's own address, and UDP before TCP, whose packets are large before the wire.
    private static IEnumerable<RuleBody> FromWorkload(IpFamily family, RulesetShape shape)
    {
        NftRuleBuilder Own(NftRuleBuilder rule) =>
            rule.WhereIn(RulesetNames.Workloads(family), NftField.InputInterface, NftField.SourceOf(family)).Accept();

        yield return new RuleBody("UDP from the workload's own address", Own(new NftRuleBuilder()
            .WhereNot(NftField.UdpDestinationPort, KernelNames.VxlanPort)));
        yield return new RuleBody("TCP from the workload's own address", Own(new NftRuleBuilder().WhereTransport((byte)IpProtocol.Tcp)));
        yield return new RuleBody("dropped: VXLAN (UDP 4789) sent by a workload", new NftRuleBuilder()
            .Where(NftField.UdpDestinationPort, KernelNames.VxlanPort).Count().Drop());
        foreach (RuleBody rule in family == IpFamily.Ipv4 ? NoRouterOfIpv4(shape) : NoRouterOfIpv6())
        {
            yield return rule;
        }

        yield return new RuleBody("from the workload's own address", Own(new NftRuleBuilder()));
        if (family == IpFamily.Ipv6)
        {
            // Multicast listener discovery (RFC 2710, RFC 3810) and neighbour discovery (RFC 4861), before and beside the
            // workload's own addresses.
            yield return new RuleBody("MLD, neighbour discovery", new NftRuleBuilder()
                .WhereBetween(NftField.IcmpV6Type, MldFirst, DiscoveryLast).Jump(RulesetNames.NeighbourDiscovery));
            yield return new RuleBody("MLD version 2", new NftRuleBuilder()
                .Where(NftField.IcmpV6Type, MldVersion2).Jump(RulesetNames.NeighbourDiscovery));
        }

        yield return new RuleBody(
            "dropped: source address is not the workload's own", new NftRuleBuilder().Count().Drop());
    }

    private static IEnumerable<RuleBody> NoRouterOfIpv4(RulesetShape shape)
    {
        if (shape.Ipip)
        {
            // Who goes to this chain is not seen by that of IPv4 in IPv4. No device of ours takes in any other protocol
            // that wraps packets (IPv6 in IPv4 is 41).
            yield return new RuleBody("dropped: IPv4 in IPv4 sent by a workload", new NftRuleBuilder()
                .WhereTransport(TunnelRules.IpInIp).Count().Drop());
        }

        yield return new RuleBody("dropped: ICMP redirect sent by a workload", new NftRuleBuilder()
            .Where(NftField.IcmpType, (ulong)Icmpv4Type.Redirect).Count().Drop());
    }

    private static IEnumerable<RuleBody> NoRouterOfIpv6()
    {
        yield return new RuleBody("dropped: router advertisement sent by a workload", new NftRuleBuilder()
            .Where(NftField.IcmpV6Type, (ulong)Icmpv6Type.RouterAdvertisement).Count().Drop());
        yield return new RuleBody("dropped: ICMPv6 redirect sent by a workload", new NftRuleBuilder()
            .Where(NftField.IcmpV6Type, (ulong)Icmpv6Type.Redirect).Count().Drop());
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
