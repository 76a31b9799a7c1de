using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>Binds one Lab document: every field, every name, every reference, all errors at once.</summary>
internal sealed partial class LabBinder(BindingReport report)
{
    // RFC 791: hosts accept 576 bytes. RFC 8200, 5: links that carry IPv6 have at least 1280.
    private const int MtuMin = 576;
    private const int MtuMinIpv6 = 1280;
    private const int MtuMax = 65535;

    private readonly Dictionary<string, LabSegment> _segments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<IpAddress, string> _addresses = [];
    private readonly Dictionary<string, LabWorkload> _workloads = new(StringComparer.Ordinal);

    /// <summary>Reads the document. If anything was reported, the lab is not to be used.</summary>
    public LabTopology Bind(MappingNode document)
    {
        FieldReader fields = new(document, "", report);
        fields.Text("apiVersion");
        fields.Text("kind");
        FieldReader metadata = fields.MappingOrEmpty("metadata");
        string name = DnsLabel(metadata, "name");
        metadata.Finish();
        FieldReader spec = fields.MappingOrEmpty("spec");

        // In this order: each list refers to those before it, wherever they stand in the file.
        LabTopology lab = new()
        {
            Name = name,
            Segments = [.. Items(spec, "segments", LabTopology.SegmentsMax).Select(Segment)],
            Routers = [.. Items(spec, "routers", LabTopology.MembersMax).Select(Router)],
            Nodes = [.. Items(spec, "nodes", LabTopology.MembersMax).Select(Node)],
            Hosts = [.. Items(spec, "hosts", LabTopology.MembersMax).Select(Host)],
            Workloads = [.. Items(spec, "workloads", LabTopology.MembersMax).Select(Workload)],
            Checks = [.. Items(spec, "checks", LabTopology.MembersMax).Select(Check)],
        };
        spec.Finish();
        fields.Finish();
        if (!report.HasErrors
            && LabAddressing.ProblemOf(lab) is (int segment, string message))
        {
            spec.Refuse("segments", $"segment '{lab.Segments[segment].Name}': {message}");
        }

        return lab;
    }

    private static IEnumerable<FieldReader> Items(FieldReader spec, string list, int max)
    {
        List<FieldReader> items = spec.Mappings(list);
        if (items.Count > max)
        {
            spec.Refuse(list, $"{items.Count} are too many for one lab: at most {max}");
        }

        return items.Take(max);
    }

    private LabSegment Segment(FieldReader fields)
    {
        string name = DnsLabel(fields, "name");
        List<IpPrefix> cidrs = fields.Values<IpPrefix>("cidrs", IpPrefix.TryParse, "a CIDR such as 172.16.1.0/24 or fd00:1::/64");
        if (!fields.Has("cidrs"))
        {
            fields.Missing("cidrs");
        }

        CheckCidrs(fields, cidrs);
        bool ipv6 = cidrs.Any(cidr => cidr.Family == IpFamily.Ipv6);
        LabSegment segment = new()
        {
            Name = name,
            Cidrs = [.. cidrs],
            Mtu = fields.Integer("mtu", ipv6 ? MtuMinIpv6 : MtuMin, MtuMax) ?? LabSegment.MtuDefault,
        };
        fields.Finish();
        if (name.Length > 0 && !_segments.TryAdd(name, segment))
        {
            fields.Refuse("name", $"'{name}' is the name of another segment");
        }

        return segment;
    }

    private void CheckCidrs(FieldReader fields, List<IpPrefix> cidrs)
    {
        if (cidrs.Count != cidrs.DistinctBy(cidr => cidr.Family).Count())
        {
            fields.Refuse("cidrs", "a segment has at most one subnet of each family");
        }

        foreach (IpPrefix cidr in cidrs)
        {
            foreach (LabSegment other in _segments.Values)
            {
                foreach (IpPrefix taken in other.Cidrs)
                {
                    if (taken.Overlaps(cidr))
                    {
                        fields.Refuse("cidrs", $"{cidr} overlaps with {taken} of segment '{other.Name}'");
                    }
                }
            }
        }
    }

