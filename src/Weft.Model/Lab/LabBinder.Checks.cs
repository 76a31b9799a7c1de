using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>Checks: who sends what to whom, and what must come of it.</summary>
internal sealed partial class LabBinder
{
    private const int PortMax = 65535;

    private static readonly (string, LabProtocol)[] Protocols =
        [("icmp", LabProtocol.Icmp), ("tcp", LabProtocol.Tcp), ("udp", LabProtocol.Udp)];

    private static readonly (string, bool)[] Expectations = [("reachable", true), ("unreachable", false)];

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
        };
        fields.Finish();
        return check;
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
