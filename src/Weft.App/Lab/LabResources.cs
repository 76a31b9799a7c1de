using System;
using System.Collections.Generic;
using System.Linq;
using Weft.App.Lab.Workloads;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.App.Lab;

/// <summary>The resources that follow from a lab's topology: a Node for each node, a WorkloadEndpoint for each
/// workload. A pure function of the topology.</summary>
internal static class LabResources
{
    /// <summary>All of them, in the order of the file.</summary>
    public static IReadOnlyList<Resource> Of(LabTopology lab)
    {
        LabAddressing addressing = LabAddressing.Of(lab);
        return [.. lab.Nodes.Select(node => NodeOf(node, addressing)), .. lab.Workloads.Select(EndpointOf)];
    }

    private static NodeResource NodeOf(LabNode node, LabAddressing addressing)
    {
        IpInterfaceAddress[] addresses = addressing.Find(node.Name) is { Interfaces: [LabInterface first, ..] }
            ? [.. first.Addresses]
            : [];
        return new NodeResource
        {
            Metadata = new Metadata { Name = node.Name, Labels = node.Labels },
            BgpIpv4Address = Of(addresses, IpFamily.Ipv4),
            BgpIpv6Address = Of(addresses, IpFamily.Ipv6),
        };
    }

    private static IpInterfaceAddress? Of(IpInterfaceAddress[] addresses, IpFamily family) =>
        Array.FindIndex(addresses, address => address.Address.Family == family) is int at and >= 0
            ? addresses[at]
            : null;

    private static WorkloadEndpoint EndpointOf(LabWorkload workload) => new WorkloadEndpoint
    {
        Metadata = new Metadata
        {
            Name = workload.Name,
            Namespace = workload.Namespace,
            Labels = workload.Labels,
            Annotations = workload.Serve.Count == 0
                ? LabelMap.Empty
                : LabelMap.Empty.With(ServeEntry.Annotation, ServeEntry.Write([.. workload.Serve.Select(ServeOf)])),
        },
        Node = workload.Node,
        Workload = workload.Name,
        Endpoint = workload.Interface,
        Ports = workload.NamedPorts,
    };

    private static ServeEntry ServeOf(EndpointPort port) => new(
        port.Port,
        port.Protocol == TransportProtocol.Udp ? ServeEntry.Udp : ServeEntry.Tcp,
        port.Name.Length == 0 ? null : port.Name);
}