    private LabRouter Router(FieldReader fields)
    {
        string name = MemberName(fields, "a router");
        ValueList<string> segments = fields.Texts("segments");
        if (segments.Count == 0)
        {
            fields.Missing("segments");
        }

        if (segments.Distinct(StringComparer.Ordinal).Count() != segments.Count)
        {
            fields.Refuse("segments", "a router has one interface on a segment: name each once");
        }

        foreach (string segment in segments)
        {
            CheckSegment(fields, "segments", segment);
        }

        LabRouter router = new() { Name = name, Segments = segments, Addresses = Addresses(fields, name, segments) };
        fields.Finish();
        return router;
    }

    private LabNode Node(FieldReader fields)
    {
        string name = MemberName(fields, "a node");
        string segment = SegmentName(fields);
        LabNode node = new()
        {
            Name = name,
            Segment = segment,
            Labels = fields.Labels("labels", MetadataBinding.LabelProblem),
            Addresses = Addresses(fields, name, [segment]),
        };
        fields.Finish();
        return node;
    }

    private LabHost Host(FieldReader fields)
    {
        string name = MemberName(fields, "a host");
        string segment = SegmentName(fields);
        LabHost host = new() { Name = name, Segment = segment, Addresses = Addresses(fields, name, [segment]) };
        fields.Finish();
        return host;
    }

    private LabWorkload Workload(FieldReader fields)
    {
        string name = MemberName(fields, "a workload");
        string node = fields.RequiredText("node");
        if (node.Length > 0 && _members.GetValueOrDefault(node) != "a node")
        {
            fields.Refuse("node", $"there is no node '{FieldReader.Shorten(node)}'{Guess(node, "a node")}");
        }

        string? space = fields.Text("namespace");
        if (space is not null && !ResourceNames.IsDnsLabel(space))
        {
            fields.Refuse("namespace", NotDnsLabel(space));
        }

        string? link = fields.Text("interface");
        if (link is not null && !ResourceNames.IsInterfaceName(link))
        {
            fields.Refuse("interface", $"'{FieldReader.Shorten(link)}' is not an interface's name: "
                + $"at most {ResourceNames.InterfaceNameMax} letters, digits, '-', '_' and '.'");
        }

        LabWorkload workload = new()
        {
            Name = name,
            Namespace = space ?? MetadataBinding.NamespaceDefault,
            Node = node,
            Labels = fields.Labels("labels", MetadataBinding.LabelProblem),
            Ports = EndpointPortBinding.Bind(fields, "ports", TransportProtocol.Tcp),
            Serve = Serve(fields),
            Interface = link ?? WorkloadEndpoint.EndpointDefault,
        };
        CheckPortNames(fields, workload);
        fields.Finish();
        _workloads.TryAdd(name, workload);
        return workload;
    }

    private static ValueList<EndpointPort> Serve(FieldReader fields)
    {
        ValueList<EndpointPort> serve = EndpointPortBinding.Bind(fields, "serve", TransportProtocol.Tcp);
        if (serve.Any(port => port.Protocol == TransportProtocol.Sctp))
        {
            fields.Refuse("serve", "TCP and UDP are answered, SCTP is not");
        }

        // A port that does not read is an error of its own, not the same port twice.
        List<EndpointPort> readable = [.. serve.Where(port => port.Port > 0)];
        if (readable.DistinctBy(port => (port.Protocol, port.Port)).Count() != readable.Count)
        {
            fields.Refuse("serve", "name each port once");
        }

        return serve;
    }

    // A name in both lists is one port of the resource: it cannot mean two.
    private static void CheckPortNames(FieldReader fields, LabWorkload workload)
    {
        foreach (EndpointPort served in workload.Serve)
        {
            if (served.Name.Length > 0 && workload.Ports.Any(port => port.Name == served.Name && port != served))
            {
                fields.Refuse("serve", $"'{served.Name}' is another port in ports");
            }
        }
    }
}
