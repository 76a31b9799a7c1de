using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>A laboratory: a whole data centre on one host (<c>kind: Lab</c>). It is a file, never stored.</summary>
public sealed record LabTopology
{
    /// <summary>The API version of the document.</summary>
    public const string ApiVersion = ResourceKinds.WeftApiVersion;

    /// <summary>The kind of the document.</summary>
    public const string Kind = "Lab";

    /// <summary>Segments of one lab.</summary>
    public const int SegmentsMax = 1_000;

    /// <summary>Members of one kind, and checks, of one lab.</summary>
    public const int MembersMax = 10_000;

    /// <summary>The lab's name, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>The L2 networks of the underlay.</summary>
    public ValueList<LabSegment> Segments { get; init; } = [];

    /// <summary>Plain kernel routers between segments.</summary>
    public ValueList<LabRouter> Routers { get; init; } = [];

    /// <summary>Hosts that run the agent.</summary>
    public ValueList<LabNode> Nodes { get; init; } = [];

    /// <summary>Hosts that know nothing of Weft.</summary>
    public ValueList<LabHost> Hosts { get; init; } = [];

    /// <summary>Workloads, each on a node.</summary>
    public ValueList<LabWorkload> Workloads { get; init; } = [];

    /// <summary>What <c>weft lab check</c> proves, in this order.</summary>
    public ValueList<LabCheck> Checks { get; init; } = [];
}

/// <summary>An L2 network of the underlay.</summary>
public sealed record LabSegment
{
    /// <summary>The MTU when none is given.</summary>
    public const int MtuDefault = 1500;

    /// <summary>The name, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>Its subnets, at most one of each family.</summary>
    public ValueList<IpPrefix> Cidrs { get; init; } = [];

    /// <summary>The MTU.</summary>
    public int Mtu { get; init; } = MtuDefault;
}

/// <summary>A router: an interface on each of its segments, <c>eth0</c>, <c>eth1</c>, ... in their order.</summary>
public sealed record LabRouter
{
    /// <summary>The name, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>The segments' names.</summary>
    public ValueList<string> Segments { get; init; } = [];

    /// <summary>Addresses that are given, each in one of the segments; the others are chosen.</summary>
    public ValueList<IpAddress> Addresses { get; init; } = [];
}

/// <summary>A host that runs the agent.</summary>
public sealed record LabNode
{
    /// <summary>The name, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>The segment's name.</summary>
    public required string Segment { get; init; }

    /// <summary>Labels of the Node resource.</summary>
    public LabelMap Labels { get; init; } = LabelMap.Empty;

    /// <summary>Addresses that are given, at most one of each family; the others are chosen.</summary>
    public ValueList<IpAddress> Addresses { get; init; } = [];
}

/// <summary>A host that knows nothing of Weft.</summary>
public sealed record LabHost
{
    /// <summary>The name, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>The segment's name.</summary>
    public required string Segment { get; init; }

    /// <summary>Addresses that are given, at most one of each family; the others are chosen.</summary>
    public ValueList<IpAddress> Addresses { get; init; } = [];
}

/// <summary>A workload.</summary>
public sealed record LabWorkload
{
    /// <summary>The name, a DNS label.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>Labels of the WorkloadEndpoint resource.</summary>
    public LabelMap Labels { get; init; } = LabelMap.Empty;

    /// <summary>Ports that have a name.</summary>
    public ValueList<EndpointPort> Ports { get; init; } = [];

    /// <summary>Ports that are answered.</summary>
    public ValueList<EndpointPort> Serve { get; init; } = [];

    /// <summary>The interface inside the workload.</summary>
    public string Interface { get; init; } = WorkloadEndpoint.EndpointDefault;

    /// <summary>All ports for the resource: those with a name, of <see cref="Ports"/> and of <see cref="Serve"/>, each once.</summary>
    public ValueList<EndpointPort> NamedPorts
    {
        get
        {
            List<EndpointPort> ports = [.. Ports];
            foreach (EndpointPort port in Serve)
            {
                if (port.Name.Length > 0 && !ports.Contains(port))
                {
                    ports.Add(port);
                }
            }

            return [.. ports];
        }
    }
}

/// <summary>One thing that <c>weft lab check</c> proves.</summary>
public sealed record LabCheck
{
    /// <summary>The member that sends.</summary>
    public required string From { get; init; }

    /// <summary>The member, or the address, that is meant to answer.</summary>
    public required string To { get; init; }

    /// <summary>What is sent.</summary>
    public required LabProtocol Protocol { get; init; }

    /// <summary>The port; none for ICMP.</summary>
    public int? Port { get; init; }

    /// <summary>Whether an answer must come, or must not.</summary>
    public required bool ExpectReachable { get; init; }

    /// <summary>The member, or the address, that the other side must see as the sender; none if it does not matter.</summary>
    public string? SeenAs { get; init; }

    /// <summary>The one family to prove it in; none for every family that both ends have.</summary>
    public IpFamily? Family { get; init; }

    /// <summary>The bytes of the whole IP packet of an echo request, which nobody may fragment then; none for a small one.</summary>
    public int? Size { get; init; }
}

/// <summary>What a check sends.</summary>
public enum LabProtocol
{
    /// <summary>An echo request.</summary>
    Icmp,

    /// <summary>A connection.</summary>
    Tcp,

    /// <summary>A datagram.</summary>
    Udp,
}
