using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables.Expressions;
using Weft.Netlink.Nftables.Rules;
using Weft.Tests.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Netlink.Nftables.Rules;

public sealed class NftRuleBuilderTests
{
    private static readonly IpAddress Ten = IpAddress.Parse("10.0.0.1");

    // Our words on the right, nft's on the left: the same expressions.
    private static readonly Dictionary<string, NftRuleBuilder> Words = new()
    {
        ["inet f: ip6 daddr 2001:db8::1"] = New().Where(NftField.Ipv6Destination, IpAddress.Parse("2001:db8::1")),
        ["inet f: ip saddr & 255.255.240.0 == 10.0.16.0"] =
            New().Where(NftField.Ipv4Source, IpPrefix.Parse("10.0.16.0/20")),
        ["inet f: tcp dport 80"] = New().Where(NftField.TcpDestinationPort, 80),
        ["inet f: tcp dport >= 1024"] = New().Where(
            NftField.TcpDestinationPort, CompareOperation.GreaterOrEqual, NftBytes.OfUInt16(1024)),
        ["inet f: tcp flags syn / syn,rst"] = New().WhereBits(NftField.TcpFlags, 0x06, 0x02),
        ["inet f: @th,224,16 0x800"] = New().Where(NftField.Payload(PayloadBase.Transport, 28, 2), 0x800),
        ["inet f: meta mark 0x1"] = New().Where(NftField.Mark32, 1),
        ["inet f: meta mark & 0xff000000 == 0x1000000"] = New().WhereBits(NftField.Mark32, 0xff000000, 0x1000000),
        ["inet f: meta mark set meta mark and 0xff or 0x100"] = New().SetMark(0xffffff00, 0x100),
        ["inet f: iifname \"weft*\""] = New().WhereName(NftField.InputInterface, "weft*"),
        ["inet f: iifname \"weft0\""] = New().WhereName(NftField.InputInterface, "weft0"),
        ["inet f: oifname != \"eth0\""] = New().WhereNotName(NftField.OutputInterface, "eth0"),
        ["inet f: meta l4proto tcp"] = New().WhereTransport(6),
        ["inet f: ct state established,related accept"] =
            New().WhereAny(NftField.ConnectionState, (ulong)(CtState.Established | CtState.Related)).Accept(),
        ["inet f: ct mark 1"] = New().Where(NftField.ConnectionMark, 1),
        ["inet f: ct mark & 0xff == 0x1 counter packets 0 bytes 0 accept"] =
            New().WhereBits(NftField.ConnectionMark, 0xff, 1).Count().Accept(),
        ["inet f: ip saddr @s4"] = New().WhereIn("s4", NftField.Ipv4Source),
        ["inet f: ip saddr != @s4"] = New().WhereNotIn("s4", NftField.Ipv4Source),
        ["inet f: iifname . ip saddr @ws"] = New().WhereIn("ws", NftField.InputInterface, NftField.Ipv4Source),
        ["inet f: iifname . ip saddr != @ws drop"] =
            New().WhereNotIn("ws", NftField.InputInterface, NftField.Ipv4Source).Drop(),
        ["inet f: iifname vmap @vm"] = New().DecideBy("vm", NftField.InputInterface),
        ["inet f: meta mark set ip saddr map @mm"] = New()
            .LoadBy("mm", NftRegister.First, NftField.Ipv4Source)
            .Add(new NftExpression.MetaSet(MetaKey.Mark, NftRegister.First)),
        ["inet f: ip saddr . ip daddr . tcp dport @cc"] = New().WhereIn(
            "cc", NftField.Ipv4Source, NftField.Ipv4Destination, NftField.TcpDestinationPort),
        ["inet f: accept"] = New().Accept(),
        ["inet f: drop"] = New().Drop(),
        ["inet f: return"] = New().Return(),
        ["inet f: jump c"] = New().Jump("c"),
        ["inet f: goto c"] = New().Goto("c"),
        ["inet f: counter"] = New().Count(),
        ["inet f: counter name \"cn\""] = New().Use(NftObjectType.Counter, "cn"),
        ["inet f: reject with icmpx type admin-prohibited"] = New().Reject(3),
        ["inet p: notrack"] = New().NoTrack(),
        ["inet p: fib saddr . iif oif 0 drop"] = New().Where(NftField.ReversePath, 0).Drop(),
        ["inet p: fib daddr type local"] = New().Where(NftField.DestinationAddressType, 2),
        ["inet f: icmp type echo-request"] = New().Where(NftField.IcmpType, 8),
        ["inet f: ip frag-off & 0x1fff != 0"] = New().WhereAny(NftField.Ipv4Fragment, 0x1fff),
        ["inet f: tcp flags syn tcp option maxseg size set ip saddr map @ms"] = New().WhereSyn().ClampMssBy("ms", NftField.Ipv4Source),
        ["inet f: iifgroup 1459617793"] = New().Where(NftField.InputGroup, 1459617793),
        ["inet n: masquerade"] = New().Masquerade(),
        ["ip f: ip dscp 5"] = new NftRuleBuilder(NfProtocol.Ipv4)
            .WhereBits(NftField.Payload(PayloadBase.Network, 1, 1, NfProtocol.Ipv4), 0xfc, 0x14),
    };

