using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Weft.Node.Kernel;
using Weft.Node.Ruleset;
using Weft.Plan.Entries;
using Weft.Tests.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Ruleset;

public sealed class RulesetLayoutTests
{
    private static readonly InnerSet Blocks = new(IpFamily.Ipv4, IpFamily.Ipv4, 26);

    [Fact]
    public void Everything_that_drops_counts_and_says_what_it_dropped()
    {
        List<RuleBody> rules = [.. Rules(Shape(BrainNode.Self() with { Ipip = true, OverIpv6 = true }, innerSets: Blocks))];
        Assert.All(rules.Where(Drops), rule =>
        {
            Assert.Contains(rule.Expressions, e => e is NftExpression.Counter);
            Assert.StartsWith("dropped: ", rule.Comment, StringComparison.Ordinal);
        });
        Assert.Equal(15, rules.Count(Drops));
    }

    [Fact]
    public void Every_chain_that_a_rule_goes_to_and_every_set_that_it_asks_is_there()
    {
        List<RulesetObject> objects = [.. RulesetLayout.Of(Shape(BrainNode.Self() with { Ipip = true, OverIpv6 = true }, innerSets: Blocks))];
        foreach (NftExpression expression in Rules(objects).SelectMany(r => r.Expressions))
        {
            if (expression is NftExpression.Decide { Verdict.Chain: { } chain })
            {
                Assert.Contains(objects, o => o.Key == ChainObject.KeyOf(chain));
            }

            if (expression is NftExpression.Lookup lookup)
            {
                Assert.Contains(objects, o => o.Key == SetObject.KeyOf(lookup.Set));
            }
        }
    }

    [Fact]
    public void Without_a_tunnel_nobodys_VXLAN_is_ours_to_drop_and_a_device_that_is_still_there_is_protected()
    {
        SelfEntry self = BrainNode.Self(tunnel: false);
        Assert.DoesNotContain(RulesetLayout.Of(Shape(self)), o => o is ChainObject { Name: "vxlan-over4" });
        RulesetShape going = RulesetShape.Of(self, [], null, [], device => device == KernelNames.TunnelDevice, false);
        Assert.Contains(RulesetLayout.Of(going), o => o is ChainObject { Name: "vxlan-over4" });
    }

    [Fact]
    public void Translation_is_as_the_pools_and_the_configuration_say()
    {
        PoolEntry pool = BrainNode.Pool() with { NatOutgoing = true };
        PoolEntry pool6 = pool with { Name = "six", Cidr = IpPrefix.Parse("fd00:65::/64") };
        OutgoingNatEntry configured = new() { Configuration = "default", PortMin = 1000, PortMax = 2000, Address = IpAddress.Parse("192.0.2.7") };
        RulesetShape shape = RulesetShape.Of(BrainNode.Self(), [pool, pool6], configured, [], _ => false, false);
        OutgoingNat nat = Assert.Single(shape.Nat);
        Assert.Equal((IpAddress.Parse("192.0.2.7"), 1000, 2000), (nat.Address, nat.PortMin, nat.PortMax));
        Assert.Equal([(IpFamily.Ipv6, "six")], RulesetShape.Untranslated(BrainNode.Self(), [pool, pool6], configured));
        Assert.Equal(3, Rules(shape).Count(r => r.Expressions.Any(e => e is NftExpression.Nat)));

        // The chain stays for the connections that it has translated; with no pool there are none.
        Assert.True(RulesetShape.Of(BrainNode.Self(), [BrainNode.Pool()], null, [], _ => false, true).Translates);
        Assert.False(RulesetShape.Of(BrainNode.Self(), [BrainNode.Pool()], null, [], _ => false, false).Translates);
        Assert.False(RulesetShape.Of(BrainNode.Self(), [], null, [], _ => false, true).Translates);
    }

    [Theory]
    [InlineData(IpFamily.Ipv4, IpFamily.Ipv4, 26, "inner4-over4-26")]
    [InlineData(IpFamily.Ipv6, IpFamily.Ipv4, 32, "inner4-over6-32")]
    [InlineData(IpFamily.Ipv4, IpFamily.Ipv6, 122, "inner6-over4-122")]
    public void A_set_of_inner_sources_is_known_by_its_name(IpFamily outer, IpFamily inner, int length, string name)
    {
        InnerSet set = new(outer, inner, length);
        Assert.Equal(name, RulesetNames.Inner(set));
        Assert.Equal(set, RulesetNames.InnerOf(name));
        Assert.Null(RulesetNames.InnerOf($"{name}9"));
        Assert.Null(RulesetNames.InnerOf("inner4-over4-33"));
    }

