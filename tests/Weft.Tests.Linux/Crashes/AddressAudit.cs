using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Tests.Linux.Lab;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Compares who has which address: the agents' journals, the store, the nodes' kernels, and the workloads'
/// own namespaces must say the same, and nothing must be left of workloads that went.</summary>
internal static class AddressAudit
{
    private const int ChecksumLength = 17;

    /// <summary>What does not agree; none if all is well.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="workloads">The workloads that are there, and no others.</param>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(
        RunningLab lab, IReadOnlyList<string> nodes, IReadOnlyList<SettledWorkload> workloads)
    {
        List<string> faults = [];
        string[] expected = [.. workloads.Select(w => Line(w.Node, w.Name, w.Address))];
        Compare(faults, "the store", expected, Stored(await lab.GetAsync("workloads")));
        Dictionary<string, string> blocks = (await lab.GetAsync("blocks")).EnumerateArray()
            .Select(b => b.GetProperty("spec"))
            .ToDictionary(b => b.GetProperty("cidr").GetString()!, b => b.GetProperty("affinity").GetString()!);
        List<(string Owner, string Address)> given = [];
        foreach (string node in nodes)
        {
            SettledWorkload[] here = [.. workloads.Where(w => w.Node == node)];
            Journal journal = Journal.Read(Path.Combine(lab.Folder, "agents", node, "addresses.journal"));
            IEnumerable<string> assigned = here.Select(w => Line(node, w.Name, w.Address));
            Compare(faults, $"the journal of {node}", assigned, journal.Lines(node));
            IEnumerable<string> routed = here.Select(w => $"{w.Address} {w.HostInterface}");
            Compare(faults, $"the routes of {node}", routed, RoutesOf(lab, node));
            Compare(faults, $"the links of {node}", here.Select(w => w.HostInterface), LinksOf(lab, node));
            given.AddRange(journal.Given(node));
            foreach ((string owner, string address) in journal.Given(node))
            {
                IEnumerable<string> holders = blocks
                    .Where(b => IpPrefix.Parse(b.Key).Contains(IpAddress.Parse(address))).Select(b => b.Value);
                Compare(faults, $"the block of {address}, which {owner} has", [$"host:{node}"], holders);
            }
        }

        faults.AddRange(given.GroupBy(g => g.Address).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key} was given to {string.Join(" and ", g.Select(o => o.Owner))}"));
        foreach (SettledWorkload workload in workloads)
        {
            string[] inside = [.. AddressesIn(lab, workload.Name)];
            Compare(faults, $"the addresses inside {workload.Name}", [workload.Address], inside);
        }

        Compare(faults, "the runtime's files", workloads.Select(w => w.Name),
            Directory.EnumerateFiles(Path.Combine(lab.Folder, "workloads")).Select(file => Path.GetFileName(file)));
        string prefix = lab.NamespaceOf("c");
        faults.AddRange(NetworkNamespace.List()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && char.IsAsciiDigit(name[^1]))
            .Select(name => $"network namespace {name} is left"));
        return faults;
    }

    private static string Line(string node, string workload, string address) => $"{node} {workload} {address}";

    private static void Compare(
        List<string> faults, string what, IEnumerable<string> expected, IEnumerable<string> found)
    {
        string[] wanted = [.. expected.Order(StringComparer.Ordinal)];
        string[] there = [.. found.Order(StringComparer.Ordinal)];
        if (!wanted.SequenceEqual(there))
        {
            faults.Add($"{what}: [{string.Join(", ", there)}] instead of [{string.Join(", ", wanted)}]");
        }
    }

    private static IEnumerable<string> Stored(JsonElement workloads) =>
        from workload in workloads.EnumerateArray()
        let spec = workload.GetProperty("spec")
        let networks = spec.TryGetProperty("ipNetworks", out JsonElement given)
            ? given.EnumerateArray().Select(n => n.GetString()!)
            : []
        select Line(
            spec.GetProperty("node").GetString()!,
            workload.GetProperty("metadata").GetProperty("name").GetString()!,
            string.Join(' ', networks.Select(n => n.Split('/')[0])));

    private static IEnumerable<string> RoutesOf(RunningLab lab, string node) =>
        from route in Parse(lab.Ip(node, "-4 -j route show proto 87"))
        let destination = route.GetProperty("dst").GetString()!
        where !destination.Contains('/', StringComparison.Ordinal)
        let device = route.TryGetProperty("dev", out JsonElement dev) ? dev.GetString() : ""
        select $"{destination} {device}";

    private static IEnumerable<string> LinksOf(RunningLab lab, string node) =>
        Parse(lab.Ip(node, "-j link show")).Select(link => link.GetProperty("ifname").GetString()!)
            .Where(name => name.StartsWith("weft", StringComparison.Ordinal));

    private static IEnumerable<string> AddressesIn(RunningLab lab, string workload) =>
        Parse(lab.Ip(workload, "-4 -j addr show dev eth0"))
            .SelectMany(link => link.GetProperty("addr_info").EnumerateArray())
            .Select(address => address.GetProperty("local").GetString()!);

    private static List<JsonElement> Parse(string json) =>
        json.Trim().Length == 0 ? [] : [.. JsonSerializer.Deserialize<JsonElement>(json).EnumerateArray()];

    /// <summary>An agent's journal, read as plainly as can be.</summary>
    private sealed class Journal
    {
        private readonly Dictionary<WorkloadId, WorkloadAssigned> _assigned = [];
        private string? _tunnel;

        public static Journal Read(string path)
        {
            Journal journal = new();
            foreach (string line in File.ReadLines(path).Skip(1))
            {
                byte[] json = Encoding.UTF8.GetBytes(line[ChecksumLength..]);
                if (!JournalRecord.TryRead(json, out JournalRecord? record, out string error))
                {
                    throw new InvalidDataException($"{path}: {error}");
                }

                journal.Take(record);
            }

            return journal;
        }

        public IEnumerable<string> Lines(string node) =>
            _assigned.Values.Select(a => Line(node, a.Id.Workload, string.Join(' ', a.Addresses)));

        public IEnumerable<(string Owner, string Address)> Given(string node) =>
        [
            .. from assigned in _assigned.Values
               from address in assigned.Addresses
               select (assigned.Id.ToString(), address.ToString()),
            .. _tunnel is null ? Array.Empty<(string, string)>() : [($"the tunnel of {node}", _tunnel)],
        ];

        private void Take(JournalRecord record)
        {
            switch (record)
            {
                case WorkloadAssigned assigned:
                    _assigned[assigned.Id] = assigned;
                    break;
                case WorkloadReleased released:
                    _assigned.Remove(released.Id);
                    break;
                case TunnelAssigned tunnel:
                    _tunnel = tunnel.Address.ToString();
                    break;
                case TunnelReleased:
                    _tunnel = null;
                    break;
                default:
                    break;
            }
        }
    }
}