    public static TheoryData<string> Statements => [.. Words.Keys];

    [Theory]
    [MemberData(nameof(Statements))]
    public void Our_words_make_the_expressions_that_nft_makes(string statement)
    {
        NftList<NftExpression> theirs = ExpressionFixture.Decode(ExpressionFixture.Rows[statement].Sent);
        Assert.Equal(ExpressionFixture.WithoutState(theirs), Words[statement].Build());
    }

    [Fact]
    public void A_translation_asks_for_the_family_of_its_address_first()
    {
        // nft leaves that to the writer: "snat ip to" of an IPv6 packet is silently nothing.
        NftList<NftExpression> theirs =
            ExpressionFixture.Decode(ExpressionFixture.Rows["inet n: snat ip to 10.0.0.1"].Sent);
        NftList<NftExpression> ours = New().SourceNat(Ten).Build();
        Assert.Equal(theirs, ours.Skip(2));
        Assert.Equal(New().WhereFamily(IpFamily.Ipv4).Build(), ours.Take(2));

        theirs = ExpressionFixture.Decode(
            ExpressionFixture.Rows["inet n: meta l4proto tcp snat ip to 10.0.0.1:1000-2000"].Sent);
        ours = New().WhereTransport(6).WhereFamily(IpFamily.Ipv4).SourceNat(Ten, 1000, 2000).Build();
        Assert.Equal(theirs.Skip(2), ours.Skip(4));

        theirs = ExpressionFixture.Decode(
            ExpressionFixture.Rows["inet d: tcp dport 80 dnat ip to 10.0.0.1:8080"].Sent);
        ours = New().Where(NftField.TcpDestinationPort, 80).DestinationNat(Ten, 8080).Build();
        Assert.Equal(theirs, [.. ours.Take(4), .. ours.Skip(6)]);
    }

    [Fact]
    public void What_a_field_needs_is_asked_once()
    {
        NftList<NftExpression> rule = New()
            .Where(NftField.IcmpV6Type, 134)
            .Where(NftField.Ipv6Source, IpPrefix.Parse("fe80::/64"))
            .Drop()
            .Build();
        Assert.Single(rule.OfType<NftExpression.MetaLoad>(), load => load.Key == MetaKey.NfProto);
        Assert.Single(rule.OfType<NftExpression.MetaLoad>(), load => load.Key == MetaKey.L4Proto);
        Assert.Throws<InvariantViolatedException>(() =>
            New().Where(NftField.Ipv4Source, Ten).Where(NftField.Ipv6Source, IpAddress.Parse("::1")));
    }

    [Fact]
    public void A_masked_field_in_a_concatenation_is_masked_where_it_stands()
    {
        NftField inner = NftField.Payload(PayloadBase.Transport, 42, 4, NfProtocol.Ipv4, 17).Masked(26);
        NftList<NftExpression> rule = New().WhereNotIn("inner26", NftField.Ipv4Source, inner).Count().Drop().Build();
        NftRegister second = NftRegister.Slot(1);
        Assert.Contains(new NftExpression.PayloadLoad(second, PayloadBase.Transport, 42, 4), rule);
        Assert.Contains(
            new NftExpression.MaskXor(
                second, second, 4, NftBytes.Of(IpAddress.Parse("255.255.255.192")), NftBytes.OfUInt32(0)),
            rule);
    }

    private static NftRuleBuilder New() => new();
}
