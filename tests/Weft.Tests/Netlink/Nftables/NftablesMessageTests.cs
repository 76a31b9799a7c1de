using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Xunit;

namespace Weft.Tests.Netlink.Nftables;

/// <summary>Bytes of the kernel and what they mean, both ways.</summary>
public sealed class NftablesMessageTests
{
    private const NftFamily Inet = NftFamily.Inet;

    [Fact]
    public void What_was_read_from_the_kernels_bytes_is_read_again_from_ours()
    {
        Assert.NotEmpty(NftablesFixture.Messages);
        Assert.All(NftablesFixture.Messages, message =>
        {
            NftablesMessage meaning = Meaning(message.Value);
            Assert.IsNotType<NftablesMessage.Other>(meaning);
            Assert.Equal(meaning, Meaning(meaning.ToBytes()));
        });
    }

    [Fact]
    public void The_fixture_has_every_kind_of_message()
    {
        HashSet<Type> kinds = [.. NftablesFixture.Messages.Values.Select(bytes => Meaning(bytes).GetType())];
        Assert.Superset(
            new HashSet<Type>
            {
                typeof(NftablesMessage.TableChanged),
                typeof(NftablesMessage.ChainChanged),
                typeof(NftablesMessage.RuleChanged),
                typeof(NftablesMessage.SetChanged),
                typeof(NftablesMessage.ElementsChanged),
                typeof(NftablesMessage.ObjectChanged),
            },
            kinds);
    }

    [Fact]
    public void A_table_a_chain_a_set_and_its_elements_mean_what_nft_was_told()
    {
        IEnumerable<NftablesMessage> all = NftablesFixture.Messages.Values.Select(Meaning);
        NftablesMessage[] messages = [.. all];
        Assert.Contains(messages.OfType<NftablesMessage.TableChanged>(), m =>
            m.Table is { Family: NftFamily.Ipv4, Name: "b", Flags: NftTableFlags.Dormant });
        Assert.Contains(messages.OfType<NftablesMessage.TableChanged>(), m => m.Table.Comment == "a comment");
        Assert.Contains(messages.OfType<NftablesMessage.ChainChanged>(), m =>
            m.Chain is { Name: "pre", Policy: NftVerdictCode.Drop, Comment: "a hook" }
            && m.Chain.Hook == new NftHook(NftHook.Filter, NftHookNumber.Prerouting, NftHook.PriorityRaw));
        NftSet pairs = messages.OfType<NftablesMessage.SetChanged>().Single(m => m.Set.Name == "pairs").Set;
        Assert.Equal(
            NftSet.Of(Inet, "t", "pairs", [NftDataType.InterfaceName, NftDataType.Ipv4Address]) with
            {
                Size = 65535,
                UserData = pairs.UserData,
            },
            pairs.AsMeant());
        NftSetElement pair = messages.OfType<NftablesMessage.ElementsChanged>()
            .Where(m => m.Elements.Set == "pairs").SelectMany(m => m.Elements.Elements).Single();
        Assert.Equal(NftBytes.Concat(NftBytes.OfInterface("weft01"), NftBytes.Of(IpAddress.Parse("10.0.0.1"))), pair.Key);
        Assert.Equal("Pod/a", pair.Comment);
        Assert.Contains(messages.OfType<NftablesMessage.ObjectChanged>(), m =>
            m.Object.Content is NftObjectContent.Limit { Rate: 400, Seconds: 60, Burst: 6, Inverted: true });
    }

    [Fact]
    public void A_prefix_in_an_interval_set_is_what_nft_makes_of_it()
    {
        NftSetElement[] pools =
        [
            .. NftablesFixture.Messages.Values.Select(Meaning).OfType<NftablesMessage.ElementsChanged>()
                .Where(m => m.Elements.Set == "pools").SelectMany(m => m.Elements.Elements),
        ];
        Assert.All(NftSetElement.OfPrefix(IpPrefix.Parse("fd00::/48")), element => Assert.Contains(element, pools));
        Assert.All(NftSetElement.OfPrefix(IpPrefix.Parse("ff00::/8")), element => Assert.Contains(element, pools));
        Assert.Single(NftSetElement.OfPrefix(IpPrefix.Parse("ff00::/8")));
        Assert.Equal(2, NftSetElement.OfPrefix(IpPrefix.Parse("10.0.0.0/8")).Count);
    }

    [Fact]
    public void No_truncated_message_is_taken_for_a_whole_one_or_makes_the_decoder_throw() =>
        Assert.All(NftablesFixture.Messages.Values, bytes =>
        {
            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.False(NftablesMessage.TryDecode(bytes.AsSpan(0, length), out _));
                if (length >= NetlinkHeader.ByteLength)
                {
                    _ = NftablesMessage.TryDecode(
                        TypeOf(bytes),
                        bytes.AsSpan(NetlinkHeader.ByteLength..length),
                        out _);
                }
            }
        });

    [Fact]
    public void No_bytes_make_the_decoder_throw_and_what_it_accepts_is_written_and_read_alike()
    {
        byte[][] samples = [.. NftablesFixture.Messages.Values];
        Gen.Select(Gen.Int[0, samples.Length - 1], Gen.Select(Gen.UShort, Gen.Byte).Array[1, 8]).Sample((index, changes) =>
        {
            byte[] bytes = [.. samples[index]];
            foreach ((ushort place, byte value) in changes)
            {
                bytes[NetlinkHeader.ByteLength + (place % (bytes.Length - NetlinkHeader.ByteLength))] = value;
            }

            if (NftablesMessage.TryDecode(bytes, out NftablesMessage? meaning))
            {
                byte[] again = meaning.ToBytes();
                Assert.True(NftablesMessage.TryDecode(again, out NftablesMessage? same));
                Assert.Equal(same, Meaning(same.ToBytes()));
            }
        });
    }

    [Fact]
    public void A_message_of_another_subsystem_is_other()
    {
        const ushort NewConntrack = 0x100;
        Assert.True(NftablesMessage.TryDecode(NewConntrack, [2, 0, 0, 0], out NftablesMessage? value));
        Assert.Equal(new NftablesMessage.Other(NewConntrack), value);
    }

    [Fact]
    public void A_generation_means_the_same_after_it_was_written()
    {
        NftablesMessage meant = new NftablesMessage.GenerationChanged(new NftGeneration(7, 42, "weft"));
        Assert.Equal(meant, Meaning(meant.ToBytes()));
    }

    private static NftablesMessage Meaning(byte[] bytes)
    {
        Assert.True(NftablesMessage.TryDecode(bytes, out NftablesMessage? value));
        return value;
    }

    private static ushort TypeOf(byte[] bytes)
    {
        Assert.True(NetlinkHeader.TryRead(bytes, out NetlinkHeader header));
        return header.Type;
    }
}
