using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>What must hold between resources, and between a resource and what it was before.</summary>
/// <remarks>The diagnostics name fields; they have no place in a text.</remarks>
public static class FleetValidation
{
    /// <summary>What is wrong with one change.</summary>
    /// <param name="after">All resources of the fleet as they would be, the changed one among them.</param>
    /// <param name="before">What the changed resource was; none if it is new.</param>
    /// <param name="changed">The changed resource.</param>
    public static IReadOnlyList<Diagnostic> Check(
        IReadOnlyCollection<Resource> after, Resource? before, Resource changed) =>
        [.. CheckAll(after, [new ResourceChange(before, changed)]).Select(problem => problem.Diagnostic)];

    /// <summary>What is wrong with changes that come together; each problem with its change's index. The cost is that
    /// of one walk over all resources, however many change. A removal has no problems here.</summary>
    public static IReadOnlyList<(int Change, Diagnostic Diagnostic)> CheckAll(
        IReadOnlyCollection<Resource> after, IReadOnlyList<ResourceChange> changes) =>
        CheckAll(new FleetIndex(after), changes);

    /// <summary>What is wrong with changes that come together; each problem with its change's index. The cost is that
    /// of the changes, not of the fleet. A removal has no problems here.</summary>
    /// <param name="index">The fleet as it would be, the changed resources among it.</param>
    /// <param name="changes">The changes.</param>
    public static IReadOnlyList<(int Change, Diagnostic Diagnostic)> CheckAll(
        IFleetFacts index, IReadOnlyList<ResourceChange> changes)
    {
        List<(int, Diagnostic)> problems = [];
        for (int i = 0; i < changes.Count; i++)
        {
            if (changes[i].After is Resource changed)
            {
                foreach (Diagnostic problem in ProblemsOf(index, changes[i].Before, changed))
                {
                    problems.Add((i, problem));
                }
            }
        }

        return problems;
    }

    /// <summary>Whether somebody other than Weft itself may write resources of a kind; the reason if not.</summary>
    public static Diagnostic? CheckWritable(ResourceKind kind) => kind.ReadOnly
        ? new Diagnostic("kind", $"{kind.Kind} is written by Weft only: it can be read, not applied or deleted")
        : null;

    private static IEnumerable<Diagnostic> ProblemsOf(IFleetFacts index, Resource? before, Resource changed) =>
        changed switch
        {
            IpPool pool => PoolProblems(index, before as IpPool, pool),
            NodeResource node => NodeProblems(index, node),
            StaticRoute route => RouteProblems(index, route),
            NamespaceResource space => NamespaceProblems(space),
            WorkloadEndpoint endpoint => EndpointProblems(index, before as WorkloadEndpoint, endpoint),
            _ => [],
        };

    private static IEnumerable<Diagnostic> PoolProblems(IFleetFacts index, IpPool? before, IpPool pool)
    {
        if (before is not null && before.Cidr != pool.Cidr)
        {
            yield return new Diagnostic(
                "spec.cidr", $"cannot be changed from {before.Cidr}: make another pool, and delete this one");
        }

        if (before is not null && before.BlockSize != pool.BlockSize)
        {
            yield return new Diagnostic(
                "spec.blockSize", $"cannot be changed from {before.BlockSize}: make another pool, and delete this one");
        }

        foreach (IpPool other in index.Overlapping(pool))
        {
            yield return new Diagnostic(
                "spec.cidr", $"{pool.Cidr} overlaps with {other.Cidr} of IPPool {other.Metadata.Name}");
        }
    }

