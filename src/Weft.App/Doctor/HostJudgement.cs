using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Linux.Host;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Ruleset;

namespace Weft.App.Doctor;

/// <summary>Judges what was read of a host: can it run Weft, what is missing, and the command that mends it. Reads
/// nothing itself: same facts, same report.</summary>
internal static class HostJudgement
{
    /// <summary>Descriptors with which an agent and a server have room; a lab takes 8 for each of its nodes.</summary>
    public const ulong DescriptorsWanted = 4096;

    private const string NotTried = "not tried: that needs root";
    private const string AsRoot = "sudo weft doctor";

    /// <summary>The report.</summary>
    public static DoctorReport Judge(HostFacts facts)
    {
        DoctorCheck[] checks =
        [
            // First: without rights little else is known.
            Rights(facts),
            new("kernel", CheckStatus.Ok, $"Linux {facts.KernelRelease}"),
            .. Features(facts),
            ForwardingIpv4(facts),
            .. ForwardingIpv6(facts),
            .. AddressesIpv6(facts),
            ReversePath(facts),
            .. RouterAdvertisements(facts),
            .. Filters(facts),
            Networkd(facts),
            NetworkManager(facts),
            Clock(facts),
            Descriptors(facts),
        ];
        return new DoctorReport(checks.All(check => check.Status != CheckStatus.Missing), checks);
    }

    private static DoctorCheck Rights(HostFacts facts) => facts.MissingCapabilities.Count == 0
        ? new("rights", CheckStatus.Ok, "root")
        : new(
            "rights",
            CheckStatus.Missing,
            $"the agent needs {string.Join(", ", facts.MissingCapabilities)}, which this process has not got",
            AsRoot);

    private static IEnumerable<DoctorCheck> Features(HostFacts facts)
    {
        if (facts.Trials is null)
        {
            return
            [
                facts.TrialsFailed is string why
                    ? new("kernel features", CheckStatus.Missing, $"no network namespace could be made: {why}", AsRoot)
                    : new("kernel features", CheckStatus.Notice, NotTried, AsRoot),
            ];
        }

        return facts.Trials.Select(Feature);
    }

    private static DoctorCheck Feature(Trial trial) => trial.Error is null
        ? new(trial.Feature.Name, CheckStatus.Ok, "works")
        : new(
            trial.Feature.Name,
            trial.Feature.IsRequired ? CheckStatus.Missing : CheckStatus.Notice,
            $"{trial.Error}; {trial.Feature.Purpose}",
            trial.Feature.Mend);

    // An agent turns forwarding on when it starts, and on again: only somebody else's hand beside a running one tells
    // of a fight.
    private static DoctorCheck ForwardingIpv4(HostFacts facts) => facts switch
    {
        { ForwardsIpv4: null } => new("IPv4 forwarding", CheckStatus.Notice, "net.ipv4.ip_forward cannot be read"),
        { ForwardsIpv4: true } => new("IPv4 forwarding", CheckStatus.Ok, "on"),
        { AgentRuns: true } => new(
            "IPv4 forwarding",
            CheckStatus.Missing,
            "net.ipv4.ip_forward=0 while an agent runs: something else turns it off",
            "sysctl -w net.ipv4.ip_forward=1"),
        _ => new("IPv4 forwarding", CheckStatus.Notice, "off; the agent turns it on when it starts"),
    };

