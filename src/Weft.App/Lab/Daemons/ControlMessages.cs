using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Weft.App.Lab.Daemons;

/// <summary>What <c>weft lab</c> asks of the lab's own daemons.</summary>
internal sealed record ControlCall
{
    /// <summary>What is asked.</summary>
    public required ControlVerb Verb { get; init; }

    /// <summary>The node, for <see cref="ControlVerb.Restart"/>.</summary>
    public string Name { get; init; } = "";

    /// <summary>The store's revision, for <see cref="ControlVerb.Settle"/>.</summary>
    public long Revision { get; init; }

    /// <summary>The workloads to wait for, as <c>namespace/endpoint</c>; all if there is no list.</summary>
    public IReadOnlyList<string>? Subjects { get; init; }

    /// <summary>How long the answer may take.</summary>
    public double TimeoutSeconds { get; init; }
}

/// <summary>What can be asked.</summary>
internal enum ControlVerb
{
    /// <summary>How is it going?</summary>
    Status,

    /// <summary>Ends and starts a node's agent.</summary>
    Restart,

    /// <summary>Answers when all that the store asks for at a revision is done.</summary>
    Settle,
}

/// <summary>The answer.</summary>
internal sealed record ControlAnswer
{
    /// <summary>What went wrong; none if all is well.</summary>
    public string? Error { get; init; }

    /// <summary>What is not done yet, and why.</summary>
    public IReadOnlyList<PendingWork> Pending { get; init; } = [];

    /// <summary>Workloads that are connected, as <c>namespace/endpoint</c>.</summary>
    public IReadOnlyList<string> Connected { get; init; } = [];
}

/// <summary>Something that is not done yet.</summary>
/// <param name="Subject">What.</param>
/// <param name="Reason">Why, in one line; empty while it goes its way.</param>
/// <param name="Final">Whether waiting will not help.</param>
internal sealed record PendingWork(string Subject, string Reason, bool Final)
{
    /// <summary><c>shop/web: no address is free</c>.</summary>
    public override string ToString() => Reason.Length == 0 ? Subject : $"{Subject}: {Reason}";
}

/// <summary>The JSON of these messages.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlCall))]
[JsonSerializable(typeof(ControlAnswer))]
internal sealed partial class ControlJson : JsonSerializerContext;
