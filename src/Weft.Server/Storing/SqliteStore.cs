using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Weft.Net;

namespace Weft.Server.Storing;

/// <summary>The embedded store: one SQLite file, one writer, every commit on the disk before it is answered.</summary>
/// <remarks>Objects are in one table and every commit's changes in another, so that a watch resumes from a revision;
/// both are written in one transaction. The file is locked for as long as the store is open.</remarks>
public sealed class SqliteStore : IStore
{
    /// <summary>Commits read from the file in one step of a watch that lies behind.</summary>
    internal const int WatchBatch = 256;

    /// <summary>Changes kept in memory for watches that are up to date.</summary>
    internal const int RecentChangesMax = 4096;

    private readonly Lock _gate = new();
    private readonly SqliteFile _file;
    private readonly int _historyLimit;
    private readonly List<StoreCommit> _recent = [];
    private readonly CancellationTokenSource _closing = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _recentChanges;
    private long _revision;
    private long _compacted;
    private bool _closed;

    private SqliteStore(SqliteFile file, int historyLimit)
    {
        _file = file;
        _historyLimit = historyLimit;
        (_revision, _compacted) = file.ReadState();
    }

    /// <inheritdoc/>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Opens the store, or makes it. Throws <see cref="StoreUnreadableException"/>, with nothing changed,
    /// when the file cannot be used.</summary>
    public static SqliteStore Open(SqliteStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SqliteFile file = SqliteFile.Open(options);
        try
        {
            return new SqliteStore(file, options.HistoryLimit);
        }
        catch (SqliteException refused)
        {
            file.Dispose();
            throw new StoreUnreadableException(SqliteFaults.Explain(refused, options.Path));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredObject?> GetAsync(StoreKey key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return ValueTask.FromResult(Reading(() => _file.Find(key)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreListing> ListAsync(string? kind, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return ValueTask.FromResult(new StoreListing(_revision, Reading(() => _file.List(kind))));
        }
    }

    /// <inheritdoc/>
    public ValueTask<CommitOutcome> CommitAsync(
        IReadOnlyList<StoreWrite> writes, long? basedOn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(writes);
        cancellation.ThrowIfCancellationRequested();
        Invariant.Holds(writes.DistinctBy(w => w.Key).Count() == writes.Count);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return ValueTask.FromResult(Commit(writes, basedOn));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreCommit> WatchAsync(
        long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        while (true)
        {
            either.Token.ThrowIfCancellationRequested();
            List<StoreCommit> batch;
            Task grown;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (after < _compacted || after > _revision)
                {
                    throw new RevisionExpiredException(after, _compacted, _revision);
                }

                long from = after;
                batch = Reading(() => ReadAfter(from));
                grown = _grown.Task;
            }

            foreach (StoreCommit commit in batch)
            {
                yield return commit;
                after = commit.Revision;
            }

            if (batch.Count == 0)
            {
                await grown.WaitAsync(either.Token).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _file.Dispose();
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private CommitOutcome Commit(IReadOnlyList<StoreWrite> writes, long? basedOn)
    {
        if (basedOn is { } seen && seen != _revision)
        {
            return new CommitOutcome.Conflict(null, _revision);
        }

        if (writes.Count == 0)
        {
            return new CommitOutcome.Committed(_revision);
        }

        try
        {
            _file.Begin();
            long revision = _revision + 1;
            List<StoreChange> changes = new(writes.Count);
            foreach (StoreWrite write in writes)
            {
                StoredObject? before = _file.Find(write.Key);
                if ((before?.Revision ?? 0) != write.Expected)
                {
                    _file.Rollback();
                    return new CommitOutcome.Conflict(write.Key, _revision);
                }

                StoreChange change = new(
                    write.Key,
                    before,
                    write.Json is { } json ? new StoredObject(write.Key, revision, json) : null);
                _file.Write(revision, changes.Count, change);
                changes.Add(change);
            }

            // Compaction is done in steps of a tenth, so that most commits delete nothing.
            long compacted = _compacted;
            if (revision - _compacted > _historyLimit + (_historyLimit / 10))
            {
                compacted = revision - _historyLimit;
                _file.Compact(compacted);
            }

            _file.Commit(revision, compacted);
            _compacted = compacted;
            Volatile.Write(ref _revision, revision);
            Remember(new StoreCommit(revision, changes));
            TaskCompletionSource grown = _grown;
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            grown.SetResult();
            return new CommitOutcome.Committed(revision);
        }
        catch (SqliteException refused)
        {
            _file.Rollback();
            _file.TryShortenLog();
            return new CommitOutcome.Failed(SqliteFaults.Explain(refused, _file.Path));
        }
    }

    private void Remember(StoreCommit commit)
    {
        _recent.Add(commit);
        _recentChanges += commit.Changes.Count;
        if (_recentChanges <= 2 * RecentChangesMax)
        {
            return;
        }

        int drop = 0;
        while (drop < _recent.Count - 1 && _recentChanges > RecentChangesMax)
        {
            _recentChanges -= _recent[drop].Changes.Count;
            drop++;
        }

        _recent.RemoveRange(0, drop);
    }

    private List<StoreCommit> ReadAfter(long after)
    {
        if (after == _revision)
        {
            return [];
        }

        // Revisions have no gaps, so a commit's place follows from its revision.
        return _recent.Count > 0 && after + 1 >= _recent[0].Revision
            ? _recent[(int)(after + 1 - _recent[0].Revision)..]
            : _file.ReadHistory(after, WatchBatch);
    }

    private T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException refused)
        {
            throw new StoreUnreadableException(SqliteFaults.Explain(refused, _file.Path));
        }
    }
}
