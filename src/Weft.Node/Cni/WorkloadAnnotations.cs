using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Weft.Net;

namespace Weft.Node.Cni;

/// <summary>Calico's annotations of a workload, by which it asks for pools, addresses, families and a link-layer address of
/// its own. Those of others are not looked at.</summary>
internal sealed class WorkloadAnnotations(ConfigurationProblems problems)
{
    private const string Domain = "cni.projectcalico.org/";

    /// <summary><c>ipv4pools</c>.</summary>
    public IReadOnlyList<string> Ipv4Pools { get; private set; } = [];

    /// <summary><c>ipv6pools</c>.</summary>
    public IReadOnlyList<string> Ipv6Pools { get; private set; } = [];

    /// <summary><c>ipAddrs</c>.</summary>
    public IReadOnlyList<IpAddress> Addresses { get; private set; } = [];

    /// <summary><c>ipFamilies</c>.</summary>
    public IReadOnlyList<IpFamily> Families { get; private set; } = [];

    /// <summary><c>hwAddr</c>.</summary>
    public MacAddress? Mac { get; private set; }

    /// <summary>Reads them.</summary>
    public void Read(IReadOnlyList<KeyValuePair<string, string>> annotations)
    {
        foreach ((string key, string value) in annotations.Where(a => a.Key.StartsWith(Domain, StringComparison.Ordinal)))
        {
            switch (key[Domain.Length..])
            {
                case "ipv4pools":
                    Ipv4Pools = ConfigurationReader.PoolNames(ListOf(key, value), key, problems);
                    break;
                case "ipv6pools":
                    Ipv6Pools = ConfigurationReader.PoolNames(ListOf(key, value), key, problems);
                    break;
                case "ipAddrs":
                    Addresses = ConfigurationReader.AddressesOf(key, ListOf(key, value), problems);
                    break;
                case "ipFamilies":
                    Families = FamiliesOf(key, ListOf(key, value));
                    break;
                case "hwAddr":
                    Mac = ConfigurationReader.MacOf(key, value, problems);
                    break;
                case "podIP" or "podIPs" or "containerID":
                    break; // Calico's plugin writes them, for others to read.
                default:
                    problems.Unsupported(key, value);
                    break;
            }
        }
    }

    // Calico writes lists as JSON within the text: ["10.0.0.5"].
    private IReadOnlyList<string> ListOf(string key, string value)
    {
        try
        {
            using JsonDocument list = JsonDocument.Parse(value);
            return problems.Texts(list.RootElement, key);
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            problems.Invalid(key, $"cannot be '{value}': write a list, such as [\"one\", \"two\"]");
            return [];
        }
    }

    private List<IpFamily> FamiliesOf(string key, IReadOnlyList<string> texts)
    {
        SortedSet<IpFamily> families = [];
        foreach (string text in texts)
        {
            IpFamily? family = text switch
            {
                "IPv4" => IpFamily.Ipv4,
                "IPv6" => IpFamily.Ipv6,
                _ => null,
            };
            if (family is { } known)
            {
                families.Add(known);
            }
            else
            {
                problems.Invalid(key, $"has '{text}': IPv4 and IPv6 are the families");
            }
        }

        return [.. families];
    }
}