    private static IEnumerable<Diagnostic> NodeProblems(IFleetFacts index, NodeResource node)
    {
        if (AddressProblem(index, node, node.BgpIpv4Address, "spec.bgp.ipv4Address") is Diagnostic ipv4)
        {
            yield return ipv4;
        }

        if (AddressProblem(index, node, node.BgpIpv6Address, "spec.bgp.ipv6Address") is Diagnostic ipv6)
        {
            yield return ipv6;
        }

        // Two devices of one link-layer address: each other node would have one forwarding entry for both.
        if (TunnelMacProblem(index, node, IpFamily.Ipv4, "spec.vxlanTunnelMACAddr") is Diagnostic overIpv4)
        {
            yield return overIpv4;
        }

        if (TunnelMacProblem(index, node, IpFamily.Ipv6, "spec.vxlanTunnelMACAddrV6") is Diagnostic overIpv6)
        {
            yield return overIpv6;
        }
    }

    private static Diagnostic? TunnelMacProblem(IFleetFacts index, NodeResource node, IpFamily family, string path)
    {
        if (node.GivenTunnelMac(family) is not MacAddress given)
        {
            return null;
        }

        string? owner = index.NodesWithTunnelMac(family, given)
            .FirstOrDefault(name => !string.Equals(name, node.Metadata.Name, StringComparison.Ordinal));
        return owner is null ? null : new Diagnostic(path, $"{given} is the tunnel device's of Node {owner}");
    }

    private static Diagnostic? AddressProblem(
        IFleetFacts index, NodeResource node, IpInterfaceAddress? address, string path)
    {
        if (address is not IpInterfaceAddress given)
        {
            return null;
        }

        string? owner = index.NodesAt(given.Address)
            .FirstOrDefault(name => !string.Equals(name, node.Metadata.Name, StringComparison.Ordinal));
        return owner is null ? null : new Diagnostic(path, $"{given.Address} is the address of Node {owner}");
    }

    // Two equal routes would be one to the kernel in IPv6, and an error in IPv4. Nodes whose labels change later are a
    // finding of the fleet's.
    private static IEnumerable<Diagnostic> RouteProblems(IFleetFacts index, StaticRoute route)
    {
        foreach (StaticRoute other in index.RoutesAt(route.Destination, route.Metric))
        {
            if (other.Metadata.Name != route.Metadata.Name
                && index.Nodes.FirstOrDefault(node => route.NodeSelector.Matches(node.Metadata.Labels)
                    && other.NodeSelector.Matches(node.Metadata.Labels)) is { } node)
            {
                yield return new Diagnostic(
                    "spec.metric",
                    FormattableString.Invariant($"Node {node.Metadata.Name} would have {route.Destination} with metric {route.Metric} twice: it is StaticRoute {other.Metadata.Name}'s; give another metric or nodeSelector, or put the next hops into one route"));
            }
        }
    }

    // Here and not where it is read, so that what is stored already can always be read.
    private static IEnumerable<Diagnostic> NamespaceProblems(NamespaceResource space)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            string annotation = NamespaceResource.PoolsAnnotation(family);
            if (space.Metadata.Annotations.TryGetValue(annotation, out string? text)
                && !NamespaceResource.TryParsePools(text, out _))
            {
                yield return new Diagnostic(
                    DocumentPath.Field("metadata.annotations", annotation),
                    "is not a JSON list of names or CIDRs of pools, such as '[\"default\"]'");
            }
        }
    }

    private static IEnumerable<Diagnostic> EndpointProblems(
        IFleetFacts index, WorkloadEndpoint? before, WorkloadEndpoint endpoint)
    {
        if (before is not null && before.Node != endpoint.Node)
        {
            yield return new Diagnostic(
                "spec.node", $"cannot be changed from {before.Node}: a workload that moves is a new one; delete this one first");
        }

        ResourceKey? owner = index.EndpointsOf(endpoint.EndpointKey)
            .Where(key => key != endpoint.Key)
            .Select(key => (ResourceKey?)key)
            .FirstOrDefault();
        if (owner is ResourceKey other)
        {
            yield return new Diagnostic(
                "metadata.name", $"interface {endpoint.Endpoint} of workload {endpoint.WorkloadName} is WorkloadEndpoint {other.Name} already");
        }
    }
}
