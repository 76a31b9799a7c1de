using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Storing;

/// <summary>What every store promises. A backend's tests derive from this and say how it is opened.</summary>
public abstract class StoreContract : IDisposable
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("weft-t-store-").FullName;

    protected abstract IStore Open(int historyLimit = 10_000);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_new_store_is_empty_at_revision_0()
    {
        await using IStore store = Open();
        StoreListing listing = await store.ListAsync(null, Cancellation);
        Assert.Equal(0, listing.Revision);
        Assert.Empty(listing.Objects);
        Assert.Null(await store.GetAsync(Key("a"), Cancellation));
    }

    [Fact]
    public async Task A_commit_is_one_revision_whatever_it_writes()
    {
        await using IStore store = Open();
        Assert.Equal(new CommitOutcome.Committed(1), await Commit(store, Put("a", 0, "1"), Put("b", 0, "2")));
        Assert.Equal(new CommitOutcome.Committed(2), await Commit(store, Put("a", 1, "3"), Delete("b", 1)));
        StoredObject only = Assert.Single((await store.ListAsync(null, Cancellation)).Objects);
        Assert.Equal((Key("a"), 2L, "3"), (only.Key, only.Revision, Text(only)));
    }

    [Fact]
    public async Task A_commit_without_writes_makes_no_revision()
    {
        await using IStore store = Open();
        await Commit(store, Put("a", 0, "1"));
        Assert.Equal(new CommitOutcome.Committed(1), await Commit(store));
        Assert.Equal(1, store.Revision);
    }

    [Fact]
    public async Task One_unexpected_object_refuses_the_whole_commit()
    {
        await using IStore store = Open();
        await Commit(store, Put("a", 0, "1"));
        await Commit(store, Put("a", 1, "2"));
        CommitOutcome refused = await Commit(store, Put("b", 0, "1"), Put("a", 1, "3"));
        Assert.Equal(new CommitOutcome.Conflict(Key("a"), 2), refused);
        Assert.Equal(new CommitOutcome.Conflict(Key("a"), 2), await Commit(store, Put("a", 0, "3")));
        Assert.Equal(new CommitOutcome.Conflict(Key("c"), 2), await Commit(store, Delete("c", 1)));
        Assert.Null(await store.GetAsync(Key("b"), Cancellation));
        Assert.Equal("2", Text((await store.GetAsync(Key("a"), Cancellation))!));
        Assert.Equal(new CommitOutcome.Committed(3), await Commit(store, Put("b", 0, "1")));
    }

    [Fact]
    public async Task A_commit_that_is_based_on_an_older_revision_conflicts()
    {
        await using IStore store = Open();
        await Commit(store, Put("a", 0, "1"));
        Assert.Equal(
            new CommitOutcome.Conflict(null, 1),
            await store.CommitAsync([Put("b", 0, "1")], basedOn: 0, Cancellation));
        Assert.Equal(
            new CommitOutcome.Committed(2),
            await store.CommitAsync([Put("b", 0, "1")], basedOn: 1, Cancellation));
    }

    [Fact]
    public async Task A_listing_is_ordered_and_can_be_of_one_kind()
    {
        await using IStore store = Open();
        StoreKey other = new("Other", "ns", "x");
        await Commit(store, Put("b", 0, "1"), Put("a", 0, "1"), new StoreWrite(other, 0, Bytes("1")));
        Assert.Equal([other, Key("a"), Key("b")], (await store.ListAsync(null, Cancellation)).Objects.Select(o => o.Key));
        Assert.Equal([other], (await store.ListAsync("Other", Cancellation)).Objects.Select(o => o.Key));
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        await using (IStore store = Open())
        {
            await Commit(store, Put("a", 0, "1"));
            await Commit(store, Put("a", 1, "2"));
        }

        await using IStore again = Open();
        Assert.Equal(2, again.Revision);
        StoredObject read = (await again.GetAsync(Key("a"), Cancellation))!;
        Assert.Equal((2L, "2"), (read.Revision, Text(read)));
        List<StoreCommit> history = await Watch(again, 0, 2);
        Assert.Equal([1L, 2L], history.Select(c => c.Revision));
    }

    [Fact]
    public async Task A_watch_tells_each_commit_once_and_in_order_from_its_revision()
    {
        await using IStore store = Open();
        await Commit(store, Put("a", 0, "1"));
        await Commit(store, Put("b", 0, "1"));
        Task<List<StoreCommit>> watching = Watch(store, 1, 3);
        await Commit(store, Put("a", 1, "2"), Delete("b", 2));
        await Commit(store, Put("c", 0, "1"));
        List<StoreCommit> seen = await watching;
        Assert.Equal([2L, 3L, 4L], seen.Select(c => c.Revision));
        Assert.Null(seen[0].Changes[0].Before);
        Assert.Equal("1", Text(seen[0].Changes[0].After!));
        Assert.Equal([Key("a"), Key("b")], seen[1].Changes.Select(c => c.Key));
        Assert.Equal((1L, "1"), (seen[1].Changes[0].Before!.Revision, Text(seen[1].Changes[0].Before!)));
        Assert.Null(seen[1].Changes[1].After);
    }

    [Fact]
    public async Task A_watch_from_a_compacted_or_future_revision_says_that_it_is_expired()
    {
        await using IStore store = Open(historyLimit: 10);
        for (int i = 0; i < 30; i++)
        {
            await Commit(store, Put("a", i, "x"));
        }

        await Assert.ThrowsAsync<RevisionExpiredException>(() => Watch(store, 3, 1));
        await Assert.ThrowsAsync<RevisionExpiredException>(() => Watch(store, 31, 1));
        Assert.Equal(10, (await Watch(store, 20, 10)).Count);
    }

    [Fact]
    public async Task Many_writers_and_watchers_agree_on_one_order()
    {
        const int Writers = 4;
        const int Each = 50;
        await using IStore store = Open();
        Task<List<StoreCommit>>[] watching = [.. Enumerable.Range(0, 3).Select(_ => Watch(store, 0, Writers * Each))];
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    await Commit(store, Put($"w{writer}-{i}", 0, "x"));
                }
            },
            Cancellation)));
        foreach (Task<List<StoreCommit>> watch in watching)
        {
            Assert.Equal(Enumerable.Range(1, Writers * Each).Select(r => (long)r), (await watch).Select(c => c.Revision));
        }
    }

    protected static StoreKey Key(string name) => new("Thing", "", name);

    protected static StoreWrite Put(string name, long expected, string text) => new(Key(name), expected, Bytes(text));

    protected static StoreWrite Delete(string name, long expected) => new(Key(name), expected, null);

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(StoredObject stored) => Encoding.UTF8.GetString(stored.Json.Span);

    protected static ValueTask<CommitOutcome> Commit(IStore store, params StoreWrite[] writes) =>
        store.CommitAsync(writes, null, Cancellation);

    protected static async Task<List<StoreCommit>> Watch(IStore store, long after, int count)
    {
        List<StoreCommit> seen = [];
        await foreach (StoreCommit commit in store.WatchAsync(after, Cancellation))
        {
            seen.Add(commit);
            if (seen.Count == count)
            {
                break;
            }
        }

        return seen;
    }
}
