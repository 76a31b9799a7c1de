using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Net;

namespace Weft.Tests.Linux.Churn;

/// <summary>When nothing is on its way any more: what runtimes were told, the agents' journals, the store, the nodes'
/// kernels and the containers' own namespaces must say the same, and nothing may be left of what went.</summary>
internal static partial class FleetAudit
{
    /// <summary>What does not agree; none if all is well.</summary>
    /// <param name="fleet">The nodes.</param>
    /// <param name="live">The containers that are connected, and no others.</param>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(ChurnFleet fleet, IReadOnlyList<LiveContainer> live)
    {
        if (await fleet.TryGetAsync("workloads") is not { } workloads || await fleet.TryGetAsync("blocks") is not { } blocks
            || await fleet.TryGetAsync("addressloans") is not { } loans)
        {
            return ["the server does not answer"];
        }

        List<string> faults = [];
        Compare(faults, "the store", live.Select(c => $"{c.Node} {c.Workload} {Text(c.Addresses)}"), Stored(workloads));
        List<(string Node, IpPrefix Cidr)> owned = [.. blocks.EnumerateArray().Select(b => b.GetProperty("spec")).Select(b => (
            b.GetProperty("affinity").GetString()!.Split(':')[^1], IpPrefix.Parse(b.GetProperty("cidr").GetString()!)))];
        JsonElement[] lent = [.. loans.EnumerateArray().Select(l => l.GetProperty("spec")).Where(l => l.TryGetProperty("address", out _))];
        owned.AddRange(lent.Select(l => (
            l.GetProperty("borrower").GetString()!, IpPrefix.Host(IpAddress.Parse(l.GetProperty("address").GetString()!)))));
        List<(IpAddress Address, string Owner)> given = [];
        foreach (string node in ChurnFleet.Nodes)
        {
            LiveContainer[] here = [.. live.Where(c => c.Node == node)];
            JournalText journal = JournalText.Read(fleet.JournalOf(node));
            Compare(faults, $"the journal of {node}", here.Select(c => $"{c.Workload} {Text(c.Addresses)}"),
                journal.Assigned.Select(a => $"{a.Id.Workload} {Text(a.Addresses)}"));
            faults.AddRange(journal.Releasing.Select(id => $"the journal of {node}: {id} is still being disconnected"));
            Compare(faults, $"the links of {node}", here.Select(c => c.HostInterface), LinksOf(fleet, node));
            string[] routes = [.. here.SelectMany(c => c.Addresses.Select(a => $"{a} {c.HostInterface}"))];
            Compare(faults, $"the routes of {node}", routes, RoutesOf(fleet, node));
            Compare(faults, $"the source check of {node}", routes, SourcesOf(fleet, node));
            given.AddRange(journal.Assigned.SelectMany(a => a.Addresses.Select(address => (address, $"{node} {a.Id}"))));
            string[] lentHere = [.. lent.Where(l => l.GetProperty("lender").GetString() == node).Select(l => l.GetProperty("address").GetString()!)];
            Compare(faults, $"what {node} has lent", lentHere, journal.Lent.Values.Select(a => a.ToString()));
            given.AddRange(journal.Tunnels.Select(address => (address, $"the tunnel of {node}")));
            foreach (IpAddress address in journal.Assigned.SelectMany(a => a.Addresses).Concat(journal.Tunnels)
                .Where(a => !owned.Any(b => b.Node == node && b.Cidr.Contains(a))))
            {
                faults.Add($"{node} uses {address}, of which it has no block");
            }
        }

        faults.AddRange(given.GroupBy(g => g.Address).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key} belongs to {string.Join(" and ", g.Select(o => o.Owner))}"));
        faults.AddRange(owned.GroupBy(b => b.Cidr).Where(g => g.Count() > 1)
            .Select(g => $"block {g.Key} belongs to {string.Join(" and ", g.Select(b => b.Node))}"));
        foreach (LiveContainer container in live)
        {
            Compare(faults, $"the addresses inside {container.Workload}", container.Addresses.Select(a => a.ToString()), AddressesIn(container));
        }

        // Ours must find the same of itself.
        Lab.Ran check = await fleet.WeftAsync("ipam", "check");
        if (check.ExitCode != 0 || !check.Output.Contains("agree", StringComparison.Ordinal))
        {
            faults.Add(check.ToString());
        }

        HashSet<string> expected = [.. live.Select(c => c.NamespaceName)];
        string prefix = fleet.NamespaceOf("");
        faults.AddRange(NetworkNamespace.List()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && char.IsAsciiDigit(name[^1]) && !expected.Contains(name)
                && !ChurnFleet.Nodes.Any(node => name == fleet.NamespaceOf(node)))
            .Select(name => $"network namespace {name} is left"));
        return faults;
    }

    private static string Text(IEnumerable<IpAddress> addresses) => string.Join(' ', addresses);

    private static void Compare(List<string> faults, string what, IEnumerable<string> expected, IEnumerable<string> found)
    {
        HashSet<string> wanted = [.. expected];
        string[] there = [.. found.Order(StringComparer.Ordinal)];
        string[] tooMuch = [.. there.Where(f => !wanted.Contains(f))];
        string[] missing = [.. wanted.Except(there).Order(StringComparer.Ordinal)];
        if (tooMuch.Length + missing.Length > 0 || there.Length != wanted.Count)
        {
            faults.Add($"{what}: too much [{string.Join(", ", tooMuch)}], missing [{string.Join(", ", missing)}]");
        }
    }

    private static IEnumerable<string> Stored(JsonElement workloads) =>
        from workload in workloads.EnumerateArray()
        let spec = workload.GetProperty("spec")
        let networks = spec.TryGetProperty("ipNetworks", out JsonElement given)
            ? given.EnumerateArray().Select(n => n.GetString()!.Split('/')[0])
            : []
        select $"{spec.GetProperty("node").GetString()} {NameOf(workload, spec)} {string.Join(' ', networks)}";

    private static string NameOf(JsonElement workload, JsonElement spec) =>
        spec.TryGetProperty("workload", out JsonElement name) || spec.TryGetProperty("pod", out name)
            ? name.GetString()!
            : workload.GetProperty("metadata").GetProperty("name").GetString()!;

    private static IEnumerable<string> LinksOf(ChurnFleet fleet, string node) =>
        Parse(fleet.Ip(node, "-j link show")).Select(link => link.GetProperty("ifname").GetString()!)
            .Where(name => name.StartsWith("weft", StringComparison.Ordinal));

    private static IEnumerable<string> RoutesOf(ChurnFleet fleet, string node) =>
        from family in (string[])["-4", "-6"]
        from route in Parse(fleet.Ip(node, $"{family} -j route show proto 87"))
        let device = route.TryGetProperty("dev", out JsonElement dev) ? dev.GetString()! : ""
        where device.StartsWith("weft", StringComparison.Ordinal)
        select $"{route.GetProperty("dst").GetString()} {device}";

    private static IEnumerable<string> SourcesOf(ChurnFleet fleet, string node) =>
        from Match guard in Guard().Matches(Tool.Run("ip", $"netns exec {fleet.NamespaceOf(node)} nft list table inet weft"))
        from Match address in Source().Matches(guard.Groups["rules"].Value)
        select $"{address.Groups["address"].Value} {guard.Groups["link"].Value}";

    private static IEnumerable<string> AddressesIn(LiveContainer container) =>
        Parse(Tool.Run("ip", $"-n {container.NamespaceName} -j addr show dev eth0 scope global"))
            .Where(link => link.TryGetProperty("addr_info", out _))
            .SelectMany(link => link.GetProperty("addr_info").EnumerateArray())
            .Where(address => address.TryGetProperty("local", out _)) // iproute2 leaves {} where it filters.
            .Select(address => address.GetProperty("local").GetString()!);

    private static List<JsonElement> Parse(string json) =>
        json.Trim().Length == 0 ? [] : [.. JsonSerializer.Deserialize<JsonElement>(json).EnumerateArray()];

    [GeneratedRegex("chain (?<link>weft[0-9a-f]{11}) \\{(?<rules>[^}]*)\\}")]
    private static partial Regex Guard();

    [GeneratedRegex("saddr (?<address>[0-9a-f.:]+) accept comment \"[^\":]*\"")]
    private static partial Regex Source();
}
