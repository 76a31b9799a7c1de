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
            ? Of(state, node, IpFamily.Ipv4, report.DetectedIpv4, report.UnderlayMtu)
                .Concat(Of(state, node, IpFamily.Ipv6, report.DetectedIpv6, report.UnderlayMtuV6))
            : [])
        .Take(Max)];

    private static IEnumerable<Finding> Of(
        FleetState state, NodeResource node, IpFamily family, IpInterfaceAddress? found, int? mtu)
    {
        if (found is not { } address || node.HasDetected(family))
        {
            yield break;
        }

        string name = node.Metadata.Name;
        string field = family == IpFamily.Ipv4 ? "spec.bgp.ipv4Address" : "spec.bgp.ipv6Address";
        if (node.UnderlayAddress(family) is not { } given)
        {
            if (state.NodesAt(address.Address).FirstOrDefault() is { } owner)
            {
                yield return new Finding(
                    FindingSeverity.Error,
                    $"Node/{name}",
                    $"{name} found {address} on its host, which is the address of Node {owner}: give {field} of both");
            }
        }
        else if (given.Address != address.Address)
        {
            yield return mtu is null
                ? new Finding(
                    FindingSeverity.Error,
                    $"Node/{name}",
                    $"{field} is {given}, which no interface of {name} has; found there is {address}: correct the field, or leave it out to follow what is found")
                : new Finding(
                    FindingSeverity.Notice,
                    $"Node/{name}",
                    $"{field} is given as {given}; left to itself, {name} would take {address}");
        }
    }
}
