using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Linux.Host;
using Weft.Net;
using Weft.Net.Bytes;
using Xunit;

namespace Weft.Tests.Linux.Host;

/// <summary>Tables of the old iptables as a kernel gave them (<c>fixtures/netlink/iptables-filter.txt</c>: IPT_SO_GET_INFO,
/// IPT_SO_GET_ENTRIES), made by iptables-legacy.</summary>
public sealed class LegacyFilterTests
{
    private static readonly Dictionary<string, (byte[] Info, byte[] Entries)> Tables = File
        .ReadAllLines(Path.Combine(AppContext.BaseDirectory, "fixtures", "netlink", "iptables-filter.txt"))
        .Chunk(3).ToDictionary(rows => rows[0][2..], rows => (Hex.ToBytes(rows[1]), Hex.ToBytes(rows[2])));

    [Theory]
    [InlineData("IPv4: as it is made", false, false, "", "")]
    [InlineData("IPv4: Docker", true, false, "", "DOCKER-USER")]
    [InlineData("IPv4: Docker, mended", true, false, "weft", "DOCKER-USER")]
    [InlineData("IPv4: rejects the rest", false, true, "", "")]
    [InlineData("IPv4: drops something", false, false, "", "")]
    [InlineData("IPv6: drops, but not ours", true, false, "weft", "")]
    public void What_happens_to_forwarded_packets_is_read(
        string title, bool policy, bool rule, string passes, string chains)
    {
        LegacyFilter? filter = LegacyFilter.Parse(FamilyOf(title), Tables[title].Info, Tables[title].Entries);
        Assert.NotNull(filter);
        Assert.Equal(
            (policy, rule, passes, chains),
            (filter.PolicyDrops, filter.RuleDrops, string.Join(',', filter.LetsPass), string.Join(',', filter.Chains)));
    }

    [Fact]
    public void Truncations_and_mutations_are_answers()
    {
        Random random = new(20261122);
        foreach ((string title, (byte[] info, byte[] entries)) in Tables)
        {
            for (int length = 0; length < entries.Length; length++)
            {
                LegacyFilter? cut = LegacyFilter.Parse(FamilyOf(title), info, entries.AsSpan(0, length));
                Assert.True(cut is null || cut.Family == FamilyOf(title));
            }

            for (int i = 0; i < 20_000; i++)
            {
                byte[] changed = [.. entries];
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
                LegacyFilter? read = LegacyFilter.Parse(FamilyOf(title), info, changed);
                Assert.True(read is null || read.Family == FamilyOf(title));
            }

            Assert.Null(LegacyFilter.Parse(FamilyOf(title), info.AsSpan(1), entries));
            Assert.Null(LegacyFilter.Parse(FamilyOf(title), info, entries.AsSpan(0, entries.Length - 1)));
        }
    }

    private static IpFamily FamilyOf(string title) =>
        title.StartsWith("IPv4", StringComparison.Ordinal) ? IpFamily.Ipv4 : IpFamily.Ipv6;
}
