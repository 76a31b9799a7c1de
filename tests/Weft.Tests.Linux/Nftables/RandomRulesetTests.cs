using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Netlink.Nftables;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>Whatever was meant is what is there.</summary>
public sealed class RandomRulesetTests
{
    [Fact]
    public void A_random_ruleset_is_dumped_as_it_was_meant_and_what_was_dumped_makes_it_again()
    {
        using TestNamespace blue = new();
        Gen.Int.Sample(
            seed =>
            {
                RandomRuleset meant = new(seed);
                blue.Commit(
                    [NftablesRequests.DeleteTable(NftFamily.Inet, RandomRuleset.Name, ifThere: true), .. meant.Requests]);
                Same(meant, DumpedRuleset.Read(blue));

                // In one transaction, so that no packet would ever see none.
                blue.Commit([NftablesRequests.DeleteTable(NftFamily.Inet, RandomRuleset.Name), .. meant.Requests]);
                Same(meant, DumpedRuleset.Read(blue));
                blue.Commit(NftablesRequests.DeleteTable(NftFamily.Inet, RandomRuleset.Name));
            },
            iter: 1000,
            threads: 1);
        Assert.Empty(DumpedRuleset.Read(blue).Messages);
    }

    private static void Same(RandomRuleset meant, DumpedRuleset found)
    {
        Assert.Equal(meant.Table, Assert.Single(found.Tables).AsMeant());
        Assert.Equal(meant.Chains, found.Chains.Select(c => c.AsMeant()));
        Assert.Equal(meant.Objects.OrderBy(o => o.Name), found.Objects.Select(o => o.AsMeant()).OrderBy(o => o.Name));
        Assert.Equal(meant.Sets.OrderBy(s => s.Name), found.Sets.Select(s => s.AsMeant()).OrderBy(s => s.Name));
        foreach (NftChain chain in meant.Chains)
        {
            Assert.Equal(
                meant.Rules.Where(r => r.Chain == chain.Name).Select(r => r.AsMeant()),
                found.Rules.Where(r => r.Chain == chain.Name).Select(r => r.AsMeant()));
        }

        foreach (NftSet set in meant.Sets)
        {
            Assert.Equal(Sorted(meant.ElementsOf(set.Name)), Sorted(found.ElementsOf(set.Name)));
        }
    }

    private static IEnumerable<NftSetElement> Sorted(IEnumerable<NftSetElement> elements) => elements
        .Select(e => e.AsMeant()).OrderBy(e => e.Key.ToString(), System.StringComparer.Ordinal).ThenBy(e => e.Flags);
}
