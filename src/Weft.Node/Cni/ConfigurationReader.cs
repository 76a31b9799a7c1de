using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Node.Cni;

/// <summary>Reads a network configuration field by field. What it does not know it refuses by name, but for what the
/// specification keeps for runtimes.</summary>
internal sealed class ConfigurationReader(ConfigurationProblems problems)
{
    private const string PodAnnotations = "io.kubernetes.cri.pod-annotations"; // A capability of containerd's CRI.
    private const string ValidAttachmentsKey = "cni.dev/valid-attachments";
    private const string FormerAttachmentsKey = "cni.dev/attachments"; // What libcni 1.2.0 to 1.2.2 calls the same (its issue 1101).

    private readonly SortedDictionary<string, string> _labels = new(StringComparer.Ordinal);
    private readonly WorkloadAnnotations _annotations = new(problems);
    private IReadOnlyList<string> _runtimeIps = [];
    private IReadOnlyList<string> _argumentIps = [];
    private string? _runtimeMac;
    private string? _argumentMac;
    private string? _dns;
    private bool? _assignIpv4;
    private bool? _assignIpv6;

    /// <summary>Reads all of it.</summary>
    /// <param name="root">The configuration, an object.</param>
    /// <param name="version">Its version.</param>
    /// <param name="arguments"><c>CNI_ARGS</c>.</param>
    public NetworkConfiguration Read(JsonElement root, CniVersion version, CniArguments arguments)
    {
        NetworkConfiguration read = new() { Version = version };
        foreach (JsonProperty field in root.EnumerateObject())
        {
            read = ReadField(root, field, read);
        }

        string[] fromArguments = arguments.Ip.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        IReadOnlyList<IpAddress> addresses = _annotations.Addresses.Count > 0 ? _annotations.Addresses
            : AddressesOf("runtimeConfig.ips", _runtimeIps) is { Count: > 0 } given ? given
            : AddressesOf("args.cni.ips", _argumentIps) is { Count: > 0 } argued ? argued
            : AddressesOf("CNI_ARGS IP", fromArguments);
        return read with
        {
            Ipv4Pools = _annotations.Ipv4Pools,
            Ipv6Pools = _annotations.Ipv6Pools,
            Addresses = addresses,
            Families = FamiliesOf(addresses),
            Mac = _annotations.Mac ?? MacOf("runtimeConfig.mac", _runtimeMac) ?? MacOf("args.cni.mac", _argumentMac)
                ?? MacOf("CNI_ARGS MAC", arguments.Mac),
            Labels = _labels,
            DnsText = _dns ?? read.DnsText,
        };
    }

    private NetworkConfiguration ReadField(JsonElement root, JsonProperty field, NetworkConfiguration read)
    {
        switch (field.Name)
        {
            case "cniVersion" or "cniVersions" or "type" or "agentSocket" or "capabilities" or "disableCheck" or "disableGC":
                return read; // For the runtime and the plugin.
            case "name":
                return read with { Name = problems.Text(root, "name") ?? "" };
            case "namespace":
                string space = problems.Text(root, "namespace") ?? read.Namespace;
                if (!ResourceNames.IsDnsLabel(space))
                {
                    problems.Invalid("namespace", $"cannot be '{space}': use lower-case letters, digits and '-'");
                }

                return read with { Namespace = space };
            case "interface":
                string name = problems.Text(root, "interface") ?? "";
                if (!ResourceNames.IsInterfaceName(name))
                {
                    problems.Invalid("interface", $"cannot be '{name}': use letters, digits, '_', '.' and '-', 15 at most");
                }

                return read with { Interface = name };
            case "include_default_routes":
                return read with { IncludesDefaultRoutes = problems.Flag(root, field.Name) ?? true };
            case "ipam":
                return ReadIpam(root, read);
            case "dns":
                return read with { DnsText = DnsOf(root) };
            case "runtimeConfig":
                ReadRuntime(root);
                return read;
            case "args":
                ReadArguments(root);
                return read;
            case "prevResult":
                return field.Value.ValueKind == JsonValueKind.Null ? read
                    : read with { Previous = PreviousResult.Read(field.Value, problems) };
            case ValidAttachmentsKey:
                return read with { ValidAttachments = AttachmentsOf(root, ValidAttachmentsKey) };
            case FormerAttachmentsKey:
                return root.TryGetProperty(ValidAttachmentsKey, out _) ? read
                    : read with { ValidAttachments = AttachmentsOf(root, FormerAttachmentsKey) };
            case "ipMasq":
                problems.Unsupported("ipMasq", field.Value.GetRawText(), "natOutgoing of the pool says it");
                return read;
            case "mtu":
                problems.Unsupported("mtu", field.Value.GetRawText(), "Weft finds the MTU of each path itself");
                return read;
            default:
                if (!field.Name.StartsWith("cni.dev/", StringComparison.Ordinal))
                {
                    problems.Unsupported(field.Name, field.Value.GetRawText());
                }

                return read;
        }
    }

