using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>WorkloadEndpoint</c> (projectcalico.org/v3).</summary>
internal static class WorkloadEndpointBinding
{
    /// <summary>Reads the endpoint.</summary>
    public static WorkloadEndpoint Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        WorkloadEndpoint endpoint = new()
        {
            Metadata = metadata,
            Node = DnsName(spec, "node", required: true) ?? "",
            Orchestrator = Orchestrator(spec),
            Workload = DnsName(spec, "workload"),
            Pod = DnsName(spec, "pod"),
            Endpoint = InterfaceName(spec, "endpoint") ?? WorkloadEndpoint.EndpointDefault,
            ContainerId = ContainerId(spec),
            IpNetworks = [.. spec.Values<IpPrefix>("ipNetworks", HostPrefix, "one address: /32 or /128")],
            InterfaceName = InterfaceName(spec, "interfaceName"),
            Mac = spec.Value<MacAddress>("mac", Mac, "a MAC address of one interface"),
            Ports = EndpointPortBinding.Bind(spec, "ports", protocolDefault: null),
        };
        spec.NotYet("serviceAccountName");
        spec.NotYet("ipNATs");
        spec.NotYet("ipv4Gateway");
        spec.NotYet("ipv6Gateway");
        spec.NotYet("profiles");
        spec.NotYet("allowSpoofedSourcePrefixes");
        spec.NotYet("qosControls");
        spec.Finish();
        document.NotYet("status");
        return Named(endpoint, document);
    }

    /// <summary>Writes the specification, what is unset left out.</summary>
    public static void Write(WorkloadEndpoint endpoint, MappingBuilder document)
    {
        string[] networks = new string[endpoint.IpNetworks.Count];
        for (int i = 0; i < networks.Length; i++)
        {
            networks[i] = endpoint.IpNetworks[i].ToString();
        }

        document.Add("spec", new MappingBuilder()
            .Add("node", endpoint.Node)
            .Add("orchestrator", endpoint.Orchestrator)
            .Add("workload", endpoint.Workload)
            .Add("pod", endpoint.Pod)
            .Add("endpoint", endpoint.Endpoint)
            .Add("containerID", endpoint.ContainerId)
            .Add("ipNetworks", networks)
            .Add("interfaceName", endpoint.InterfaceName)
            .AddText("mac", endpoint.Mac)
            .Add("ports", EndpointPortBinding.Write(endpoint.Ports))
            .Build());
    }

    // The name may be Calico's, or absent, or plain. A plain name, or Calico's with no workload in the
    // specification, says which workload it is.
    private static WorkloadEndpoint Named(WorkloadEndpoint endpoint, FieldReader document)
    {
        string name = endpoint.Metadata.Name;
        if (name.Length > 0)
        {
            return endpoint.Workload is not null || endpoint.Pod is not null
                ? endpoint
                : endpoint with
                {
                    Workload = WorkloadEndpointName.WorkloadIn(
                        name, endpoint.Node, endpoint.Orchestrator, endpoint.Endpoint) ?? name,
                };
        }

        string? computed = WorkloadEndpointName.Of(
            endpoint.Node, endpoint.Orchestrator, endpoint.Workload, endpoint.Pod, endpoint.ContainerId, endpoint.Endpoint);
        if (computed is null)
        {
            document.MappingOrEmpty("metadata").Missing("name");
            return endpoint;
        }

        if (!ResourceNames.IsDnsSubdomain(computed))
        {
            document.Refuse(
                "metadata", $"the computed name '{FieldReader.Shorten(computed)}' is not a DNS name: give metadata.name");
        }

        return endpoint with
        {
            Metadata = endpoint.Metadata with { Name = computed },
            Workload = endpoint.Workload ?? (endpoint.Pod is null ? endpoint.ContainerId : null),
        };
    }

    private static string? DnsName(FieldReader spec, string field, bool required = false)
    {
        string? text = required ? spec.RequiredText(field) : spec.Text(field);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!ResourceNames.IsDnsSubdomain(text))
        {
            spec.Refuse(
                field, $"'{FieldReader.Shorten(text)}' is not a name: lower-case letters, digits, '-' and '.'");
        }

        return text;
    }

    private static string Orchestrator(FieldReader spec)
    {
        string? text = spec.Text("orchestrator");
        if (string.IsNullOrEmpty(text))
        {
            return WorkloadEndpoint.OrchestratorDefault;
        }

        if (!ResourceNames.IsPlainWord(text))
        {
            spec.Refuse(
                "orchestrator", $"'{FieldReader.Shorten(text)}' is not a word of letters, digits, '-', '_' and '.'");
        }

        return text;
    }

    private static string? ContainerId(FieldReader spec)
    {
        string? text = spec.Text("containerID");
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!ResourceNames.IsPlainWord(text))
        {
            spec.Refuse(
                "containerID", $"'{FieldReader.Shorten(text)}' is not a container's id: letters, digits, '-', '_' and '.'");
        }

        return text;
    }

    private static string? InterfaceName(FieldReader spec, string field)
    {
        string? text = spec.Text(field);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!ResourceNames.IsInterfaceName(text))
        {
            spec.Refuse(field, $"'{FieldReader.Shorten(text)}' is not an interface's name: "
                + $"at most {ResourceNames.InterfaceNameMax} letters, digits, '-', '_' and '.'");
        }

        return text;
    }

    private static bool HostPrefix(string text, out IpPrefix value)
    {
        if (IpAddress.TryParse(text, out IpAddress bare))
        {
            value = IpPrefix.Host(bare);
            return true;
        }

        return IpPrefix.TryParse(text, out value) && value.IsHost;
    }

    private static bool Mac(string text, out MacAddress value) =>
        MacAddress.TryParse(text, out value) && !value.IsGroup && value.Value != 0;
}
