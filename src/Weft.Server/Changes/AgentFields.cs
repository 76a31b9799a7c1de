using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Changes;

/// <summary>The fields that an agent or the server writes: a document that leaves them out keeps them, and one that says
/// something else is refused.</summary>
internal static class AgentFields
{
    private const string OfNode = "is written by the node's agent: leave it out";
    private const string OfEndpoint = "is written by the agent of the endpoint's node: leave it out";
    private const string OfPool = "is written by the server while the pool's encapsulation changes: leave it out";

    /// <summary>The resource with what the agent wrote.</summary>
    /// <param name="given">What was applied.</param>
    /// <param name="stored">What is stored; none if the resource is new.</param>
    /// <param name="state">The state.</param>
    /// <param name="reportOf">What a node's agent said last.</param>
    /// <param name="errors">Takes a diagnostic for each field that only the agent may change.</param>
    public static Resource Keep(
        Resource given, Resource? stored, FleetState state, Func<string, NodeReport?> reportOf, List<Diagnostic> errors)
    {
        switch (given)
        {
            case NodeResource node:
                NodeResource? before = stored as NodeResource;
                Check(node, before, errors);
                return before is null
                    ? node.WithoutStaleDetection()
                    : KeepDetected(node, before, state, reportOf(node.Metadata.Name)) with
                    {
                        Ipv4VxlanTunnelAddr = before.Ipv4VxlanTunnelAddr,
                        Ipv6VxlanTunnelAddr = before.Ipv6VxlanTunnelAddr,
                        BgpIpv4IpipTunnelAddr = before.BgpIpv4IpipTunnelAddr,
                        UnderlayMtu = before.UnderlayMtu,
                        UnderlayMtuV6 = before.UnderlayMtuV6,
                    };
            case WorkloadEndpoint endpoint:
                return Keep(endpoint, stored as WorkloadEndpoint, errors);
            case IpPool pool:
                IpPool? sent = stored as IpPool;
                Check("status.sending", pool.Sending is not null && pool.Sending != sent?.Sending, OfPool, errors);
                Check("status.receiving", pool.Receiving.Count > 0 && !pool.Receiving.Equals(sent?.Receiving), OfPool, errors);
                return pool;
            default:
                return given;
        }
    }

    private static void Check(NodeResource given, NodeResource? stored, List<Diagnostic> errors)
    {
        Check(
            "spec.ipv4VXLANTunnelAddr",
            given.Ipv4VxlanTunnelAddr is { } ipv4 && ipv4 != stored?.Ipv4VxlanTunnelAddr,
            OfNode,
            errors);
        Check(
            "spec.ipv6VXLANTunnelAddr",
            given.Ipv6VxlanTunnelAddr is { } ipv6 && ipv6 != stored?.Ipv6VxlanTunnelAddr,
            OfNode,
            errors);
        Check(
            "spec.bgp.ipv4IPIPTunnelAddr",
            given.BgpIpv4IpipTunnelAddr is { } ipip && ipip != stored?.BgpIpv4IpipTunnelAddr,
            OfNode,
            errors);
        Check("status.underlayMtu", given.UnderlayMtu is { } mtu && mtu != stored?.UnderlayMtu, OfNode, errors);
        Check("status.underlayMtuV6", given.UnderlayMtuV6 is { } mtuV6 && mtuV6 != stored?.UnderlayMtuV6, OfNode, errors);
    }

    // A document that says no address keeps the one that was found. One that says an address gives it, unless it also
    // carries the annotation that says that this very address was found: what was read can be applied again.
    private static NodeResource KeepDetected(NodeResource given, NodeResource before, FleetState state, NodeReport? report)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (given.UnderlayAddress(family) is null && before.UnderlayAddress(family) is { } stored
                && Followed(before, stored, state, report) is { } address)
            {
                given = given.WithDetected(family, address);
            }
        }

        return given.WithoutStaleDetection();
    }

    // An address that was given, and is not any more, makes room for the one that the agent has found already: without
    // one for a moment, all others would take their routes to the node away. Where nothing is known of the agent it
    // stays until that reports.
    private static IpInterfaceAddress? Followed(
        NodeResource before, IpInterfaceAddress stored, FleetState state, NodeReport? report)
    {
        IpFamily family = stored.Address.Family;
        if (report is null || before.HasDetected(family))
        {
            return report?.WantsNone(family) == true ? null : stored;
        }

        return report.DetectedOf(family) is not { } found ? null
            : state.NodesAt(found.Address).All(owner => owner == before.Metadata.Name) ? found
            : stored;
    }

    private static WorkloadEndpoint Keep(WorkloadEndpoint given, WorkloadEndpoint? stored, List<Diagnostic> errors)
    {
        Check("spec.ipNetworks", given.IpNetworks.Count > 0 && !given.IpNetworks.Equals(stored?.IpNetworks), OfEndpoint, errors);
        Check("spec.mac", given.Mac is not null && given.Mac != stored?.Mac, OfEndpoint, errors);
        Check("spec.interfaceName", given.InterfaceName is not null && given.InterfaceName != stored?.InterfaceName, OfEndpoint, errors);
        Check("spec.containerID", given.ContainerId is not null && given.ContainerId != stored?.ContainerId, OfEndpoint, errors);
        return stored is null
            ? given
            : given with
            {
                IpNetworks = stored.IpNetworks,
                Mac = stored.Mac,
                InterfaceName = stored.InterfaceName,
                ContainerId = stored.ContainerId,
            };
    }

    private static void Check(string path, bool foreign, string whose, List<Diagnostic> errors)
    {
        if (foreign)
        {
            errors.Add(new Diagnostic(path, whose));
        }
    }
}
