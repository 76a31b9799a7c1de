using System;
using System.Globalization;
using Weft.Model.Resources;

namespace Weft.Server.Changes;

/// <summary>The time and identities that a decision writes: drawn by the shell, so that the decision stays pure.</summary>
/// <param name="Now">RFC 3339.</param>
/// <param name="NewUid">An identity never used before.</param>
internal sealed record Stamp(string Now, Func<string> NewUid)
{
    /// <summary>The stamp of this moment.</summary>
    public static Stamp Of(TimeProvider time) => new(
        time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        static () => Guid.NewGuid().ToString());

    /// <summary>The metadata of a resource that is made now.</summary>
    public Metadata Born(Metadata given) => given with
    {
        Uid = NewUid(),
        ResourceVersion = 0,
        Generation = 1,
        CreationTimestamp = Now,
        DeletionTimestamp = null,
    };

    /// <summary>The metadata of a resource whose removal is asked for now, or was asked for before.</summary>
    public Metadata Leaving(Metadata metadata) =>
        metadata.IsTerminating ? metadata : metadata with { DeletionTimestamp = Now };
}
