using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Agents;

/// <summary>Where what agents found on their hosts is not what the store has: the store is not changed then.</summary>
internal static class DetectionFindings
{
    /// <summary>Findings; the others are not told.</summary>
    public const int Max = 20;

    /// <summary>The findings, by node.</summary>
    public static IReadOnlyList<Finding> Of(FleetState state, AgentRegistry agents) => [.. state.Nodes
        .SelectMany(node => agents.Find(node.Metadata.Name) is { } report
            ? Of(state, node, IpFamily.Ipv4, report, report.UnderlayMtu)
                .Concat(Of(state, node, IpFamily.Ipv6, report, report.UnderlayMtuV6))
            : [])
        .Take(Max)];

    private static IEnumerable<Finding> Of(
        FleetState state, NodeResource node, IpFamily family, NodeReport report, int? mtu)
    {
        IpInterfaceAddress? stored = node.UnderlayAddress(family);
        if (report.DetectedOf(family) is not { } found || stored?.Address == found.Address)
        {
            yield break;
        }

        string name = node.Metadata.Name;
        string field = family == IpFamily.Ipv4 ? "spec.bgp.ipv4Address" : "spec.bgp.ipv6Address";
        if (stored is not { } given || node.HasDetected(family))
        {
            // Only the other node's claim can be in the way of following what is found.
            if (state.NodesAt(found.Address).FirstOrDefault(owner => owner != name) is { } owner)
            {
                yield return new Finding(
                    FindingSeverity.Error,
                    $"Node/{name}",
                    $"{name} found {found} on its host, which is the address of Node {owner}"
                        + (stored is null ? "" : $", so its own stays {stored}")
                        + (state.FindNode(owner)!.HasDetected(family)
                            ? $": delete Node {owner} if it is gone; else one of both hosts has the wrong address"
                            : $": correct {field} of Node {owner}, or the address of the host of {name}"));
            }
        }
        else
        {
            yield return mtu is null
                ? new Finding(
                    FindingSeverity.Error,
                    $"Node/{name}",
                    $"{field} is {given}, which no interface of {name} has; found there is {found}: correct the field, or leave it out to follow what is found")
                : new Finding(
                    FindingSeverity.Notice,
                    $"Node/{name}",
                    $"{field} is given as {given}; left to itself, {name} would take {found}");
        }
    }
}
