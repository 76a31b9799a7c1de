using System;
using System.Collections.Generic;

namespace Weft.Node.Cni;

/// <summary><c>CNI_ARGS</c>: pairs of key and value, separated by semicolons (CNI specification, "Parameters"), with the
/// keys that runtimes of Kubernetes and podman use.</summary>
internal sealed record CniArguments
{
    private static readonly string[] Known =
    [
        "IgnoreUnknown", "K8S_POD_NAMESPACE", "K8S_POD_NAME", "K8S_POD_UID", "K8S_POD_INFRA_CONTAINER_ID", "IP", "MAC",
    ];

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary><c>K8S_POD_NAMESPACE</c>; empty if it is not said, as the others.</summary>
    public string PodNamespace => _values.GetValueOrDefault("K8S_POD_NAMESPACE", "");

    /// <summary><c>K8S_POD_NAME</c>.</summary>
    public string PodName => _values.GetValueOrDefault("K8S_POD_NAME", "");

    /// <summary><c>IP</c>: addresses, separated by commas.</summary>
    public string Ip => _values.GetValueOrDefault("IP", "");

    /// <summary><c>MAC</c>.</summary>
    public string Mac => _values.GetValueOrDefault("MAC", "");

    /// <summary>Reads as much as can be read.</summary>
    /// <param name="text">The pairs.</param>
    /// <param name="error">What is wrong with them; none if nothing is.</param>
    public static CniArguments Read(string text, out string? error)
    {
        CniArguments arguments = new();
        List<string> unknown = [];
        error = null;
        foreach (string pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                error ??= $"CNI_ARGS has '{pair}', which is not KEY=VALUE";
                continue;
            }

            string key = pair[..equals];
            arguments._values[key] = pair[(equals + 1)..];
            if (Array.IndexOf(Known, key) < 0)
            {
                unknown.Add(key);
            }
        }

        string ignores = arguments._values.GetValueOrDefault("IgnoreUnknown", "");
        if (unknown.Count > 0 && ignores != "1" && !ignores.Equals("true", StringComparison.OrdinalIgnoreCase))
        {
            error ??= $"CNI_ARGS has {string.Join(", ", unknown)}, which is not known here; IgnoreUnknown=1 lets it pass";
        }

        return arguments;
    }
}
