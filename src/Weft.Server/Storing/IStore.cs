using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Weft.Server.Storing;

/// <summary>Where resources are kept: objects under keys, at revisions that only grow.</summary>
/// <remarks>
/// What every backend promises, and <c>StoreContract</c> tests:
/// a commit is all or nothing and makes exactly one revision; an answered commit survives any crash of this process
/// and of the machine; a list is of one revision; a watch tells every commit after its revision once and in order,
/// or says that it cannot. The store does not look into the objects.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>The revision of the last commit; 0 for a store that was never written.</summary>
    long Revision { get; }

    /// <summary>The object under a key, or none.</summary>
    ValueTask<StoredObject?> GetAsync(StoreKey key, CancellationToken cancellation);

    /// <summary>All objects, or those of one kind, ordered by key, all at one revision.</summary>
    ValueTask<StoreListing> ListAsync(string? kind, CancellationToken cancellation);

    /// <summary>Writes all of <paramref name="writes"/>, or none and says why. No writes make no revision.</summary>
    /// <param name="writes">At most one write per key.</param>
    /// <param name="basedOn">The revision that the decision was made on: a later commit of anybody is a conflict.
    /// None if each write's own expectation is enough.</param>
    /// <param name="cancellation">Ends the waiting, not a write that has begun.</param>
    ValueTask<CommitOutcome> CommitAsync(
        IReadOnlyList<StoreWrite> writes, long? basedOn, CancellationToken cancellation);

    /// <summary>Every commit after a revision, in order, then those to come, without end.</summary>
    /// <remarks>Throws <see cref="RevisionExpiredException"/>, at once or later, when the store no longer knows (or
    /// does not know yet) what came after the revision: the reader must list again.</remarks>
    IAsyncEnumerable<StoreCommit> WatchAsync(long after, CancellationToken cancellation);
}

/// <summary>The name of a stored object.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Namespace">The namespace; empty for a kind without.</param>
/// <param name="Name">The name.</param>
public readonly record struct StoreKey(string Kind, string Namespace, string Name) : IComparable<StoreKey>
{
    /// <inheritdoc/>
    public int CompareTo(StoreKey other)
    {
        int order = string.CompareOrdinal(Kind, other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>kind/name</c> or <c>kind/namespace/name</c>.</summary>
    public override string ToString() => Namespace.Length == 0 ? $"{Kind}/{Name}" : $"{Kind}/{Namespace}/{Name}";
}

/// <summary>An object as it is stored.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Revision">The revision of the commit that wrote it.</param>
/// <param name="Json">Its bytes.</param>
public sealed record StoredObject(StoreKey Key, long Revision, ReadOnlyMemory<byte> Json);

/// <summary>Objects of one revision.</summary>
/// <param name="Revision">The store's revision.</param>
/// <param name="Objects">The objects, ordered by key.</param>
public sealed record StoreListing(long Revision, IReadOnlyList<StoredObject> Objects);

/// <summary>One write of a commit: a compare-and-swap of one object.</summary>
/// <param name="Key">The object.</param>
/// <param name="Expected">The revision that the object must have; 0 if it must not exist.</param>
/// <param name="Json">The new bytes; none to delete it.</param>
public sealed record StoreWrite(StoreKey Key, long Expected, ReadOnlyMemory<byte>? Json);

/// <summary>One object's change in a commit.</summary>
/// <param name="Key">The object.</param>
/// <param name="Before">What it was; none if it did not exist.</param>
/// <param name="After">What it is; none if it is gone.</param>
public sealed record StoreChange(StoreKey Key, StoredObject? Before, StoredObject? After);

/// <summary>A commit.</summary>
/// <param name="Revision">The revision that it made.</param>
/// <param name="Changes">What it changed, in the order of its writes.</param>
public sealed record StoreCommit(long Revision, IReadOnlyList<StoreChange> Changes);

/// <summary>What became of a commit.</summary>
public abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>It is written, and survives a crash.</summary>
    /// <param name="Revision">The revision that holds it.</param>
    public sealed record Committed(long Revision) : CommitOutcome;

    /// <summary>Nothing is written: something changed since the writer looked.</summary>
    /// <param name="Key">The object that is not as expected; none if only the store's revision moved.</param>
    /// <param name="Revision">The revision that the store has now.</param>
    public sealed record Conflict(StoreKey? Key, long Revision) : CommitOutcome;

    /// <summary>Nothing is written: the medium refused.</summary>
    /// <param name="Fault">Why, and how to mend it.</param>
    public sealed record Failed(StoreFault Fault) : CommitOutcome;
}

/// <summary>Why a store cannot be opened, read or written.</summary>
/// <param name="Message">What is wrong, and where.</param>
/// <param name="Mend">What to do about it.</param>
public sealed record StoreFault(string Message, string Mend)
{
    /// <summary>Both in one line.</summary>
    public override string ToString() => $"{Message}; {Mend}";
}

/// <summary>A store cannot be opened or read; nothing in it was changed.</summary>
/// <param name="fault">Why, and how to mend it.</param>
public sealed class StoreUnreadableException(StoreFault fault) : Exception(fault?.ToString())
{
    /// <summary>Why, and how to mend it.</summary>
    public StoreFault Fault { get; } = fault ?? new StoreFault("the store is unreadable", "look at the log");
}

/// <summary>A watch cannot go on from its revision: list again.</summary>
/// <param name="requested">The revision asked for.</param>
/// <param name="oldest">The oldest revision that a watch may start after.</param>
/// <param name="newest">The store's revision.</param>
public sealed class RevisionExpiredException(long requested, long oldest, long newest)
    : Exception($"revision {requested} is not between {oldest} and {newest}: list again")
{
    /// <summary>The revision asked for.</summary>
    public long Requested { get; } = requested;
}
