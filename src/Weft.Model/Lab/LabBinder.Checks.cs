using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>Checks: who sends what to whom, and what must come of it.</summary>
internal sealed partial class LabBinder
{
    private const int PortMax = 65535;

    // An IPv6 header, an echo's header, and the 32 bytes by which a request is known.
    private const int SizeMin = 40 + 8 + 32;
    private const int SizeMax = 65535;

    private static readonly (string, LabProtocol)[] Protocols =
        [("icmp", LabProtocol.Icmp), ("tcp", LabProtocol.Tcp), ("udp", LabProtocol.Udp)];

    private static readonly (string, bool)[] Expectations = [("reachable", true), ("unreachable", false)];

    private static readonly (string, IpFamily)[] Families = [("IPv4", IpFamily.Ipv4), ("IPv6", IpFamily.Ipv6)];

    private LabCheck Check(FieldReader fields)
    {
        string from = fields.RequiredText("from");
        if (from.Length > 0 && !_members.ContainsKey(from))
        {
            fields.Refuse("from", $"there is no member '{FieldReader.Shorten(from)}'{Guess(from)}");
        }

        string to = fields.RequiredText("to");
        CheckTarget(fields, "to", to);
        LabProtocol? protocol = fields.Choice("proto", Protocols);
        if (!fields.Has("proto"))
        {
            fields.Missing("proto");
        }

        bool? reachable = fields.Choice("expect", Expectations);
        if (!fields.Has("expect"))
        {
            fields.Missing("expect");
        }

        string? seenAs = fields.Text("seenAs");
        CheckTarget(fields, "seenAs", seenAs ?? "");
        if (seenAs is not null && reachable == false)
        {
            fields.Refuse("seenAs", "what does not arrive is seen by nobody: leave it out");
        }

        LabCheck check = new()
        {
            From = from,
            To = to,
            Protocol = protocol ?? LabProtocol.Icmp,
            Port = protocol is LabProtocol known ? Port(fields, known, to) : fields.Integer("port", 1, PortMax),
            ExpectReachable = reachable ?? true,
            SeenAs = seenAs,
            Family = Family(fields, to, seenAs),
            Size = Size(fields, protocol),
        };
        fields.Finish();
        return check;
    }

    private static IpFamily? Family(FieldReader fields, string to, string? seenAs)
    {
        IpFamily? family = fields.Choice("family", Families);
        foreach (string? literal in (string?[])[to, seenAs])
        {
            if (family is not null && IpAddress.TryParse(literal, out IpAddress address) && address.Family != family)
            {
                fields.Refuse("family", $"{address} is of the other family");
            }
        }

        return family;
    }

    private static int? Size(FieldReader fields, LabProtocol? protocol)
    {
        int? size = fields.Integer("size", SizeMin, SizeMax);
        if (fields.Has("size") && protocol is LabProtocol.Tcp or LabProtocol.Udp)
        {
            fields.Refuse("size", "only an echo request (icmp) has a size");
        }

        return size;
    }

    private void CheckTarget(FieldReader fields, string field, string target)
    {
        if (target.Length > 0 && !_members.ContainsKey(target) && !IpAddress.TryParse(target, out _))
        {
            fields.Refuse(
                field, $"there is no member '{FieldReader.Shorten(target)}', and it is no address{Guess(target)}");
        }
    }

    // A workload that serves one port of the protocol needs no port said.
    private int? Port(FieldReader fields, LabProtocol protocol, string to)
    {
        int? port = fields.Integer("port", 1, PortMax);
        if (protocol == LabProtocol.Icmp)
        {
            if (fields.Has("port"))
            {
                fields.Refuse("port", "icmp has no ports: leave it out");
            }

            return null;
        }

        if (fields.Has("port"))
        {
            return port;
        }

        TransportProtocol transport = protocol == LabProtocol.Tcp ? TransportProtocol.Tcp : TransportProtocol.Udp;
        EndpointPort[] served = _workloads.TryGetValue(to, out LabWorkload? workload)
            ? [.. workload.Serve.Where(candidate => candidate.Protocol == transport)]
            : [];
        if (served.Length == 1)
        {
            return served[0].Port;
        }

        fields.Missing("port");
        return null;
    }
}