    // Calico's words for the same (reference of its CNI plugin, "IPAM").
    private NetworkConfiguration ReadIpam(JsonElement root, NetworkConfiguration read)
    {
        foreach (JsonProperty field in problems.Members(root, "ipam"))
        {
            JsonElement ipam = root.GetProperty("ipam");
            switch (field.Name)
            {
                case "type":
                    if (problems.Text(ipam, "type", "ipam.") is { } type and not "weft")
                    {
                        problems.Unsupported("ipam.type", type, "Weft gives out the addresses itself: leave it out");
                    }

                    break;
                case "ipv4_pools":
                    read = read with { NetworkIpv4Pools = PoolNames(problems.Texts(ipam, field.Name, "ipam."), "ipam.ipv4_pools", problems) };
                    break;
                case "ipv6_pools":
                    read = read with { NetworkIpv6Pools = PoolNames(problems.Texts(ipam, field.Name, "ipam."), "ipam.ipv6_pools", problems) };
                    break;
                case "assign_ipv4":
                    _assignIpv4 = problems.Flag(ipam, field.Name, "ipam.");
                    break;
                case "assign_ipv6":
                    _assignIpv6 = problems.Flag(ipam, field.Name, "ipam.");
                    break;
                default:
                    problems.Unsupported($"ipam.{field.Name}", field.Value.GetRawText());
                    break;
            }
        }

        return read;
    }

    // What the configuration's "capabilities" have asked the runtime for.
    private void ReadRuntime(JsonElement root)
    {
        foreach (JsonProperty field in problems.Members(root, "runtimeConfig"))
        {
            JsonElement runtime = root.GetProperty("runtimeConfig");
            switch (field.Name)
            {
                case "ips":
                    _runtimeIps = problems.Texts(runtime, "ips", "runtimeConfig.");
                    break;
                case "mac":
                    _runtimeMac = problems.Text(runtime, "mac", "runtimeConfig.");
                    break;
                case "dns":
                    _dns = RuntimeDnsOf(runtime);
                    break;
                case PodAnnotations:
                    _annotations.Read(Pairs(runtime, PodAnnotations, "runtimeConfig."));
                    break;
                default:
                    problems.Unsupported($"runtimeConfig.{field.Name}", field.Value.GetRawText(), "leave the capability to the plugin that has it");
                    break;
            }
        }
    }

    // "Plugins that don't understand that data should just ignore it" (CNI conventions, "args").
    private void ReadArguments(JsonElement root)
    {
        if (root.GetProperty("args") is not { ValueKind: JsonValueKind.Object } arguments
            || !arguments.TryGetProperty("cni", out JsonElement cni) || cni.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach ((string key, string value) in Pairs(cni, "labels", "args.cni."))
        {
            if (!ResourceNames.IsLabelKey(key) || !ResourceNames.IsLabelValue(value))
            {
                problems.Invalid("args.cni.labels", $"has {key}={value}: keys and values must be as Kubernetes has them");
            }

            _labels[key] = value;
        }

        _annotations.Read(Pairs(cni, "annotations", "args.cni."));
        _argumentIps = problems.Texts(cni, "ips", "args.cni.");
        _argumentMac = problems.Text(cni, "mac", "args.cni.");
    }

    // An object, or the conventions' list of {"key": ..., "value": ...}.
    private List<KeyValuePair<string, string>> Pairs(JsonElement parent, string name, string path)
    {
        List<KeyValuePair<string, string>> pairs = [];
        if (parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in problems.Objects(parent, name, path))
            {
                pairs.Add(new(problems.Text(item, "key", $"{path}{name}.") ?? "", problems.Text(item, "value", $"{path}{name}.") ?? ""));
            }

            return pairs;
        }

        foreach (JsonProperty member in problems.Members(parent, name, path))
        {
            if (problems.Text(value, member.Name, $"{path}{name}.") is { } text)
            {
                pairs.Add(new(member.Name, text));
            }
        }

        return pairs;
    }

