using System;
using System.Collections.Generic;
using System.Data;
using System.Globalization;
using System.IO;
using Microsoft.Data.Sqlite;

namespace Weft.Server.Storing;

/// <summary>The store's file: its schema, its safety settings and its statements. Called under the store's lock.</summary>
/// <remarks>
/// <code>
/// objects  kind, namespace, name | revision, json                        what is
/// history  revision, ordinal | key, before, before_revision, after       what each commit changed
/// state    revision, compacted                                           one row
/// </code>
/// </remarks>
internal sealed class SqliteFile : IDisposable
{
    /// <summary>The schema that this program reads and writes.</summary>
    public const int SchemaVersion = 1;

    // "WEFT" in ASCII: SQLite keeps it in the file's header, so that a foreign database is told from ours.
    private const int ApplicationId = 0x57454654;

    private const string Schema = """
        CREATE TABLE objects (
            kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            revision INTEGER NOT NULL, json BLOB NOT NULL,
            PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
        CREATE TABLE history (
            revision INTEGER NOT NULL, ordinal INTEGER NOT NULL,
            kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            before BLOB, before_revision INTEGER, after BLOB,
            PRIMARY KEY (revision, ordinal)) WITHOUT ROWID;
        CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, compacted INTEGER NOT NULL);
        INSERT INTO state VALUES (1, 0, 0);
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _record;
    private readonly SqliteCommand _advance;

    private SqliteFile(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
        _find = Prepare(
            "SELECT revision, json FROM objects WHERE kind = $kind AND namespace = $namespace AND name = $name",
            "$kind", "$namespace", "$name");
        _put = Prepare(
            "INSERT INTO objects VALUES ($kind, $namespace, $name, $revision, $json) ON CONFLICT DO UPDATE SET revision = $revision, json = $json",
            "$kind", "$namespace", "$name", "$revision", "$json");
        _delete = Prepare(
            "DELETE FROM objects WHERE kind = $kind AND namespace = $namespace AND name = $name",
            "$kind", "$namespace", "$name");
        _record = Prepare(
            "INSERT INTO history VALUES ($revision, $ordinal, $kind, $namespace, $name, $before, $beforeRevision, $after)",
            "$kind", "$namespace", "$name", "$revision", "$ordinal", "$before", "$beforeRevision", "$after");
        _advance = Prepare("UPDATE state SET revision = $revision, compacted = $compacted", "$revision", "$compacted");
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>Opens or makes the file; throws <see cref="StoreUnreadableException"/> when it cannot be used.</summary>
    public static SqliteFile Open(SqliteStoreOptions options)
    {
        SqliteConnection? connection = null;
        try
        {
            string? directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(options.Path));
            Directory.CreateDirectory(directory!);
            if (WalInspection.FindLoss($"{options.Path}-wal") is { } loss)
            {
                throw new StoreUnreadableException(loss);
            }

            // No pooling: a closed store has released its file and its lock.
            SqliteConnectionStringBuilder settings = new()
            {
                DataSource = options.Path,
                Mode = SqliteOpenMode.ReadWriteCreate,
                Pooling = false,
                DefaultTimeout = 1,
            };
            connection = new SqliteConnection(settings.ToString());
            connection.Open();
            Prepare(connection, options);
            return new SqliteFile(options.Path, connection);
        }
        catch (SqliteException refused)
        {
            connection?.Dispose();
            throw new StoreUnreadableException(SqliteFaults.Explain(refused, options.Path));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnreadableException(new StoreFault(
                $"the store's directory cannot be used: {refused.Message}",
                "give the server a state directory that it may write"));
        }
        catch (StoreUnreadableException)
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>The revision, and the one up to which history is compacted.</summary>
    public (long Revision, long Compacted) ReadState()
    {
        using SqliteCommand command = Command("SELECT revision, compacted FROM state");
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>The object under a key, or none.</summary>
    public StoredObject? Find(StoreKey key)
    {
        Name(_find, key);
        using SqliteDataReader reader = _find.ExecuteReader(CommandBehavior.SingleRow);
        return reader.Read() ? new StoredObject(key, reader.GetInt64(0), Bytes(reader, 1)) : null;
    }

    /// <summary>The objects of one kind, or all.</summary>
    public List<StoredObject> List(string? kind)
    {
        using SqliteCommand command = Command(
            "SELECT kind, namespace, name, revision, json FROM objects WHERE $kind IS NULL OR kind = $kind ORDER BY kind, namespace, name");
        command.Parameters.AddWithValue("$kind", (object?)kind ?? DBNull.Value);
        using SqliteDataReader reader = command.ExecuteReader();
        List<StoredObject> objects = [];
        while (reader.Read())
        {
            objects.Add(new StoredObject(Key(reader, 0), reader.GetInt64(3), Bytes(reader, 4)));
        }

        return objects;
    }

    /// <summary>Whole commits after a revision, oldest first, at most <paramref name="limit"/>.</summary>
    public List<StoreCommit> ReadHistory(long after, int limit)
    {
        using SqliteCommand command = Command(
            "SELECT kind, namespace, name, revision, before, before_revision, after FROM history WHERE revision > $after AND revision <= $last ORDER BY revision, ordinal");
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$last", after + limit);
        using SqliteDataReader reader = command.ExecuteReader();
        List<StoreCommit> commits = [];
        List<StoreChange> changes = [];
        while (reader.Read())
        {
            StoreKey key = Key(reader, 0);
            long revision = reader.GetInt64(3);
            if (commits.Count == 0 || commits[^1].Revision != revision)
            {
                changes = [];
                commits.Add(new StoreCommit(revision, changes));
            }

            changes.Add(new StoreChange(
                key,
                reader.IsDBNull(4) ? null : new StoredObject(key, reader.GetInt64(5), Bytes(reader, 4)),
                reader.IsDBNull(6) ? null : new StoredObject(key, revision, Bytes(reader, 6))));
        }

        return commits;
    }

    /// <summary>Begins a transaction.</summary>
    public void Begin() => Execute(_connection, "BEGIN IMMEDIATE");

    /// <summary>Writes one change of the commit that is being made.</summary>
    public void Write(long revision, int ordinal, StoreChange change)
    {
        SqliteCommand write = change.After is null ? _delete : _put;
        Name(write, change.Key);
        if (change.After is { } after)
        {
            write.Parameters["$revision"].Value = revision;
            write.Parameters["$json"].Value = after.Json.ToArray();
        }

        write.ExecuteNonQuery();
        Name(_record, change.Key);
        _record.Parameters["$revision"].Value = revision;
        _record.Parameters["$ordinal"].Value = ordinal;
        _record.Parameters["$before"].Value = (object?)change.Before?.Json.ToArray() ?? DBNull.Value;
        _record.Parameters["$beforeRevision"].Value = (object?)change.Before?.Revision ?? DBNull.Value;
        _record.Parameters["$after"].Value = (object?)change.After?.Json.ToArray() ?? DBNull.Value;
        _record.ExecuteNonQuery();
    }

    /// <summary>Forgets what commits up to a revision changed.</summary>
    public void Compact(long upTo)
    {
        using SqliteCommand command = Command("DELETE FROM history WHERE revision <= $upTo");
        command.Parameters.AddWithValue("$upTo", upTo);
        command.ExecuteNonQuery();
    }

    /// <summary>Ends the transaction: when this returns, the disk has it.</summary>
    public void Commit(long revision, long compacted)
    {
        _advance.Parameters["$revision"].Value = revision;
        _advance.Parameters["$compacted"].Value = compacted;
        _advance.ExecuteNonQuery();
        Execute(_connection, "COMMIT");
    }

    /// <summary>Takes the transaction back, if SQLite has not done so by itself.</summary>
    public void Rollback()
    {
        try
        {
            Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself: a full disk and a failed write end the transaction.
        }
    }

    /// <summary>Moves the log into the database, so that no frame of a failed write stays behind in it.</summary>
    public void TryShortenLog()
    {
        try
        {
            ShortenLog(_connection);
        }
        catch (SqliteException)
        {
            // The disk is still full: the log stays as it is, which is safe, only longer.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _find.Dispose();
        _put.Dispose();
        _delete.Dispose();
        _record.Dispose();
        _advance.Dispose();
        _connection.Dispose();
    }

    private static void Prepare(SqliteConnection connection, SqliteStoreOptions options)
    {
        // Exclusive: a second server on this file is refused, and the log's index needs no shared memory.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        long application = Number(connection, "PRAGMA application_id");
        long version = Number(connection, "PRAGMA user_version");
        long tables = Number(connection, "SELECT count(*) FROM sqlite_master");
        if (tables > 0 && application != ApplicationId)
        {
            throw new StoreUnreadableException(new StoreFault(
                $"{options.Path} is a database, but not a Weft store",
                "move it away, or give the server another state directory"));
        }

        if (version > SchemaVersion)
        {
            throw new StoreUnreadableException(new StoreFault(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{options.Path} was written by a newer Weft (schema {version}; this one knows up to {SchemaVersion})"),
                "run that version, or restore the copy made before the upgrade"));
        }

        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "PRAGMA foreign_keys = OFF");
        if (options.PagesMax > 0)
        {
            Execute(connection, string.Create(
                CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {options.PagesMax}"));
        }

        // A write lock taken and kept from here on: an exclusive lock only begins with the first write.
        Execute(connection, "BEGIN IMMEDIATE");
        if (tables == 0)
        {
            Execute(connection, Schema);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {SchemaVersion}"));
        }

        Execute(connection, "COMMIT");
        using SqliteCommand check = connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (check.ExecuteScalar() is not "ok")
        {
            throw new StoreUnreadableException(SqliteFaults.Damaged(options.Path));
        }

        // Each run begins with an empty log: what WalInspection finds is of one run.
        ShortenLog(connection);
    }

    private static void ShortenLog(SqliteConnection connection) =>
        Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");

    private static void Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!;
    }

    private static void Name(SqliteCommand command, StoreKey key)
    {
        command.Parameters["$kind"].Value = key.Kind;
        command.Parameters["$namespace"].Value = key.Namespace;
        command.Parameters["$name"].Value = key.Name;
    }

    private static StoreKey Key(SqliteDataReader reader, int at) =>
        new(reader.GetString(at), reader.GetString(at + 1), reader.GetString(at + 2));

    private static byte[] Bytes(SqliteDataReader reader, int at) => reader.GetFieldValue<byte[]>(at);

    private SqliteCommand Prepare(string text, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = Command(text);
        foreach (string parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter(parameter, null));
        }

        return command;
    }

    private SqliteCommand Command(string text)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        return command;
    }
}
