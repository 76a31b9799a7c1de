using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Net;
using Weft.Node.Allocation;
using Xunit;

namespace Weft.Tests.Node.Allocation;

public sealed class AddressBookTests
{
    private static readonly IpPrefix Block = IpPrefix.Parse("10.65.0.0/29");

    private static readonly Instant Now = new(1_000_000_000);

    private static readonly Gen<JournalRecord> AnyRecord = Gen.Select(Gen.Int[0, 11], Gen.Int[0, 3], Gen.Int[0, 7], Gen.Int[0, 7])
        .Select((kind, who, one, two) => kind switch
        {
            0 => Assigned(who, one),
            1 => Assigned(who, one, two),
            2 => new WorkloadReleasing(Id(who)),
            3 => new WorkloadReleased(Id(who)),
            4 => new TunnelAssigned(At(one)),
            5 => new TunnelReleased(At(one)),
            6 => new AddressLent($"loan-{who}", At(one), two),
            7 => new AddressReturned($"loan-{who}"),
            8 => new RevisionKnown(one + 1),
            9 => new BlockYielded(IpPrefix.Parse("10.66.0.0/29"), one),
            10 => new BlockSettled(IpPrefix.Parse("10.66.0.0/29"), one),
            _ => (JournalRecord)new AddressRested(At(one)),
        });

    [Fact]
    public void An_address_has_one_owner_the_longest_idle_is_next_and_a_contradiction_changes_nothing()
    {
        AnyRecord.Array[0, 60].Sample(records =>
        {
            AddressBook book = new();
            book.Put(Block, "p", Now);
            List<string> order = [];
            Dictionary<string, string> owners = [];
            foreach (JournalRecord record in records)
            {
                IReadOnlyList<JournalRecord> before = book.ToRecords();
                if (book.Apply(record, Now) is { } contradiction)
                {
                    Assert.NotEmpty(contradiction);
                    Assert.Equal(Text(before), Text(book.ToRecords()));
                    continue;
                }

                Follow(record, owners, order);
                Assert.Equal(owners.Keys.Order(), Enumerable.Range(0, 8).Select(i => At(i)).Where(book.IsTaken).Select(a => a.ToString()).Order());
                Assert.Equal(owners.Count > book.Loans.Count, book.Uses(Block));
                Assert.Equal((UInt128)owners.Count, book.CountOf("p").Gone);
                string[] free = [.. Enumerable.Range(0, 8).Select(i => At(i).ToString()).Where(a => !owners.ContainsKey(a))];
                string? fresh = free.FirstOrDefault(a => !order.Contains(a));
                Assert.Equal(fresh ?? order.FirstOrDefault(), Next(book)?.ToString());
            }

            AddressBook again = new();
            Assert.All(book.ToRecords(), record => Assert.Null(again.Apply(record, Now)));
            Assert.Equal(Text(book.ToRecords()), Text(again.ToRecords()));
            again.Put(Block, "p", Now);
            Assert.Equal(Next(book), Next(again));
        });
    }

    [Fact]
    public void A_second_tunnel_address_is_a_contradiction()
    {
        AddressBook book = new();
        Assert.Null(book.Apply(new TunnelAssigned(At(1)), Now));
        Assert.Contains("10.65.0.1", book.Apply(new TunnelAssigned(At(2)), Now), StringComparison.Ordinal);
        Assert.False(book.IsTaken(At(2)));
    }

    [Fact]
    public void Every_record_reads_as_it_was_written()
    {
        AnyRecord.Sample(record =>
        {
            byte[] json = record.ToJson();
            Assert.DoesNotContain((byte)'\n', json);
            Assert.True(JournalRecord.TryRead(json, out JournalRecord? read, out string error), error);
            Assert.Equal(record.GetType(), read.GetType());
            Assert.Equal(json, read.ToJson());
        });
    }

    [Fact]
    public void Reserved_addresses_are_passed_over_and_come_back_when_they_are_reserved_no_more()
    {
        AddressBook book = new();
        book.Put(Block, "p", Now);
        book.Reserve([IpPrefix.Parse("10.65.0.0/31"), IpPrefix.Parse("10.65.0.1/32"), IpPrefix.Parse("10.65.0.4/30")], Now);
        Assert.Equal(((UInt128)8, (UInt128)6), book.CountOf("p"));
        Assert.Null(book.Apply(Assigned(0, 2), Now));
        Assert.Null(book.Apply(Assigned(1, 5), Now));
        Assert.Equal(((UInt128)8, (UInt128)7), book.CountOf("p"));
        Assert.Equal(At(3), Next(book));
        Assert.Null(book.Apply(Assigned(2, 3), Now));
        Assert.Null(Next(book));
        Assert.Null(book.Apply(new WorkloadReleased(Id(1)), Now));
        Assert.Null(Next(book));
        book.Reserve([], Now);
        Assert.Equal(((UInt128)8, (UInt128)2), book.CountOf("p"));
        Assert.Equal(At(0), Next(book));
    }

