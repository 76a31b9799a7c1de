using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Net.Bytes;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>What nft put into the kernel is read to the last byte: written again, it is what the kernel dumped.</summary>
public sealed class ForeignRulesetTests
{
    // Keeps what the kernel dumped as the fixture of the tests that need no root.
    private const string KeepVariable = "WEFT_TEST_KEEP_NFTABLES";
    private const int NetfilterHeaderLength = 4;

    // NFTA_SET_TYPE and NFTA_SET_COUNT: what the kernel chose and counted, since 6.17.
    private static readonly ushort[] Unmodelled = [19, 20];

    public static TheoryData<string, string> Rulesets { get; } = new()
    {
        {
            "tables", """
                table inet a { comment "a comment" ; }
                table ip b { flags dormant; }
                table ip6 c { }
                table arp d { }
                table bridge e { }
                """
        },
        {
            "chains", """
                table inet t {
                  chain plain { comment "no hook" ; }
                  chain pre { type filter hook prerouting priority raw; policy drop; comment "a hook"; }
                  chain forwarded { type filter hook forward priority 10; policy accept; }
                  chain out { type route hook output priority mangle; }
                  chain src { type nat hook postrouting priority srcnat; }
                }
                table netdev n {
                  chain one { type filter hook ingress device lo priority -500; policy accept; }
                }
                """
        },
        {
            "rules", """
                table inet t {
                  chain a { counter drop comment "all of it" ; }
                  chain b {
                    iifname "weft*" jump a
                    ip saddr 10.0.0.0/8 tcp dport 80 counter packets 3 bytes 400 accept
                    ip6 saddr fe80::/64 icmpv6 type nd-router-advert drop
                    udp dport 4789 notrack
                    ct state established,related accept
                    meta mark set meta mark and 0x00ffffff or 0x01000000
                    ip saddr { 10.0.0.1, 10.0.0.2 } tcp dport vmap { 22 : accept, 23 : drop }
                    limit rate over 10/second burst 5 packets log prefix "many " level warn
                    fib daddr type local meta nftrace set 1
                    goto a
                  }
                  chain c { type nat hook postrouting priority srcnat; ip saddr 10.65.0.0/16 meta l4proto tcp snat ip to 192.0.2.1:1024-2047 random; }
                }
                """
        },
        {
            "sets", """
                table inet t {
                  counter seen { packets 7 bytes 700 comment "seen" ; }
                  set plain { type ipv4_addr; comment "host addresses"; elements = { 10.0.0.1 comment "one", 10.0.0.2 } }
                  set names { type ifname; elements = { "eth0", "weft*" }; flags interval; }
                  set pools { type ipv6_addr; flags interval; auto-merge; elements = { fd00::/48, fd01::1-fd01::9, ff00::/8 } }
                  set pairs { type ifname . ipv4_addr; size 65535; elements = { "weft01" . 10.0.0.1 comment "Pod/a" } }
                  set ranges { type ipv4_addr . inet_proto . inet_service; flags interval; counter; elements = { 10.0.0.0/8 . tcp . 80-90 counter packets 1 bytes 2, 11.0.0.1 . udp . 53 } }
                  set timed { type ipv4_addr; flags timeout, dynamic; timeout 1h; gc-interval 10s; size 1000; elements = { 10.0.0.1 timeout 2h expires 1h59m, 10.0.0.2 } }
                  set limited { type ipv4_addr; flags dynamic; size 128; limit rate 10/second ; }
                  set marks { typeof meta mark; elements = { 1, 2 } }
                  set once { type inet_service; flags constant; policy memory; elements = { 80, 443 } }
                  map classes { type ipv4_addr . inet_proto . inet_service : mark; elements = { 10.96.0.1 . tcp . 443 : 7 } }
                  map verdicts { type mark : verdict; elements = { 1 : accept, 2 : jump c, * : drop } }
                  map ranged { type ipv4_addr : ipv4_addr; flags interval; elements = { 10.0.0.0/24 : 192.0.2.1, 10.0.1.0/24 : 192.0.2.2 } }
                  map counters { type ipv4_addr : counter; elements = { 10.0.0.1 : "seen" } }
                  map backends { type ipv4_addr . inet_service . mark : ipv4_addr . inet_service; elements = { 10.96.0.1 . 80 . 0 : 10.65.0.1 . 8080 } }
                  chain c { }
                }
                """
        },
        {
            "objects", """
                table inet t {
                  counter c { packets 1 bytes 2 }
                  quota q { over 1000 bytes used 10 bytes }
                  limit l { rate over 400/minute burst 6 packets }
                  limit m { rate 10 kbytes/second burst 2000 bytes }
                  ct helper h { type "ftp" protocol tcp; l3proto ip; }
                  ct timeout o { protocol tcp; l3proto ip; policy = { established: 100, close: 4 } ; }
                  ct expectation e { protocol tcp; dport 9876; timeout 2m; size 12; l3proto ip; }
                  synproxy s { mss 1460; wscale 7; timestamp sack-perm; }
                  secmark x { "system_u:object_r:packet_t:s0" }
                }
                """
        },
    };

