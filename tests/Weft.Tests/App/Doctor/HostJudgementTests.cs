using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Weft.App.Doctor;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Xunit;

namespace Weft.Tests.App.Doctor;

public sealed class HostJudgementTests
{
    private const string Filters = "filters of others";

    private static readonly HostFacts Healthy = new()
    {
        KernelRelease = "6.18.0",
        Trials = [new Trial(KernelFeature.Veth, null), new Trial(KernelFeature.Nftables, null)],
        ForwardsIpv4 = true,
        ForwardsIpv6 = false,
        CanForceForwarding = true,
        ReversePathFilter = 2,
        Chains = [],
        LegacyFilters = [],
        ClockIsSynchronised = true,
        DescriptorsMax = 1048576,
    };

    // What differs from a healthy host; the check that tells; how; and a part of the command that mends it.
    private static readonly Dictionary<string, Row> Table = new()
    {
        ["not root"] = new(Healthy with { MissingCapabilities = ["CAP_NET_ADMIN"] }, "rights", CheckStatus.Missing, "sudo weft doctor"),
        ["nothing was tried"] = new(Healthy with { Trials = null }, "kernel features", CheckStatus.Notice, "sudo"),
        ["no namespace"] = new(Healthy with { Trials = null, TrialsFailed = "EPERM" }, "kernel features", CheckStatus.Missing, "sudo"),
        ["no veth"] = new(Trying(KernelFeature.Veth), "veth", CheckStatus.Missing, "modprobe veth"),
        ["no VXLAN"] = new(Trying(KernelFeature.Vxlan), "VXLAN over IPv4", CheckStatus.Missing, "modprobe vxlan"),
        ["no VXLAN over IPv6"] = new(Trying(KernelFeature.VxlanV6), "VXLAN over IPv6", CheckStatus.Notice, "modprobe vxlan"),
        ["no IPIP"] = new(Trying(KernelFeature.Ipip), "IPIP", CheckStatus.Notice, "modprobe ipip"),
        ["no IPv6"] = new(Trying(KernelFeature.Ipv6), "IPv6", CheckStatus.Notice, "ipv6.disable=1"),
        ["no fib"] = new(Trying(KernelFeature.Fib), "nf_tables: fib", CheckStatus.Missing, "modprobe nft_fib_inet"),
        ["no conntrack"] = new(Trying(KernelFeature.Conntrack), "conntrack by netlink", CheckStatus.Missing, "nf_conntrack_netlink"),
        ["no force_forwarding"] =
            new(Trying(KernelFeature.ForceForwarding), "IPv6 forwarding by interface", CheckStatus.Notice, "newer kernel"),
        ["forwarding off before an agent"] = new(Healthy with { ForwardsIpv4 = false }, "IPv4 forwarding", CheckStatus.Notice),
        ["forwarding turned off beside an agent"] = new(
            Healthy with { ForwardsIpv4 = false, AgentRuns = true },
            "IPv4 forwarding",
            CheckStatus.Missing,
            "sysctl -w net.ipv4.ip_forward=1"),
        ["forwarding unknown"] = new(Healthy with { ForwardsIpv4 = null }, "IPv4 forwarding", CheckStatus.Notice),
        ["IPv6 forwarding off, old kernel"] =
            new(Healthy with { CanForceForwarding = false }, "IPv6 forwarding", CheckStatus.Notice),
        ["IPv6 forwarding turned off beside an agent"] = new(
            Healthy with { AgentRuns = true, Ipv6Links = [new("vxlan.weft", false, false), new("weft1", true, true), new("eth0.5", false, false)] },
            "IPv6 forwarding",
            CheckStatus.Missing,
            "sysctl -w net.ipv6.conf.vxlan/weft.force_forwarding=1 net.ipv6.conf.eth0/5.force_forwarding=1"),
        ["IPv6 forwarding turned off beside an agent, old kernel"] = new(
            Healthy with { AgentRuns = true, CanForceForwarding = false, Ipv6Links = [new("weft1", false, true)] },
            "IPv6 forwarding",
            CheckStatus.Missing,
            "sysctl -w net.ipv6.conf.all.forwarding=1"),
        ["IPv6 turned off"] = new(
            Healthy with { Ipv6IsOff = true }, "IPv6 addresses", CheckStatus.Notice, "sysctl -w net.ipv6.conf.all.disable_ipv6=0"),
        ["strict reverse path"] = new(
            Healthy with { ReversePathFilter = 1 },
            "reverse path filter",
            CheckStatus.Notice,
            "sysctl -w net.ipv4.conf.all.rp_filter=2"),
        ["deaf to routers"] = new(
            Healthy with { DeafToRouters = ["eth0.5"] },
            "router advertisements on eth0.5",
            CheckStatus.Notice,
            "sysctl -w net.ipv6.conf.eth0/5.accept_ra=2"),
        ["Docker by iptables-nft"] = new(
            Healthy with { Chains = Dropping("filter", "FORWARD", "DOCKER-USER") },
            Filters,
            CheckStatus.Missing,
            "iptables -I DOCKER-USER"),
        ["ufw by iptables-nft"] = new(
            Healthy with { Chains = Dropping("filter", "FORWARD", "ufw-user-forward") }, Filters, CheckStatus.Missing, "ufw "),
        ["a firewall by hand"] = new(Healthy with { Chains = Dropping("mine", "fwd") }, Filters, CheckStatus.Missing, "nft "),
        ["Docker by old iptables"] = new(
            Healthy with { LegacyFilters = [new(IpFamily.Ipv4, true, false, [], ["DOCKER", "DOCKER-USER"])] },
            Filters,
            CheckStatus.Missing,
            "iptables-legacy -I DOCKER-USER -i weft+ -j ACCEPT"),
        ["old iptables of IPv6"] = new(
            Healthy with { LegacyFilters = [new(IpFamily.Ipv6, true, false, [], [])] },
            Filters,
            CheckStatus.Missing,
            "ip6tables-legacy -P FORWARD ACCEPT"),
        ["old iptables that rejects the rest"] = new(
            Healthy with { LegacyFilters = [new(IpFamily.Ipv4, false, true, [], [])] },
            Filters,
            CheckStatus.Missing,
            "iptables-legacy -I FORWARD -i weft+ -j ACCEPT"),
        ["filters unread"] = new(Healthy with { Chains = null }, Filters, CheckStatus.Notice, "sudo"),
        ["networkd removes routes"] = new(
            Healthy with { Networkd = new(true, true) }, "systemd-networkd", CheckStatus.Notice, "ManageForeignRoutes=no"),
        ["NetworkManager manages us"] = new(
            Healthy with { NetworkManagerSparesUs = false },
            "NetworkManager",
            CheckStatus.Notice,
            "unmanaged-devices=interface-name:weft*"),
        ["clock runs free"] = new(
            Healthy with { ClockIsSynchronised = false }, "clock", CheckStatus.Notice, "timedatectl set-ntp true"),
        ["clock unknown"] = new(Healthy with { ClockIsSynchronised = null }, "clock", CheckStatus.Notice),
        ["few descriptors"] = new(Healthy with { DescriptorsMax = 1024 }, "descriptors", CheckStatus.Notice, "LimitNOFILE"),
        ["descriptors unknown"] = new(Healthy with { DescriptorsMax = null }, "descriptors", CheckStatus.Notice),
    };