    [Theory]
    [InlineData(IpFamily.Ipv4, 26, "segments4-26")]
    [InlineData(IpFamily.Ipv6, 122, "segments6-122")]
    public void A_map_of_segments_is_known_by_its_name(IpFamily family, int length, string name)
    {
        SegmentMap map = new(family, length);
        Assert.Equal(name, RulesetNames.Segments(map));
        Assert.Equal(map, RulesetNames.SegmentsOf(name));
        Assert.Null(RulesetNames.SegmentsOf($"{name}9"));
        Assert.Null(RulesetNames.SegmentsOf("segments4-33"));
        Assert.Equal((2, true), (SetDefinition.Find(name)!.DataLength, SetDefinition.Find(name)!.IsMap));
    }

    [Theory]
    [InlineData("10.65.0.64/26", 1450, "0582")]
    [InlineData("fd00:65::40/122", 1430, "055a")]
    public void A_segment_fits_into_what_the_route_carries_less_the_headers_of_IP_and_TCP(string block, int mtu, string size)
    {
        RemoteBlockEntry entry = new()
        {
            Cidr = IpPrefix.Parse(block),
            Pool = "default",
            Node = "b",
            Path = BlockPath.Vxlan,
            OwnerIpv4 = IpAddress.Parse("172.31.1.2"),
            Mtu = mtu,
        };
        Assert.Equal(size, Assert.Single(ElementConversion.Of(entry, BrainNode.Self()).Cast<ElementObject>(), e => e.Data is not null).Data.ToString());
        Assert.DoesNotContain(ElementConversion.Of(entry with { Mtu = null }, BrainNode.Self()).Cast<ElementObject>(), e => e.Data is not null);
    }

    [Fact]
    public void An_interval_ends_behind_its_last_address_and_the_last_of_all_has_no_end()
    {
        ElementObject pool = Assert.Single(ElementConversion.Of(BrainNode.Pool() with { Cidr = IpPrefix.Parse("10.65.0.0/16") }, null));
        Assert.Equal("0a420000", pool.End.ToString());
        ElementObject last = Assert.Single(ElementConversion.Of(BrainNode.Pool() with { Cidr = IpPrefix.Parse("255.255.0.0/16") }, null));
        Assert.Null(last.End);
        Assert.Equal("IPPool/default", last.Cause);
    }

    [Theory]
    [InlineData("filter", "FORWARD", "DOCKER-USER", "Docker")]
    [InlineData("filter", "FORWARD", "ufw-user-forward", "ufw")]
    [InlineData("filter", "FORWARD", "OTHER", "iptables")]
    [InlineData("firewalld", "filter_FORWARD", "x", "firewalld")]
    [InlineData("mine", "forward", "x", "another firewall")]
    public void A_foreign_filter_is_named_until_it_accepts_ours(string table, string chain, string other, string owner)
    {
        NftChain forward = new()
        {
            Family = NftFamily.Ipv4,
            Table = table,
            Name = chain,
            Hook = new NftHook(NftHook.Filter, NftHookNumber.Forward, 0),
            Policy = Weft.Netlink.NftVerdictCode.Drop,
        };
        NftChain second = forward with { Name = other, Hook = null, Policy = Weft.Netlink.NftVerdictCode.Accept };
        Assert.Equal(owner, Assert.Single(ForeignFilters.Find([forward, second], [])).Owner);
        NftRule accepts = new()
        {
            Family = NftFamily.Ipv4,
            Table = table,
            Chain = other,
            Expressions = new Weft.Netlink.Nftables.Rules.NftRuleBuilder(NfProtocol.Ipv4)
                .WhereName(Weft.Netlink.Nftables.Rules.NftField.InputInterface, "weft*").Accept().Build(),
        };
        Assert.Empty(ForeignFilters.Find([forward, second], [accepts]));
        Assert.Empty(ForeignFilters.Find([forward with { Policy = Weft.Netlink.NftVerdictCode.Accept }], []));
        Assert.Empty(ForeignFilters.Find([forward with { Hook = forward.Hook with { Number = NftHookNumber.Input } }], []));
    }

    private static RulesetShape Shape(SelfEntry self, params InnerSet[] innerSets) =>
        RulesetShape.Of(self, [BrainNode.Pool()], null, innerSets, _ => false, false);

    private static bool Drops(RuleBody rule) =>
        rule.Expressions.Any(e => e is NftExpression.Decide { Verdict.Code: Weft.Netlink.NftVerdictCode.Drop });

    private static IEnumerable<RuleBody> Rules(RulesetShape shape) => Rules(RulesetLayout.Of(shape));

    private static IEnumerable<RuleBody> Rules(IEnumerable<RulesetObject> objects) =>
        objects.OfType<RulesObject>().SelectMany(r => r.Rules);
}
