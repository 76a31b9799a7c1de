using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Weft.Linux;
using Weft.Linux.Host;
using Weft.Linux.Namespaces;
using Weft.Linux.Processes;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Ruleset;

namespace Weft.App.Doctor;

/// <summary>Reads the facts of this host, in the network namespace of this process. Changes nothing.</summary>
internal static class HostReader
{
    // linux/capability.h: what an agent uses, by number.
    private static readonly (int Number, string Name)[] Capabilities =
        [(12, "CAP_NET_ADMIN"), (13, "CAP_NET_RAW"), (21, "CAP_SYS_ADMIN")];

    /// <summary>Everything that can be read with the rights that this process has.</summary>
    public static HostFacts Read()
    {
        string[] missing = [.. MissingCapabilities()];
        bool isRoot = missing.Length == 0;
        string? trialsFailed = null;
        IReadOnlyList<Trial>? trials = isRoot ? KernelTrials.Run(out trialsFailed) : null;
        (IReadOnlyList<NftChain>? chains, IReadOnlyList<NftRule> rules) = isRoot ? ForeignRules() : (null, []);
        NetworkManagers managers = new("/");
        HashSet<string> running = [.. RunningHere()];
        return new HostFacts
        {
            KernelRelease = ReadLine("/proc/sys/kernel/osrelease") ?? "of unknown release",
            MissingCapabilities = missing,
            Trials = trials,
            TrialsFailed = trialsFailed,
            AgentRuns = RunningAgents.In("").Count > 0,
            ForwardsIpv4 = Setting("ipv4/ip_forward") is int ipv4 ? ipv4 != 0 : null,
            ForwardsIpv6 = Setting("ipv6/conf/all/forwarding") is int ipv6 ? ipv6 != 0 : null,
            CanForceForwarding = Setting("ipv6/conf/default/force_forwarding") is not null,
            Ipv6IsOff = Setting("ipv6/conf/all/disable_ipv6") is int off ? off != 0 : null,
            Ipv6Links = Setting("ipv6/conf/all/forwarding") is null ? [] : [.. Ipv6Links()],
            ReversePathFilter = Setting("ipv4/conf/all/rp_filter"),
            DeafToRouters = [.. DeafToRouters()],
            Chains = chains,
            Rules = rules,
            LegacyFilters = isRoot ? LegacyFilters() : null,
            Networkd = running.Contains("systemd-network") ? managers.Networkd() : null,
            NetworkManagerSparesUs = running.Contains("NetworkManager") ? managers.NetworkManagerSparesUs() : null,
            ClockIsSynchronised = KernelClock.IsSynchronised(),
            DescriptorsMax = DescriptorsMax(),
        };
    }

    private static IEnumerable<string> MissingCapabilities()
    {
        string? line = Lines("/proc/self/status").FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        ulong has = line is not null && ulong.TryParse(
            line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value)
                ? value
                : 0;
        return Capabilities.Where(capability => (has & (1UL << capability.Number)) == 0).Select(c => c.Name);
    }

