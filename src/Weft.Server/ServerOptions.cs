using System;

namespace Weft.Server;

/// <summary>Where a server keeps its state and where it listens.</summary>
public sealed record ServerOptions
{
    /// <summary>The directory of the store; it is made if it is not there.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The path of the unix socket that the API listens on, at most 100 bytes.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Takes a line for the operator; standard error if none is given.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Wall and monotonic time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many revisions back a watch may begin, at least.</summary>
    public int HistoryLimit { get; init; } = 10_000;

    /// <summary>How long the agent of a deleted node must be away until what the node had is taken back.</summary>
    public TimeSpan GoneGrace { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a stream stays silent before it says that it is alive.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);
}
