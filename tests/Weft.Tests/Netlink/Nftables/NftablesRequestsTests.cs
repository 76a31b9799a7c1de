using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Netlink.Nftables;

/// <summary>Requests as bytes: flags, framing, what fits into one.</summary>
public sealed class NftablesRequestsTests
{
    private const NftFamily Inet = NftFamily.Inet;

    private static readonly NftRule Rule = new()
    {
        Family = Inet,
        Table = "weft",
        Chain = "forward",
        Expressions = [new NftExpression.Counter(), new NftExpression.Decide(new NftVerdict(NftVerdictCode.Drop))],
        Handle = 7,
        Position = 5,
        UserData = NftUserData.OfComment("why"),
    };

    [Fact]
    public void A_rule_goes_in_at_the_end_before_behind_or_in_the_place_of_another()
    {
        Assert.Equal(Rule with { Handle = 0 }, RuleOf(NftablesRequests.AppendRule(Rule)));
        Assert.Equal(Rule with { Handle = 0 }, RuleOf(NftablesRequests.InsertRule(Rule)));
        Assert.Equal(Rule with { Position = 0 }, RuleOf(NftablesRequests.ReplaceRule(Rule)));
        Assert.Equal(
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_APPEND,
            NftablesRequests.AppendRule(Rule).Header.Flags);
        Assert.Equal(
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_CREATE, NftablesRequests.InsertRule(Rule).Header.Flags);
        Assert.Equal(
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_REPLACE | NetlinkFlags.NLM_F_ECHO,
            NftablesRequests.ReplaceRule(Rule, echo: true).Header.Flags);
    }

    [Fact]
    public void Elements_go_out_in_as_few_requests_as_hold_them_and_none_is_lost()
    {
        NftSetElements many = new(Inet, "weft", "hosts4",
        [
            .. Enumerable.Range(0, 10_000).Select(i => new NftSetElement
            {
                Key = NftBytes.OfUInt32((uint)i),
                UserData = NftUserData.OfComment(new string('x', i % 100)),
            }),
        ]);
        IReadOnlyList<NetlinkRequest> requests = NftablesRequests.AddElements(many);
        Assert.All(requests, request => Assert.InRange(request.Header.Length, 1, ushort.MaxValue + 64));
        Assert.All(requests.SkipLast(1), request => Assert.InRange(request.Header.Length, ushort.MaxValue - 256, ushort.MaxValue + 64));
        Assert.Equal(many.Elements, requests.SelectMany(request => ElementsOf(request).Elements));
        Assert.Empty(NftablesRequests.AddElements(many with { Elements = [] }));
    }

    [Fact]
    public void A_transaction_has_a_beginning_that_may_name_a_generation_and_an_end()
    {
        NftablesBatch batch = new([NftablesRequests.FlushRules(Inet, "weft")], generation: 0x01020304);
        IReadOnlyList<NetlinkRequest> messages = batch.Messages;
        Assert.Equal(3, messages.Count);
        Assert.Equal(batch.Requests[0], messages[1]);

        // Length, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST; family, version, NFNL_SUBSYS_NFTABLES; NFNL_BATCH_GENID.
        Assert.Equal(
            "1c00000010000100" + "0000000000000000" + "0000000a" + "0800010001020304",
            Convert.ToHexStringLower(messages[0].Bytes.Span));
        Assert.Equal(
            "1400000011000100" + "0000000000000000" + "0000000a", Convert.ToHexStringLower(messages[2].Bytes.Span));
        Assert.Equal(messages.Sum(m => m.Bytes.Length), batch.ByteLength);
    }

    [Fact]
    public void A_request_says_what_it_is() => Assert.Equal(
        "NFT_MSG_DELRULE (32 bytes)", NftablesRequests.FlushRules(Inet, "weft").ToString());

    [Fact]
    public void A_question_goes_out_alone_and_never_in_a_transaction() =>
        Assert.ThrowsAny<Exception>(() => new NftablesBatch([NftablesRequests.DumpTables()]));

    [Theory]
    [InlineData("", null)]
    [InlineData("why", "why")]
    public void A_comment_comes_back(string comment, string? expected) =>
        Assert.Equal(expected, NftUserData.CommentOf(NftUserData.OfComment(comment)));

    [Fact]
    public void A_comment_that_is_too_long_is_cut_between_characters_and_says_so()
    {
        NftBytes data = NftUserData.OfComment(new string('€', 200));
        Assert.InRange(data.Length, 200, 256);
        string? comment = NftUserData.CommentOf(data);
        Assert.EndsWith("€...", comment, StringComparison.Ordinal);
        Assert.DoesNotContain("\uFFFD", comment, StringComparison.Ordinal);
        string? ofSet = NftUserData.CommentOfSet(NftUserData.OfSet(NftByteOrder.Network, NftByteOrder.Host, new string('€', 200)));
        Assert.EndsWith("€...", ofSet, StringComparison.Ordinal);
    }

    [Fact]
    public void A_concatenation_pads_each_field_to_four_bytes_and_numbers_its_type_as_nft_does()
    {
        Assert.Equal(
            "0a410001" + "06000000" + "01bb0000",
            NftBytes.Concat(NftBytes.Of(IpAddress.Parse("10.65.0.1")), NftBytes.OfByte(6), NftBytes.OfUInt16(443)).ToString());
        NftDataType type = NftDataType.Concat(NftDataType.Ipv4Address, NftDataType.Protocol, NftDataType.Port);
        Assert.Equal((uint)((7 << 12) | (12 << 6) | 13), type.Number);
        Assert.Equal(12, type.Length);
    }

    private static NftRule RuleOf(NetlinkRequest request) =>
        Assert.IsType<NftablesMessage.RuleChanged>(Meaning(request)).Rule;

    private static NftSetElements ElementsOf(NetlinkRequest request) =>
        Assert.IsType<NftablesMessage.ElementsChanged>(Meaning(request)).Elements;

    private static NftablesMessage Meaning(NetlinkRequest request)
    {
        Assert.True(NftablesMessage.TryDecode(request.Bytes.Span, out NftablesMessage? value));
        return value;
    }
}