    [Theory]
    [MemberData(nameof(Rulesets))]
    public void What_nft_loaded_is_read_and_written_again_byte_for_byte(string name, string ruleset)
    {
        using TestNamespace blue = new();
        Nft.Load(blue, string.Join('\n', ruleset.Split('\n').Where(line => IsPossible(blue, line))));
        DumpedRuleset dumped = DumpedRuleset.Read(blue);
        Assert.NotEmpty(dumped.Messages);
        List<string> wrong = [];
        foreach ((byte[] bytes, NftablesMessage meaning) in dumped.Messages)
        {
            Assert.IsNotType<NftablesMessage.Other>(meaning);
            byte[] again = meaning.ToBytes();
            Assert.True(NftablesMessage.TryDecode(again, out NftablesMessage? same));
            Assert.Equal(meaning, same);
            string? difference = AttributeTree.Difference(
                again.AsSpan(NetlinkHeader.ByteLength + NetfilterHeaderLength),
                bytes.AsSpan(NetlinkHeader.ByteLength + NetfilterHeaderLength),
                meaning is NftablesMessage.SetChanged ? Unmodelled : []);
            if (difference is not null)
            {
                wrong.Add($"{meaning}\n{difference}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        Keep(name, dumped);
    }

    [Fact]
    public void What_was_dumped_loads_again_and_is_dumped_alike()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        foreach ((string name, string ruleset) in Rulesets.Select(row => row.Data))
        {
            // Sets without a name of their own live and die with a rule; they cannot be made alone.
            if (name is "rules")
            {
                continue;
            }

            Nft.Load(blue, string.Join('\n', ruleset.Split('\n').Where(line => IsPossible(blue, line))));
            DumpedRuleset meant = DumpedRuleset.Read(blue);
            List<NetlinkRequest> requests =
            [
                .. meant.Tables.Select(t => NftablesRequests.AddTable(t)),
                .. meant.Objects.Select(o => NftablesRequests.AddObject(o)),
                .. meant.Chains.Select(c => NftablesRequests.AddChain(c)),
                .. meant.Sets.Select(s => NftablesRequests.AddSet(s)),
                .. meant.Rules.Select(r => NftablesRequests.AppendRule(r)),
                .. meant.Messages.Select(m => m.Meaning).OfType<NftablesMessage.ElementsChanged>()
                    .SelectMany(m => NftablesRequests.AddElements(m.Elements)),
            ];
            green.Commit(requests);
            Assert.Equal(Nft.Run(blue, "-s list ruleset"), Nft.Run(green, "-s list ruleset"));
            DumpedRuleset found = DumpedRuleset.Read(green);
            Assert.Equal(meant.Tables.Select(t => t.AsMeant()), found.Tables.Select(t => t.AsMeant()));
            Assert.Equal(meant.Chains.Select(c => c.AsMeant()), found.Chains.Select(c => c.AsMeant()));
            Assert.Equal(meant.Sets.Select(s => s.AsMeant()), found.Sets.Select(s => s.AsMeant()));
            Assert.Equal(meant.Objects.Select(o => o.AsMeant()), found.Objects.Select(o => o.AsMeant()));
            Nft.Run(blue, "flush ruleset");
            Nft.Run(green, "flush ruleset");
        }
    }

    // Some kinds of objects are modules that this kernel may lack.
    private static bool IsPossible(TestNamespace space, string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0] is not ("secmark" or "synproxy" or "ct"))
        {
            return true;
        }

        try
        {
            Nft.Run(space, "add table inet probe");
            Nft.Load(space, $"table inet probe {{\n{line}\n}}");
            return true;
        }
        catch (Xunit.Sdk.XunitException)
        {
            return false;
        }
        finally
        {
            Nft.Run(space, "delete table inet probe");
        }
    }

    private static void Keep(string name, DumpedRuleset dumped)
    {
        if (Environment.GetEnvironmentVariable(KeepVariable) is { Length: > 0 } path)
        {
            File.AppendAllLines(
                path, dumped.Messages.SelectMany((m, i) => new[] { $"# {name} {i}", $"dumped {Hex.Of(m.Bytes)}" }));
        }
    }
}
