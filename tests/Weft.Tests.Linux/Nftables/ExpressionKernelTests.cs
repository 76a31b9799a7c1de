using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using CsCheck;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Weft.Tests.Linux.Lab;
using Weft.Tests.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>For each statement of the fixture: what nft sends and the kernel dumps is what we read, and what we write is
/// what the kernel dumps, byte for byte.</summary>
public sealed class ExpressionKernelTests
{
    /// <summary>Set to a file's name, writes the fixture of the unit tests there: statements with the bytes of this nft
    /// and this kernel.</summary>
    private const string KeepVariable = "WEFT_TEST_KEEP_EXPRESSIONS";

    private const ushort Expressions = 4; // NFTA_RULE_EXPRESSIONS

    private static string Folder => Path.Combine(ShippedWeft.Repository, "tests", "fixtures", "netlink");

    [Fact]
    public void Every_statement_of_nft_is_read_and_written_as_the_kernel_has_it()
    {
        using TestNamespace blue = new();
        Nft.Load(blue, File.ReadAllText(Path.Combine(Folder, "nft-expressions.nft")));
        StringBuilder kept = new();
        HashSet<string> known = [];
        int taken = 0;
        List<string> wrong = [];
        foreach (string title in File.ReadLines(Path.Combine(Folder, "nft-expressions.txt")).Where(l => l.StartsWith('#')))
        {
            string[] place = title[2..title.IndexOf(':', StringComparison.Ordinal)].Split(' ');
            string statement = title[(title.IndexOf(':', StringComparison.Ordinal) + 2)..];
            (byte[] sent, bool accepted) = SentByNft.Add(blue, place[0], place[1], statement);
            byte[]? dumped = null;
            if (accepted)
            {
                taken++;
                (byte[] bytes, NftRule rule) = NewRule(blue, known);
                dumped = RulesetBytes.Attribute(RulesetBytes.AttributesOf(bytes), Expressions);
                if (rule.Expressions.Any(e => e is NftExpression.Unknown))
                {
                    wrong.Add($"{title}: {rule.Expressions}");
                }

                wrong.AddRange(WriteAgain(blue, rule, dumped, known).Select(w => $"{title}: {w}"));
            }

            kept.AppendLine(title)
                .AppendLine(CultureInfo.InvariantCulture, $"nft {Convert.ToHexStringLower(sent)}")
                .AppendLine(CultureInfo.InvariantCulture, $"kernel {(dumped is null ? "-" : Convert.ToHexStringLower(dumped))}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        // A kernel may lack some kinds; one that lacks most is not what is tested here.
        Assert.InRange(taken, 150, int.MaxValue);
        if (Environment.GetEnvironmentVariable(KeepVariable) is { Length: > 0 } path)
        {
            File.WriteAllText(path, kept.ToString());
        }
    }

    [Fact]
    public void What_nft_has_no_words_for_is_dumped_as_it_was_sent()
    {
        using TestNamespace blue = new();
        blue.Commit(
        [
            NftablesRequests.AddTable(new NftTable { Family = NftFamily.Inet, Name = "t" }),
            NftablesRequests.AddChain(new NftChain { Family = NftFamily.Inet, Table = "t", Name = "c" }),
        ]);
        NftList<NftExpression>[] rules =
        [
            [
                new NftExpression.PayloadLoad(NftRegister.First, PayloadBase.Network, 12, 4),
                new NftExpression.PayloadLoad(NftRegister.Second, PayloadBase.Network, 16, 4),
                new NftExpression.Combine(
                    BitwiseOperation.And, NftRegister.First, NftRegister.Second, default, NftRegister.Slot(9), 4),
                new NftExpression.Compare(
                    NftRegister.Slot(9), CompareOperation.Equal, NftBytes.OfUInt32(0x0A000000)),
            ],
            [
                new NftExpression.Inner(
                    0,
                    InnerType.Vxlan,
                    InnerFlags.HeaderSize | InnerFlags.LinkLayer | InnerFlags.Network | InnerFlags.Transport,
                    8,
                    new NftExpression.PayloadLoad(NftRegister.First, PayloadBase.Network, 12, 4)),
                new NftExpression.Compare(NftRegister.First, CompareOperation.Equal, NftBytes.OfUInt32(0x0A000001)),
            ],
            [new NftExpression.LastUsed()],
        ];
        foreach (NftList<NftExpression> expressions in rules)
        {
            blue.Commit([NftablesRequests.AppendRule(RuleOf(expressions))]);
        }

        NftRule[] dumped = [.. DumpedRuleset.Read(blue).Rules];
        Assert.Equal(rules, dumped.Select(rule => rule.Expressions));
    }

    [Fact]
    public void Random_rules_are_dumped_as_they_were_sent()
    {
        using TestNamespace blue = new();
        blue.Commit(
        [
            NftablesRequests.AddTable(new NftTable { Family = NftFamily.Inet, Name = "t" }),
            NftablesRequests.AddChain(new NftChain { Family = NftFamily.Inet, Table = "t", Name = "c" }),
        ]);
        ExpressionGenerators.Rule.Where(rule => rule.Count > 0).Array[1, 40].Sample(
            rules =>
            {
                blue.Commit(
                [
                    NftablesRequests.FlushRules(NftFamily.Inet, "t", "c"),
                    .. rules.Select(rule => NftablesRequests.AppendRule(RuleOf(rule))),
                ]);
                Assert.Equal(rules, DumpedRuleset.Read(blue).Rules.Select(rule => rule.Expressions));
            },
            iter: 100,
            threads: 1);
    }

    // Our own bytes for what the kernel has dumped, in a rule beside it, are dumped as the same bytes.
    private static IEnumerable<string> WriteAgain(
        TestNamespace blue, NftRule rule, byte[] dumped, HashSet<string> known)
    {
        NftRule copy = rule with { Handle = 0, Position = 0 };
        NetlinkRequest request = NftablesRequests.AppendRule(copy);
        byte[] ours = RulesetBytes.WithoutNestedFlags(RulesetBytes.Attribute(
            RulesetBytes.AttributesOf(request.Bytes.Span), Expressions));

        // The kernel dumps what it refuses in a request: flags of an option that is written (NFTA_EXTHDR_FLAGS), the
        // timeout 0 of a set without timeouts. And it wants a flag for a list that it does not dump (NFT_DYNSET_F_EXPR).
        bool isUneven = rule.Expressions.Any(e =>
            e is NftExpression.OptionWrite or NftExpression.DynamicSet or NftExpression.OsFingerprint);
        if (!isUneven && !ours.AsSpan().SequenceEqual(dumped))
        {
            yield return $"we write {Convert.ToHexStringLower(ours)}, the kernel {Convert.ToHexStringLower(dumped)}";
        }

        // A set without a name belongs to its rule alone.
        if (rule.Expressions.Any(e => (e is NftExpression.Lookup lookup && lookup.Set.StartsWith("__", StringComparison.Ordinal))
            || (e is NftExpression.ObjectMap map && map.Set.StartsWith("__", StringComparison.Ordinal))))
        {
            yield break;
        }

        blue.Commit([request]);
        (byte[] bytes, _) = NewRule(blue, known);
        byte[] again = RulesetBytes.Attribute(RulesetBytes.AttributesOf(bytes), Expressions);
        if (!again.AsSpan().SequenceEqual(dumped))
        {
            yield return $"ours is dumped as {Convert.ToHexStringLower(again)}, nft's as {Convert.ToHexStringLower(dumped)}";
        }
    }

    private static (byte[] Bytes, NftRule Rule) NewRule(TestNamespace blue, HashSet<string> known)
    {
        (byte[] Bytes, NftRule Rule)? found = null;
        foreach (byte[] message in blue.Netfilter.Execute(NftablesRequests.DumpRules(NftFamily.Any)).Messages)
        {
            Assert.True(NftablesMessage.TryDecode(message, out NftablesMessage? meaning));
            NftRule rule = Assert.IsType<NftablesMessage.RuleChanged>(meaning).Rule;
            if (known.Add(string.Create(CultureInfo.InvariantCulture, $"{rule.Family} {rule.Chain} {rule.Handle}")))
            {
                found = (message, rule);
            }
        }

        Assert.NotNull(found);
        return found.Value;
    }

    private static NftRule RuleOf(NftList<NftExpression> expressions) => new()
    {
        Family = NftFamily.Inet,
        Table = "t",
        Chain = "c",
        Expressions = expressions,
    };
}