    private static IEnumerable<DoctorCheck> ForwardingIpv6(HostFacts facts)
    {
        if (facts.ForwardsIpv6 is not bool forwards)
        {
            return [];
        }

        // Which of its links an agent forwards IPv6 on shows whether there is an IPv6 pool: without one, none does.
        bool isUsed = facts.AgentRuns && facts.Ipv6Links.Any(link => link.Serves || link.IsForced);
        string[] lacking = forwards || !isUsed
            ? []
            : facts.CanForceForwarding
                ? [.. facts.Ipv6Links.Where(link => !link.IsForced).Select(link => $"{link.Name.Replace('.', '/')}.force_forwarding")]
                : ["all.forwarding"];
        return
        [
            lacking.Length > 0
                ? new(
                    "IPv6 forwarding",
                    CheckStatus.Missing,
                    $"net.ipv6.conf.{lacking[0]}=0"
                        + (lacking.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $" and {lacking.Length - 1} more") : "")
                        + " while an agent runs: something else turns it off",
                    $"sysctl -w {string.Join(' ', lacking.Select(name => $"net.ipv6.conf.{name}=1"))}")
                : facts.CanForceForwarding || forwards
                    ? new("IPv6 forwarding", CheckStatus.Ok, forwards ? "on" : "by interface")
                    : new("IPv6 forwarding", CheckStatus.Notice, "off; the agent turns it on when there is an IPv6 pool"),
        ];
    }

    private static IEnumerable<DoctorCheck> AddressesIpv6(HostFacts facts) => facts.Ipv6IsOff switch
    {
        null => [],
        false => [new("IPv6 addresses", CheckStatus.Ok, "allowed")],
        true =>
        [
            new(
                "IPv6 addresses",
                CheckStatus.Notice,
                "net.ipv6.conf.all.disable_ipv6=1: no interface has one, and none carries IPv6",
                "sysctl -w net.ipv6.conf.all.disable_ipv6=0"),
        ],
    };

    private static DoctorCheck ReversePath(HostFacts facts) => facts.ReversePathFilter switch
    {
        null => new("reverse path filter", CheckStatus.Notice, "net.ipv4.conf.all.rp_filter cannot be read"),
        1 => new(
            "reverse path filter",
            CheckStatus.Notice,
            "net.ipv4.conf.all.rp_filter=1: packets are dropped that came another way than answers would go",
            "sysctl -w net.ipv4.conf.all.rp_filter=2"),
        2 => new("reverse path filter", CheckStatus.Ok, "loose"),
        _ => new("reverse path filter", CheckStatus.Ok, "left to each interface"),
    };

    private static IEnumerable<DoctorCheck> RouterAdvertisements(HostFacts facts) => facts.DeafToRouters.Select(name =>
        new DoctorCheck(
            $"router advertisements on {name}",
            CheckStatus.Notice,
            "it forwards IPv6 and accepts none any more (accept_ra=1): a default route learned by them will expire",
            $"sysctl -w net.ipv6.conf.{name.Replace('.', '/')}.accept_ra=2"));

    private static DoctorCheck[] Filters(HostFacts facts)
    {
        const string Name = "filters of others";
        if (facts.Chains is null || facts.LegacyFilters is null)
        {
            return [new(Name, CheckStatus.Notice, facts.MissingCapabilities.Count > 0 ? NotTried : "cannot be read", AsRoot)];
        }

        DoctorCheck[] found =
        [
            .. ForeignFilters.Find(facts.Chains, facts.Rules).Select(filter =>
                new DoctorCheck(Name, CheckStatus.Missing, filter.Description, filter.Mend)),
            .. facts.LegacyFilters.Where(StandsInTheWay).SelectMany(Legacy),
        ];
        return found.Length > 0 ? found : [new(Name, CheckStatus.Ok, "none that drops forwarded packets")];
    }

    private static bool StandsInTheWay(LegacyFilter filter) =>
        (filter.PolicyDrops || filter.RuleDrops) && !filter.LetsPass.Any(name => name.Length > 0 && "weft".StartsWith(name, StringComparison.Ordinal));

    // The same software makes the same chains in either iptables: judged as the newer one's, mended by the older one's
    // program.
    private static IEnumerable<DoctorCheck> Legacy(LegacyFilter filter)
    {
        NftFamily family = filter.Family == IpFamily.Ipv4 ? NftFamily.Ipv4 : NftFamily.Ipv6;
        if (!filter.PolicyDrops)
        {
            string iptables = $"{Program(family)}-legacy -I FORWARD";
            return
            [
                new(
                    "filters of others",
                    CheckStatus.Missing,
                    $"a rule of chain FORWARD of the old {Program(family)} drops whatever comes to it",
                    $"{iptables} -i weft+ -j ACCEPT; {iptables} -o weft+ -j ACCEPT"),
            ];
        }

        NftChain[] chains =
        [
            new()
            {
                Family = family,
                Table = "filter",
                Name = "FORWARD",
                Hook = new NftHook(NftHook.Filter, NftHookNumber.Forward, NftHook.PriorityFilter),
                Policy = NftVerdictCode.Drop,
            },
            .. filter.Chains.Select(name => new NftChain { Family = family, Table = "filter", Name = name }),
        ];
        return ForeignFilters.Find(chains, []).Select(found => new DoctorCheck(
            "filters of others",
            CheckStatus.Missing,
            $"{found.Owner} drops forwarded packets that it does not know (chain FORWARD of the old {Program(family)})",
            found.Mend.Replace($"{Program(family)} ", $"{Program(family)}-legacy ", StringComparison.Ordinal)));
    }

    private static string Program(NftFamily family) => family == NftFamily.Ipv4 ? "iptables" : "ip6tables";

    private static DoctorCheck Networkd(HostFacts facts)
    {
        const string Name = "systemd-networkd";
        if (facts.Networkd is not { } networkd)
        {
            return new(Name, CheckStatus.Ok, "does not run");
        }

        string[] removed =
        [
            .. networkd.RemovesRoutes ? ["routes (ManageForeignRoutes)"] : Array.Empty<string>(),
            .. networkd.RemovesRules ? ["rules (ManageForeignRoutingPolicyRules)"] : Array.Empty<string>(),
        ];
        return removed.Length == 0
            ? new(Name, CheckStatus.Ok, "runs, and leaves routes and rules of others alone")
            : new(
                Name,
                CheckStatus.Notice,
                $"when it starts it removes {string.Join(" and ", removed)} that it did not make; the agent makes them again",
                "mkdir -p /etc/systemd/networkd.conf.d && "
                    + @"printf '[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n' "
                    + "> /etc/systemd/networkd.conf.d/weft.conf && systemctl restart systemd-networkd");
    }

    private static DoctorCheck NetworkManager(HostFacts facts) => facts.NetworkManagerSparesUs switch
    {
        null => new("NetworkManager", CheckStatus.Ok, "does not run"),
        true => new("NetworkManager", CheckStatus.Ok, "runs, and leaves our interfaces alone"),
        false => new(
            "NetworkManager",
            CheckStatus.Notice,
            "runs, and may manage our interfaces (weft..., vxlan.weft)",
            @"printf '[keyfile]\nunmanaged-devices=interface-name:weft*;interface-name:*.weft\n' "
                + "> /etc/NetworkManager/conf.d/weft.conf && systemctl reload NetworkManager"),
    };

    private static DoctorCheck Clock(HostFacts facts) => facts.ClockIsSynchronised switch
    {
        true => new("clock", CheckStatus.Ok, "kept true"),
        false => new(
            "clock", CheckStatus.Notice, "nobody keeps it true: times in logs and captures differ", "timedatectl set-ntp true"),
        null => new("clock", CheckStatus.Notice, "the kernel does not say whether it is kept true"),
    };

    private static DoctorCheck Descriptors(HostFacts facts) => facts.DescriptorsMax switch
    {
        null => new("descriptors", CheckStatus.Notice, "their limit cannot be read"),
        < DescriptorsWanted => new(
            "descriptors",
            CheckStatus.Notice,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{facts.DescriptorsMax} for a process at most (ulimit -Hn): a large lab or fleet needs more"),
            "systemctl edit weft-agent, with [Service] LimitNOFILE=65536; of a shell: /etc/security/limits.conf"),
        ulong many => new(
            "descriptors",
            CheckStatus.Ok,
            many == ulong.MaxValue ? "without limit" : string.Create(CultureInfo.InvariantCulture, $"{many} for a process")),
    };
}
