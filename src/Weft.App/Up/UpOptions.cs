using System;
using System.Collections.Generic;
using System.IO;
using Weft.Net;
using Weft.Node.Brain;
using Weft.Node.Detection;

namespace Weft.App.Up;

/// <summary>What <c>weft up</c> was told.</summary>
internal sealed record UpOptions
{
    /// <summary>Where store, plan and address journal are kept.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Where the sockets are.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The ranges of the first pools; none if they are to be chosen.</summary>
    public IReadOnlyList<IpPrefix> Pools { get; init; } = [];

    /// <summary>Where to put the configuration for container runtimes; null if nowhere.</summary>
    public string? CniConfig { get; init; }

    /// <summary>Where to put the plugin; null if nowhere.</summary>
    public string? CniBin { get; init; }

    /// <summary>Whether to go on with what the doctor finds missing.</summary>
    public bool SkipsChecks { get; init; }

    /// <summary>Where the node's own addresses come from.</summary>
    public AddressingOptions Addressing { get; init; } = new();

    /// <summary>How long a workload that is gone keeps its address.</summary>
    public TimeSpan LeakGrace { get; init; } = AgentBrain.LeakGraceDefault;

    /// <summary>The server's socket.</summary>
    public string ServerSocket => Path.Combine(RunDirectory, "server.sock");

    /// <summary>The agent's socket.</summary>
    public string AgentSocket => Path.Combine(RunDirectory, "agent.sock");

    /// <summary>The server's state: that of <c>weft server</c>.</summary>
    public string ServerState => Path.Combine(StateDirectory, "server");

    /// <summary>The agent's state: that of <c>weft agent</c>.</summary>
    public string AgentState => Path.Combine(StateDirectory, AgentFolder);

    /// <summary>The name of the lock within the state directory.</summary>
    public const string LockName = "up.lock";

    private const string AgentFolder = "agent";

    /// <summary>The agent's state, of a directory that is it, or that is <c>weft up</c>'s.</summary>
    public static string AgentStateIn(string directory) =>
        File.Exists(Path.Combine(directory, LockName)) ? Path.Combine(directory, AgentFolder) : directory;
}
