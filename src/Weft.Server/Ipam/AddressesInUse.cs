using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Ipam;

/// <summary>An address that the store says somebody has.</summary>
/// <param name="Address">The address.</param>
/// <param name="Node">The node that has it.</param>
/// <param name="Use">What for: a workload, or the node's tunnels.</param>
/// <param name="Owner">Who has it.</param>
internal readonly record struct StoredAddress(IpAddress Address, string Node, AddressUse Use, string Owner);

/// <summary>What the store says of addresses: endpoints have theirs from their agents' journals, nodes their own.</summary>
internal static class AddressesInUse
{
    /// <summary>All of them, node by node.</summary>
    public static IEnumerable<StoredAddress> Of(FleetState state) => state.Nodes
        .SelectMany(TunnelsOf)
        .Concat(state.OfKind(ResourceKinds.WorkloadEndpoint).Cast<WorkloadEndpoint>().SelectMany(OfEndpoint));

    /// <summary>Those of one node.</summary>
    public static IEnumerable<StoredAddress> OfNode(FleetState state, string node) =>
        (state.FindNode(node) is { } itself ? TunnelsOf(itself) : []).Concat(state.EndpointsOfNode(node).SelectMany(OfEndpoint));

    /// <summary>What people and journals call an endpoint: <c>shop/web/eth0</c>.</summary>
    public static string NameOf(WorkloadEndpoint endpoint) =>
        $"{endpoint.Metadata.Namespace}/{endpoint.WorkloadName}/{endpoint.Endpoint}";

    private static IEnumerable<StoredAddress> TunnelsOf(NodeResource node) =>
        new[] { node.Ipv4VxlanTunnelAddr, node.BgpIpv4IpipTunnelAddr, node.Ipv6VxlanTunnelAddr }
            .OfType<IpAddress>().Distinct()
            .Select(address => new StoredAddress(address, node.Metadata.Name, AddressUse.Tunnel, node.Metadata.Name));

    private static IEnumerable<StoredAddress> OfEndpoint(WorkloadEndpoint endpoint) => endpoint.IpNetworks
        .Select(network => new StoredAddress(network.Address, endpoint.Node, AddressUse.Workload, NameOf(endpoint)));
}
