using System;
using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Ports of workloads: <c>{name, protocol, port}</c>.</summary>
internal static class EndpointPortBinding
{
    private const int PortMax = 65535;

    /// <summary>Reads a list of ports; names are distinct.</summary>
    /// <param name="owner">Where the list is.</param>
    /// <param name="field">The list.</param>
    /// <param name="protocolDefault">The protocol when none is given; none if it must be given.</param>
    public static ValueList<EndpointPort> Bind(FieldReader owner, string field, TransportProtocol? protocolDefault)
    {
        List<EndpointPort> ports = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (FieldReader reader in owner.Mappings(field))
        {
            string name = reader.Text("name") ?? "";
            if (name.Length > 0 && !ResourceNames.IsPortName(name))
            {
                reader.Refuse(
                    "name", $"'{FieldReader.Shorten(name)}' is not a port's name: letters, digits, '-', '_' and '.', at most 128");
            }
            else if (name.Length > 0 && !names.Add(name))
            {
                reader.Refuse("name", $"'{name}' is the name of another port");
            }

            TransportProtocol? protocol = Protocol(reader) ?? protocolDefault;
            int? port = reader.Integer("port", 1, PortMax);
            if (!reader.Has("port"))
            {
                reader.Missing("port");
            }

            if (protocol is null && !reader.Has("protocol"))
            {
                reader.Missing("protocol");
            }

            reader.NotYet("hostPort", "0");
            reader.NotYet("hostIP");
            reader.Finish();
            ports.Add(new EndpointPort(name, protocol ?? TransportProtocol.Tcp, port ?? 0));
        }

        return [.. ports];
    }

    /// <summary>Writes a list of ports; none if it is empty.</summary>
    public static SequenceNode? Write(ValueList<EndpointPort> ports)
    {
        List<DocumentNode> items = [];
        foreach (EndpointPort port in ports)
        {
            items.Add(new MappingBuilder()
                .Add("name", port.Name)
                .Add("protocol", NameOf(port.Protocol))
                .Add("port", port.Port)
                .Build());
        }

        return items.Count == 0 ? null : new SequenceNode([.. items]);
    }

    private static string NameOf(TransportProtocol protocol) => protocol switch
    {
        TransportProtocol.Tcp => "TCP",
        TransportProtocol.Udp => "UDP",
        _ => "SCTP",
    };

    // Calico: a name in any case, or the number; of those only the three have ports.
    private static TransportProtocol? Protocol(FieldReader reader)
    {
        if (reader.Take("protocol") is ScalarNode { Kind: ScalarKind.Integer } number)
        {
            if (Of(number.Text) is not TransportProtocol numbered)
            {
                reader.Refuse("protocol", $"{number.Text} is not one of TCP, UDP, SCTP");
                return null;
            }

            return numbered;
        }

        return reader.Value("protocol", static (string text, out TransportProtocol value) =>
        {
            value = Of(text) ?? default;
            return value != default;
        }, "one of TCP, UDP, SCTP");
    }

    private static TransportProtocol? Of(string text) => text.ToUpperInvariant() switch
    {
        "TCP" or "6" => TransportProtocol.Tcp,
        "UDP" or "17" => TransportProtocol.Udp,
        "SCTP" or "132" => TransportProtocol.Sctp,
        _ => null,
    };
}
