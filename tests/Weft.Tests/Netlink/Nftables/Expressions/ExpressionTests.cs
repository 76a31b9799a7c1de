using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Net.Bytes;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Netlink.Nftables.Expressions;

public sealed class ExpressionTests
{
    public static TheoryData<string> Statements => [.. ExpressionFixture.Rows.Keys];

    [Theory]
    [MemberData(nameof(Statements))]
    public void What_nft_sends_is_understood_whole(string statement)
    {
        NftList<NftExpression> sent = ExpressionFixture.Decode(ExpressionFixture.Rows[statement].Sent);
        Assert.NotEmpty(sent);
        Assert.DoesNotContain(sent, e => e is NftExpression.Unknown);
        Assert.Equal(sent, ExpressionFixture.Decode(ExpressionFixture.Encode(sent)));
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void What_the_kernel_dumps_means_what_nft_sent_and_we_write_it_byte_for_byte(string statement)
    {
        ExpressionRow row = ExpressionFixture.Rows[statement];
        Assert.SkipWhen(row.Dumped is null, "the kernel of the fixture has not got it");
        NftList<NftExpression> dumped = ExpressionFixture.Decode(row.Dumped);
        Assert.Equal(
            ExpressionFixture.WithoutState(ExpressionFixture.Decode(row.Sent)),
            ExpressionFixture.WithoutState(dumped));
        string ours = Hex.Of(ExpressionFixture.Encode(dumped));
        if (dumped.Any(e => e is NftExpression.OptionWrite or NftExpression.DynamicSet or NftExpression.OsFingerprint))
        {
            // The kernel dumps what it refuses in a request: flags of an option that is written (NFTA_EXTHDR_FLAGS), the
            // timeout 0 of a set without timeouts. And it wants a flag for a list that it does not dump.
            Assert.Equal(dumped, ExpressionFixture.Decode(Hex.ToBytes(ours)));
            return;
        }

        Assert.Equal(Hex.Of(row.Dumped), ours);
    }

    [Fact]
    public void Every_kind_of_expression_has_a_row_or_a_reason()
    {
        HashSet<string> seen = [.. ExpressionFixture.Rows.Values.SelectMany(row => ExpressionFixture.Decode(row.Sent))
            .Select(expression => expression.GetType().Name)];

        // nft 1.0.6, which made the rows, has no words for these.
        seen.UnionWith(["Combine", "Inner", "LastUsed", "TunnelLoad", "FlowOffload", "Unknown"]);
        Assert.Empty(typeof(NftExpression).GetNestedTypes()
            .Where(type => type.IsAssignableTo(typeof(NftExpression))).Select(type => type.Name).Except(seen));
    }

    [Fact]
    public void What_is_not_modelled_keeps_its_bytes()
    {
        // target(name, rev, info) of iptables; and a compare with an attribute that nobody knows yet.
        byte[] strange = Hex.ToBytes("1c000100" + "0b00010074617267657400000c000280" + "0800010041424300");
        NftList<NftExpression> read = ExpressionFixture.Decode(strange);
        NftExpression.Unknown unknown = Assert.IsType<NftExpression.Unknown>(Assert.Single(read));
        Assert.Equal("target", unknown.Name);
        Assert.Equal("0800010041424300", unknown.Data.ToString());
        Assert.Equal(read, ExpressionFixture.Decode(ExpressionFixture.Encode(read)));

        byte[] newer = Hex.ToBytes("18000100" + "0c000100636f756e74657200" + "08000280" + "04002a00");
        Assert.Equal("counter", Assert.IsType<NftExpression.Unknown>(Assert.Single(ExpressionFixture.Decode(newer))).Kind);
    }

    [Fact]
    public void What_nft_has_no_words_for_survives_its_own_bytes()
    {
        NftExpression[] expressions =
        [
            new NftExpression.Combine(
                BitwiseOperation.And, NftRegister.First, NftRegister.Second, default, NftRegister.Slot(5), 4),
            new NftExpression.Combine(
                BitwiseOperation.Xor, NftRegister.First, null, NftBytes.OfHostUInt32(7), NftRegister.First, 4),
            new NftExpression.Inner(
                0,
                InnerType.Vxlan,
                InnerFlags.HeaderSize | InnerFlags.LinkLayer | InnerFlags.Network | InnerFlags.Transport,
                8,
                new NftExpression.PayloadLoad(NftRegister.First, PayloadBase.Network, 12, 4)),
            new NftExpression.LastUsed(true, 1234),
            new NftExpression.TunnelLoad(TunnelKey.Id, NftRegister.First, TunnelMode.Receive),
            new NftExpression.FlowOffload("ft"),
        ];
        NftList<NftExpression> list = NftList.Create<NftExpression>(expressions);
        Assert.Equal(list, ExpressionFixture.Decode(ExpressionFixture.Encode(list)));
    }

    [Fact]
    public void Both_names_of_a_register_are_one()
    {
        Assert.True(NftRegister.TryOf(8, out NftRegister narrow));
        Assert.Equal(NftRegister.First, narrow);
        Assert.True(NftRegister.TryOf(16, out narrow));
        Assert.Equal(NftRegister.Third, narrow);
        Assert.Equal(3U, narrow.Number);
        Assert.Equal(23U, NftRegister.Slot(15).Number);
        for (int slot = 0; slot < NftRegister.SlotCount; slot++)
        {
            Assert.Equal(slot, NftRegister.Slot(slot).FirstSlot);
        }

        Assert.False(NftRegister.TryOf(5, out _));
        Assert.False(NftRegister.TryOf(24, out _));
        Assert.Equal(-1, NftRegister.Verdict.FirstSlot);
    }

    [Fact]
    public void What_the_kernel_counts_is_not_part_of_what_was_asked_for()
    {
        Assert.Equal(new NftExpression.Counter(), new NftExpression.Counter(3, 500).WithoutState());
        Assert.Contains("500", new NftExpression.Counter(3, 500).ToString(), StringComparison.Ordinal);
        Assert.Equal(
            new NftExpression.Quota(1000, QuotaFlags.Inverted),
            new NftExpression.Quota(1000, QuotaFlags.Inverted | QuotaFlags.Depleted, 1001).WithoutState());
        NftExpression.DynamicSet counting = new(DynamicSetOperation.Add, "s", NftRegister.First)
        {
            Expressions = [new NftExpression.Counter(1, 2)],
        };
        Assert.Equal(counting with { Expressions = [new NftExpression.Counter()] }, counting.WithoutState());
    }

    [Theory]
    [MemberData(nameof(Statements))]
    public void Every_truncation_is_an_answer(string statement)
    {
        byte[] bytes = ExpressionFixture.Rows[statement].Sent;
        for (int length = 0; length < bytes.Length; length++)
        {
            bool read = NftExpressionList.TryDecode(
                new NetlinkAttribute(0, bytes.AsSpan(0, length)), out NftList<NftExpression> expressions);
            Assert.True(read || expressions.Count == 0);
        }
    }

    [Fact]
    public void Mutations_are_answers()
    {
        Random random = new(20261122);
        byte[][] rows = [.. ExpressionFixture.Rows.Values.Select(row => row.Sent)];
        int read = 0;
        for (int i = 0; i < 200_000; i++)
        {
            byte[] bytes = [.. rows[i % rows.Length]];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (NftExpressionList.TryDecode(new NetlinkAttribute(0, bytes), out NftList<NftExpression> expressions))
            {
                // What was read can be written and read again.
                read++;
                Assert.Equal(
                    expressions.Count, ExpressionFixture.Decode(ExpressionFixture.Encode(expressions)).Count);
            }
        }

        Assert.InRange(read, 1, 199_999);
    }

    [Fact]
    public void Random_rules_survive_their_own_bytes()
    {
        ExpressionGenerators.Rule.Sample(
            rule => Assert.Equal(rule, ExpressionFixture.Decode(ExpressionFixture.Encode(rule))));
    }

    [Fact]
    public void Expressions_inside_each_other_without_end_are_refused()
    {
        NftExpression inside = new NftExpression.Counter();
        for (int depth = 0; depth < 10; depth++)
        {
            inside = new NftExpression.DynamicSet(DynamicSetOperation.Add, "s", NftRegister.First)
            {
                Expressions = [inside],
            };
        }

        byte[] bytes = ExpressionFixture.Encode([inside]);
        Assert.False(NftExpressionList.TryDecode(new NetlinkAttribute(0, bytes), out _));
    }
}
