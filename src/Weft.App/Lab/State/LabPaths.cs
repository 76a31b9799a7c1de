using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Weft.App.CommandLine;
using Weft.Net;

namespace Weft.App.Lab.State;

/// <summary>Where the files of one lab are. A member's name is a DNS label, so a name with a dot cannot be
/// one.</summary>
internal sealed class LabPaths
{
    /// <summary>The longest socket path in bytes: .NET refuses over 108, the contract promises 100.</summary>
    public const int SocketPathLimit = 100;

    private const int HashedSocketBytes = 16 + 5;

    private LabPaths(string directory, string lab) => (Directory, Lab) = (directory, lab);

    /// <summary>The folder of all labs; <c>WEFT_RUNTIME_DIR</c> overrides <c>/run/weft</c>.</summary>
    public static string Root
    {
        get
        {
            string? given = Environment.GetEnvironmentVariable("WEFT_RUNTIME_DIR");
            return Path.Combine(string.IsNullOrEmpty(given) ? "/run/weft" : Path.GetFullPath(given), "lab");
        }
    }

    /// <summary>The file whose byte ranges are the locks of all labs; it belongs to none of them.</summary>
    public static string Locks => Path.Combine(Root, ".locks");

    /// <summary>The lab's name.</summary>
    public string Lab { get; }

    /// <summary>The lab's folder: made first, removed last.</summary>
    public string Directory { get; }

    /// <summary>What is known of the lab, and what must be removed with it.</summary>
    public string Record => Path.Combine(Directory, "lab.json");

    /// <summary>Network namespaces of workloads that came later, a line each, written before each is
    /// made.</summary>
    public string LaterNamespaces => Path.Combine(Directory, "namespaces");

    /// <summary>The server's socket.</summary>
    public string ServerSocket => Path.Combine(Directory, "server.api.sock");

    /// <summary>The server's files.</summary>
    public string ServerState => Path.Combine(Directory, "server");

    /// <summary>The control socket of the process that hosts server and agents, when one process does.</summary>
    public string NodesControl => Path.Combine(Directory, "nodes.control.sock");

    /// <summary>The control socket of the lab's container runtime.</summary>
    public string RuntimeControl => Path.Combine(Directory, "runtime.control.sock");

    /// <summary>A file for each connected workload.</summary>
    public string Workloads => Path.Combine(Directory, "workloads");

    /// <summary>What the daemons said.</summary>
    public string Logs => Path.Combine(Directory, "logs");

    /// <summary>The paths of a lab, whether it exists or not.</summary>
    public static LabPaths Of(string lab)
    {
        string directory = Path.Combine(Root, lab);
        if (Encoding.UTF8.GetByteCount(directory) + 1 + HashedSocketBytes > SocketPathLimit)
        {
            throw new CommandFailure(
                $"'{directory}' is too long for unix sockets ({SocketPathLimit} bytes); choose a shorter lab name or "
                + "WEFT_RUNTIME_DIR");
        }

        return new LabPaths(directory, lab);
    }

    /// <summary>The labs that have a folder, by name.</summary>
    public static IReadOnlyList<LabPaths> All() => System.IO.Directory.Exists(Root)
        ? [.. System.IO.Directory.EnumerateDirectories(Root).Select(Path.GetFileName).OfType<string>()
            .Order(StringComparer.Ordinal).Select(Of)]
        : [];

    /// <summary>A node's agent socket; hashed where the readable name would be too long.</summary>
    public string AgentSocket(string node)
    {
        string readable = Path.Combine(Directory, $"{node}.sock");
        return Encoding.UTF8.GetByteCount(readable) <= SocketPathLimit
            ? readable
            : Path.Combine(Directory, $"{StableHash.Of("agent", node):x16}.sock");
    }

    /// <summary>A node's agent's files.</summary>
    public string AgentState(string node) => Path.Combine(Directory, "agents", node);

    /// <summary>The log of a daemon.</summary>
    public string Log(string daemon) => Path.Combine(Logs, $"{daemon}.log");

    /// <summary>The name of a member's network namespace.</summary>
    public string NamespaceOf(string member) => NamespaceOf(Lab, member);

    /// <summary>The name of a member's network namespace.</summary>
    public static string NamespaceOf(string lab, string member) => $"weft-{lab}-{member}";

    /// <summary>The namespace of the segments' bridges. Labels do not begin with a hyphen: no member is
    /// called so.</summary>
    public string UnderlayNamespace => NamespaceOf("-underlay");
}