    [Fact]
    public void An_address_rests_until_it_is_cool_and_a_former_run_counts_from_the_start_of_this_one()
    {
        AddressBook book = new();
        TimeSpan cooldown = TimeSpan.FromSeconds(30);
        Instant start = Now.After(TimeSpan.FromMinutes(5));
        Assert.Null(book.Apply(new AddressRested(At(0)), start));
        book.Put(IpPrefix.Host(At(0)), "p", start);
        Assert.Null(book.NextFree("p", start.After(TimeSpan.FromSeconds(29)), cooldown, out Instant? cools));
        Assert.Equal(start.After(cooldown), cools);
        Assert.Equal(At(0), book.NextFree("p", start.After(cooldown), cooldown, out _));
        Assert.Equal(1, book.RestingIn(IpPrefix.Host(At(0)), start, cooldown));
    }

    [Fact]
    public void A_journal_of_many_records_replays_and_a_large_block_is_given_out_to_its_last_address()
    {
        const int Workloads = 4096;
        IpPrefix large = IpPrefix.Parse("10.70.0.0/20");
        AddressBook book = new();
        book.Put(large, "p", Now);
        book.Reserve(Enumerable.Range(0, 1000).Select(i => IpPrefix.Host(large.At((uint)(i * 2)))), Now);
        List<JournalRecord> records = [];
        for (int round = 0; round < 8; round++)
        {
            for (int i = 0; Next(book) is { } address; i++)
            {
                WorkloadAssigned record = Assigned(i) with { Addresses = [address] };
                Assert.Null(book.Apply(record, Now));
                records.Add(record);
            }

            Assert.Equal(Workloads - 1000, book.Workloads.Count);
            foreach (Assignment held in book.Workloads.ToList())
            {
                JournalRecord[] gone = [new WorkloadReleasing(held.Record.Id), new WorkloadReleased(held.Record.Id)];
                Assert.All(gone, record => Assert.Null(book.Apply(record, Now)));
                records.AddRange(gone);
            }
        }

        AddressBook again = new();
        Assert.All(records, record => Assert.Null(again.Apply(record, Now)));
        Assert.Equal(Text(book.ToRecords()), Text(again.ToRecords()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"record":"assigned"}""")]
    [InlineData("""{"record":"unheard of"}""")]
    [InlineData("""{"record":"tunnel","address":"10.65.0.300"}""")]
    public void What_is_no_record_is_an_error_in_words(string json)
    {
        Assert.False(JournalRecord.TryRead(System.Text.Encoding.UTF8.GetBytes(json), out _, out string error));
        Assert.NotEmpty(error);
    }

    // The model: who has what, and free addresses that were used, longest idle first.
    private static void Follow(JournalRecord record, Dictionary<string, string> owners, List<string> order)
    {
        string? releases = record switch
        {
            WorkloadAssigned or WorkloadReleased => WhoseIs(record),
            TunnelReleased => "tunnel",
            AddressReturned returned => returned.Loan,
            _ => null,
        };
        string[] takes = record switch
        {
            WorkloadAssigned assigned => [.. assigned.Addresses.Select(a => a.ToString())],
            TunnelAssigned tunnel => [tunnel.Address.ToString()],
            AddressLent lent => [lent.Address.ToString()],
            _ => [],
        };
        foreach (string address in owners.Where(o => o.Value == releases && !takes.Contains(o.Key)).Select(o => o.Key).Order().ToList())
        {
            owners.Remove(address);
            order.Remove(address);
            order.Add(address);
        }

        foreach (string address in takes)
        {
            owners[address] = record is TunnelAssigned ? "tunnel" : record is AddressLent lent ? lent.Loan : releases!;
            order.Remove(address);
        }

        if (record is AddressRested rested)
        {
            order.Remove(rested.Address.ToString());
            order.Add(rested.Address.ToString());
        }
    }

    private static string WhoseIs(JournalRecord record) =>
        (record is WorkloadAssigned assigned ? assigned.Id : ((WorkloadReleased)record).Id).ToString();

    private static IpAddress? Next(AddressBook book) => book.NextFree("p", Now, TimeSpan.Zero, out _);

    private static string Text(IEnumerable<JournalRecord> records) =>
        string.Join('\n', records.Select(r => System.Text.Encoding.UTF8.GetString(r.ToJson())));

    private static IpAddress At(int index) => Block.At((uint)index);

    private static WorkloadId Id(int who) => new("shop", $"w{who}", "eth0");

    // In order, so that the model knows in which order they rest.
    private static WorkloadAssigned Assigned(int who, params int[] addresses) => new()
    {
        Id = Id(who),
        ContainerId = "c",
        NetworkNamespace = "/n",
        Addresses = [.. addresses.Distinct().Order().Select(At)],
    };
}
