namespace Weft.Server.Storing;

/// <summary>Where the embedded store is, and its limits.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The name of the store's file in the server's state directory.</summary>
    public const string FileName = "weft.db";

    /// <summary>The path of the file; SQLite keeps its log beside it.</summary>
    public required string Path { get; init; }

    /// <summary>How many revisions back a watch may begin, at least.</summary>
    public int HistoryLimit { get; init; } = 10_000;

    /// <summary>The largest size of the file in pages of 4 KiB; 0 for none but the disk's.</summary>
    public int PagesMax { get; init; }
}
