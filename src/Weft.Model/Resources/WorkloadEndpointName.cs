using System;

namespace Weft.Model.Resources;

/// <summary>Calico's names of workload endpoints: <c>node-orchestrator-workload-interface</c>, each '-' inside a part
/// doubled (libcalico-go, lib/names).</summary>
internal static class WorkloadEndpointName
{
    /// <summary>The name that Calico gives an endpoint; none if the part that names the workload is not known.</summary>
    public static string? Of(string node, string orchestrator, string? workload, string? pod, string? containerId, string endpoint)
    {
        // Calico: pods are named by their pod, CNI containers by their id, all others by the workload.
        string? middle = orchestrator switch
        {
            "k8s" => pod,
            "cni" => containerId,
            _ => null,
        };
        middle ??= workload ?? pod ?? containerId;
        return middle is null ? null : $"{Escape(node)}-{Escape(orchestrator)}-{Escape(middle)}-{Escape(endpoint)}";
    }

    /// <summary>The workload's part of a name that has the other parts in their places; none if it has not.</summary>
    public static string? WorkloadIn(string name, string node, string orchestrator, string endpoint)
    {
        string head = $"{Escape(node)}-{Escape(orchestrator)}-";
        string tail = $"-{Escape(endpoint)}";
        if (name.Length <= head.Length + tail.Length
            || !name.StartsWith(head, StringComparison.Ordinal)
            || !name.EndsWith(tail, StringComparison.Ordinal))
        {
            return null;
        }

        string middle = name[head.Length..^tail.Length];
        string plain = middle.Replace("--", "-", StringComparison.Ordinal);
        return Escape(plain) == middle && ResourceNames.IsDnsSubdomain(plain) ? plain : null;
    }

    private static string Escape(string part) => part.Replace("-", "--", StringComparison.Ordinal);
}
