using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Up;

/// <summary><c>weft agent --cleanup</c> as it is shipped, on hosts where others have put things beside ours.</summary>
public sealed class CleanupTests
{
    // Whatever a careless cleanup would take along: names, numbers, ranges and devices that are nearly ours.
    private const string Foreign = """
        sysctl -qw net.ipv4.conf.eth0.rp_filter=2 net.ipv6.conf.eth0.accept_ra=2
        ip link add weft0 type veth peer name weftabcdefg0
        ip link add br-lan type bridge
        ip link set br-lan up
        ip addr add 10.201.0.1/24 dev br-lan
        ip neigh add 10.201.0.9 lladdr 02:00:00:00:00:09 dev br-lan nud permanent
        ip neigh add proxy 10.201.0.10 dev br-lan
        ip route add 10.202.0.0/24 via 198.51.100.1 proto static metric 200
        ip route add unreachable 10.203.0.0/24 proto 86
        ip route add 10.204.0.0/24 via 198.51.100.1 table 99 proto 87
        ip nexthop add id 1459617791 via 198.51.100.1 dev eth0
        ip nexthop add id 1459617800 via 198.51.100.1 dev eth0 proto 87
        ip route add 10.205.0.0/24 nhid 1459617791
        ip rule add from 10.205.0.0/24 table 99
        nft 'add table inet weft2; add chain inet weft2 c { type filter hook forward priority 0; }; add rule inet weft2 c counter accept'
        nft 'add table ip weft; add set ip weft s { type ipv4_addr; elements = { 10.0.0.1 } }'
        """;

    [Fact]
    public async Task The_kernel_is_afterwards_as_it_was_before_with_everything_of_others_in_it()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync(Foreign);
        IReadOnlyList<string> before = await host.KernelAsync();
        HostDaemon up = await host.UpAsync("--cni-config", "--cni-bin");
        HostWorkload a = await HostWorkload.AddAsync(host, "a");
        await a.PingAsync(TestHost.Outside);

        // Killed, with a workload that is still there.
        await up.EndAsync("KILL");
        Assert.NotEqual(before, await host.KernelAsync());
        JsonElement report = (await host.WeftAsync("agent", "--cleanup", "-o", "json")).Must().Json;
        string[] kinds = [.. report.GetProperty("removed").EnumerateArray().Select(o => o.GetProperty("kind").GetString()!).Distinct().Order()];
        Assert.Equal(["address", "device", "neighbour", "proxy neighbour", "route", "table"], kinds);
        Assert.Contains(report.GetProperty("settings").EnumerateArray(), s => s.GetProperty("name").GetString() == "net.ipv4.ip_forward");
        Assert.Equal(
            ["/etc/cni/net.d/10-weft.conflist", "/opt/cni/bin/weft-cni"],
            report.GetProperty("files").EnumerateArray().Select(f => f.GetString()!));
        Assert.Empty(report.GetProperty("left").EnumerateArray());
        Assert.Equal(before, await host.KernelAsync());
        Assert.Equal("", await host.ShellAsync("ls /etc/cni/net.d /opt/cni/bin | grep weft || true"));

        // Nothing to do is done at once; and what is kept is enough to connect the workload again.
        Assert.Equal("nothing of ours is here", (await host.WeftAsync("agent", "--cleanup")).Must().Output.Trim());
        Assert.Equal(before, await host.KernelAsync());
        up = await host.UpAsync("--cni-config", "--cni-bin");
        await TestHost.UntilAsync(
            async () => (await host.RunAsync("ip", "netns", "exec", "a", "ping", "-c", "1", "-W", "1", TestHost.Outside)).ExitCode == 0,
            "the workload talks again");

        Assert.Equal(0, await up.EndAsync("TERM"));
        (await host.WeftAsync("agent", "--cleanup", "--purge")).Must();
        Assert.Equal(before, await host.KernelAsync());
        Assert.Equal("", await host.ShellAsync("ls /var/lib/weft/agent 2>/dev/null || true"));
    }

    [Fact]
    public async Task While_an_agent_is_at_work_nothing_is_removed()
    {
        await using TestHost host = await TestHost.CreateAsync();
        HostDaemon up = await host.UpAsync();
        IReadOnlyList<string> before = await host.KernelAsync();
        Assert.Contains("stop it first", (await host.WeftAsync("agent", "--cleanup")).Must(1).Error, StringComparison.Ordinal);
        Assert.Equal(before, await host.KernelAsync());
        Assert.Equal(0, await up.EndAsync("TERM"));
    }

    [Fact]
    public async Task A_setting_that_somebody_has_changed_since_and_a_file_too_stay()
    {
        await using TestHost host = await TestHost.CreateAsync();
        HostDaemon up = await host.UpAsync("--cni-config");
        await up.EndAsync("TERM");
        await host.ShellAsync("sysctl -qw net.ipv6.conf.eth0.force_forwarding=0; echo >> /etc/cni/net.d/10-weft.conflist");
        Ran ran = (await host.WeftAsync("agent", "--cleanup")).Must(1);
        Assert.Contains("set net.ipv4.ip_forward from 1 to 0, as it was", ran.Lines);
        Assert.DoesNotContain("force_forwarding", ran.Output, StringComparison.Ordinal);
        Assert.Contains("10-weft.conflist: changed since it was put there", ran.Error, StringComparison.Ordinal);
        Assert.Equal("10-weft.conflist", (await host.ShellAsync("ls /etc/cni/net.d")).Trim());
    }

    [Fact]
    public async Task The_state_of_weft_up_is_as_good_as_the_agents_and_a_purge_leaves_nothing_of_it()
    {
        await using TestHost host = await TestHost.CreateAsync();
        IReadOnlyList<string> before = await host.KernelAsync();
        HostDaemon up = await host.UpAsync("--state", "/var/lib/other", "--cni-config");
        Assert.Equal(0, await up.EndAsync("TERM"));
        await host.ShellAsync("cd /var/lib/other/agent; echo '{' > plan.json.unreadable; touch addresses.journal.pending");
        JsonElement report = (await host.WeftAsync("agent", "--cleanup", "--purge", "--state", "/var/lib/other", "-o", "json")).Must().Json;
        Assert.Contains(report.GetProperty("settings").EnumerateArray(), s => s.GetProperty("name").GetString() == "net.ipv4.ip_forward");
        Assert.Contains(report.GetProperty("files").EnumerateArray(), f => f.GetString() == "/etc/cni/net.d/10-weft.conflist");
        Assert.Equal(before, await host.KernelAsync());
        Assert.Equal("server\nup.lock\n", await host.ShellAsync("ls /var/lib/other"));
    }

    [Fact]
    public async Task Another_namespace_is_cleaned_by_its_path()
    {
        await using TestHost host = await TestHost.CreateAsync();
        HostDaemon up = await host.UpAsync();
        await up.EndAsync("KILL");
        Ran elsewhere = await ShippedWeft.RunAsync(
            host.Folder, ["agent", "--cleanup", "--netns", host.Namespace.Path, "--state", host.Folder + "/none", "-o", "json"]);
        Assert.NotEmpty(elsewhere.Must().Json.GetProperty("removed").EnumerateArray());
        Assert.DoesNotContain("weft", await host.ShellAsync("ip link; nft list tables"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agent", "Option '--node' is required")]
    [InlineData("agent --node a --purge", "--purge goes with --cleanup")]
    public async Task Wrong_usage_is_told(string arguments, string message)
    {
        Ran ran = (await ShippedWeft.RunAsync("/nowhere", arguments.Split(' '))).Must(2);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
    }
}
