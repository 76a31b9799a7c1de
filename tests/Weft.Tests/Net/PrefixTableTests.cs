using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Net;

public sealed class PrefixTableTests
{
    // Few bits in play, so that prefixes nest, part and meet often.
    private static readonly Gen<Prefix<Ipv4Address>> V4Prefixes =
        Gen.Select(Gen.UInt[0, 255], Gen.Int[0, 32], (bits, length) =>
            new Prefix<Ipv4Address>(new Ipv4Address((bits << 26) | (bits & 3)), length));

    private static readonly Gen<Prefix<Ipv6Address>> V6Prefixes =
        Gen.Select(Gen.UInt[0, 255], Gen.Int[0, 128], (bits, length) =>
            new Prefix<Ipv6Address>(new Ipv6Address(((UInt128)bits << 122) | (bits & 3)), length));

    [Fact]
    public void An_ipv4_table_answers_like_a_list_that_is_searched_whole() => AgreesWithModel(V4Prefixes);

    [Fact]
    public void An_ipv6_table_answers_like_a_list_that_is_searched_whole() => AgreesWithModel(V6Prefixes);

    [Fact]
    public void The_longest_prefix_wins_and_without_it_the_next()
    {
        PrefixTable<Ipv4Address, string> table = new();
        foreach (string prefix in (string[])["0.0.0.0/0", "10.0.0.0/8", "10.65.0.0/16", "10.65.0.1/32"])
        {
            Assert.True(table.Set(Prefix<Ipv4Address>.Parse(prefix), prefix));
        }

        Assert.True(Ipv4Address.TryParse("10.65.0.1", out Ipv4Address address));
        foreach (string expected in (string[])["10.65.0.1/32", "10.65.0.0/16", "10.0.0.0/8", "0.0.0.0/0"])
        {
            Assert.True(table.TryMatch(address, out string? value));
            Assert.Equal(expected, value);
            Assert.True(table.Remove(Prefix<Ipv4Address>.Parse(expected)));
        }

        Assert.False(table.TryMatch(address, out _));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void A_prefix_that_covers_another_is_found_but_never_a_longer_one()
    {
        PrefixTable<Ipv4Address, int> table = new();
        table.Set(Prefix<Ipv4Address>.Parse("10.0.0.0/8"), 8);
        table.Set(Prefix<Ipv4Address>.Parse("10.65.0.0/26"), 26);
        bool found = table.TryMatch(Prefix<Ipv4Address>.Parse("10.65.0.0/16"), out Prefix<Ipv4Address> match, out int value);
        Assert.True(found);
        Assert.Equal("10.0.0.0/8", match.ToString());
        Assert.Equal(8, value);
    }

    [Fact]
    public void A_lookup_and_a_walk_allocate_nothing()
    {
        PrefixTable<Ipv6Address, int> table = new();
        for (int i = 0; i < 1_000; i++)
        {
            table.Set(new Prefix<Ipv6Address>(new Ipv6Address((UInt128)i << 100), 40 + (i % 80)), i);
        }

        int sum = LookUpAndWalk(table);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int again = LookUpAndWalk(table);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(sum, again);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Freed_places_are_used_again()
    {
        PrefixTable<Ipv4Address, int> table = new();
        for (uint round = 0; round < 1_000; round++)
        {
            for (uint i = 0; i < 10; i++)
            {
                table.Set(Prefix<Ipv4Address>.Host(new Ipv4Address((round * 7919) + (i * 104_729))), 1);
            }

            for (uint i = 0; i < 10; i++)
            {
                Assert.True(table.Remove(Prefix<Ipv4Address>.Host(new Ipv4Address((round * 7919) + (i * 104_729)))));
            }
        }

        Assert.Equal(0, table.Count);
        Assert.InRange(table.Capacity, 1, 64);
    }

    private static int LookUpAndWalk(PrefixTable<Ipv6Address, int> table)
    {
        int sum = 0;
        for (int i = 0; i < 1_000; i++)
        {
            sum += table.TryMatch(new Ipv6Address(((UInt128)i << 100) + 1), out int value) ? value : 0;
        }

        foreach ((Prefix<Ipv6Address> prefix, int value) in table)
        {
            sum += prefix.Length + value;
        }

        return sum;
    }

    private static void AgreesWithModel<TAddress>(Gen<Prefix<TAddress>> prefixes)
        where TAddress : struct, IAddress<TAddress>
    {
        Gen<(Prefix<TAddress> Prefix, bool Adds)[]> changes = Gen.Select(prefixes, Gen.Int[0, 2])
            .Select((prefix, kind) => (prefix, kind > 0)).Array[0, 120];
        Gen.Select(changes, prefixes.Array[1, 30]).Sample((steps, questions) =>
        {
            PrefixTable<TAddress, int> table = new();
            SortedDictionary<Prefix<TAddress>, int> model = [];
            for (int i = 0; i < steps.Length; i++)
            {
                (Prefix<TAddress> prefix, bool adds) = steps[i];
                if (adds)
                {
                    Assert.Equal(!model.ContainsKey(prefix), table.Set(prefix, i));
                    model[prefix] = i;
                }
                else
                {
                    Assert.Equal(model.Remove(prefix), table.Remove(prefix));
                }
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Equal(model.Select(pair => (pair.Key, pair.Value)), Walk(table.GetEnumerator()));
            foreach (Prefix<TAddress> question in questions)
            {
                Compare(table, model, question);
            }
        });
    }

    private static void Compare<TAddress>(
        PrefixTable<TAddress, int> table, SortedDictionary<Prefix<TAddress>, int> model, Prefix<TAddress> question)
        where TAddress : struct, IAddress<TAddress>
    {
        Assert.Equal(model.TryGetValue(question, out int exact), table.TryGet(question, out int value));
        Assert.Equal(exact, value);
        (Prefix<TAddress>, int)? longest = model.Where(pair => pair.Key.Contains(question))
            .OrderBy(pair => pair.Key.Length).Select(pair => ((Prefix<TAddress>, int)?)(pair.Key, pair.Value))
            .LastOrDefault();
        bool found = table.TryMatch(question, out Prefix<TAddress> match, out int matched);
        Assert.Equal(longest, found ? (match, matched) : null);
        Assert.Equal(
            model.Where(pair => question.Contains(pair.Key)).Select(pair => (pair.Key, pair.Value)),
            Walk(table.Within(question).GetEnumerator()));
    }

    private static List<(Prefix<TAddress> Prefix, int Value)> Walk<TAddress>(
        PrefixTable<TAddress, int>.Enumerator walk)
        where TAddress : struct, IAddress<TAddress>
    {
        List<(Prefix<TAddress> Prefix, int Value)> seen = [];
        while (walk.MoveNext())
        {
            seen.Add(walk.Current);
        }

        return seen;
    }
}
