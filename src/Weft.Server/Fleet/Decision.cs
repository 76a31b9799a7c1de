using System.Collections.Generic;
using Weft.Model.Resources;
using Weft.Plan.Protocol;

namespace Weft.Server.Fleet;

/// <summary>What a request changes, or why it is refused: a pure function of a state and the request.</summary>
internal sealed record Decision
{
    /// <summary>What to write; nothing if nothing is different.</summary>
    public IReadOnlyList<ResourceChange> Changes { get; init; } = [];

    /// <summary>What to tell the caller of each resource.</summary>
    public IReadOnlyList<ApplyResult> Results { get; init; } = [];

    /// <summary>Why nothing is done; none if something is.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>A refusal.</summary>
    public static Decision Refuse(RefusalKind kind, string message, IReadOnlyList<FieldProblem>? problems = null) =>
        new() { Refusal = new Refusal(kind, new ServerError(message, problems ?? [])) };
}

/// <summary>Why a request is refused.</summary>
/// <param name="Kind">The sort of reason.</param>
/// <param name="Error">The reason.</param>
internal sealed record Refusal(RefusalKind Kind, ServerError Error);

/// <summary>Sorts of refusals; the API has an HTTP status for each.</summary>
internal enum RefusalKind
{
    /// <summary>The documents are wrong.</summary>
    Invalid,

    /// <summary>Something that is named is not there.</summary>
    NotFound,

    /// <summary>The fleet's state does not permit it.</summary>
    Conflict,

    /// <summary>It belongs to somebody else.</summary>
    Forbidden,

    /// <summary>The store could not write it.</summary>
    StoreFailed,

    /// <summary>Others were faster, again and again.</summary>
    Busy,

    /// <summary>It is right, and has to wait.</summary>
    NotYet,
}