    public static TheoryData<string> Cases => [.. Table.Keys];

    [Fact]
    public void A_healthy_host_can_run_Weft_and_has_nothing_to_mend()
    {
        DoctorReport report = HostJudgement.Judge(Healthy);
        Assert.True(report.CanRun);
        Assert.All(report.Checks, check => Assert.Equal((CheckStatus.Ok, null), (check.Status, check.Mend)));
        Assert.Equal(report.Checks.Count, report.Checks.Select(check => check.Name).Distinct().Count());
    }

    [Fact]
    public void An_agent_without_IPv6_pools_forwards_no_IPv6_and_one_that_forwards_everywhere_needs_no_more()
    {
        Ipv6Link[] links = [new("weft1", false, false), new("eth0", false, false)];
        Assert.True(HostJudgement.Judge(Healthy with { AgentRuns = true, Ipv6Links = links }).CanRun);
        links[0] = new("weft1", false, true);
        Assert.False(HostJudgement.Judge(Healthy with { AgentRuns = true, Ipv6Links = links }).CanRun);
        Assert.True(HostJudgement.Judge(Healthy with { AgentRuns = true, Ipv6Links = links, ForwardsIpv6 = true }).CanRun);
        Assert.True(HostJudgement.Judge(Healthy with { AgentRuns = false, Ipv6Links = links }).CanRun);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_not_as_it_should_be_is_told_once_with_the_command_that_mends_it(string title)
    {
        Row row = Table[title];
        DoctorReport report = HostJudgement.Judge(row.Facts);
        DoctorCheck check = Assert.Single(report.Checks, c => c.Status != CheckStatus.Ok);
        Assert.Equal((row.Check, row.Status), (check.Name, check.Status));
        Assert.Equal(row.Mend is null, check.Mend is null);
        Assert.Contains(row.Mend ?? "", check.Mend ?? "", StringComparison.Ordinal);
        Assert.NotEmpty(check.Seen);
        Assert.Equal(check.Status != CheckStatus.Missing, report.CanRun);
    }

    [Fact]
    public void A_filter_that_lets_our_interfaces_pass_stands_in_nobodys_way()
    {
        HostFacts mended = Healthy with
        {
            LegacyFilters = [new(IpFamily.Ipv4, true, false, ["weft"], ["DOCKER-USER"]), new(IpFamily.Ipv6, false, false, [], [])],
        };
        Assert.True(HostJudgement.Judge(mended).CanRun);
        HostFacts others = Healthy with { LegacyFilters = [new(IpFamily.Ipv4, true, false, ["br0", ""], [])] };
        Assert.False(HostJudgement.Judge(others).CanRun);
    }

    [Fact]
    public void The_report_is_the_JSON_that_scripts_read()
    {
        DoctorReport report = new(
            false,
            [
                new("veth", CheckStatus.Missing, "EOPNOTSUPP", "modprobe veth"),
                new("clock", CheckStatus.Ok, "kept true"),
            ]);
        Assert.Equal(
            """{"canRun":false,"checks":[{"name":"veth","status":"missing","seen":"EOPNOTSUPP","mend":"modprobe veth"},"""
                + """{"name":"clock","status":"ok","seen":"kept true"}]}""",
            JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport));
    }

    private static HostFacts Trying(KernelFeature feature) =>
        Healthy with { Trials = [new Trial(feature, "EOPNOTSUPP (operation not supported)")] };

    private static NftChain[] Dropping(string table, string name, params string[] others) =>
    [
        new()
        {
            Family = NftFamily.Ipv4,
            Table = table,
            Name = name,
            Hook = new NftHook(NftHook.Filter, NftHookNumber.Forward, NftHook.PriorityFilter),
            Policy = NftVerdictCode.Drop,
        },
        .. others.Select(other => new NftChain { Family = NftFamily.Ipv4, Table = table, Name = other }),
    ];

    private sealed record Row(HostFacts Facts, string Check, CheckStatus Status, string? Mend = null);
}
