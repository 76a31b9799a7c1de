using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Linux.Processes;

namespace Weft.App.Doctor;

/// <summary>Which processes are agents at work on a network namespace.</summary>
internal static class RunningAgents
{
    private const string Own = "/proc/self/ns/net";

    /// <summary>Their process ids, without this process. A lab's agents are no business of the host's: they are in the
    /// lab's namespaces, wherever their process is.</summary>
    /// <param name="networkNamespace">The path of the namespace; empty for this process's own.</param>
    public static IReadOnlyList<int> In(string networkNamespace)
    {
        bool isOwn = networkNamespace.Length == 0;
        HashSet<int> inside = [.. ProcessTable.InNamespace(isOwn ? Own : networkNamespace)];
        return
        [
            .. ProcessTable.All().Where(pid => pid != Environment.ProcessId
                && ProcessTable.ArgumentsOf(pid) is [string program, string verb, ..] arguments
                && Path.GetFileName(program) == "weft" && verb is "agent" or "up" && !arguments.Contains("--cleanup")
                && (NamespaceOf(arguments) is { } named ? named == networkNamespace : inside.Contains(pid))),
        ];
    }

    private static string? NamespaceOf(IReadOnlyList<string> arguments)
    {
        const string option = "--netns";
        for (int i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == option && i + 1 < arguments.Count)
            {
                return arguments[i + 1];
            }

            if (arguments[i].StartsWith(option + "=", StringComparison.Ordinal))
            {
                return arguments[i][(option.Length + 1)..];
            }
        }

        return null;
    }
}
