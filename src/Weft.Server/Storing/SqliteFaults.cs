using System.Globalization;
using System.IO;
using Microsoft.Data.Sqlite;

namespace Weft.Server.Storing;

/// <summary>SQLite's refusals in an operator's words. Codes: https://www.sqlite.org/rescode.html.</summary>
internal static class SqliteFaults
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>What a refusal means and how to mend it.</summary>
    public static StoreFault Explain(SqliteException refused, string path) => refused.SqliteErrorCode switch
    {
        Busy or Locked => new StoreFault(
            $"{path} is in use by another process",
            "stop the other weft server, or give this one another state directory"),
        Full => new StoreFault(
            $"no room left for {path}",
            $"free space in {Path.GetDirectoryName(path)} and try again; nothing was changed"),
        ReadOnly or CannotOpen => new StoreFault(
            $"{path} cannot be opened for writing ({refused.Message})",
            "give the server a state directory that it may write"),
        Corrupt => Damaged(path),
        NotADatabase => new StoreFault(
            $"{path} is not a Weft store, or its first bytes are damaged",
            "restore it (with the file ending in -wal) from a copy; agents go on forwarding without it"),
        InputOutput => new StoreFault(
            string.Create(
                CultureInfo.InvariantCulture,
                $"the disk refused to read or write {path} (SQLite error {refused.SqliteExtendedErrorCode})"),
            "look at the kernel's log for the disk, then restart the server; nothing was changed"),
        _ => new StoreFault(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: {refused.Message} (SQLite error {refused.SqliteExtendedErrorCode})"),
            "restart the server; if it comes again, restore the file from a copy"),
    };

    /// <summary>The file's inner structure is damaged.</summary>
    public static StoreFault Damaged(string path) => new(
        $"{path} is damaged",
        $"restore it from a copy, or save what can be read with: sqlite3 {path} .recover; agents go on forwarding without it");
}
