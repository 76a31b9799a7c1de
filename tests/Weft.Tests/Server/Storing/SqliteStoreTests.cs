using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Storing;

public sealed class SqliteStoreTests : StoreContract
{
    private string FilePath => Path.Combine(Folder, SqliteStoreOptions.FileName);

    [Fact]
    public async Task A_second_server_on_the_same_file_is_refused()
    {
        await using IStore store = Open();
        StoreUnreadableException refused = Assert.Throws<StoreUnreadableException>(() => Open());
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_database_are_refused_and_left_alone()
    {
        byte[] foreign = [.. Enumerable.Range(0, 8192).Select(i => (byte)((i * 7) & 0xFF))];
        await File.WriteAllBytesAsync(FilePath, foreign, Cancellation);
        StoreUnreadableException refused = Assert.Throws<StoreUnreadableException>(() => Open());
        Assert.Contains("restore it", refused.Fault.Mend, StringComparison.Ordinal);
        Assert.Equal(foreign, await File.ReadAllBytesAsync(FilePath, Cancellation));
    }

    [Fact]
    public void Somebody_elses_database_is_refused()
    {
        Sql("CREATE TABLE theirs (x)");
        StoreUnreadableException refused = Assert.Throws<StoreUnreadableException>(() => Open());
        Assert.Contains("not a Weft store", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_alone()
    {
        await using (IStore store = Open())
        {
            await Commit(store, Put("a", 0, "1"));
        }

        Sql("PRAGMA user_version = 2");
        StoreUnreadableException refused = Assert.Throws<StoreUnreadableException>(() => Open());
        Assert.Contains("newer Weft (schema 2", refused.Message, StringComparison.Ordinal);
        Sql("PRAGMA user_version = 1");
        await using IStore again = Open();
        Assert.Equal(1, again.Revision);
    }

    [Fact]
    public async Task A_damaged_page_is_refused()
    {
        await using (IStore store = Open())
        {
            for (int i = 0; i < 50; i++)
            {
                await Commit(store, Put($"a{i}", 0, new string('x', 2000)));
            }
        }

        byte[] file = await File.ReadAllBytesAsync(FilePath, Cancellation);
        file.AsSpan(4096, 4096).Fill(0xA5);
        await File.WriteAllBytesAsync(FilePath, file, Cancellation);
        StoreUnreadableException refused = Assert.Throws<StoreUnreadableException>(() => Open());
        Assert.Contains("damaged", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_store_refuses_a_commit_whole_and_goes_on()
    {
        await using SqliteStore store = SqliteStore.Open(new SqliteStoreOptions { Path = FilePath, PagesMax = 40 });
        string big = new('x', 20_000);
        int written = 0;
        CommitOutcome outcome;
        while ((outcome = await Commit(store, Put($"a{written}", 0, big))) is CommitOutcome.Committed && written < 100)
        {
            written++;
        }

        CommitOutcome.Failed failed = Assert.IsType<CommitOutcome.Failed>(outcome);
        Assert.Contains("free space", failed.Fault.Mend, StringComparison.Ordinal);
        Assert.Equal(written, store.Revision);
        Assert.Equal(written, (await store.ListAsync(null, Cancellation)).Objects.Count);
        Assert.Null(await store.GetAsync(Key($"a{written}"), Cancellation));
        Assert.IsType<CommitOutcome.Committed>(await Commit(store, Put("small", 0, "x")));
    }

    [Fact]
    public async Task A_log_that_is_torn_at_its_end_loses_only_what_was_never_answered()
    {
        // Every cut of the log is a crash at that point: each commit whose frames are whole must be there.
        CopyOfRunningStore(8, out string copy);
        byte[] log = await File.ReadAllBytesAsync($"{copy}-wal", Cancellation);
        byte[] database = await File.ReadAllBytesAsync(copy, Cancellation);
        long before = -1;
        for (int length = 0; length <= log.Length; length += 1031)
        {
            await File.WriteAllBytesAsync(FilePath, database, Cancellation);
            await File.WriteAllBytesAsync($"{FilePath}-wal", log[..length], Cancellation);
            await using IStore store = Open();
            Assert.InRange(store.Revision, Math.Max(before, 0), before < 0 ? 8 : before + 1);
            Assert.Equal(store.Revision, (await store.ListAsync(null, Cancellation)).Objects.Count);
            before = store.Revision;
        }
    }

    [Fact]
    public async Task A_log_that_is_damaged_in_its_middle_is_refused_and_left_alone()
    {
        CopyOfRunningStore(8, out string copy);
        byte[] log = await File.ReadAllBytesAsync($"{copy}-wal", Cancellation);
        log[32 + 24 + 100] ^= 0xFF;
        await File.WriteAllBytesAsync($"{copy}-wal", log, Cancellation);
        StoreUnreadableException refused = Assert.Throws<StoreUnreadableException>(
            () => SqliteStore.Open(new SqliteStoreOptions { Path = copy }));
        Assert.Contains("8 commits behind the damage would be lost", refused.Message, StringComparison.Ordinal);
        Assert.Equal(log, await File.ReadAllBytesAsync($"{copy}-wal", Cancellation));
    }

    [Fact]
    public async Task A_watch_far_behind_reads_the_file_and_then_goes_on_in_memory()
    {
        await using IStore store = Open();
        int count = SqliteStore.RecentChangesMax + (3 * SqliteStore.WatchBatch);
        StoreWrite[] many = [.. Enumerable.Range(0, SqliteStore.RecentChangesMax).Select(i => Put($"m{i}", 0, "x"))];
        for (int i = 0; i < 3 * SqliteStore.WatchBatch; i++)
        {
            await Commit(store, Put($"s{i}", 0, "x"));
        }

        await Commit(store, many);
        await Commit(store, Put("last", 0, "x"), Put("last2", 0, "y"));
        System.Collections.Generic.List<StoreCommit> seen = await Watch(store, 0, (3 * SqliteStore.WatchBatch) + 2);
        Assert.Equal(count + 2, seen.Sum(c => c.Changes.Count));
        Assert.Equal(Enumerable.Range(1, seen.Count).Select(r => (long)r), seen.Select(c => c.Revision));
    }

    protected override IStore Open(int historyLimit = 10_000) =>
        SqliteStore.Open(new SqliteStoreOptions { Path = FilePath, HistoryLimit = historyLimit });

    private void CopyOfRunningStore(int commits, out string copy)
    {
        copy = Path.Combine(Folder, "copy.db");
        string origin = Path.Combine(Folder, "origin.db");
        SqliteStore store = SqliteStore.Open(new SqliteStoreOptions { Path = origin });
        for (int i = 0; i < commits; i++)
        {
            _ = Commit(store, Put($"a{i}", 0, new string('x', 3000))).AsTask().Result;
        }

        File.Copy(origin, copy);
        File.Copy($"{origin}-wal", $"{copy}-wal");
        store.DisposeAsync().AsTask().Wait(Cancellation);
    }

    private void Sql(string text)
    {
        using SqliteConnection connection = new($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