    private static (IReadOnlyList<NftChain>? Chains, IReadOnlyList<NftRule> Rules) ForeignRules()
    {
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(null, NetlinkProtocol.Netfilter);
            if (List(socket, NftablesRequests.DumpChains()) is not { } messages)
            {
                return (null, []);
            }

            NftChain[] chains = [.. messages.OfType<NftablesMessage.ChainChanged>().Select(m => m.Chain)];
            List<NftRule> rules = [];
            foreach (NftChain chain in chains.Where(ForeignFilters.IsSuspect))
            {
                rules.AddRange((List(socket, NftablesRequests.DumpRules(chain.Family, chain.Table)) ?? [])
                    .OfType<NftablesMessage.RuleChanged>().Select(m => m.Rule));
            }

            return (chains, rules);
        }
        catch (LinuxException)
        {
            // Without nf_tables there are no chains; that it is missing is told by its trial.
            return ([], []);
        }
    }

    private static List<NftablesMessage>? List(NetlinkSocket socket, NetlinkRequest request)
    {
        NetlinkReply reply = socket.Execute(request);
        if (reply.Error is not null)
        {
            return null;
        }

        List<NftablesMessage> messages = [];
        foreach (byte[] bytes in reply.Messages)
        {
            if (NftablesMessage.TryDecode(bytes, out NftablesMessage? message))
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    private static List<LegacyFilter>? LegacyFilters()
    {
        List<LegacyFilter> filters = [];
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (LegacyTables.ReadFilter(null, family, out LegacyFilter? filter) is not null)
            {
                return null;
            }

            if (filter is not null)
            {
                filters.Add(filter);
            }
        }

        return filters;
    }

    private static IEnumerable<string> RunningHere() => ProcessTable.InNamespace("/proc/self/ns/net")
        .Select(pid => ReadLine(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm"))).OfType<string>();

    private static IEnumerable<string> DeafToRouters() => Ipv6Interfaces().Where(name => !IsOurs(name)
        && Setting($"ipv6/conf/{name}/forwarding") == 1 && Setting($"ipv6/conf/{name}/accept_ra") == 1);

    private static IEnumerable<Ipv6Link> Ipv6Links() => Ipv6Interfaces().Where(IsOurs).Concat(WaysOut()).Select(name =>
        new Ipv6Link(
            name,
            Setting($"ipv6/conf/{name}/force_forwarding") == 1,
            IsOurs(name) && Setting($"ipv6/conf/{name}/proxy_ndp") == 1));

    private static IEnumerable<string> Ipv6Interfaces()
    {
        const string Folder = "/proc/sys/net/ipv6/conf";
        return !Directory.Exists(Folder)
            ? []
            : Directory.EnumerateDirectories(Folder).Select(path => Path.GetFileName(path)!)
                .Where(name => name is not ("all" or "default" or "lo")).Order(StringComparer.Ordinal);
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("weft", StringComparison.Ordinal) || name.EndsWith(".weft", StringComparison.Ordinal);

    // Where an agent that was told nothing else finds the node's addresses: on the way to the outside.
    private static List<string> WaysOut()
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(null);
            foreach (IpAddress outside in (IpAddress[])[IpAddress.Parse("240.0.0.1"), IpAddress.Parse("3fff::1")])
            {
                foreach (RtnetlinkMessage way in Ask(socket, RouteRequests.Lookup(outside)))
                {
                    if (way is RtnetlinkMessage.RouteChanged { Route: { Type: RouteType.Unicast, OutputInterface: { } index } })
                    {
                        names.UnionWith(Ask(socket, LinkRequests.Dump()).OfType<RtnetlinkMessage.LinkChanged>()
                            .Where(link => link.Link.Index == index && (link.Link.Flags & LinkFlags.Loopback) == 0)
                            .Select(link => link.Link.Name));
                    }
                }
            }
        }
        catch (LinuxException)
        {
            // Nothing is known of the ways out; what is ours is judged all the same.
        }

        return [.. names.Where(name => !IsOurs(name))];
    }

    private static List<RtnetlinkMessage> Ask(NetlinkSocket socket, NetlinkRequest request)
    {
        List<RtnetlinkMessage> messages = [];
        foreach (byte[] bytes in socket.Execute(request).Messages)
        {
            if (RtnetlinkMessage.TryDecode(bytes, out RtnetlinkMessage? message))
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    private static ulong? DescriptorsMax()
    {
        // "Max open files            1024                 1048576              files"
        string? line = Lines("/proc/self/limits").FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [.., string hard, "files"]
            ? hard == "unlimited"
                ? ulong.MaxValue
                : ulong.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null
            : null;
    }

    private static int? Setting(string name) => Sysctl.Read(null, name, out string value) is null
        && int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;

    private static string? ReadLine(string path) => Lines(path) is [string first, ..] ? first : null;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that has gone, a file that others may not read: nothing is known.
            return [];
        }
    }
}