    private string? DnsOf(JsonElement root)
    {
        if (problems.Members(root, "dns").Count == 0)
        {
            return null;
        }

        JsonElement dns = root.GetProperty("dns");
        problems.Texts(dns, "nameservers", "dns.");
        problems.Text(dns, "domain", "dns.");
        problems.Texts(dns, "search", "dns.");
        problems.Texts(dns, "options", "dns.");
        return dns.GetRawText();
    }

    // The capability has words of its own for the same (CNI conventions, "dns").
    private string? RuntimeDnsOf(JsonElement runtime)
    {
        if (problems.Members(runtime, "dns", "runtimeConfig.").Count == 0)
        {
            return null;
        }

        JsonElement dns = runtime.GetProperty("dns");
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartObject();
            foreach ((string from, string to) in (ReadOnlySpan<(string, string)>)[("servers", "nameservers"), ("searches", "search"), ("options", "options")])
            {
                if (problems.Texts(dns, from, "runtimeConfig.dns.") is { Count: > 0 } values)
                {
                    writer.WriteStartArray(to);
                    foreach (string value in values)
                    {
                        writer.WriteStringValue(value);
                    }

                    writer.WriteEndArray();
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    private HashSet<(string, string)> AttachmentsOf(JsonElement root, string key)
    {
        HashSet<(string, string)> attachments = [];
        foreach (JsonElement item in problems.Objects(root, key))
        {
            attachments.Add((problems.Text(item, "containerID", $"{key}.") ?? "", problems.Text(item, "ifname", $"{key}.") ?? ""));
        }

        return attachments;
    }

    private List<IpAddress> AddressesOf(string field, IReadOnlyList<string> texts) => AddressesOf(field, texts, problems);

    private MacAddress? MacOf(string field, string? text) => MacOf(field, text, problems);

    // Families: the annotation, else those of the addresses that must be, else what the configuration asks for. As in
    // Calico, asking for one alone leaves the other out.
    private IReadOnlyList<IpFamily> FamiliesOf(IReadOnlyList<IpAddress> addresses)
    {
        if (_assignIpv4 == false && _assignIpv6 == false)
        {
            problems.Invalid("ipam", "has assign_ipv4 and assign_ipv6 false: no family is left");
        }

        if (_annotations.Families.Count > 0)
        {
            return _annotations.Families;
        }

        if (addresses.Count > 0)
        {
            return [.. addresses.Select(a => a.Family).Order()];
        }

        bool either = _assignIpv4 == true || _assignIpv6 == true;
        return (_assignIpv4, _assignIpv6) switch
        {
            (null, null) => [],
            (true, true) => [IpFamily.Ipv4, IpFamily.Ipv6],
            _ when either => [_assignIpv4 == true ? IpFamily.Ipv4 : IpFamily.Ipv6],
            _ => [_assignIpv4 == false ? IpFamily.Ipv6 : IpFamily.Ipv4],
        };
    }

    /// <summary>Addresses, with or without a prefix length, which means nothing: a workload's is the whole. At most one of
    /// each family.</summary>
    public static List<IpAddress> AddressesOf(string field, IReadOnlyList<string> texts, ConfigurationProblems problems)
    {
        List<IpAddress> addresses = [];
        foreach (string text in texts)
        {
            IpAddress address = IpInterfaceAddress.TryParse(text, out IpInterfaceAddress withLength) ? withLength.Address : default;
            if (address.Family == 0 && !IpAddress.TryParse(text, out address))
            {
                problems.Invalid(field, $"has '{text}', which is no address");
            }
            else if (addresses.Exists(a => a.Family == address.Family))
            {
                problems.Invalid(field, $"has {addresses.Find(a => a.Family == address.Family)} and {address}: one of each family is possible");
            }
            else
            {
                addresses.Add(address);
            }
        }

        return [.. addresses.Order()];
    }

    /// <summary>A link-layer address of one interface; none if nothing is said.</summary>
    public static MacAddress? MacOf(string field, string? text, ConfigurationProblems problems)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (MacAddress.TryParse(text, out MacAddress mac) && !mac.IsGroup && mac.Value != 0)
        {
            return mac;
        }

        problems.Invalid(field, $"cannot be '{text}': use the address of one interface, such as 02:00:00:00:00:01");
        return null;
    }

    /// <summary>Names or CIDRs of pools.</summary>
    public static IReadOnlyList<string> PoolNames(IReadOnlyList<string> texts, string field, ConfigurationProblems problems)
    {
        foreach (string text in texts.Where(t => !ResourceNames.IsDnsSubdomain(t) && !IpPrefix.TryParse(t, out _)))
        {
            problems.Invalid(field, $"has '{text}', which is neither a pool's name nor its CIDR");
        }

        return texts;
    }
}
