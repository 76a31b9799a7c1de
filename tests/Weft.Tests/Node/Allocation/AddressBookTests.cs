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

    private static readonly Gen<JournalRecord> AnyRecord = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3], Gen.Int[0, 7], Gen.Int[0, 7])
        .Select((kind, who, one, two) => kind switch
        {
            0 => Assigned(who, one),
            1 => Assigned(who, one, two),
            2 => new WorkloadReleasing(Id(who)),
            3 => new WorkloadReleased(Id(who)),
            4 => new TunnelAssigned(At(one)),
            5 => new TunnelReleased(At(one)),
            _ => (JournalRecord)new AddressRested(At(one)),
        });

    [Fact]
    public void An_address_has_one_owner_the_longest_idle_is_next_and_a_contradiction_changes_nothing()
    {
        AnyRecord.Array[0, 60].Sample(records =>
        {
            AddressBook book = new();
            List<string> order = [];
            Dictionary<string, string> owners = [];
            foreach (JournalRecord record in records)
            {
                IReadOnlyList<JournalRecord> before = book.ToRecords();
                if (book.Apply(record) is { } contradiction)
                {
                    Assert.NotEmpty(contradiction);
                    Assert.Equal(Text(before), Text(book.ToRecords()));
                    continue;
                }

                Follow(record, owners, order);
                Assert.Equal(owners.Keys.Order(), Enumerable.Range(0, 8).Select(i => At(i)).Where(book.IsTaken).Select(a => a.ToString()).Order());
                Assert.Equal(owners.Count > 0, book.Holds(Block));
                string[] free = [.. Enumerable.Range(0, 8).Select(i => At(i).ToString()).Where(a => !owners.ContainsKey(a))];
                string? fresh = free.FirstOrDefault(a => !order.Contains(a));
                Assert.Equal(fresh ?? order.FirstOrDefault(), book.NextFree([Block])?.ToString());
            }

            AddressBook again = new();
            Assert.All(book.ToRecords(), record => Assert.Null(again.Apply(record)));
            Assert.Equal(Text(book.ToRecords()), Text(again.ToRecords()));
            Assert.Equal(book.NextFree([Block]), again.NextFree([Block]));
        });
    }

    [Fact]
    public void A_second_tunnel_address_is_a_contradiction()
    {
        AddressBook book = new();
        Assert.Null(book.Apply(new TunnelAssigned(At(1))));
        Assert.Contains("10.65.0.1", book.Apply(new TunnelAssigned(At(2))), StringComparison.Ordinal);
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
            _ => null,
        };
        string[] takes = record switch
        {
            WorkloadAssigned assigned => [.. assigned.Addresses.Select(a => a.ToString())],
            TunnelAssigned tunnel => [tunnel.Address.ToString()],
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
            owners[address] = record is TunnelAssigned ? "tunnel" : releases!;
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
