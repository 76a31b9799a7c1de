using System;
using Weft.Node.Brain;
using Weft.Node.Detection;

namespace Weft.Agent;

/// <summary>What an agent is told when it starts.</summary>
public sealed record AgentOptions
{
    /// <summary>The node's name: that of its Node resource.</summary>
    public required string Node { get; init; }

    /// <summary>The path of the network namespace that is the node; empty for the process's own.</summary>
    public string NetworkNamespace { get; init; } = "";

    /// <summary>The server's unix socket.</summary>
    public required string ServerSocket { get; init; }

    /// <summary>Where the plan and the address journal are kept. One agent at a time.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The unix socket on which container runtimes ask; 100 bytes at most.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Where everything that the brain is told is written down, for replay; none if nowhere.</summary>
    public string? RecordPath { get; init; }

    /// <summary>Where the node's own addresses come from.</summary>
    public AddressingOptions Addressing { get; init; } = new();

    /// <summary>How long a workload whose network namespace and link are gone keeps its address.</summary>
    public TimeSpan LeakGrace { get; init; } = AgentBrain.LeakGraceDefault;

    /// <summary>Takes one line for the operator.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The agent cannot start, and the message says how to mend it. Nothing was changed.</summary>
/// <param name="message">What, where, and the mend, in one line.</param>
public sealed class AgentRefusedException(string message) : Exception(message);
