namespace Weft.Node.Calls;

/// <summary>One invocation of the CNI plugin, as it came: environment and standard input, unread (CNI specification 1.1.0,
/// section 2). What is not set is empty.</summary>
public sealed record CniRequest
{
    /// <summary><c>CNI_COMMAND</c>.</summary>
    public string Command { get => field ?? ""; init; } = "";

    /// <summary><c>CNI_CONTAINERID</c>.</summary>
    public string ContainerId { get => field ?? ""; init; } = "";

    /// <summary><c>CNI_NETNS</c>.</summary>
    public string NetworkNamespace { get => field ?? ""; init; } = "";

    /// <summary><c>CNI_IFNAME</c>.</summary>
    public string Interface { get => field ?? ""; init; } = "";

    /// <summary><c>CNI_ARGS</c>.</summary>
    public string Arguments { get => field ?? ""; init; } = "";

    /// <summary>The network configuration, as text.</summary>
    public string Configuration { get => field ?? ""; init; } = "";
}

/// <summary>What the plugin prints, and how it ends.</summary>
/// <param name="ExitCode">0, or 1 for an error.</param>
/// <param name="Output">A result or an error, as JSON; empty where success has none.</param>
public sealed record CniAnswer(int ExitCode, string Output);
